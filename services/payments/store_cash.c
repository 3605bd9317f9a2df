#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store.h"
#include "payments/store_rows.h"

static const struct db_stmt PAYMENT_BY_ID = DB_STMT(
	"payments_payment_by_id", "SELECT " PAYMENT_COLUMNS " FROM payments.payment p WHERE creditor = $1 AND id = $2");

static const struct db_stmt PAYMENT_BY_REF =
	DB_STMT("payments_payment_by_ref",
		"SELECT " PAYMENT_COLUMNS " FROM payments.payment p WHERE creditor = $1 AND entry_ref = $2 LIMIT 2");

static const struct db_stmt SUGGESTIONS = DB_STMT(
	"payments_suggestions", "SELECT " ALLOCATION_COLUMNS ALLOCATION_FROM
				" WHERE a.creditor = $1 AND a.payment = $2 AND a.state = 'suggested' ORDER BY a.id");

static const struct db_stmt ALLOCATIONS =
	DB_STMT("payments_payment_allocations",
		"SELECT " ALLOCATION_COLUMNS ALLOCATION_FROM
		" WHERE a.creditor = $1 AND a.payment = $2 AND a.state <> 'withdrawn' ORDER BY a.alternative, a.id");

static const struct db_stmt ITEM_GET =
	DB_STMT("payments_item_get", "SELECT id, customer, number, customer_number, currency, open_minor "
				     "FROM ledger.open_item WHERE creditor = $1 AND number = $2");

static const struct db_stmt ALLOCATION_SAVE = DB_STMT(
	"payments_allocation_save",
	"INSERT INTO payments.allocation (creditor, id, payment, item, invoice_number, customer_number, currency, "
	"amount_minor, discount_minor, state, rule, confidence, evidence, posting, cash_minor) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, nullif($15::bigint, $8)) "
	"ON CONFLICT (payment, id, creditor) DO UPDATE SET amount_minor = excluded.amount_minor, cash_minor = "
	"excluded.cash_minor, "
	"discount_minor = excluded.discount_minor, state = excluded.state, posting = excluded.posting");

static const struct db_stmt SUGGESTIONS_WITHDRAW =
	DB_STMT("payments_suggestions_withdraw", "UPDATE payments.allocation SET state = 'withdrawn' "
						 "WHERE creditor = $1 AND payment = $2 AND state = 'suggested'");

static const struct db_stmt PAYMENT_UPDATE =
	DB_STMT("payments_payment_update",
		"UPDATE payments.payment p SET state = $3, rest_minor = $4, "
		"rounding_minor = CASE WHEN $3 IN ('unapplied', 'unidentified') THEN 0 ELSE p.rounding_minor END, "
		"customer = $5, rule = $6, evidence = $7, "
		"customer_number = (SELECT number FROM invoicing.customer WHERE creditor = $1 AND id = $5) "
		"WHERE p.creditor = $1 AND p.id = $2");

struct err payment_get(struct db_tx *tx, const struct desk *desk, const char *asked, struct payment_row *payment)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id id;

	if (err_ok(id_parse(asked, &id)))
		TRY(db_query(tx, &PAYMENT_BY_ID, DB_PARAMS(db_text(desk->creditor), db_id(id)), &rows));
	else
		TRY(db_query(tx, &PAYMENT_BY_REF, DB_PARAMS(db_text(desk->creditor), db_text(asked)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "payment.unknown", "payment", "there is no payment '%s'",
				  asked);
	if (rows.count > 1)
		return err_format(tx->arena, ERR_INVALID, "payment.ambiguous", "payment",
				  "several payments have the reference '%s': name one by its id", asked);
	*payment = payment_read(&rows, 0, tx->arena);
	return OK;
}

struct err payment_allocations(struct db_tx *tx, const struct desk *desk, struct id payment,
			       struct allocation_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ALLOCATIONS, DB_PARAMS(db_text(desk->creditor), db_id(payment)), &rows));
	*list = allocations_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}

struct err payment_suggestions(struct db_tx *tx, const struct desk *desk, struct id payment,
			       struct allocation_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &SUGGESTIONS, DB_PARAMS(db_text(desk->creditor), db_id(payment)), &rows));
	*list = allocations_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}

struct err item_get(struct db_tx *tx, const struct desk *desk, const char *number, struct item_row *item)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ITEM_GET, DB_PARAMS(db_text(desk->creditor), db_text(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "invoice.unknown", "invoice_number",
				  "there is no invoice '%s'", number);
	*item = (struct item_row){ .id = db_cell_id(&rows, 0, 0),
				   .customer = db_cell_id(&rows, 0, 1),
				   .number = db_cell_copy(&rows, 0, 2, tx->arena),
				   .customer_number = db_cell_copy(&rows, 0, 3, tx->arena),
				   .currency = cell_currency(&rows, 0, 4),
				   .open_minor = db_cell_int(&rows, 0, 5) };
	return OK;
}

struct err allocation_save(struct db_tx *tx, const struct desk *desk, const struct allocation_record *allocation)
{
	return db_exec(tx, &ALLOCATION_SAVE,
		       DB_PARAMS(db_text(desk->creditor), db_id(allocation->id), db_id(allocation->payment),
				 db_id(allocation->item), db_text(allocation->invoice_number),
				 db_text(allocation->customer_number), db_text(allocation->currency.code),
				 db_int(allocation->amount_minor), db_int(allocation->discount_minor),
				 db_text(allocation->state), db_text(allocation->rule), db_int(allocation->confidence),
				 db_text(allocation->evidence), db_id(allocation->posting),
				 db_int(allocation->cash_minor)));
}

struct err suggestions_withdraw(struct db_tx *tx, const struct desk *desk, struct id payment)
{
	return db_exec(tx, &SUGGESTIONS_WITHDRAW, DB_PARAMS(db_text(desk->creditor), db_id(payment)));
}

struct err payment_update(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment)
{
	return db_exec(tx, &PAYMENT_UPDATE,
		       DB_PARAMS(db_text(desk->creditor), db_id(payment->id),
				 db_text(payment_state_name(payment->state)), db_int(payment->rest_minor),
				 db_id(payment->customer), db_text(payment->rule), db_text(payment->evidence)));
}
