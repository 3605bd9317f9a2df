#include "notification/store_plan.h"

#include "common/base/check.h"
#include "common/base/text.h"

/* $2: tomorrow. */
static const struct db_stmt TARGETS_OF_CASES = DB_STMT(
	"notification_targets_of_cases",
	"WITH overdue AS (SELECT customer, currency, min(due_on) AS anchor, sum(open_minor) AS total "
	"    FROM ledger.open_item WHERE creditor = $1 AND open_minor > 0 AND due_on < $2 AND NOT disputed "
	"     AND NOT cancelled GROUP BY customer, currency), "
	"cases AS (SELECT customer, currency, id, anchor_due_on, next_on FROM notification.dunning_case "
	"           WHERE creditor = $1 AND closed_at IS NULL), "
	"cash AS (SELECT subject AS customer, currency, -sum(amount_minor) AS total FROM ledger.balance "
	"          WHERE creditor = $1 AND account = 'unapplied_cash' GROUP BY subject, currency) "
	"SELECT customer, currency FROM overdue o FULL JOIN cases c USING (customer, currency) "
	"  LEFT JOIN cash USING (customer, currency) "
	" WHERE (c.id IS NULL AND o.total > coalesce(cash.total, 0)) "
	"    OR (c.id IS NOT NULL AND (o.total IS NULL OR o.total <= coalesce(cash.total, 0) OR c.next_on <= $2 "
	"                              OR o.anchor IS DISTINCT FROM c.anchor_due_on)) "
	" ORDER BY customer, currency");

/* $2 first and $3 last date of the anchor, $4 the step. */
#define NOTE_TARGETS(name_, column_)                                                                                   \
	DB_STMT(name_, "SELECT DISTINCT i.customer, i.currency FROM ledger.open_item i "                               \
		       " WHERE i.creditor = $1 AND i.open_minor > 0 AND i." column_ " BETWEEN $2 AND $3 "              \
		       "   AND NOT i.disputed AND NOT i.cancelled "                                                    \
		       "   AND NOT EXISTS (SELECT FROM notification.reminder_item n WHERE n.creditor = i.creditor "    \
		       "                      AND n.item = i.id AND n.note = $4) ORDER BY 1, 2")

static const struct db_stmt TARGETS_BY_ISSUE = NOTE_TARGETS("notification_targets_by_issue", "issued_on");
static const struct db_stmt TARGETS_BY_DUE = NOTE_TARGETS("notification_targets_by_due", "due_on");

static const struct db_stmt TARGETS_ALL = DB_STMT(
	"notification_targets_all", "SELECT customer, currency FROM ledger.open_item WHERE creditor = $1 "
				    "AND open_minor > 0 AND NOT cancelled "
				    "GROUP BY customer, customer_number, currency ORDER BY customer_number, currency");

static const struct db_stmt CUSTOMER_LOCK =
	DB_STMT("notification_customer_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 1936))");

#define CASE_COLUMNS                                                                                                   \
	"SELECT id, last_step, last_offset_days, last_on FROM notification.dunning_case "                              \
	" WHERE creditor = $1 AND customer = $2 AND currency = $3 AND closed_at IS NULL"

static const struct db_stmt CASE_FIND = DB_STMT("notification_case_find", CASE_COLUMNS " FOR UPDATE");
static const struct db_stmt CASE_LOOK = DB_STMT("notification_case_look", CASE_COLUMNS);

static const struct db_stmt CASE_LAST_STATE =
	DB_STMT("notification_case_last_state",
		"SELECT state FROM notification.reminder WHERE creditor = $1 AND scope = $2 AND step = $3");

static const struct db_stmt CASE_OPEN = DB_STMT(
	"notification_case_open", "INSERT INTO notification.dunning_case (creditor, id, customer, customer_number, "
				  "currency, opened_at) VALUES ($1, $2, $3, $4, $5, $6)");

