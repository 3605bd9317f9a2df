#include "common/base/text.h"
#include "notification/store_pause.h"
#include "notification/store_report.h"

/* Promises and plans: the second part of store_pause.h. */

static const struct db_stmt AGREEMENT_ADD =
	DB_STMT("notification_agreement_add",
		"INSERT INTO notification.agreement (creditor, id, kind, state, customer, customer_number, currency, "
		"amount_minor, cash_minor, grace_days, made_at, made_by, reminder) VALUES ($1, $2, $3, $4, $5, $6, "
		"$7, $8, $9, $10, $11, $12, $13)");

static const struct db_stmt AGREEMENT_ITEMS = DB_STMT(
	"notification_agreement_items",
	"INSERT INTO notification.agreement_item (creditor, agreement, item, number, open_minor) SELECT $1, $2, i.* "
	"FROM unnest($3::uuid[], $4::text[], $5::bigint[]) AS i (item, number, open_minor)");

static const struct db_stmt AGREEMENT_INSTALMENTS =
	DB_STMT("notification_agreement_instalments",
		"INSERT INTO notification.instalment (creditor, agreement, due_on, amount_minor) SELECT $1, $2, i.* "
		"FROM unnest($3::date[], $4::bigint[]) AS i (due_on, amount_minor)");

static const struct db_stmt AGREEMENT_MOVE =
	DB_STMT("notification_agreement_move", "UPDATE notification.agreement SET state = $3, ended_at = $4 "
					       "WHERE creditor = $1 AND id = $2");

static const struct db_stmt AGREEMENT_PAID =
	DB_STMT("notification_agreement_paid", "UPDATE notification.agreement SET paid_minor = $3 "
					       "WHERE creditor = $1 AND id = $2 AND paid_minor <> $3");

/* A plan that is accepted pauses what it was proposed for, as far as that is still open. */
static const struct db_stmt AGREEMENT_PAUSE = DB_STMT(
	"notification_agreement_pause",
	"WITH made AS (INSERT INTO notification.pause (creditor, id, kind, customer, customer_number, whole, reason, "
	"until, made_at, made_by) SELECT creditor, id, CASE kind WHEN 'plan' THEN 'in_plan' ELSE 'promised' END, "
	"customer, customer_number, false, kind, $3, $4, made_by FROM notification.agreement "
	"WHERE creditor = $1 AND id = $2 RETURNING creditor, id) "
	"INSERT INTO notification.pause_item (creditor, pause, item) SELECT a.creditor, a.agreement, a.item "
	"FROM notification.agreement_item a JOIN made ON made.creditor = a.creditor AND made.id = a.agreement");

#define AGREEMENT_COLUMNS                                                                                              \
	"SELECT a.id, a.kind, a.state, a.customer, a.customer_number, c.name, a.currency, a.paid_minor, "              \
	"a.grace_days, a.made_at, a.made_by, a.ended_at, "                                                             \
	"       (SELECT string_agg(i.number, E'\\n' ORDER BY i.number) FROM notification.agreement_item i "            \
	"         WHERE i.creditor = a.creditor AND i.agreement = a.id), "                                             \
	"       (SELECT string_agg(n.due_on || ' ' || n.amount_minor, E'\\n' ORDER BY n.due_on) "                      \
	"          FROM notification.instalment n WHERE n.creditor = a.creditor AND n.agreement = a.id) "              \
	"  FROM notification.agreement a "                                                                             \
	"  LEFT JOIN invoicing.customer c ON c.creditor = a.creditor AND c.id = a.customer "

static const struct db_stmt AGREEMENTS_LIST = DB_STMT(
	"notification_agreements_list", AGREEMENT_COLUMNS
	" WHERE a.creditor = $1 AND ($2::text IS NULL OR a.kind = $2) AND ($3::text IS NULL OR a.customer_number = $3) "
	"   AND ($4::uuid IS NULL OR a.id = $4) AND ($5::boolean OR a.ended_at IS NULL) "
	"   AND ($6::uuid IS NULL OR (a.made_at, a.id) > (SELECT m.made_at, m.id FROM notification.agreement m "
	"                                                  WHERE m.creditor = $1 AND m.id = $6)) "
	" ORDER BY a.made_at, a.id LIMIT $7");

static const struct db_stmt AGREEMENTS_STANDING =
	DB_STMT("notification_agreements_standing",
		AGREEMENT_COLUMNS " WHERE a.creditor = $1 AND a.state = 'stands' AND ($2::uuid IS NULL OR a.id > $2) "
				  " ORDER BY a.id LIMIT $3 FOR UPDATE OF a");

