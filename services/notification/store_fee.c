#include "notification/store_fee.h"

#include "common/io/random.h"

/* One number after the other: whoever charges at the same time waits for the commit. */
static const struct db_stmt FEES_LOCK =
	DB_STMT("notification_fees_lock", "SELECT pg_advisory_xact_lock(hashtextextended('fee ' || $1, 0))");

static const struct db_stmt FEE_ADD = DB_STMT(
	"notification_fee_add",
	"WITH last AS (SELECT coalesce(max(sequence), 0) AS sequence FROM notification.fee WHERE creditor = $1) "
	"INSERT INTO notification.fee (creditor, id, number, sequence, reminder, customer, customer_number, currency, "
	"  amount_minor, charged_on, due_on) "
	"SELECT $1, $2, 'FEE-' || to_char($8::date, 'YYYY') || '-' || lpad((last.sequence + 1)::text, 6, '0'), "
	"       last.sequence + 1, $3, $4, $5, $6, $7, $8, $9 FROM last ON CONFLICT DO NOTHING RETURNING number");

static const struct db_stmt FEE_BOOK =
	DB_STMT("notification_fee_book", "SELECT ledger.charge_fee($1, $2, $3, $4, $5, $6, $7, $8, $9)");

static const struct db_stmt FEE_END = DB_STMT(
	"notification_fee_end", "UPDATE notification.fee SET voided_on = $3 WHERE creditor = $1 AND reminder = $2 "
				"AND voided_on IS NULL RETURNING id");

static const struct db_stmt FEE_UNBOOK = DB_STMT("notification_fee_unbook", "SELECT ledger.void_fee($1, $2, $3, $4)");

struct err fee_charge(struct db_tx *tx, const struct creditor *creditor, const struct reminder_view *reminder,
		      int64_t amount_minor, struct date today)
{
	struct db_param code = db_text(creditor->letter.code), id = db_id(id_derive(reminder->id, "fee"));
	struct date due_on = date_add_days(today, FEE_DUE_DAYS);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_exec(tx, &FEES_LOCK, DB_PARAMS(code)));
	TRY(db_query(tx, &FEE_ADD,
		     DB_PARAMS(code, id, db_id(reminder->id), db_id(reminder->customer),
			       db_text(reminder->customer_number), db_text(reminder->currency), db_int(amount_minor),
			       db_date(today), db_date(due_on)),
		     &rows));
	if (rows.count == 0)
		return OK;
	return db_exec(tx, &FEE_BOOK,
		       DB_PARAMS(code, id, db_text(db_cell_copy(&rows, 0, 0, tx->arena)), db_id(reminder->customer),
				 db_text(reminder->customer_number), db_text(reminder->currency), db_date(today),
				 db_date(due_on), db_int(amount_minor)));
}

struct err fee_void(struct db_tx *tx, const struct creditor *creditor, struct id reminder)
{
	struct db_param code = db_text(creditor->letter.code), today = db_date(creditor->today);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FEE_END, DB_PARAMS(code, db_id(reminder), today), &rows));
	if (rows.count == 0)
		return OK;
	return db_exec(tx, &FEE_UNBOOK, DB_PARAMS(code, db_id(db_cell_id(&rows, 0, 0)), db_id(id_fresh()), today));
}
