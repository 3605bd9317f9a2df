#include "notification/store_outlook.h"

#include "common/base/text.h"

static const struct db_stmt TAKEN =
	DB_STMT("notification_outlook_taken",
		"SELECT 1 FROM notification.outlook_day WHERE creditor = $1 AND taken_on = $2 AND complete");

/* $2 the last due date, $3 and $4 the first and last issue date, $5 and $6 the first and last delivery whose notes may
 * fall within the horizon. */
static const struct db_stmt TARGETS =
	DB_STMT("notification_outlook_targets",
		"SELECT customer, currency FROM notification.dunning_case WHERE creditor = $1 AND closed_at IS NULL "
		"UNION SELECT customer, currency FROM ledger.open_item WHERE creditor = $1 AND open_minor > 0 "
		"  AND NOT cancelled AND due_on <= $2 "
		"UNION SELECT customer, currency FROM ledger.open_item WHERE creditor = $1 AND open_minor > 0 "
		"  AND NOT cancelled AND issued_on BETWEEN $3 AND $4 "
		"UNION SELECT i.customer, i.currency FROM notification.item_delivery y JOIN ledger.open_item i "
		"  ON i.creditor = y.creditor AND i.id = y.item AND i.open_minor > 0 AND NOT i.cancelled "
		"  WHERE y.creditor = $1 AND y.delivered_on BETWEEN $5 AND $6 ORDER BY 1, 2");

/* What is too old, and what a planner that died has left of today's. */
static const struct db_stmt FORGET =
	DB_STMT("notification_outlook_forget",
		"DELETE FROM notification.outlook_day WHERE creditor = $1 "
		"   AND (taken_on < $2::date - $3::integer OR (taken_on = $2 AND NOT complete))");

static const struct db_stmt BEGIN =
	DB_STMT("notification_outlook_begin", "INSERT INTO notification.outlook_day (creditor, taken_on, until_on) "
					      "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");

static const struct db_stmt COMPLETE =
	DB_STMT("notification_outlook_complete",
		"UPDATE notification.outlook_day SET complete = true WHERE creditor = $1 AND taken_on = $2");

static const struct db_stmt ADD = DB_STMT(
	"notification_outlook_add",
	"INSERT INTO notification.outlook (creditor, taken_on, customer, customer_number, currency, step, channel, "
	"  leaves_on, amount_minor) "
	"SELECT $1, $2, o.* FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], "
	"  $9::bigint[]) AS o ON CONFLICT DO NOTHING");

static const struct db_stmt DAY_BEFORE =
	DB_STMT("notification_outlook_day_before",
		"SELECT taken_on, until_on FROM notification.outlook_day WHERE creditor = $1 AND taken_on < $2 "
		"   AND complete ORDER BY taken_on DESC LIMIT 1");

static const struct db_stmt LINES = DB_STMT(
	"notification_outlook_lines",
	"SELECT o.customer, o.customer_number, c.name, o.currency, o.step, o.channel, o.leaves_on, o.amount_minor "
	"  FROM notification.outlook o LEFT JOIN invoicing.customer c ON c.creditor = o.creditor AND c.id = o.customer "
	" WHERE o.creditor = $1 AND o.taken_on = $2 AND ($3::uuid IS NULL OR o.customer = $3) "
	" ORDER BY o.customer, o.currency, o.step, o.leaves_on");

/* What a reminder has become, else what holds the position now. */
static const struct db_stmt FATES = DB_STMT(
	"notification_outlook_fates",
	"SELECT CASE WHEN r.state = 'sent' THEN 'sent on ' || (r.done_at AT TIME ZONE c.timezone)::date "
	"            WHEN r.state IN ('queued', 'sending') THEN 'under way' "
	"            WHEN r.state IS NOT NULL THEN r.state || coalesce(': ' || r.reason, '') "
	"            WHEN coalesce(i.open, 0) = 0 THEN 'paid' "
	"            WHEN p.kind IS NOT NULL THEN p.kind "
	"            WHEN i.disputed = i.open THEN 'disputed' "
	"            ELSE 'no longer due' END "
	"  FROM unnest($3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY AS a (customer, currency, step, n) "
	"  LEFT JOIN invoicing.customer c ON c.creditor = $1 AND c.id = a.customer "
	"  LEFT JOIN LATERAL (SELECT * FROM (SELECT r.* FROM notification.reminder r WHERE r.creditor = $1 "
	"        AND r.customer_number = c.number OFFSET 0) r WHERE r.currency = a.currency AND r.step = a.step "
	"     AND coalesce(r.done_at, r.due_at) >= $2::date ORDER BY r.due_at DESC LIMIT 1) r ON true "
	"  LEFT JOIN LATERAL (SELECT count(*) AS open, count(*) FILTER (WHERE o.disputed) AS disputed "
	"     FROM ledger.open_item o WHERE o.creditor = $1 AND o.customer = a.customer AND o.currency = a.currency "
	"     AND o.open_minor > 0 AND NOT o.cancelled) i ON true "
	"  LEFT JOIN LATERAL (SELECT p.kind FROM notification.pause p WHERE p.creditor = $1 AND p.customer = "
	"a.customer "
	"     AND p.ended_at IS NULL AND (p.until IS NULL OR p.until >= $6) LIMIT 1) p ON true ORDER BY a.n");