/* Of messages, that nobody accepted before the first instalment: no answer is an answer. */
static const struct db_stmt PROPOSALS_OVER =
	DB_STMT("notification_proposals_over", AGREEMENT_COLUMNS
		" WHERE a.creditor = $1 AND a.state = 'proposed' AND a.reminder IS NOT NULL "
		"   AND $4 > (SELECT min(n.due_on) FROM notification.instalment n WHERE n.creditor = a.creditor "
		"                AND n.agreement = a.id) "
		"   AND ($2::uuid IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3 FOR UPDATE OF a");

static const struct db_stmt AGREEMENT_LOOK = DB_STMT(
	"notification_agreement_look",
	"SELECT coalesce(sum(greatest(a.open_minor - coalesce(i.open_minor, 0), 0)), 0)::bigint + "
	"       greatest((SELECT coalesce(-sum(b.amount_minor), 0) FROM ledger.balance b, notification.agreement m "
	"          WHERE m.creditor = $1 AND m.id = $2 AND b.creditor = $1 AND b.account = 'unapplied_cash' "
	"            AND b.subject = m.customer AND b.currency = m.currency) "
	"         - (SELECT m.cash_minor FROM notification.agreement m WHERE m.creditor = $1 AND m.id = $2), "
	"0)::bigint, "
	"       coalesce(sum(i.open_minor) FILTER (WHERE NOT i.cancelled), 0)::bigint, "
	"       min(i.due_on) FILTER (WHERE i.open_minor > 0) "
	"  FROM notification.agreement_item a LEFT JOIN ledger.open_item i ON i.creditor = a.creditor AND i.id = "
	"a.item "
	" WHERE a.creditor = $1 AND a.agreement = $2");

/* ------------------------------------------------------------------ changes */

static struct err add_pause(struct db_tx *tx, const struct creditor *creditor, const struct agreement_view *agreement)
{
	return db_exec(tx, &AGREEMENT_PAUSE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(agreement->id),
				 db_date(agreement_last_day(&agreement->terms)), db_time(creditor->now)));
}

static struct err add_parts(struct db_tx *tx, const struct creditor *creditor, const struct covered *covered,
			    const struct agreement_view *agreement)
{
	const struct agreement *terms = &agreement->terms;
	struct date *dates = arena_array(tx->arena, terms->count, sizeof *dates);
	int64_t *amounts = arena_array(tx->arena, terms->count, sizeof *amounts);

	for (size_t i = 0; i < terms->count; i++) {
		dates[i] = terms->instalments[i].due_on;
		amounts[i] = terms->instalments[i].amount_minor;
	}
	TRY(db_exec(tx, &AGREEMENT_ITEMS,
		    DB_PARAMS(db_text(creditor->letter.code), db_id(agreement->id),
			      db_id_array(tx->arena, covered->items, covered->count),
			      db_text_array(tx->arena, covered->numbers, covered->count),
			      db_int_array(tx->arena, covered->open_minor, covered->count))));
	return db_exec(tx, &AGREEMENT_INSTALMENTS,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(agreement->id),
				 db_date_array(tx->arena, dates, terms->count),
				 db_int_array(tx->arena, amounts, terms->count)));
}

struct err agreement_add(struct db_tx *tx, const struct creditor *creditor, const struct covered *covered,
			 const struct agreement_view *agreement)
{
	TRY(db_exec(tx, &AGREEMENT_ADD,
		    DB_PARAMS(db_text(creditor->letter.code), db_id(agreement->id),
			      db_text(agreement_kind_name(agreement->kind)),
			      db_text(agreement_state_name(agreement->state)), db_id(covered->customer.id),
			      db_text(covered->customer.letter.number), db_text(covered->currency.code),
			      db_int(agreement_total_minor(&agreement->terms)), db_int(covered->cash_minor),
			      db_int(agreement->terms.grace_days), db_time(creditor->now), db_text(agreement->made_by),
			      db_id(agreement->reminder))));
	TRY(add_parts(tx, creditor, covered, agreement));
	return agreement->state == AGREEMENT_STANDS ? add_pause(tx, creditor, agreement) : OK;
}

static struct err move(struct db_tx *tx, const struct creditor *creditor, struct id id, enum agreement_state state,
		       struct instant ended_at)
{
	return db_exec(tx, &AGREEMENT_MOVE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_text(agreement_state_name(state)),
				 db_time(ended_at)));
}

struct err agreement_accept(struct db_tx *tx, const struct creditor *creditor, const struct agreement_view *agreement)
{
	TRY(move(tx, creditor, agreement->id, AGREEMENT_STANDS, INSTANT_NONE));
	return add_pause(tx, creditor, agreement);
}

