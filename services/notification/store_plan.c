#include "notification/store_plan.h"

#include <stdlib.h>

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
#define NOTE_TARGETS(name_, from_, date_)                                                                              \
	DB_STMT(name_, "SELECT DISTINCT i.customer, i.currency FROM " from_                                            \
		       " WHERE i.creditor = $1 AND i.open_minor > 0 AND " date_ " BETWEEN $2 AND $3 "                  \
		       "   AND NOT i.disputed AND NOT i.cancelled AND i.kind <> 'fee' "                                \
		       "   AND NOT EXISTS (SELECT FROM notification.reminder_item n WHERE n.creditor = i.creditor "    \
		       "                      AND n.item = i.id AND n.note = $4) ORDER BY 1, 2")

static const struct db_stmt TARGETS_BY_ISSUE =
	NOTE_TARGETS("notification_targets_by_issue", "ledger.open_item i", "i.issued_on");
static const struct db_stmt TARGETS_BY_DUE =
	NOTE_TARGETS("notification_targets_by_due", "ledger.open_item i", "i.due_on");
static const struct db_stmt TARGETS_BY_DELIVERY = NOTE_TARGETS(
	"notification_targets_by_delivery",
	"notification.item_delivery y JOIN ledger.open_item i ON i.creditor = y.creditor AND i.id = y.item",
	"y.creditor = $1 AND y.delivered_on");

static const struct db_stmt TARGETS_ALL = DB_STMT(
	"notification_targets_all", "SELECT customer, currency FROM ledger.open_item WHERE creditor = $1 "
				    "AND open_minor > 0 AND NOT cancelled "
				    "GROUP BY customer, customer_number, currency ORDER BY customer_number, currency");

static const struct db_stmt REMINDERS_SCHEDULE = DB_STMT(
	"notification_reminders_schedule",
	"WITH p AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], "
	"      $8::text[], $9::text[], $10::bigint[], $11::date[], $12::timestamptz[], $13::bigint[]) "
	"      WITH ORDINALITY AS p (id, scope, step, dunning_case, customer, number, currency, channel, version, "
	"      effective_on, due_at, amount, n)), "
	"new AS (INSERT INTO notification.reminder (creditor, id, scope, step, dunning_case, customer, "
	"      customer_number, currency, channel, policy_version, effective_on, due_at, amount_minor) "
	"  SELECT $1, p.id, p.scope, p.step, p.dunning_case, p.customer, p.number, p.currency, p.channel, "
	"         p.version, p.effective_on, p.due_at, p.amount FROM p ORDER BY p.n "
	"  ON CONFLICT DO NOTHING RETURNING id) "
	"SELECT p.n FROM p JOIN new USING (id)");

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
	" WHERE creditor = $1 AND id IN (SELECT id FROM notification.reminder WHERE creditor = $1 "
	"   AND state = 'scheduled' AND queued_at IS NULL AND done_at IS NULL AND due_at <= $2 ORDER BY due_at, id "
	"LIMIT $4 FOR UPDATE SKIP LOCKED) "
	"RETURNING creditor, id, channel, NULL::bigint");

#define ENTRY_COLUMNS                                                                                                  \
	"SELECT creditor, id, channel, (extract(epoch FROM CASE WHEN state = 'sending' THEN lease_until "              \
	"ELSE not_before END) * 1000)::bigint FROM notification.reminder "                                             \
	"WHERE state IN ('queued', 'sending') AND queued_at IS NOT NULL AND done_at IS NULL "

static const struct db_stmt UNDER_WAY =
	DB_STMT("notification_under_way", ENTRY_COLUMNS "AND id > $1 ORDER BY id LIMIT $2");

/* Told again at most once in $1 seconds, so that a long queue is not told over and over; $2: of a lease that ran out.
 */
static const struct db_stmt STRANDED =
	DB_STMT("notification_stranded",
		"UPDATE notification.reminder SET queued_at = clock_timestamp() WHERE (creditor, id) IN ("
		"  SELECT creditor, id FROM notification.reminder WHERE queued_at IS NOT NULL AND done_at IS NULL AND "
		"    ((state = 'sending' AND lease_until < clock_timestamp() "
		"      AND queued_at < clock_timestamp() - make_interval(secs => $2)) "
		"    OR (state = 'queued' AND greatest(queued_at, not_before) < clock_timestamp() - make_interval(secs "
		"=> $1))) "
		"  LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING creditor, id, channel, NULL::bigint");

static const struct db_stmt WITHDRAW = DB_STMT(
	"notification_withdraw", "UPDATE notification.reminder SET state = $3, done_at = $4, reason = 'step_removed' "
				 " WHERE creditor = $1 AND state = 'scheduled' AND NOT step = ANY ($2::text[]) "
				 "AND step NOT IN ('correction', 'part_correction', 'thanks')");

static const struct db_stmt STATISTICS_REFRESH =
	DB_STMT("notification_statistics_refresh", "SELECT notification.refresh_statistics()");

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

