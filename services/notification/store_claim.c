#include "notification/store_claim.h"

#include "common/base/check.h"
#include "common/base/text.h"

/* $2 the reminders, in the order in which all workers lock them. */
static const struct db_stmt CLAIMS_BEGIN =
	DB_STMT("notification_claims_begin",
		"SELECT r.id, r.state, r.dunning_case, r.customer, r.customer_number, r.currency, r.step, r.channel, "
		"       r.effective_on, r.due_at, r.attempt, r.policy_version, r.amount_minor, "
		"       r.lease_until < clock_timestamp(), "
		"       greatest(0, extract(epoch FROM r.not_before - clock_timestamp()) * 1000)::bigint, "
		"       (extract(epoch FROM r.not_before) * 1000)::bigint, c.close_reason, m.thread, "
		"coalesce(m.climbed, false), "
		"       (SELECT count(*) FROM notification.reminder_item n WHERE n.creditor = r.creditor AND "
		"n.reminder = r.id) "
		"  FROM (SELECT DISTINCT id FROM unnest($2::uuid[]) AS a (id)) a "
		"  JOIN notification.reminder r ON r.creditor = $1 AND r.id = a.id "
		"  LEFT JOIN notification.dunning_case c ON c.creditor = r.creditor AND c.id = r.dunning_case "
		"  LEFT JOIN LATERAL (SELECT bool_or(m.voided_at IS NULL) AS climbed, "
		"                            string_agg(m.message_id, ' ' ORDER BY m.done_at) FILTER (WHERE m.channel "
		"= 'mail') "
		"                            AS thread "
		"                       FROM notification.reminder m WHERE m.creditor = r.creditor "
		"                        AND m.dunning_case = r.dunning_case AND m.state = 'sent' AND m.id <> r.id "
		"                     HAVING count(*) > 0) m ON true "
		" ORDER BY r.id FOR UPDATE OF r SKIP LOCKED");

static const struct db_stmt CLAIMS_HOLD =
	DB_STMT("notification_claims_hold",
		"UPDATE notification.reminder r SET state = $3, attempt = attempt + 1, "
		"       lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0), lease_token = h.token, "
		"       not_before = NULL, recipient = h.recipient, message_id = h.message_id, "
		"       amount_minor = h.amount_minor, reason = NULL, "
		"       claimed_at = now() " /* the transaction's start: what was booked before, it sees */
		"  FROM unnest($2::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bigint[]) "
		"       AS h (id, token, recipient, message_id, amount_minor) "
		" WHERE r.creditor = $1 AND r.id = h.id");

static const struct db_stmt CLAIMS_HEARTBEAT = DB_STMT(
	"notification_claims_heartbeat",
	"UPDATE notification.reminder r "
	"   SET lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0) "
	"  FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS h (id, token, n) "
	" WHERE r.creditor = $1 AND r.id = h.id AND r.state = 'sending' AND r.lease_token = h.token RETURNING h.n");

static const struct db_stmt CLAIMS_END =
	DB_STMT("notification_claims_end",
		"UPDATE notification.reminder r SET state = e.state, reason = e.reason, done_at = e.done_at, "
		"       due_at = coalesce(e.due_at, r.due_at), "
		"       not_before = CASE WHEN e.not_before > 0 THEN to_timestamp(e.not_before / 1000.0) END, "
		"       queued_at = CASE e.state WHEN 'queued' THEN clock_timestamp() WHEN 'scheduled' THEN NULL "
		"                   ELSE r.queued_at END, "
		"       attempt = r.attempt - e.uncounted::int, lease_until = NULL, lease_token = NULL "
		"  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], "
		"              $8::bigint[], $9::bigint[]) WITH ORDINALITY "
		"       AS e (id, token, state, reason, done_at, due_at, not_before, uncounted, n) "
		" WHERE r.creditor = $1 AND r.id = e.id AND r.state = 'sending' AND r.lease_token = e.token "
		"RETURNING e.n");

/* The planner looks at the cases again, and keeps the ladder's distance from today. */
static const struct db_stmt CASES_WAKE = DB_STMT(
	"notification_cases_wake", "UPDATE notification.dunning_case c SET next_on = w.today, "
				   "       last_on = CASE WHEN c.last_step = w.step THEN w.today ELSE c.last_on END "
				   "  FROM unnest($2::uuid[], $3::text[], $4::date[]) AS w (id, step, today) "
				   " WHERE c.creditor = $1 AND c.id = w.id AND c.closed_at IS NULL");

static const struct db_stmt CASES_END =
	DB_STMT("notification_cases_end",
		"UPDATE notification.dunning_case c SET closed_at = $3, close_reason = e.reason, next_on = NULL "
		"  FROM unnest($2::uuid[], $4::text[]) WITH ORDINALITY AS e (id, reason, n) "
		" WHERE c.creditor = $1 AND c.id = e.id AND c.closed_at IS NULL RETURNING e.n");

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

