#include "notification/store_pause.h"

#include "common/base/text.h"
#include "notification/store_report.h"

static const struct db_stmt COVERED_NAMED =
	DB_STMT("notification_covered_named",
		"SELECT id, number, open_minor, customer, currency FROM ledger.open_item WHERE creditor = $1 "
		"AND number = ANY ($2::text[]) AND open_minor > 0 AND NOT cancelled ORDER BY due_on, number");

static const struct db_stmt COVERED_ALL = DB_STMT(
	"notification_covered_all",
	"SELECT id, number, open_minor, customer, currency FROM ledger.open_item WHERE creditor = $1 AND customer = $2 "
	"AND open_minor > 0 AND NOT cancelled AND ($3::text IS NULL OR currency = $3) ORDER BY due_on, number");

static const struct db_stmt COVERED_CASH = DB_STMT(
	"notification_covered_cash", "SELECT coalesce(-sum(amount_minor), 0)::bigint FROM ledger.balance WHERE "
				     "creditor = $1 AND account = 'unapplied_cash' AND subject = $2 AND currency = $3");

static const struct db_stmt PAUSE_ADD =
	DB_STMT("notification_pause_add",
		"INSERT INTO notification.pause (creditor, id, kind, customer, customer_number, whole, reason, until, "
		"made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

static const struct db_stmt PAUSE_ADD_ITEMS =
	DB_STMT("notification_pause_add_items", "INSERT INTO notification.pause_item (creditor, pause, item) "
						"SELECT $1, $2, unnest($3::uuid[])");

static const struct db_stmt PAUSES_LIST = DB_STMT(
	"notification_pauses_list",
	"SELECT p.id, p.kind, p.customer_number, c.name, p.reason, p.until, p.made_at, p.made_by, p.ended_at, "
	"p.end_reason, "
	"       (SELECT string_agg(i.number, E'\\n' ORDER BY i.due_on, i.number) FROM notification.pause_item q "
	"          JOIN ledger.open_item i ON i.creditor = q.creditor AND i.id = q.item "
	"         WHERE q.creditor = p.creditor AND q.pause = p.id) "
	"  FROM notification.pause p LEFT JOIN invoicing.customer c ON c.creditor = p.creditor AND c.id = p.customer "
	" WHERE p.creditor = $1 AND ($2::text IS NULL OR p.customer_number = $2) AND ($3::uuid IS NULL OR p.id = $3) "
	"   AND ($4::boolean OR (p.ended_at IS NULL AND (p.until IS NULL OR p.until >= $7))) "
	"   AND ($5::uuid IS NULL OR (p.made_at, p.id) > (SELECT m.made_at, m.id FROM notification.pause m "
	"                                                  WHERE m.creditor = $1 AND m.id = $5)) "
	" ORDER BY p.made_at, p.id LIMIT $6");

static const struct db_stmt PAUSE_END =
	DB_STMT("notification_pause_end", "UPDATE notification.pause SET ended_at = $3, end_reason = $4 "
					  "WHERE creditor = $1 AND id = $2 AND ended_at IS NULL");

/* Agreements end by their own rules. */
static const struct db_stmt PAUSES_RELEASE =
	DB_STMT("notification_pauses_release",
		"UPDATE notification.pause p SET ended_at = $5, end_reason = 'released' WHERE p.creditor = $1 "
		"AND p.ended_at IS NULL AND p.kind IN ('held', 'replied', 'bounced') "
		"AND ($2::text IS NULL OR p.customer_number = $2) AND ($4::uuid IS NULL OR p.id = $4) "
		"AND ($3::text IS NULL OR EXISTS (SELECT FROM notification.pause_item q JOIN ledger.open_item i "
		"  ON i.creditor = q.creditor AND i.id = q.item WHERE q.creditor = p.creditor AND q.pause = p.id "
		"  AND i.number = $3)) RETURNING p.customer_number");

static const struct db_stmt WAKE_CASES = DB_STMT(
	"notification_wake_cases", "UPDATE notification.dunning_case SET next_on = $3 WHERE creditor = $1 AND customer "
				   "IN (SELECT id FROM invoicing.customer WHERE creditor = $1 AND number = $2) "
				   "AND closed_at IS NULL");

static const struct db_stmt WAKE_REMINDERS =
	DB_STMT("notification_wake_reminders",
		"UPDATE notification.reminder SET due_at = least(due_at, $3), reason = NULL WHERE creditor = $1 "
		"AND customer_number = $2 AND state = 'scheduled' "
		"AND reason IN ('held', 'promised', 'in_plan', 'replied', 'bounced', 'no_delivery_proof')");

/* ------------------------------------------------------------------ what is covered */

static struct err check_same(const struct db_rows *rows, bool any_currency)
{
	for (int row = 1; row < rows->count; row++) {
		if (!id_equal(db_cell_id(rows, row, 3), db_cell_id(rows, 0, 3)))
			return ERR(ERR_INVALID, "invoice.two_customers", "invoice_numbers",
				   "the invoices are of different customers");
		if (!any_currency && !text_equal(db_cell_text(rows, row, 4), db_cell_text(rows, 0, 4)))
			return ERR(ERR_INVALID, "currency.ambiguous", "currency",
				   "the customer owes in several currencies: name one");
	}
	return OK;
}

static struct err read_covered(struct db_tx *tx, const struct creditor *creditor, const struct db_rows *rows,
			       const struct cover_ask *ask, struct covered *covered)
{
	size_t count = (size_t)rows->count;

	TRY(check_same(rows, ask->any_currency));
	covered->items = arena_array(tx->arena, count, sizeof *covered->items);
	covered->numbers = arena_array(tx->arena, count, sizeof *covered->numbers);
	covered->open_minor = arena_array(tx->arena, count, sizeof *covered->open_minor);
	for (size_t i = 0; i < count; i++) {
		covered->items[i] = db_cell_id(rows, (int)i, 0);
		covered->numbers[i] = db_cell_copy(rows, (int)i, 1, tx->arena);
		covered->open_minor[i] = db_cell_int(rows, (int)i, 2);
		covered->total_minor += covered->open_minor[i];
	}
	covered->count = count;
	text_copy(covered->currency.code, sizeof covered->currency.code, db_cell_text(rows, 0, 4));
	return customer_get(tx, creditor->letter.code, db_cell_id(rows, 0, 3), &covered->customer);
}

static struct err find_rows(struct db_tx *tx, const struct creditor *creditor, const struct cover_ask *ask,
			    struct db_rows *rows)
{
	struct customer customer;

	if (ask->number_count > 0) {
		TRY(db_query(tx, &COVERED_NAMED,
			     DB_PARAMS(db_text(creditor->letter.code),
				       db_text_array(tx->arena, ask->numbers, ask->number_count)),
			     rows));
		if ((size_t)rows->count == ask->number_count)
			return OK;
		return ERR(ERR_NOT_FOUND, "invoice.not_open", "invoice_numbers",
			   "one of the invoices is not there, or nothing is open on it");
	}
	TRY(customer_find(tx, creditor->letter.code, ask->customer_number, &customer));
	TRY(db_query(tx, &COVERED_ALL,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(customer.id), db_text(ask->currency.code)), rows));
	if (rows->count == 0)
		return ERR(ERR_CONFLICT, "customer.owes_nothing", "customer_number", "the customer owes nothing");
	return OK;
}