#define BUSINESS_SLACK_DAYS 10 /* by which business days may differ from calendar days, beside one for each of them */

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
	const struct db_stmt *stmt = step->anchor == ANCHOR_ISSUED      ? &TARGETS_BY_ISSUE
				     : step->anchor == ANCHOR_DELIVERED ? &TARGETS_BY_DELIVERY
									: &TARGETS_BY_DUE;
	struct date day = date_add_days(creditor->today, -step->offset_days);
	int slack = step->business ? BUSINESS_SLACK_DAYS + abs(step->offset_days) : 0;
	bool due = step->anchor == ANCHOR_DUE;
	int early = due ? dunning_closed_days(policy, date_add_days(creditor->today, 1)) + policy->post_days : 0;
	int late = due ? 0 : policy->post_days;

	TRY(db_query(tx, stmt,
		     DB_PARAMS(db_text(creditor->letter.code),
			       db_date(date_add_days(day, -policy->note_grace_days - 1 - slack - late)),
			       db_date(date_add_days(day, 1 + slack + early)), db_text(step->name)),
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

size_t targets_whole(const struct plan_target *targets, size_t count, size_t most)
{
	size_t whole = 0;

	while (whole < count && (whole < most || id_equal(targets[whole].customer, targets[whole - 1].customer)))
		whole++;
	return whole;
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

static struct err schedule(struct db_tx *tx, const char *creditor, const struct planned *planned, size_t count,
			   struct db_rows *added)
{
	struct arena *arena = tx->arena;
	enum { ID, SCOPE, CASE, CUSTOMER, IDS };
	enum { STEP, NUMBER, CURRENCY, CHANNEL, TEXTS };
	struct id *ids[IDS];
	const char **texts[TEXTS];
	int64_t *versions = arena_array(arena, count, sizeof *versions);
	int64_t *amounts = arena_array(arena, count, sizeof *amounts);
	struct date *days = arena_array(arena, count, sizeof *days);
	struct instant *due = arena_array(arena, count, sizeof *due);

	for (int i = 0; i < IDS; i++)
		ids[i] = arena_array(arena, count, sizeof *ids[i]);
	for (int i = 0; i < TEXTS; i++)
		texts[i] = arena_array(arena, count, sizeof *texts[i]);
	for (size_t i = 0; i < count; i++) {
		const struct dunning_reminder *reminder = planned[i].reminder;

		ids[ID][i] = planned[i].id;
		ids[SCOPE][i] = planned[i].scope;
		ids[CASE][i] = planned[i].dunning_case;
		ids[CUSTOMER][i] = planned[i].customer->id;
		texts[STEP][i] = reminder->step->name;
		texts[NUMBER][i] = planned[i].customer->letter.number;
		texts[CURRENCY][i] = planned[i].position->currency.code;
		texts[CHANNEL][i] = policy_channel_name(reminder->channel);
		versions[i] = planned[i].policy_version;
		days[i] = reminder->effective_on;
		due[i] = planned[i].due_at;
		amounts[i] = reminder->amount_minor;
	}
	return db_query(
		tx, &REMINDERS_SCHEDULE,
		DB_PARAMS(db_text(creditor), db_id_array(arena, ids[ID], count), db_id_array(arena, ids[SCOPE], count),
			  db_text_array(arena, texts[STEP], count), db_id_array(arena, ids[CASE], count),
			  db_id_array(arena, ids[CUSTOMER], count), db_text_array(arena, texts[NUMBER], count),
			  db_text_array(arena, texts[CURRENCY], count), db_text_array(arena, texts[CHANNEL], count),
			  db_int_array(arena, versions, count), db_date_array(arena, days, count),
			  db_time_array(arena, due, count), db_int_array(arena, amounts, count)),
		added);
}

struct err reminders_schedule(struct db_tx *tx, const char *creditor, const struct planned *planned, size_t count)
{
	DB_ROWS_SCOPE added = { 0 };

	if (count == 0)
		return OK;
	TRY(schedule(tx, creditor, planned, count, &added));

	struct listing *listings = arena_array(tx->arena, (size_t)added.count + 1, sizeof *listings);

	for (int row = 0; row < added.count; row++) {
		const struct planned *new = &planned[db_cell_int(&added, row, 0) - 1];

		listings[row] = (struct listing){ .reminder = new->id,
						  .step = new->reminder->step,
						  .position = new->position,
						  .items = new->reminder->items,
						  .count = new->reminder->item_count };
	}
	return listings_add(tx, creditor, listings, (size_t)added.count);
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

struct err reminders_withdraw(struct db_tx *tx, const struct creditor *creditor, const struct policy_set *policies)
{
	const char **names = NULL;
	size_t count = 0;

	for (size_t i = 0; i < policies->count; i++) {
		for (size_t k = 0; k < policies->items[i].step_count; k++)
			*ARENA_PUSH(tx->arena, names, count) = policies->items[i].steps[k].name;
	}
	return db_exec(tx, &WITHDRAW,
		       DB_PARAMS(db_text(creditor->letter.code), db_text_array(tx->arena, names, count),
				 db_text(state_after(REMINDER_SCHEDULED, REMINDER_WITHDRAWN)), db_time(creditor->now)));
}

struct err statistics_refresh(struct db_tx *tx)
{
	return db_exec(tx, &STATISTICS_REFRESH, DB_NO_PARAMS);
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