/* ------------------------------------------------------------------ taking one */

struct err outlook_missing(struct db_tx *tx, const struct creditor *creditor, bool *missing)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TAKEN, DB_PARAMS(db_text(creditor->letter.code), db_date(creditor->today)), &rows));
	*missing = rows.count == 0;
	return OK;
}

/* The days on which an anchor may lie for a note of a policy to leave within the horizon. */
struct reach {
	struct date first, last;
};

static void widen(struct reach *reach, const struct creditor *creditor, const struct policy *policy,
		  const struct policy_step *step)
{
	int days = policy_step_calendar_days(step);
	int slack = (step->business ? 10 : 5) + policy->post_days; /* zones, holidays, weekends; the post */
	struct date first = date_add_days(creditor->today, -days - policy->note_grace_days - slack);
	struct date last = date_add_days(creditor->today, OUTLOOK_DAYS - days + slack);

	if (!date_known(reach->first) || date_compare(first, reach->first) < 0)
		reach->first = first;
	if (!date_known(reach->last) || date_compare(last, reach->last) > 0)
		reach->last = last;
}

struct err outlook_targets(struct db_tx *tx, const struct creditor *creditor, const struct policy_set *policies,
			   struct plan_targets *targets)
{
	struct reach reach[ANCHOR_PAID] = { { DATE_NONE, DATE_NONE },
					    { DATE_NONE, DATE_NONE },
					    { DATE_NONE, date_add_days(creditor->today, OUTLOOK_DAYS) } };
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->items[i];

		for (size_t k = 0; k < policy->step_count; k++) {
			if (policy_step_is_note(&policy->steps[k]))
				widen(&reach[policy->steps[k].anchor], creditor, policy, &policy->steps[k]);
		}
	}
	TRY(db_query(tx, &TARGETS,
		     DB_PARAMS(db_text(creditor->letter.code), db_date(reach[ANCHOR_DUE].last),
			       db_date(reach[ANCHOR_ISSUED].first), db_date(reach[ANCHOR_ISSUED].last),
			       db_date(reach[ANCHOR_DELIVERED].first), db_date(reach[ANCHOR_DELIVERED].last)),
		     &rows));
	targets->count = (size_t)rows.count;
	targets->items = arena_array(tx->arena, targets->count + 1, sizeof *targets->items);
	for (int row = 0; row < rows.count; row++) {
		targets->items[row].customer = db_cell_id(&rows, row, 0);
		text_copy(targets->items[row].currency.code, sizeof targets->items[row].currency.code,
			  db_cell_text(&rows, row, 1));
	}
	return OK;
}

struct err outlook_begin(struct db_tx *tx, const struct creditor *creditor)
{
	struct db_param code = db_text(creditor->letter.code), today = db_date(creditor->today);

	TRY(db_exec(tx, &FORGET, DB_PARAMS(code, today, db_int(OUTLOOK_KEPT_DAYS))));
	return db_exec(tx, &BEGIN, DB_PARAMS(code, today, db_date(date_add_days(creditor->today, OUTLOOK_DAYS))));
}

struct err outlook_complete(struct db_tx *tx, const struct creditor *creditor)
{
	return db_exec(tx, &COMPLETE, DB_PARAMS(db_text(creditor->letter.code), db_date(creditor->today)));
}

