#include "notification/store_task.h"

#include "common/base/text.h"

static const struct db_stmt ADD =
	DB_STMT("notification_tasks_add",
		"WITH new AS (INSERT INTO notification.task (creditor, id, kind, reminder, customer, customer_number, "
		"    currency, amount_minor, note, made_at) "
		"  SELECT $1, t.id, t.kind, t.reminder, t.customer, t.number, t.currency, t.amount, t.note, $2 "
		"    FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::bigint[], "
		"                $10::text[]) AS t (id, kind, reminder, customer, number, currency, amount, note) "
		"  ON CONFLICT DO NOTHING RETURNING id) "
		"SELECT a.n FROM unnest($3::uuid[]) WITH ORDINALITY AS a (id, n) JOIN new USING (id)");

/* What a task asks for; an answer of the debtor's is a matter of its own. */
#define PURPOSE(kind)                                                                                                  \
	"CASE WHEN " kind " IN ('call', 'agency_file', 'court_file') THEN 'claim' "                                    \
	"     WHEN " kind " IN ('address', 'undelivered') THEN 'reach' "                                               \
	"     WHEN " kind " IN ('letter', 'mediation', 'delivery_proof') THEN " kind " END"

/* $3 the new ones, each looked up by itself (OFFSET 0). What holds up a ladder is not forgotten over a note; a sales
 * representative's address is another. */
static const struct db_stmt SUPERSEDE =
	DB_STMT("notification_tasks_supersede",
		"UPDATE notification.task t SET done_at = $2, done_note = 'superseded by ' || o.kind "
		"  FROM unnest($3::uuid[]) AS a (id) "
		"  CROSS JOIN LATERAL (SELECT o.id, n.kind FROM notification.task n "
		"    JOIN notification.reminder nr ON nr.creditor = n.creditor AND nr.id = n.reminder "
		"    JOIN notification.task o ON o.creditor = n.creditor AND o.customer = n.customer "
		"     AND o.currency = n.currency AND o.done_at IS NULL AND NOT o.id = ANY ($3) "
		"    JOIN notification.reminder r ON r.creditor = o.creditor AND r.id = o.reminder "
		"     AND (r.dunning_case IS NULL OR nr.dunning_case IS NOT NULL) "
		"     AND (r.channel = 'internal_mail') = (nr.channel = 'internal_mail') "
		"   WHERE n.creditor = $1 AND n.id = a.id AND " PURPOSE("o.kind") " = " PURPOSE(
			"n.kind") " OFFSET 0) o "
				  " WHERE t.creditor = $1 AND t.id = o.id");

static const struct db_stmt END_OF =
	DB_STMT("notification_tasks_end_of",
		"UPDATE notification.task t SET done_at = $2, done_note = o.step || ' has left' "
		"  FROM unnest($3::uuid[]) AS a (id) "
		"  CROSS JOIN LATERAL (SELECT o.id, r.step FROM notification.task o "
		"    JOIN notification.reminder r ON r.creditor = o.creditor AND r.id = o.reminder "
		"   WHERE o.creditor = $1 AND o.reminder = a.id AND o.done_at IS NULL "
		"     AND o.kind IN ('address', 'undelivered', 'delivery_proof') OFFSET 0) o "
		" WHERE t.creditor = $1 AND t.id = o.id");

/* t: a task, `claims` where it is about money; o: what is owed today of its invoices, by the rules of position_sum. A
 * direct debit that came back names its invoice itself. */