struct err covered_find(struct db_tx *tx, const struct creditor *creditor, const struct cover_ask *ask,
			struct covered *covered)
{
	DB_ROWS_SCOPE rows = { 0 };
	DB_ROWS_SCOPE cash = { 0 };
	struct covered found = { 0 };

	TRY(find_rows(tx, creditor, ask, &rows));
	TRY(read_covered(tx, creditor, &rows, ask, &found));
	if (!text_empty(ask->customer_number) && !text_equal(ask->customer_number, found.customer.letter.number))
		return ERR(ERR_INVALID, "invoice.two_customers", "invoice_numbers", "an invoice is another customer's");
	TRY(db_query(tx, &COVERED_CASH,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(found.customer.id), db_text(found.currency.code)),
		     &cash));
	found.cash_minor = db_cell_int(&cash, 0, 0);
	*covered = found;
	return OK;
}

/* ------------------------------------------------------------------ pauses */

struct err pause_add(struct db_tx *tx, const struct creditor *creditor, const struct covered *covered,
		     const struct pause_view *pause)
{
	TRY(db_exec(tx, &PAUSE_ADD,
		    DB_PARAMS(db_text(creditor->letter.code), db_id(pause->id),
			      db_text(position_pause_name(pause->kind)), db_id(covered->customer.id),
			      db_text(covered->customer.letter.number), db_bool(covered->count == 0),
			      db_text(pause->reason), db_date(pause->until), db_time(creditor->now),
			      db_text(pause->made_by))));
	if (covered->count == 0)
		return OK;
	return db_exec(tx, &PAUSE_ADD_ITEMS,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(pause->id),
				 db_id_array(tx->arena, covered->items, covered->count)));
}

