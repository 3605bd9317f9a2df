#include "notification/store_report.h"

#include "common/base/text.h"
#include "notification/store_task.h"

static const struct db_stmt REMINDERS_LIST = DB_STMT(
	"notification_reminders_list",
	"SELECT r.id, r.dunning_case, r.customer, r.customer_number, c.name, r.currency, r.step, r.channel, r.state, "
	"       r.reason, r.effective_on, r.due_at, r.done_at, r.recipient, r.message_id, r.amount_minor, r.attempt, "
	"       r.policy_version, (SELECT string_agg(i.number, E'\\n' ORDER BY i.due_on, i.number) "
	"         FROM notification.reminder_item i WHERE i.creditor = r.creditor AND i.reminder = r.id) "
	"  FROM notification.reminder r "
	"  LEFT JOIN invoicing.customer c ON c.creditor = r.creditor AND c.id = r.customer "
	" WHERE r.creditor = $1 AND ($2::text IS NULL OR r.state = $2) AND ($3::text IS NULL OR r.customer_number = "
	"$3) "
	"   AND ($4::uuid IS NULL OR (r.due_at, r.id) > (SELECT p.due_at, p.id FROM notification.reminder p "
	"                                                 WHERE p.creditor = $1 AND p.id = $4)) "
	"   AND ($5::uuid IS NULL OR r.id = $5) ORDER BY r.due_at, r.id LIMIT $6");

static const struct db_stmt STATE_COUNTS =
	DB_STMT("notification_state_counts",
		"SELECT state, count(*), count(*) FILTER (WHERE due_at <= $2 AND done_at IS NULL), "
		"       min(due_at) FILTER (WHERE state = 'scheduled' AND due_at > $2) "
		"  FROM notification.reminder WHERE creditor = $1 GROUP BY state");

static const struct db_stmt OPEN_COUNTS =
	DB_STMT("notification_open_counts",
		"SELECT (SELECT count(*) FROM notification.dunning_case WHERE creditor = $1 AND closed_at IS NULL), "
		"       (SELECT count(*) FROM ledger.test_clock c WHERE c.creditor = $1 AND c.at = $2 AND NOT EXISTS ("
		"          SELECT FROM notification.plan p WHERE p.creditor = $1 AND p.planned_at = c.at))");

/* Name, whether it holds, rows looked at, the first violation. */
static const struct db_stmt CHECKS = DB_STMT(
	"notification_checks",
	"WITH r AS (SELECT r.*, c.timezone FROM notification.reminder r JOIN invoicing.customer c "
	"             ON c.creditor = r.creditor AND c.id = r.customer WHERE r.creditor = $1), "
	"stuck AS (SELECT id FROM r WHERE state IN ('queued', 'sending') "
	"             AND greatest(queued_at, not_before, lease_until) < clock_timestamp() - interval '10 minutes'), "
	"twice AS (SELECT message_id FROM r WHERE state = 'sent' AND message_id IS NOT NULL "
	"           GROUP BY message_id HAVING count(*) > 1), "
	"empty AS (SELECT id FROM r WHERE state = 'sent' AND (amount_minor <= 0 OR NOT EXISTS "
	"            (SELECT FROM notification.reminder_item i WHERE i.creditor = r.creditor AND i.reminder = r.id))), "
	"crowded AS (SELECT dunning_case FROM r WHERE state = 'sent' AND channel IN ('mail', 'task') "
	"               AND dunning_case IS NOT NULL "
	"             GROUP BY dunning_case, (done_at AT TIME ZONE timezone)::date HAVING count(*) > 1), "
	"unbooked AS (SELECT f.number FROM notification.fee f LEFT JOIN ledger.open_item i ON i.creditor = f.creditor "
	"    AND i.id = f.id AND i.kind = 'fee' AND i.amount_minor = f.amount_minor AND i.number = f.number "
	"   WHERE f.creditor = $1 AND (i.id IS NULL OR i.cancelled IS DISTINCT FROM (f.voided_on IS NOT NULL))), "
	"silent AS (SELECT id FROM r WHERE state IN ('spared', 'failed', 'dead', 'cancelled') AND reason IS NULL) "
	"SELECT 'notification.reminders_terminal_or_scheduled', NOT EXISTS (SELECT FROM stuck), (SELECT count(*) FROM "
	"r), "
	"       (SELECT 'reminder ' || id || ' has been under way for over 10 minutes' FROM stuck LIMIT 1) "
	"UNION ALL SELECT 'notification.no_message_twice', NOT EXISTS (SELECT FROM twice), "
	"       (SELECT count(*) FROM r WHERE state = 'sent'), "
	"       (SELECT 'message ' || message_id || ' was recorded for two reminders' FROM twice LIMIT 1) "
	"UNION ALL SELECT 'notification.sent_ask_for_something', NOT EXISTS (SELECT FROM empty), "
	"       (SELECT count(*) FROM r WHERE state = 'sent'), "
	"       (SELECT 'reminder ' || id || ' asked for nothing' FROM empty LIMIT 1) "
	"UNION ALL SELECT 'notification.one_contact_a_day', NOT EXISTS (SELECT FROM crowded), "
	"       (SELECT count(*) FROM notification.dunning_case WHERE creditor = $1), "
	"       (SELECT 'case ' || dunning_case || ' contacted the debtor twice on a day' FROM crowded LIMIT 1) "
	"UNION ALL SELECT 'notification.fees_are_booked', NOT EXISTS (SELECT FROM unbooked), "
	"       (SELECT count(*) FROM notification.fee WHERE creditor = $1), "
	"       (SELECT 'fee ' || number || ' is not booked as it stands' FROM unbooked LIMIT 1) "
	"UNION ALL SELECT 'notification.every_reason_recorded', NOT EXISTS (SELECT FROM silent), "
	"       (SELECT count(*) FROM r WHERE state <> 'sent'), "
	"       (SELECT 'reminder ' || id || ' was not sent, and nobody knows why' FROM silent LIMIT 1)");