static void read_claim(const struct db_rows *rows, int row, struct arena *arena, struct claim *claim)
{
	claim->reminder = (struct reminder_view){
		.id = db_cell_id(rows, row, 0),
		.state = reminder_state_find(db_cell_text(rows, row, 1)),
		.dunning_case = db_cell_id(rows, row, 2),
		.customer = db_cell_id(rows, row, 3),
		.customer_number = db_cell_copy(rows, row, 4, arena),
		.currency = db_cell_copy(rows, row, 5, arena),
		.step = db_cell_copy(rows, row, 6, arena),
		.channel = policy_channel_find(db_cell_text(rows, row, 7)),
		.effective_on = db_cell_date(rows, row, 8),
		.due_at = db_cell_time(rows, row, 9),
		.attempt = (int)db_cell_int(rows, row, 10),
		.policy_version = (int)db_cell_int(rows, row, 11),
		.amount_minor = db_cell_int(rows, row, 12),
	};
	claim->case_closed = db_cell_copy(rows, row, 16, arena);
	claim->thread = db_cell_copy(rows, row, 17, arena);
	claim->in_reply_to = last_word(arena, claim->thread);
	claim->climbed = db_cell_bool(rows, row, 18);
	claim->listed = (size_t)db_cell_int(rows, row, 19);
}

/* Who may take it: anybody once it is queued and its wait is over; after the lease, of one that is being sent. */
static void judge(const struct db_rows *rows, int row, struct claim *claim)
{
	bool lease_over = db_cell_bool(rows, row, 13);
	bool waits = db_cell_int(rows, row, 14) > 0;
	enum reminder_state to;
	enum reminder_event event = claim->reminder.state == REMINDER_SENDING ? REMINDER_TAKEN_OVER : REMINDER_CLAIMED;

	if (!err_ok(reminder_move(claim->reminder.state, event, &to)))
		return;
	if (claim->reminder.state == REMINDER_SENDING && !lease_over)
		return;
	if (waits) {
		claim->again_ms = db_cell_int(rows, row, 15);
		return;
	}
	claim->claimable = true;
}

static struct id *ids_of(struct arena *arena, const struct claim *const *claims, size_t count)
{
	struct id *ids = arena_array(arena, count + 1, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = claims[i]->reminder.id;
	return ids;
}

static struct id *tokens_of(struct arena *arena, const struct claim *const *claims, size_t count)
{
	struct id *tokens = arena_array(arena, count + 1, sizeof *tokens);

	for (size_t i = 0; i < count; i++)
		tokens[i] = claims[i]->token;
	return tokens;
}

static struct claim *claim_of(struct claim *const *claims, size_t count, struct id id)
{
	for (size_t i = 0; i < count; i++) {
		if (id_equal(claims[i]->reminder.id, id) && !claims[i]->claimable && claims[i]->again_ms == 0)
			return claims[i];
	}
	return NULL;
}

struct err claims_begin(struct db_tx *tx, const char *creditor, struct claim *const *claims, size_t count)
{
	const struct id *ids = ids_of(tx->arena, (const struct claim *const *)claims, count);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CLAIMS_BEGIN, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, ids, count)), &rows));
	for (int row = 0; row < rows.count; row++) {
		struct claim *claim = claim_of(claims, count, db_cell_id(&rows, row, 0));

		if (!claim) /* the same reminder twice in a batch */
			continue;
		read_claim(&rows, row, tx->arena, claim);
		judge(&rows, row, claim);
	}
	return OK;
}

struct err claims_hold(struct db_tx *tx, const char *creditor, struct claim *const *claims, size_t count)
{
	struct arena *arena = tx->arena;
	const struct claim *const *held = (const struct claim *const *)claims;
	const char **recipients = arena_array(arena, count, sizeof *recipients);
	const char **messages = arena_array(arena, count, sizeof *messages);
	int64_t *amounts = arena_array(arena, count, sizeof *amounts);

	for (size_t i = 0; i < count; i++) {
		struct reminder_view *reminder = &claims[i]->reminder;

		reminder->state = REMINDER_SENDING;
		reminder->attempt++;
		recipients[i] = reminder->recipient;
		messages[i] = reminder->message_id;
		amounts[i] = reminder->amount_minor;
	}
	return db_exec(tx, &CLAIMS_HOLD,
		       DB_PARAMS(db_text(creditor), db_id_array(arena, ids_of(arena, held, count), count),
				 db_text(reminder_state_name(REMINDER_SENDING)), db_int(LEASE_MS),
				 db_id_array(arena, tokens_of(arena, held, count), count),
				 db_text_array(arena, recipients, count), db_text_array(arena, messages, count),
				 db_int_array(arena, amounts, count)));
}

static void read_held(const struct db_rows *rows, bool *held, size_t count)
{
	for (size_t i = 0; i < count; i++)
		held[i] = false;
	for (int row = 0; row < rows->count; row++)
		held[db_cell_int(rows, row, 0) - 1] = true;
}

