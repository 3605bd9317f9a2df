#include "payments/store_refund.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_rows.h"

#define COLUMNS                                                                                                        \
	"r.id, r.payment, r.customer, r.number, r.currency, r.amount_minor, r.paid_minor, r.payee_iban, r.state, "     \
	"p.entry_ref, c.number, r.payee_name, r.reason, r.made_by, r.made_at FROM payments.refund r "                  \
	"JOIN payments.payment p ON p.creditor = r.creditor AND p.id = r.payment "                                     \
	"LEFT JOIN invoicing.customer c ON c.creditor = r.creditor AND c.id = r.customer WHERE r.creditor = $1 "

static const struct db_stmt INSERT = DB_STMT(
	"payments_refund_insert",
	"WITH last AS (SELECT coalesce(max(sequence), 0) AS sequence FROM payments.refund WHERE creditor = $1) "
	"INSERT INTO payments.refund (creditor, id, number, sequence, payment, customer, currency, amount_minor, "
	"    payee_name, payee_iban, reason, made_at, made_by) "
	"SELECT $1, $2, 'RFD-' || lpad((last.sequence + 1)::text, 6, '0'), last.sequence + 1, $3, $4, $5, $6, $7, $8, "
	"       $9, $10, $11 FROM last RETURNING number");

/* Imports run side by side: whoever moves a refund waits for the others. */
static const struct db_stmt GET = DB_STMT("payments_refund_get", "SELECT " COLUMNS "AND r.number = $2 FOR UPDATE OF r");

static const struct db_stmt OWED =
	DB_STMT("payments_refunds_owed", "SELECT " COLUMNS "AND r.state = 'owed' ORDER BY r.sequence");

static const struct db_stmt PAGE =
	DB_STMT("payments_refunds_page", "SELECT " COLUMNS "AND ($2::text IS NULL OR r.state = $2) "
					 "AND ($3::uuid IS NULL OR r.id > $3) ORDER BY r.id LIMIT $4");

static const struct db_stmt UPDATE =
	DB_STMT("payments_refund_update",
		"UPDATE payments.refund SET amount_minor = $3, paid_minor = $4, state = $5, customer = $6, "
		"cancelling = coalesce($7, cancelling) WHERE creditor = $1 AND id = $2");

static const struct db_stmt PAYOUT_INSERT =
	DB_STMT("payments_payout_insert",
		"WITH debit AS (UPDATE payments.payment SET state = 'refund', rule = 'refund_paid', evidence = $6 "
		"    WHERE creditor = $1 AND id = $4) "
		"INSERT INTO payments.payout (creditor, id, refund, payment, amount_minor, evidence, done_at, done_by) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

static enum refund_state state_of(const char *name)
{
	int state = 0;

	while (state < REFUND_STATE_COUNT && !text_equal(refund_state_name((enum refund_state)state), name))
		state++;
	CHECK(state < REFUND_STATE_COUNT);
	return (enum refund_state)state;
}

static struct refund_row *rows_read(const struct db_rows *rows, struct arena *arena)
{
	struct refund_row *list = arena_array(arena, (size_t)rows->count, sizeof *list);

	for (int i = 0; i < rows->count; i++)
		list[i] = (struct refund_row){ .refund = { .id = db_cell_id(rows, i, 0),
							   .payment = db_cell_id(rows, i, 1),
							   .customer = db_cell_id(rows, i, 2),
							   .number = db_cell_copy(rows, i, 3, arena),
							   .currency = cell_currency(rows, i, 4),
							   .amount_minor = db_cell_int(rows, i, 5),
							   .paid_minor = db_cell_int(rows, i, 6),
							   .payee_iban = db_cell_copy(rows, i, 7, arena),
							   .state = state_of(db_cell_text(rows, i, 8)) },
					       .entry_ref = db_cell_copy(rows, i, 9, arena),
					       .customer_number = db_cell_copy(rows, i, 10, arena),
					       .payee_name = db_cell_copy(rows, i, 11, arena),
					       .reason = db_cell_copy(rows, i, 12, arena),
					       .made_by = db_cell_copy(rows, i, 13, arena),
					       .made_at = db_cell_time(rows, i, 14) };
	return list;
}

struct err refund_insert(struct db_tx *tx, const struct desk *desk, struct refund_row *row)
{
	const struct refund *refund = &row->refund;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &INSERT,
		     DB_PARAMS(db_text(desk->creditor), db_id(refund->id), db_id(refund->payment),
			       db_id(refund->customer), db_text(refund->currency.code), db_int(refund->amount_minor),
			       db_text(row->payee_name), db_text(refund->payee_iban), db_text_or_empty(row->reason),
			       db_time(row->made_at), db_text_or_empty(row->made_by)),
		     &rows));
	row->refund.number = db_cell_copy(&rows, 0, 0, tx->arena);
	return OK;
}

struct err refund_get(struct db_tx *tx, const struct desk *desk, const char *number, struct refund_row *row)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &GET, DB_PARAMS(db_text(desk->creditor), db_text(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "refund.unknown", "refund", "there is no refund '%s'",
				  number);
	*row = rows_read(&rows, tx->arena)[0];
	return OK;
}

struct err refunds_owed(struct db_tx *tx, const struct desk *desk, struct refund_row **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &OWED, DB_PARAMS(db_text(desk->creditor)), &rows));
	*list = rows_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}

struct err refund_update(struct db_tx *tx, const struct desk *desk, const struct refund *refund, struct id cancelling)
{
	return db_exec(tx, &UPDATE,
		       DB_PARAMS(db_text(desk->creditor), db_id(refund->id), db_int(refund->amount_minor),
				 db_int(refund->paid_minor), db_text(refund_state_name(refund->state)),
				 db_id(refund->customer), db_id(cancelling)));
}

struct err payout_insert(struct db_tx *tx, const struct desk *desk, const struct payout *payout)
{
	return db_exec(tx, &PAYOUT_INSERT,
		       DB_PARAMS(db_text(desk->creditor), db_id(payout->id), db_id(payout->refund),
				 db_id(payout->payment), db_int(payout->amount_minor), db_text(payout->evidence),
				 db_time(desk->now), db_text_or_empty(desk->who)));
}

struct err refunds_page(struct db_tx *tx, const struct desk *desk, const char *state, const struct page *page,
			struct refund_row **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAGE,
		     DB_PARAMS(db_text(desk->creditor), db_text(state), db_text(page->after), db_int(page->size)),
		     &rows));
	*list = rows_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}
