#include "notification/store_claim.h"

#include "common/base/check.h"
#include "common/base/text.h"

static const struct db_stmt CLAIM_BEGIN = DB_STMT(
	"notification_claim_begin",
	"SELECT r.state, r.dunning_case, r.customer, r.customer_number, r.currency, r.step, r.channel, r.effective_on, "
	"       r.due_at, r.attempt, r.policy_version, r.amount_minor, r.lease_until < clock_timestamp(), "
	"       greatest(0, extract(epoch FROM r.not_before - clock_timestamp()) * 1000)::bigint, "
	"       (extract(epoch FROM r.not_before) * 1000)::bigint, c.close_reason, "
	"       (SELECT string_agg(m.message_id, ' ' ORDER BY m.done_at) FROM notification.reminder m "
	"         WHERE m.creditor = r.creditor AND m.dunning_case = r.dunning_case AND m.state = 'sent' "
	"           AND m.channel = 'mail' AND m.id <> r.id), "
	"       EXISTS (SELECT FROM notification.reminder m WHERE m.creditor = r.creditor "
	"                  AND m.dunning_case = r.dunning_case AND m.state = 'sent' AND m.id <> r.id) "
	"  FROM notification.reminder r "
	"  LEFT JOIN notification.dunning_case c ON c.creditor = r.creditor AND c.id = r.dunning_case "
	" WHERE r.creditor = $1 AND r.id = $2 FOR UPDATE OF r SKIP LOCKED");

static const struct db_stmt CLAIM_HOLD = DB_STMT(
	"notification_claim_hold",
	"UPDATE notification.reminder SET state = $3, attempt = attempt + 1, "
	"       lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0), lease_token = $5, not_before = "
	"NULL, "
	"       recipient = $6, message_id = $7, amount_minor = $8, reason = NULL WHERE creditor = $1 AND id = $2");

static const struct db_stmt CLAIM_HEARTBEAT =
	DB_STMT("notification_claim_heartbeat",
		"UPDATE notification.reminder SET lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0) "
		" WHERE creditor = $1 AND id = $2 AND state = 'sending' AND lease_token = $3 RETURNING 1");

static const struct db_stmt CLAIM_END = DB_STMT(
	"notification_claim_end",
	"UPDATE notification.reminder SET state = $4, reason = $5, done_at = $6, due_at = coalesce($7, due_at), "
	"       not_before = CASE WHEN $8::bigint > 0 THEN to_timestamp($8 / 1000.0) END, "
	"       queued_at = CASE WHEN $4 = 'queued' THEN clock_timestamp() ELSE queued_at END, "
	"       attempt = attempt - $9::int, lease_until = NULL, lease_token = NULL "
	" WHERE creditor = $1 AND id = $2 AND state = 'sending' AND lease_token = $3 RETURNING 1");

/* The planner looks at the case again, and keeps the ladder's distance from today. */
static const struct db_stmt CASE_WAKE = DB_STMT(
	"notification_case_wake", "UPDATE notification.dunning_case SET last_on = CASE WHEN last_step = $3 THEN $4 "
				  "ELSE last_on END, next_on = $4 "
				  "WHERE creditor = $1 AND id = $2 AND closed_at IS NULL");

static const struct db_stmt CASE_END =
	DB_STMT("notification_case_end",
		"UPDATE notification.dunning_case SET closed_at = $3, close_reason = $4, next_on = NULL "
		"WHERE creditor = $1 AND id = $2 AND closed_at IS NULL RETURNING 1");

static const struct db_stmt TASK_ADD =
	DB_STMT("notification_task_add",
		"INSERT INTO notification.task (creditor, id, kind, reminder, customer, customer_number, currency, "
		"amount_minor, "
		"note, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING 1");

static const struct db_stmt RETRY_FIND =
	DB_STMT("notification_retry_find",
		"SELECT state FROM notification.reminder WHERE creditor = $1 AND id = $2 FOR UPDATE");

static const struct db_stmt RETRY = DB_STMT(
	"notification_retry",
	"UPDATE notification.reminder SET state = $3, done_at = NULL, reason = NULL, attempt = 0, not_before = NULL, "
	"       queued_at = '-infinity' WHERE creditor = $1 AND id = $2"); /* the next sweep tells the workers */

/* ------------------------------------------------------------------ claims */

static const char *last_word(struct arena *arena, const char *words)
{
	const char *last = words;

	for (const char *c = words; c && *c; c++) {
		if (*c == ' ')
			last = c + 1;
	}
	return last ? arena_copy(arena, last) : NULL;
}

static void read_claim(const struct db_rows *rows, struct arena *arena, struct claim *claim)
{
	claim->reminder = (struct reminder_view){
		.id = claim->reminder.id,
		.state = reminder_state_find(db_cell_text(rows, 0, 0)),
		.dunning_case = db_cell_id(rows, 0, 1),
		.customer = db_cell_id(rows, 0, 2),
		.customer_number = db_cell_copy(rows, 0, 3, arena),
		.currency = db_cell_copy(rows, 0, 4, arena),
		.step = db_cell_copy(rows, 0, 5, arena),
		.channel = policy_channel_find(db_cell_text(rows, 0, 6)),
		.effective_on = db_cell_date(rows, 0, 7),
		.due_at = db_cell_time(rows, 0, 8),
		.attempt = (int)db_cell_int(rows, 0, 9),
		.policy_version = (int)db_cell_int(rows, 0, 10),
		.amount_minor = db_cell_int(rows, 0, 11),
	};
	claim->case_closed = db_cell_copy(rows, 0, 15, arena);
	claim->thread = db_cell_copy(rows, 0, 16, arena);
	claim->in_reply_to = last_word(arena, claim->thread);
	claim->climbed = db_cell_bool(rows, 0, 17);
}