static struct err token_id(const char *token, struct id *id)
{
	*id = (struct id){ { 0 } };
	if (!text_empty(token) && !err_ok(id_parse(token, id)))
		return ERR(ERR_INVALID, "page.token", "page_token", "this is no token that a page gave");
	return OK;
}

static void read_pause(const struct db_rows *rows, int row, struct arena *arena, struct pause_view *pause)
{
	*pause = (struct pause_view){
		.id = db_cell_id(rows, row, 0),
		.kind = position_pause_find(db_cell_text(rows, row, 1)),
		.customer_number = db_cell_copy(rows, row, 2, arena),
		.customer_name = db_cell_copy(rows, row, 3, arena),
		.reason = db_cell_copy(rows, row, 4, arena),
		.until = db_cell_date(rows, row, 5),
		.made_at = db_cell_time(rows, row, 6),
		.made_by = db_cell_copy(rows, row, 7, arena),
		.ended_at = db_cell_time(rows, row, 8),
		.end_reason = db_cell_copy(rows, row, 9, arena),
	};
	lines_split(arena, db_cell_text(rows, row, 10), &pause->invoices, &pause->invoice_count);
}

struct err pauses_list(struct db_tx *tx, const struct creditor *creditor, const struct pause_list_ask *ask,
		       struct pause_view **pauses, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id after;

	TRY(token_id(ask->after, &after));
	TRY(db_query(tx, &PAUSES_LIST,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(ask->customer_number), db_id(ask->id),
			       db_bool(ask->ended_too), db_id(after), db_int(ask->limit), db_date(creditor->today)),
		     &rows));
	*pauses = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **pauses);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		read_pause(&rows, row, tx->arena, &(*pauses)[row]);
	return OK;
}

struct err pause_end(struct db_tx *tx, const struct creditor *creditor, struct id id, const char *reason)
{
	return db_exec(tx, &PAUSE_END,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_time(creditor->now), db_text(reason)));
}

struct err pauses_release(struct db_tx *tx, const struct creditor *creditor, const char *customer_number,
			  const char *invoice_number, struct id id, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAUSES_RELEASE,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(customer_number), db_text(invoice_number),
			       db_id(id), db_time(creditor->now)),
		     &rows));
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		TRY(customer_wake(tx, creditor, db_cell_copy(&rows, row, 0, tx->arena)));
	return OK;
}

struct err customer_wake(struct db_tx *tx, const struct creditor *creditor, const char *customer_number)
{
	TRY(db_exec(tx, &WAKE_CASES,
		    DB_PARAMS(db_text(creditor->letter.code), db_text(customer_number), db_date(creditor->today))));
	return db_exec(tx, &WAKE_REMINDERS,
		       DB_PARAMS(db_text(creditor->letter.code), db_text(customer_number), db_time(creditor->now)));
}