struct err agreement_end(struct db_tx *tx, const struct creditor *creditor, const struct agreement_view *agreement,
			 enum agreement_state state)
{
	TRY(move(tx, creditor, agreement->id, state, creditor->now));
	TRY(pause_end(tx, creditor, agreement->id, agreement_state_name(state)));
	return customer_wake(tx, creditor, agreement->customer_number);
}

struct err agreement_note_paid(struct db_tx *tx, const struct creditor *creditor, struct id id, int64_t paid_minor)
{
	return db_exec(tx, &AGREEMENT_PAID, DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_int(paid_minor)));
}

/* ------------------------------------------------------------------ lists */

/* Lines of "2026-03-01 10000". */
static struct err read_instalments(struct arena *arena, const char *text, struct agreement *terms)
{
	struct instalment *instalments = NULL;
	const char **lines;
	size_t line_count, count = 0;

	lines_split(arena, text, &lines, &line_count);
	for (size_t i = 0; i < line_count; i++) {
		struct instalment *instalment = ARENA_PUSH(arena, instalments, count);
		long long amount;

		TRY(date_parse(arena_copy_n(arena, lines[i], DATE_TEXT_BYTES - 1), &instalment->due_on));
		TRY(text_to_int64(lines[i] + DATE_TEXT_BYTES, 1, MONEY_MINOR_MAX, &amount));
		instalment->amount_minor = amount;
	}
	terms->instalments = instalments;
	terms->count = count;
	return OK;
}

static struct err read_agreement(const struct db_rows *rows, int row, struct arena *arena, struct agreement_view *view)
{
	*view = (struct agreement_view){
		.id = db_cell_id(rows, row, 0),
		.kind = agreement_kind_find(db_cell_text(rows, row, 1)),
		.state = agreement_state_find(db_cell_text(rows, row, 2)),
		.customer = db_cell_id(rows, row, 3),
		.customer_number = db_cell_copy(rows, row, 4, arena),
		.customer_name = db_cell_copy(rows, row, 5, arena),
		.paid_minor = db_cell_int(rows, row, 7),
		.made_at = db_cell_time(rows, row, 9),
		.made_by = db_cell_copy(rows, row, 10, arena),
		.ended_at = db_cell_time(rows, row, 11),
	};
	text_copy(view->currency.code, sizeof view->currency.code, db_cell_text(rows, row, 6));
	lines_split(arena, db_cell_text(rows, row, 12), &view->invoices, &view->invoice_count);
	TRY(read_instalments(arena, db_cell_text(rows, row, 13), &view->terms));
	view->terms.grace_days = (int)db_cell_int(rows, row, 8);
	return OK;
}

static struct err query(struct db_tx *tx, const struct creditor *creditor, const struct agreement_list_ask *ask,
			struct db_rows *rows)
{
	struct id after = { { 0 } };

	if (!text_empty(ask->after) && !err_ok(id_parse(ask->after, &after)))
		return ERR(ERR_INVALID, "page.token", "page_token", "this is no token that a page gave");
	if (ask->proposals_over)
		return db_query(tx, &PROPOSALS_OVER,
				DB_PARAMS(db_text(creditor->letter.code), db_id(after), db_int(ask->limit),
					  db_date(creditor->today)),
				rows);
	if (ask->standing)
		return db_query(tx, &AGREEMENTS_STANDING,
				DB_PARAMS(db_text(creditor->letter.code), db_id(after), db_int(ask->limit)), rows);
	return db_query(tx, &AGREEMENTS_LIST,
			DB_PARAMS(db_text(creditor->letter.code), db_text(agreement_kind_name(ask->kind)),
				  db_text(ask->customer_number), db_id(ask->id), db_bool(ask->ended_too), db_id(after),
				  db_int(ask->limit)),
			rows);
}

struct err agreements_list(struct db_tx *tx, const struct creditor *creditor, const struct agreement_list_ask *ask,
			   struct agreement_view **agreements, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(query(tx, creditor, ask, &rows));
	*agreements = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **agreements);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		TRY(read_agreement(&rows, row, tx->arena, &(*agreements)[row]));
	return OK;
}

struct err agreement_look(struct db_tx *tx, const struct creditor *creditor, const struct agreement_view *agreement,
			  struct agreement_now *now)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &AGREEMENT_LOOK, DB_PARAMS(db_text(creditor->letter.code), db_id(agreement->id)), &rows));
	*now = (struct agreement_now){ .paid_minor = db_cell_int(&rows, 0, 0),
				       .open_minor = db_cell_int(&rows, 0, 1),
				       .oldest_due_on = db_cell_date(&rows, 0, 2) };
	return OK;
}