/* Who may take it: anybody once it is queued and its wait is over; after the lease, of one that is being sent. */
static void judge(const struct db_rows *rows, struct claim *claim)
{
	bool lease_over = db_cell_bool(rows, 0, 12);
	bool waits = db_cell_int(rows, 0, 13) > 0;
	enum reminder_state to;
	enum reminder_event event = claim->reminder.state == REMINDER_SENDING ? REMINDER_TAKEN_OVER : REMINDER_CLAIMED;

	if (!err_ok(reminder_move(claim->reminder.state, event, &to)))
		return;
	if (claim->reminder.state == REMINDER_SENDING && !lease_over)
		return;
	if (waits) {
		claim->again_ms = db_cell_int(rows, 0, 14);
		return;
	}
	claim->claimable = true;
}

struct err claim_begin(struct db_tx *tx, const char *creditor, struct id id, struct id token, struct claim *claim)
{
	DB_ROWS_SCOPE rows = { 0 };

	*claim = (struct claim){ .reminder = { .id = id }, .token = token };
	TRY(db_query(tx, &CLAIM_BEGIN, DB_PARAMS(db_text(creditor), db_id(id)), &rows));
	if (rows.count == 0)
		return OK;
	read_claim(&rows, tx->arena, claim);
	judge(&rows, claim);
	return OK;
}

struct err claim_hold(struct db_tx *tx, const char *creditor, struct claim *claim)
{
	struct reminder_view *reminder = &claim->reminder;

	reminder->state = REMINDER_SENDING;
	reminder->attempt++;
	return db_exec(tx, &CLAIM_HOLD,
		       DB_PARAMS(db_text(creditor), db_id(reminder->id), db_text(reminder_state_name(REMINDER_SENDING)),
				 db_int(LEASE_MS), db_id(claim->token), db_text(reminder->recipient),
				 db_text(reminder->message_id), db_int(reminder->amount_minor)));
}

struct err claim_heartbeat(struct db_tx *tx, const char *creditor, const struct claim *claim, bool *held)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CLAIM_HEARTBEAT,
		     DB_PARAMS(db_text(creditor), db_id(claim->reminder.id), db_id(claim->token), db_int(LEASE_MS)),
		     &rows));
	*held = rows.count == 1;
	return OK;
}

/* ------------------------------------------------------------------ outcomes */

static struct err end_case(struct db_tx *tx, const struct creditor *creditor, struct claim *claim,
			   const struct outcome *outcome)
{
	const struct reminder_view *reminder = &claim->reminder;
	DB_ROWS_SCOPE ended = { 0 };

	if (id_zero(reminder->dunning_case))
		return OK;
	if (reminder->state == REMINDER_SPARED) {
		TRY(db_query(tx, &CASE_END,
			     DB_PARAMS(db_text(creditor->letter.code), db_id(reminder->dunning_case),
				       db_time(creditor->now), db_text(outcome->reason)),
			     &ended));
		claim->case_ended = ended.count == 1;
		return OK;
	}
	if (reminder->state != REMINDER_SENT)
		return OK;
	return db_exec(tx, &CASE_WAKE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(reminder->dunning_case), db_text(reminder->step),
				 db_date(outcome->today)));
}

struct err claim_end(struct db_tx *tx, const struct creditor *creditor, struct claim *claim,
		     const struct outcome *outcome, bool *held)
{
	struct reminder_view *reminder = &claim->reminder;
	DB_ROWS_SCOPE rows = { 0 };
	enum reminder_state to;

	TRY(reminder_move(REMINDER_SENDING, outcome->event, &to));

	bool done = reminder_terminal(to);

	TRY(db_query(tx, &CLAIM_END,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(reminder->id), db_id(claim->token),
			       db_text(reminder_state_name(to)), db_text(outcome->reason),
			       db_time(done ? creditor->now : INSTANT_NONE),
			       db_time(outcome->event == REMINDER_TOO_EARLY ? outcome->until : INSTANT_NONE),
			       db_int(outcome->not_before_ms), db_int(outcome->uncounted)),
		     &rows));
	*held = rows.count == 1;
	if (!*held)
		return OK;
	reminder->state = to;
	reminder->reason = outcome->reason;
	reminder->done_at = done ? creditor->now : INSTANT_NONE;
	return end_case(tx, creditor, claim, outcome);
}

struct err task_add(struct db_tx *tx, const struct creditor *creditor, const struct reminder_view *reminder,
		    struct task_view *task, bool *added)
{
	DB_ROWS_SCOPE rows = { 0 };

	task->id = id_derive(reminder->id, task->kind);
	TRY(db_query(tx, &TASK_ADD,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(task->id), db_text(task->kind),
			       db_id(reminder->id), db_id(reminder->customer), db_text(reminder->customer_number),
			       db_text(reminder->currency), db_int(reminder->amount_minor), db_text(task->note),
			       db_time(creditor->now)),
		     &rows));
	*added = rows.count == 1;
	return OK;
}

struct err reminder_retry(struct db_tx *tx, const char *creditor, struct id id)
{
	DB_ROWS_SCOPE rows = { 0 };
	enum reminder_state to;

	TRY(db_query(tx, &RETRY_FIND, DB_PARAMS(db_text(creditor), db_id(id)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "reminder.unknown", "id", "there is no such reminder");
	TRY(reminder_move(reminder_state_find(db_cell_text(&rows, 0, 0)), REMINDER_RETRIED, &to));
	return db_exec(tx, &RETRY, DB_PARAMS(db_text(creditor), db_id(id), db_text(reminder_state_name(to))));
}