static const struct db_stmt CASE_CLOSE =
	DB_STMT("notification_case_close", "UPDATE notification.dunning_case SET closed_at = $3, close_reason = $4, "
					   "next_on = NULL WHERE creditor = $1 AND id = $2 AND closed_at IS NULL");

static const struct db_stmt CASE_MOVE = DB_STMT(
	"notification_case_move", "UPDATE notification.dunning_case SET last_step = $3, last_offset_days = $4, "
				  "last_on = $5, anchor_due_on = $6, next_on = $7 WHERE creditor = $1 AND id = $2");

static const struct db_stmt REMINDER_SCHEDULE =
	DB_STMT("notification_reminder_schedule",
		"INSERT INTO notification.reminder (creditor, id, scope, step, dunning_case, customer, "
		"customer_number, currency, "
		"channel, policy_version, effective_on, due_at, amount_minor) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING RETURNING 1");

static const struct db_stmt ITEMS_LIST =
	DB_STMT("notification_items_list",
		"INSERT INTO notification.reminder_item (creditor, reminder, item, number, open_minor, due_on, note) "
		"SELECT $1, i.* "
		"  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::date[], $7::text[]) AS i");

static const struct db_stmt ITEMS_FORGET =
	DB_STMT("notification_items_forget",
		"DELETE FROM notification.reminder_item WHERE creditor = $1 AND reminder = ANY ($2::uuid[])");

static const struct db_stmt QUEUE_DUE = DB_STMT(
	"notification_queue_due",
	"UPDATE notification.reminder SET state = $3, queued_at = clock_timestamp(), not_before = NULL, reason = NULL "
	" WHERE creditor = $1 AND id IN (SELECT id FROM notification.reminder WHERE creditor = $1 AND state = "
	"'scheduled' "
	"   AND due_at <= $2 ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) "
	"RETURNING creditor, id, channel, NULL::bigint");

#define ENTRY_COLUMNS                                                                                                  \
	"SELECT creditor, id, channel, (extract(epoch FROM CASE WHEN state = 'sending' THEN lease_until "              \
	"ELSE not_before END) * 1000)::bigint FROM notification.reminder WHERE state IN ('queued', 'sending') "

static const struct db_stmt UNDER_WAY =
	DB_STMT("notification_under_way", ENTRY_COLUMNS "AND id > $1 ORDER BY id LIMIT $2");

/* Told again at most once in $1 seconds, so that a long queue is not told over and over; $2: of a lease that ran out.
 */
static const struct db_stmt STRANDED = DB_STMT(
	"notification_stranded",
	"UPDATE notification.reminder SET queued_at = clock_timestamp() WHERE (creditor, id) IN ("
	"  SELECT creditor, id FROM notification.reminder WHERE "
	"    (state = 'sending' AND lease_until < clock_timestamp() "
	"      AND queued_at < clock_timestamp() - make_interval(secs => $2)) "
	"    OR (state = 'queued' AND greatest(queued_at, not_before) < clock_timestamp() - make_interval(secs => $1)) "
	"  LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING creditor, id, channel, NULL::bigint");

static const struct db_stmt WITHDRAW = DB_STMT(
	"notification_withdraw", "UPDATE notification.reminder SET state = $3, done_at = $4, reason = 'step_removed' "
				 " WHERE creditor = $1 AND state = 'scheduled' AND NOT step = ANY ($2::text[])");

static const struct db_stmt PLAN_STALE =
	DB_STMT("notification_plan_stale",
		"SELECT 1 FROM notification.plan WHERE creditor = $1 AND sequence = (SELECT coalesce(max(sequence), 0) "
		"FROM feed.event) AND planned_at BETWEEN $2::timestamptz - make_interval(secs => $3) AND $2");

static const struct db_stmt PLAN_SEQUENCE =
	DB_STMT("notification_plan_sequence", "SELECT coalesce(max(sequence), 0) FROM feed.event");