struct err outlook_add(struct db_tx *tx, const struct creditor *creditor, const struct preview_view *views,
		       size_t count)
{
	struct arena *arena = tx->arena;
	enum { NUMBER, CURRENCY, STEP, CHANNEL, TEXTS };
	struct id *customers = arena_array(arena, count + 1, sizeof *customers);
	const char **texts[TEXTS];
	struct date *days = arena_array(arena, count + 1, sizeof *days);
	int64_t *amounts = arena_array(arena, count + 1, sizeof *amounts);

	if (count == 0)
		return OK;
	for (int i = 0; i < TEXTS; i++)
		texts[i] = arena_array(arena, count, sizeof *texts[i]);
	for (size_t i = 0; i < count; i++) {
		customers[i] = views[i].customer;
		texts[NUMBER][i] = views[i].customer_number;
		texts[CURRENCY][i] = views[i].currency;
		texts[STEP][i] = views[i].step;
		texts[CHANNEL][i] = policy_channel_name(views[i].channel);
		days[i] = views[i].on;
		amounts[i] = views[i].amount_minor;
	}
	return db_exec(tx, &ADD,
		       DB_PARAMS(db_text(creditor->letter.code), db_date(creditor->today),
				 db_id_array(arena, customers, count), db_text_array(arena, texts[NUMBER], count),
				 db_text_array(arena, texts[CURRENCY], count), db_text_array(arena, texts[STEP], count),
				 db_text_array(arena, texts[CHANNEL], count), db_date_array(arena, days, count),
				 db_int_array(arena, amounts, count)));
}

/* ------------------------------------------------------------------ looking back */

struct err outlook_before(struct db_tx *tx, const struct creditor *creditor, struct id customer,
			  struct outlook_taken *taken)
{
	DB_ROWS_SCOPE day = { 0 };
	DB_ROWS_SCOPE rows = { 0 };

	*taken = (struct outlook_taken){ .taken_on = DATE_NONE, .until_on = DATE_NONE };
	TRY(db_query(tx, &DAY_BEFORE, DB_PARAMS(db_text(creditor->letter.code), db_date(creditor->today)), &day));
	if (day.count == 0)
		return OK;
	taken->taken_on = db_cell_date(&day, 0, 0);
	taken->until_on = db_cell_date(&day, 0, 1);
	TRY(db_query(tx, &LINES, DB_PARAMS(db_text(creditor->letter.code), db_date(taken->taken_on), db_id(customer)),
		     &rows));
	taken->count = (size_t)rows.count;
	taken->lines = arena_array(tx->arena, taken->count + 1, sizeof *taken->lines);
	for (int row = 0; row < rows.count; row++)
		taken->lines[row] = (struct outlook_line){ .customer = db_cell_id(&rows, row, 0),
							   .customer_number = db_cell_copy(&rows, row, 1, tx->arena),
							   .customer_name = db_cell_copy(&rows, row, 2, tx->arena),
							   .currency = db_cell_copy(&rows, row, 3, tx->arena),
							   .step = db_cell_copy(&rows, row, 4, tx->arena),
							   .channel = policy_channel_find(db_cell_text(&rows, row, 5)),
							   .leaves_on = db_cell_date(&rows, row, 6),
							   .amount_minor = db_cell_int(&rows, row, 7) };
	return OK;
}

struct err outlook_fates(struct db_tx *tx, const struct creditor *creditor, struct outlook_taken *taken)
{
	struct arena *arena = tx->arena;
	struct id *customers = arena_array(arena, taken->count + 1, sizeof *customers);
	const char **currencies = arena_array(arena, taken->count + 1, sizeof *currencies);
	const char **steps = arena_array(arena, taken->count + 1, sizeof *steps);
	size_t count = 0, row = 0;
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < taken->count; i++) {
		if (taken->lines[i].found)
			continue;
		customers[count] = taken->lines[i].customer;
		currencies[count] = taken->lines[i].currency;
		steps[count++] = taken->lines[i].step;
	}
	if (count == 0)
		return OK;
	TRY(db_query(tx, &FATES,
		     DB_PARAMS(db_text(creditor->letter.code), db_date(taken->taken_on),
			       db_id_array(arena, customers, count), db_text_array(arena, currencies, count),
			       db_text_array(arena, steps, count), db_date(creditor->today)),
		     &rows));
	for (size_t i = 0; i < taken->count; i++) {
		if (!taken->lines[i].found)
			taken->lines[i].fate = db_cell_copy(&rows, (int)row++, 0, arena);
	}
	return OK;
}