#define TASKS                                                                                                          \
	"  FROM (SELECT t.*, r.voided_at IS NOT NULL AS voided, t.kind NOT IN ('replied', 'bounced') AS claims "       \
	"          FROM notification.task t "                                                                          \
	"          LEFT JOIN notification.reminder r ON r.creditor = t.creditor AND r.id = t.reminder) t "             \
	"  LEFT JOIN LATERAL (SELECT greatest(0, sum(CASE WHEN o.cancelled OR o.disputed THEN 0 "                      \
	"          ELSE greatest(0, o.open_minor - o.disputed_minor) END) "                                            \
	"          - coalesce((SELECT -sum(b.amount_minor) FROM ledger.balance b WHERE b.creditor = t.creditor "       \
	"                AND b.account = 'unapplied_cash' AND b.subject = t.customer "                                 \
	"                AND b.currency = t.currency), 0))::bigint AS minor, "                                         \
	"        string_agg(o.number, E'\\n' ORDER BY o.due_on, o.number) "                                            \
	"          FILTER (WHERE o.open_minor > 0 AND NOT o.cancelled) AS numbers "                                    \
	"     FROM (SELECT o.* FROM notification.reminder_item i JOIN ledger.open_item o "                             \
	"             ON o.creditor = i.creditor AND o.id = i.item "                                                   \
	"            WHERE i.creditor = t.creditor AND i.reminder = t.reminder "                                       \
	"           UNION ALL SELECT o.* FROM ledger.open_item o "                                                     \
	"            WHERE o.creditor = t.creditor AND o.number = t.invoice_number) o) o ON t.done_at IS NULL "

#define OPEN "(t.done_at IS NULL AND NOT (t.claims AND (t.voided OR o.minor = 0)))"
#define AMOUNT "coalesce(o.minor, t.amount_minor)"

/* What may be lost of each claim, by the credit service's class of the customer: a ranking, not a forecast. */
#define AT_RISK                                                                                                        \
	AMOUNT " * CASE s.risk_class WHEN 'severe' THEN 80 WHEN 'high' THEN 50 WHEN 'medium' THEN 20 "                 \
	       "WHEN 'low' THEN 5 ELSE 30 END / 100"

static const struct db_stmt LIST = DB_STMT(
	"notification_tasks_list",
	"SELECT t.id, t.kind, t.customer_number, c.name, t.currency, t.note, " AMOUNT ", t.made_at, t.done_at, "
	"       coalesce((SELECT k.phone FROM invoicing.contact k WHERE k.creditor = t.creditor "
	"                    AND k.customer = t.customer AND k.phone IS NOT NULL ORDER BY k.position LIMIT 1), "
	"c.phone), "
	"       coalesce(o.numbers, t.invoice_number, "
	"         (SELECT string_agg(i.number, E'\\n' ORDER BY i.due_on, i.number) FROM notification.reminder_item i "
	"           WHERE i.creditor = t.creditor AND i.reminder = t.reminder)), s.risk_class, " AT_RISK ", "
	"       CASE WHEN " OPEN " THEN NULL WHEN t.done_at IS NOT NULL THEN t.done_note "
	"            WHEN t.voided THEN 'the reminder was taken back' ELSE 'nothing is owed' END " TASKS
	"  LEFT JOIN invoicing.customer c ON c.creditor = t.creditor AND c.id = t.customer "
	"  LEFT JOIN credit.score s ON s.creditor = t.creditor AND s.customer = t.customer "
	" WHERE t.creditor = $1 AND ($2::boolean OR " OPEN ") AND ($3::uuid IS NULL OR t.id = $3) "
	"   AND ($4::uuid IS NULL OR (t.made_at, t.id) > (SELECT p.made_at, p.id FROM notification.task p "
	"                                                  WHERE p.creditor = $1 AND p.id = $4)) "
	" ORDER BY CASE WHEN $6 THEN -(" AT_RISK ") END, t.made_at, t.id LIMIT $5");

static const struct db_stmt COUNT_OPEN =
	DB_STMT("notification_tasks_count_open", "SELECT count(*) " TASKS " WHERE t.creditor = $1 AND " OPEN);

static const struct db_stmt COMPLETE =
	DB_STMT("notification_task_complete", "UPDATE notification.task SET done_at = coalesce(done_at, $3) "
					      "WHERE creditor = $1 AND id = $2 RETURNING 1");

/* ------------------------------------------------------------------ made and ended */

static struct err supersede(struct db_tx *tx, const struct creditor *creditor, const struct task_new *tasks,
			    size_t count)
{
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);
	size_t added = 0;

	for (size_t i = 0; i < count; i++) {
		if (tasks[i].added)
			ids[added++] = tasks[i].task.id;
	}
	if (added == 0)
		return OK;
	return db_exec(
		tx, &SUPERSEDE,
		DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now), db_id_array(tx->arena, ids, added)));
}