static const struct db_stmt PLAN_LOOKED =
	DB_STMT("notification_plan_looked",
		"INSERT INTO notification.plan AS p (creditor, sequence, planned_at) "
		"VALUES ($1, $2, $3) "
		"ON CONFLICT (creditor) DO UPDATE SET sequence = excluded.sequence, planned_at = excluded.planned_at");

/* ------------------------------------------------------------------ targets */

static void read_targets(struct arena *arena, const struct db_rows *rows, struct plan_targets *targets)
{
	targets->items = arena_array(arena, (size_t)rows->count + 1, sizeof *targets->items);
	targets->count = (size_t)rows->count;
	for (int row = 0; row < rows->count; row++) {
		struct plan_target *target = &targets->items[row];

		target->customer = db_cell_id(rows, row, 0);
		text_copy(target->currency.code, sizeof target->currency.code, db_cell_text(rows, row, 1));
	}
}

struct err targets_of_cases(struct db_tx *tx, const struct creditor *creditor, struct plan_targets *targets)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TARGETS_OF_CASES,
		     DB_PARAMS(db_text(creditor->letter.code), db_date(date_add_days(creditor->today, 1))), &rows));
	read_targets(tx->arena, &rows, targets);
	return OK;
}

struct err targets_of_note(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
			   const struct policy_step *step, struct plan_targets *targets)
{
	DB_ROWS_SCOPE rows = { 0 };
	const struct db_stmt *stmt = step->anchor == ANCHOR_ISSUED ? &TARGETS_BY_ISSUE : &TARGETS_BY_DUE;
	struct date day = date_add_days(creditor->today, -step->offset_days);

	TRY(db_query(tx, stmt,
		     DB_PARAMS(db_text(creditor->letter.code),
			       db_date(date_add_days(day, -policy->note_grace_days - 1)),
			       db_date(date_add_days(day, 1)), db_text(step->name)),
		     &rows));
	read_targets(tx->arena, &rows, targets);
	return OK;
}

struct err targets_all(struct db_tx *tx, const struct creditor *creditor, struct plan_targets *targets)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TARGETS_ALL, DB_PARAMS(db_text(creditor->letter.code)), &rows));
	read_targets(tx->arena, &rows, targets);
	return OK;
}

/* ------------------------------------------------------------------ cases */

struct err customer_lock(struct db_tx *tx, const char *creditor, struct id customer)
{
	return db_exec(tx, &CUSTOMER_LOCK, DB_PARAMS(db_text(creditor), db_id(customer)));
}

/* The reminder's state is read after the case is locked: an outcome that is being recorded is then either seen, or
 * wakes the case again after us. */
static struct err read_case(struct db_tx *tx, const struct db_stmt *stmt, const char *creditor,
			    const struct plan_target *target, struct case_row *row)
{
	DB_ROWS_SCOPE found = { 0 };
	DB_ROWS_SCOPE last = { 0 };

	TRY(db_query(tx, stmt, DB_PARAMS(db_text(creditor), db_id(target->customer), db_text(target->currency.code)),
		     &found));
	*row = (struct case_row){ 0 };
	if (found.count == 0)
		return OK;
	row->id = db_cell_id(&found, 0, 0);
	row->state = (struct dunning_case){ .open = true,
					    .last_step = db_cell_copy(&found, 0, 1, tx->arena),
					    .last_offset_days = (int)db_cell_int(&found, 0, 2),
					    .last_on = db_cell_date(&found, 0, 3) };
	if (!row->state.last_step)
		return OK;
	TRY(db_query(tx, &CASE_LAST_STATE, DB_PARAMS(db_text(creditor), db_id(row->id), db_text(row->state.last_step)),
		     &last));
	CHECK(last.count == 1); /* written in the same transaction as the case's last step */
	row->state.last_state = reminder_state_find(db_cell_text(&last, 0, 0));
	return OK;
}

struct err case_find(struct db_tx *tx, const char *creditor, const struct plan_target *target, struct case_row *row)
{
	return read_case(tx, &CASE_FIND, creditor, target, row);
}