struct err claims_heartbeat(struct db_tx *tx, const char *creditor, const struct claim *const *claims, size_t count,
			    bool *held)
{
	struct arena *arena = tx->arena;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CLAIMS_HEARTBEAT,
		     DB_PARAMS(db_text(creditor), db_id_array(arena, ids_of(arena, claims, count), count),
			       db_id_array(arena, tokens_of(arena, claims, count), count), db_int(LEASE_MS)),
		     &rows));
	read_held(&rows, held, count);
	return OK;
}

/* ------------------------------------------------------------------ outcomes */

static struct err wake_cases(struct db_tx *tx, const struct creditor *creditor, struct claim *const *claims,
			     const struct outcome *outcomes, size_t count, const bool *held)
{
	struct arena *arena = tx->arena;
	struct id *ids = arena_array(arena, count, sizeof *ids);
	const char **steps = arena_array(arena, count, sizeof *steps);
	struct date *days = arena_array(arena, count, sizeof *days);
	size_t woken = 0;

	for (size_t i = 0; i < count; i++) {
		const struct reminder_view *reminder = &claims[i]->reminder;

		if (!held[i] || reminder->state != REMINDER_SENT || id_zero(reminder->dunning_case))
			continue;
		ids[woken] = reminder->dunning_case;
		steps[woken] = reminder->step;
		days[woken++] = outcomes[i].today;
	}
	if (woken == 0)
		return OK;
	return db_exec(tx, &CASES_WAKE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id_array(arena, ids, woken),
				 db_text_array(arena, steps, woken), db_date_array(arena, days, woken)));
}

static struct err end_cases(struct db_tx *tx, const struct creditor *creditor, struct claim *const *claims,
			    const struct outcome *outcomes, size_t count, const bool *held)
{
	struct arena *arena = tx->arena;
	struct id *ids = arena_array(arena, count, sizeof *ids);
	const char **reasons = arena_array(arena, count, sizeof *reasons);
	struct claim **ending = arena_array(arena, count, sizeof *ending);
	size_t ended = 0;
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct reminder_view *reminder = &claims[i]->reminder;

		if (!held[i] || reminder->state != REMINDER_SPARED || id_zero(reminder->dunning_case))
			continue;
		ids[ended] = reminder->dunning_case;
		reasons[ended] = outcomes[i].reason;
		ending[ended++] = claims[i];
	}
	if (ended == 0)
		return OK;
	TRY(db_query(tx, &CASES_END,
		     DB_PARAMS(db_text(creditor->letter.code), db_id_array(arena, ids, ended), db_time(creditor->now),
			       db_text_array(arena, reasons, ended)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		ending[db_cell_int(&rows, row, 0) - 1]->case_ended = true;
	return OK;
}

struct err claims_end(struct db_tx *tx, const struct creditor *creditor, struct claim *const *claims,
		      const struct outcome *outcomes, size_t count, bool *held)
{
	struct arena *arena = tx->arena;
	const struct claim *const *ended = (const struct claim *const *)claims;
	enum reminder_state *to = arena_array(arena, count, sizeof *to);
	const char **states = arena_array(arena, count, sizeof *states);
	const char **reasons = arena_array(arena, count, sizeof *reasons);
	struct instant *done = arena_array(arena, count, sizeof *done), *due = arena_array(arena, count, sizeof *due);
	int64_t *not_before = arena_array(arena, count, sizeof *not_before);
	int64_t *uncounted = arena_array(arena, count, sizeof *uncounted);
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++) {
		TRY(reminder_move(REMINDER_SENDING, outcomes[i].event, &to[i]));
		states[i] = reminder_state_name(to[i]);
		reasons[i] = outcomes[i].reason;
		done[i] = reminder_terminal(to[i]) ? creditor->now : INSTANT_NONE;
		due[i] = outcomes[i].event == REMINDER_TOO_EARLY ? outcomes[i].until : INSTANT_NONE;
		not_before[i] = outcomes[i].not_before_ms;
		uncounted[i] = outcomes[i].uncounted;
	}
	TRY(db_query(tx, &CLAIMS_END,
		     DB_PARAMS(db_text(creditor->letter.code), db_id_array(arena, ids_of(arena, ended, count), count),
			       db_id_array(arena, tokens_of(arena, ended, count), count),
			       db_text_array(arena, states, count), db_text_array(arena, reasons, count),
			       db_time_array(arena, done, count), db_time_array(arena, due, count),
			       db_int_array(arena, not_before, count), db_int_array(arena, uncounted, count)),
		     &rows));
	read_held(&rows, held, count);
	for (size_t i = 0; i < count; i++) {
		if (!held[i])
			continue;
		claims[i]->reminder.state = to[i];
		claims[i]->reminder.reason = outcomes[i].reason;
		claims[i]->reminder.done_at = done[i];
	}
	TRY(wake_cases(tx, creditor, claims, outcomes, count, held));
	return end_cases(tx, creditor, claims, outcomes, count, held);
}

/* ------------------------------------------------------------------ what people retry */

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