/* ------------------------------------------------------------------ lists */

void lines_split(struct arena *arena, const char *text, const char ***lines, size_t *count)
{
	const char **found = NULL;
	size_t n = 0;

	while (!text_empty(text)) {
		size_t length = 0;

		while (text[length] != '\0' && text[length] != '\n')
			length++;
		*ARENA_PUSH(arena, found, n) = arena_copy_n(arena, text, length);
		text += length + (text[length] == '\n');
	}
	*lines = found;
	*count = n;
}

struct err list_after(const char *after, struct db_param *param)
{
	struct id id = { 0 };

	if (!text_empty(after) && !err_ok(id_parse(after, &id)))
		return ERR(ERR_INVALID, "page.token", "page_token", "this is no token that a page gave");
	*param = db_id(id);
	return OK;
}

static void read_reminder(const struct db_rows *rows, int row, struct arena *arena, struct reminder_view *view)
{
	*view = (struct reminder_view){
		.id = db_cell_id(rows, row, 0),
		.dunning_case = db_cell_id(rows, row, 1),
		.customer = db_cell_id(rows, row, 2),
		.customer_number = db_cell_copy(rows, row, 3, arena),
		.customer_name = db_cell_copy(rows, row, 4, arena),
		.currency = db_cell_copy(rows, row, 5, arena),
		.step = db_cell_copy(rows, row, 6, arena),
		.channel = policy_channel_find(db_cell_text(rows, row, 7)),
		.state = reminder_state_find(db_cell_text(rows, row, 8)),
		.reason = db_cell_copy(rows, row, 9, arena),
		.effective_on = db_cell_date(rows, row, 10),
		.due_at = db_cell_time(rows, row, 11),
		.done_at = db_cell_time(rows, row, 12),
		.recipient = db_cell_copy(rows, row, 13, arena),
		.message_id = db_cell_copy(rows, row, 14, arena),
		.amount_minor = db_cell_int(rows, row, 15),
		.attempt = (int)db_cell_int(rows, row, 16),
		.policy_version = (int)db_cell_int(rows, row, 17),
	};
	lines_split(arena, db_cell_text(rows, row, 18), &view->invoices, &view->invoice_count);
}

struct err reminders_list(struct db_tx *tx, const struct list_ask *ask, struct reminder_view **reminders, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param after;

	TRY(list_after(ask->after, &after));
	TRY(db_query(tx, &REMINDERS_LIST,
		     DB_PARAMS(db_text(ask->creditor), db_text(reminder_state_name(ask->state)),
			       db_text(ask->customer_number), after, db_id(ask->id), db_int(ask->limit)),
		     &rows));
	*reminders = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **reminders);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		read_reminder(&rows, row, tx->arena, &(*reminders)[row]);
	return OK;
}

/* ------------------------------------------------------------------ counts and checks */

struct err queue_counts(struct db_tx *tx, const struct creditor *creditor, struct queue_view *queue)
{
	DB_ROWS_SCOPE states = { 0 };
	DB_ROWS_SCOPE open = { 0 };

	*queue = (struct queue_view){ .now = creditor->now, .next_due_at = INSTANT_NONE };
	TRY(db_query(tx, &STATE_COUNTS, DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now)), &states));
	TRY(db_query(tx, &OPEN_COUNTS, DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now)), &open));
	for (int row = 0; row < states.count; row++) {
		queue->states[reminder_state_find(db_cell_text(&states, row, 0))] = db_cell_int(&states, row, 1);
		queue->pending_due += db_cell_int(&states, row, 2);
		if (!db_cell_null(&states, row, 3))
			queue->next_due_at = db_cell_time(&states, row, 3);
	}
	queue->open_cases = db_cell_int(&open, 0, 0);
	queue->pending_due += db_cell_int(&open, 0, 1); /* a test clock that moved: the planner owes a look */
	return tasks_count_open(tx, creditor, &queue->open_tasks);
}

struct err notification_checks(struct db_tx *tx, const struct creditor *creditor, struct check_view **checks,
			       size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CHECKS, DB_PARAMS(db_text(creditor->letter.code)), &rows));
	*checks = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **checks);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		(*checks)[row] = (struct check_view){ .name = db_cell_copy(&rows, row, 0, tx->arena),
						      .ok = db_cell_bool(&rows, row, 1),
						      .checked = db_cell_int(&rows, row, 2),
						      .detail = db_cell_copy(&rows, row, 3, tx->arena) };
	return OK;
}