struct err case_look(struct db_tx *tx, const char *creditor, const struct plan_target *target, struct case_row *row)
{
	return read_case(tx, &CASE_LOOK, creditor, target, row);
}

struct err case_open(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
		     struct currency currency, struct id id)
{
	const char *code = arena_copy(tx->arena, currency.code);

	return db_exec(tx, &CASE_OPEN,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_id(customer->id),
				 db_text(customer->letter.number), db_text(code), db_time(creditor->now)));
}

struct err case_close(struct db_tx *tx, const struct creditor *creditor, struct id id, const char *reason)
{
	return db_exec(tx, &CASE_CLOSE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_time(creditor->now), db_text(reason)));
}

struct err case_move(struct db_tx *tx, const struct creditor *creditor, struct id id, const struct dunning_case *state,
		     struct date anchor_due_on, struct date next_on)
{
	return db_exec(tx, &CASE_MOVE,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_text(state->last_step),
				 db_int(state->last_offset_days),
				 db_date(state->last_step ? state->last_on : DATE_NONE), db_date(anchor_due_on),
				 db_date(next_on)));
}

/* ------------------------------------------------------------------ reminders */

struct err listings_add(struct db_tx *tx, const char *creditor, const struct listing *listings, size_t count)
{
	struct arena *arena = tx->arena;
	size_t total = 0, listed = 0;

	for (size_t i = 0; i < count; i++)
		total += listings[i].count;
	if (total == 0)
		return OK;

	struct id *reminders = arena_array(arena, total, sizeof *reminders);
	struct id *ids = arena_array(arena, total, sizeof *ids);
	const char **numbers = arena_array(arena, total, sizeof *numbers);
	const char **notes = arena_array(arena, total, sizeof *notes);
	int64_t *open = arena_array(arena, total, sizeof *open);
	struct date *due = arena_array(arena, total, sizeof *due);

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < listings[i].count; k++, listed++) {
			const struct position_item *item = &listings[i].position->items[listings[i].items[k]];

			reminders[listed] = listings[i].reminder;
			ids[listed] = item->id;
			numbers[listed] = item->number;
			notes[listed] = policy_step_is_note(listings[i].step) ? listings[i].step->name : NULL;
			open[listed] = item->open_minor;
			due[listed] = item->due_on;
		}
	}
	return db_exec(tx, &ITEMS_LIST,
		       DB_PARAMS(db_text(creditor), db_id_array(arena, reminders, total),
				 db_id_array(arena, ids, total), db_text_array(arena, numbers, total),
				 db_int_array(arena, open, total), db_date_array(arena, due, total),
				 db_text_array(arena, notes, total)));
}

struct err listings_replace(struct db_tx *tx, const char *creditor, const struct listing *listings, size_t count)
{
	struct id *ids = arena_array(tx->arena, count + 1, sizeof *ids);

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++)
		ids[i] = listings[i].reminder;
	TRY(db_exec(tx, &ITEMS_FORGET, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, ids, count))));
	return listings_add(tx, creditor, listings, count);
}

struct err reminder_schedule(struct db_tx *tx, const char *creditor, const struct planned *planned)
{
	const struct dunning_reminder *reminder = planned->reminder;
	const struct policy_step *step = reminder->step;
	DB_ROWS_SCOPE added = { 0 };

	TRY(db_query(tx, &REMINDER_SCHEDULE,
		     DB_PARAMS(db_text(creditor), db_id(planned->id), db_id(planned->scope), db_text(step->name),
			       db_id(planned->dunning_case), db_id(planned->customer->id),
			       db_text(planned->customer->letter.number), db_text(planned->position->currency.code),
			       db_text(policy_channel_name(step->channel)), db_int(planned->policy_version),
			       db_date(reminder->effective_on), db_time(planned->due_at),
			       db_int(reminder->amount_minor)),
		     &added));
	if (added.count == 0)
		return OK;
	return listings_add(tx, creditor,
			      &(struct listing){ .reminder = planned->id,
						 .step = step,
						 .position = planned->position,
						 .items = reminder->items,
						 .count = reminder->item_count },
			      1);
}