struct err tasks_add(struct db_tx *tx, const struct creditor *creditor, struct task_new *tasks, size_t count)
{
	struct arena *arena = tx->arena;
	struct id *ids = arena_array(arena, count, sizeof *ids), *reminders = arena_array(arena, count, sizeof *ids),
		  *customers = arena_array(arena, count, sizeof *ids);
	enum { KIND, NUMBER, CURRENCY, NOTE, TEXTS };
	const char **texts[TEXTS];
	int64_t *amounts = arena_array(arena, count, sizeof *amounts);
	DB_ROWS_SCOPE rows = { 0 };

	for (int i = 0; i < TEXTS; i++)
		texts[i] = arena_array(arena, count, sizeof *texts[i]);
	for (size_t i = 0; i < count; i++) {
		const struct reminder_view *reminder = tasks[i].reminder;

		tasks[i].task.id = id_derive(reminder->id, tasks[i].task.kind);
		ids[i] = tasks[i].task.id;
		reminders[i] = reminder->id;
		customers[i] = reminder->customer;
		texts[KIND][i] = tasks[i].task.kind;
		texts[NUMBER][i] = reminder->customer_number;
		texts[CURRENCY][i] = reminder->currency;
		texts[NOTE][i] = tasks[i].task.note;
		amounts[i] = reminder->amount_minor;
	}
	if (count == 0)
		return OK;
	TRY(db_query(tx, &ADD,
		     DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now), db_id_array(arena, ids, count),
			       db_text_array(arena, texts[KIND], count), db_id_array(arena, reminders, count),
			       db_id_array(arena, customers, count), db_text_array(arena, texts[NUMBER], count),
			       db_text_array(arena, texts[CURRENCY], count), db_int_array(arena, amounts, count),
			       db_text_array(arena, texts[NOTE], count)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		tasks[db_cell_int(&rows, row, 0) - 1].added = true;
	return supersede(tx, creditor, tasks, count);
}

struct err tasks_end_of(struct db_tx *tx, const struct creditor *creditor, const struct id *reminders, size_t count)
{
	if (count == 0)
		return OK;
	return db_exec(tx, &END_OF,
		       DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now),
				 db_id_array(tx->arena, reminders, count)));
}

struct err task_complete(struct db_tx *tx, const struct creditor *creditor, struct id id)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COMPLETE, DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_time(creditor->now)),
		     &rows));
	return rows.count == 1 ? OK : ERR(ERR_NOT_FOUND, "task.unknown", "id", "there is no such task");
}

/* ------------------------------------------------------------------ lists */

static void read_task(const struct db_rows *rows, int row, struct arena *arena, struct task_view *view)
{
	*view = (struct task_view){
		.id = db_cell_id(rows, row, 0),
		.kind = db_cell_copy(rows, row, 1, arena),
		.customer_number = db_cell_copy(rows, row, 2, arena),
		.customer_name = db_cell_copy(rows, row, 3, arena),
		.currency = db_cell_copy(rows, row, 4, arena),
		.note = db_cell_copy(rows, row, 5, arena),
		.amount_minor = db_cell_int(rows, row, 6),
		.made_at = db_cell_time(rows, row, 7),
		.done_at = db_cell_time(rows, row, 8),
		.phone = db_cell_copy(rows, row, 9, arena),
		.risk_class = db_cell_copy(rows, row, 11, arena),
		.at_risk_minor = db_cell_int(rows, row, 12),
		.done_note = db_cell_copy(rows, row, 13, arena),
	};
	lines_split(arena, db_cell_text(rows, row, 10), &view->invoices, &view->invoice_count);
}

struct err tasks_list(struct db_tx *tx, const struct list_ask *ask, struct task_view **tasks, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param after;

	TRY(list_after(ask->after, &after));
	TRY(db_query(tx, &LIST,
		     DB_PARAMS(db_text(ask->creditor), db_bool(ask->done_too), db_id(ask->id), after,
			       db_int(ask->limit), db_bool(ask->by_risk)),
		     &rows));
	*tasks = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **tasks);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		read_task(&rows, row, tx->arena, &(*tasks)[row]);
	return OK;
}

struct err tasks_count_open(struct db_tx *tx, const struct creditor *creditor, int64_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COUNT_OPEN, DB_PARAMS(db_text(creditor->letter.code)), &rows));
	*count = db_cell_int(&rows, 0, 0);
	return OK;
}