static const char *state_after(enum reminder_state from, enum reminder_event event)
{
	enum reminder_state to;
	struct err err = reminder_move(from, event, &to);

	CHECK(err_ok(err));
	return reminder_state_name(to);
}

static void read_entries(struct arena *arena, const struct db_rows *rows, struct queue_entry **entries, size_t *count)
{
	*entries = arena_array(arena, (size_t)rows->count + 1, sizeof **entries);
	*count = (size_t)rows->count;
	for (int row = 0; row < rows->count; row++) {
		struct queue_entry *entry = &(*entries)[row];

		text_copy(entry->creditor, sizeof entry->creditor, db_cell_text(rows, row, 0));
		entry->id = db_cell_id(rows, row, 1);
		entry->channel = policy_channel_find(db_cell_text(rows, row, 2));
		entry->due_ms = db_cell_int(rows, row, 3);
	}
}

struct err reminders_queue_due(struct db_tx *tx, const char *creditor, struct instant now, struct queue_entry **entries,
			       size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &QUEUE_DUE,
		     DB_PARAMS(db_text(creditor), db_time(now),
			       db_text(state_after(REMINDER_SCHEDULED, REMINDER_FALLS_DUE)), db_int(QUEUE_BATCH_MAX)),
		     &rows));
	read_entries(tx->arena, &rows, entries, count);
	return OK;
}

struct err reminders_under_way(struct db_tx *tx, struct id *after, struct queue_entry **entries, size_t *count)
{
	static const struct id zero = { 0 };
	const char *start = "00000000-0000-0000-0000-000000000000";
	char text[ID_TEXT_BYTES];
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(
		tx, &UNDER_WAY,
		DB_PARAMS(db_text(id_equal(*after, zero) ? start : id_format(*after, text)), db_int(QUEUE_BATCH_MAX)),
		&rows));
	read_entries(tx->arena, &rows, entries, count);
	if (*count > 0)
		*after = (*entries)[*count - 1].id;
	return OK;
}

struct err reminders_stranded(struct db_tx *tx, struct queue_entry **entries, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &STRANDED,
		     DB_PARAMS(db_int(QUEUE_LOST_S), db_int(QUEUE_LEASE_LOST_S), db_int(QUEUE_BATCH_MAX)), &rows));
	read_entries(tx->arena, &rows, entries, count);
	return OK;
}

struct err reminders_withdraw(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy)
{
	const char **names = arena_array(tx->arena, policy->step_count, sizeof *names);

	for (size_t i = 0; i < policy->step_count; i++)
		names[i] = policy->steps[i].name;
	return db_exec(tx, &WITHDRAW,
		       DB_PARAMS(db_text(creditor->letter.code), db_text_array(tx->arena, names, policy->step_count),
				 db_text(state_after(REMINDER_SCHEDULED, REMINDER_WITHDRAWN)), db_time(creditor->now)));
}

struct err plan_stale(struct db_tx *tx, const struct creditor *creditor, bool *stale)
{
	DB_ROWS_SCOPE fresh = { 0 };

	TRY(db_query(tx, &PLAN_STALE,
		     DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now), db_int(PLAN_LOOK_S)), &fresh));
	*stale = fresh.count == 0;
	return OK;
}

struct err plan_sequence(struct db_tx *tx, int64_t *sequence)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PLAN_SEQUENCE, DB_NO_PARAMS, &rows));
	*sequence = db_cell_int(&rows, 0, 0);
	return OK;
}

struct err plan_looked(struct db_tx *tx, const struct creditor *creditor, int64_t sequence)
{
	return db_exec(tx, &PLAN_LOOKED,
		       DB_PARAMS(db_text(creditor->letter.code), db_int(sequence), db_time(creditor->now)));
}
