#include "notification/planner_batch.h"

#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/events.h"
#include "notification/resume.h"
#include "notification/store_case.h"

static struct metric planned_total =
	METRIC_COUNTER_INIT("relance_reminders_planned_total", "reminders put on the schedule", NULL);

/* What is read of one position, and what its day brings. */
struct look {
	struct customer customer;
	struct position position;
	struct case_row open_case;
	struct plan_zone *zone;
	struct id new_case;
	struct dunning_day day;
};

struct batch {
	struct pass *pass;
	struct db_tx *tx;
	const struct plan_target *targets;
	struct look *looks;
	size_t count;
};

/* ------------------------------------------------------------------ what is read */

static struct err zone_find(struct batch *batch, const char *name, const struct policy *policy, struct plan_zone **zone)
{
	struct pass *pass = batch->pass;
	struct plan_zone found = { .policy = policy, .leaving = INSTANT_NONE, .next = pass->zones };

	for (*zone = pass->zones; *zone; *zone = (*zone)->next) {
		if (text_equal((*zone)->name, name) && (*zone)->policy == policy)
			return OK;
	}
	TRY(clock_local(batch->tx, pass->creditor.now, name, &found.today, &found.minute));
	found.name = arena_copy(pass->arena, name);
	*zone = arena_alloc(pass->arena, sizeof **zone);
	**zone = found;
	pass->zones = *zone;
	return OK;
}

/* NULL where the case has none of its own. */
static struct err policy_of_case(struct batch *batch, const struct case_row *row, const struct policy **policy)
{
	const struct policy_version *kept;
	const struct pass *pass = batch->pass;

	*policy = NULL;
	if (row->policy_version == 0)
		return OK;
	TRY(policy_cache_find(pass->kept, batch->tx, pass->process, pass->creditor.letter.code, row->policy_version,
			      &kept));
	*policy = &kept->policy;
	return OK;
}

static struct err load(struct batch *batch)
{
	struct pass *pass = batch->pass;
	const char *creditor = pass->creditor.letter.code;
	size_t count = batch->count;
	struct id *ids = arena_array(pass->batch, count, sizeof *ids);
	struct case_row *cases = arena_array(pass->batch, count, sizeof *cases);
	struct customer *customers = arena_array(pass->batch, count, sizeof *customers);
	struct position_ask *asks = arena_array(pass->batch, count, sizeof *asks);
	struct position *positions = arena_array(pass->batch, count, sizeof *positions);

	TRY(customers_lock(batch->tx, creditor, batch->targets, count));
	TRY(cases_resume(pass, batch->tx, batch->targets, count));
	TRY(cases_find(batch->tx, creditor, batch->targets, count, cases));
	for (size_t i = 0; i < count; i++) {
		const struct policy *policy;

		TRY(policy_of_case(batch, &cases[i], &policy));
		ids[i] = batch->targets[i].customer;
		asks[i] = (struct position_ask){ .creditor = &pass->creditor,
						 .policies = &pass->policies,
						 .policy = policy,
						 .customer = batch->targets[i].customer,
						 .currency = batch->targets[i].currency,
						 .dunning_case = cases[i].id };
	}
	TRY(customers_get(batch->tx, creditor, ids, count, customers));
	TRY(positions_load(batch->tx, asks, count, positions));
	for (size_t i = 0; i < count; i++) {
		struct look *look = &batch->looks[i];

		*look = (struct look){ .customer = customers[i], .position = positions[i], .open_case = cases[i] };
		TRY(zone_find(batch, look->customer.timezone, look->position.policy, &look->zone));
	}
	return OK;
}

/* ------------------------------------------------------------------ what is written */

/* From the sending hour of today on; what is caught up in the evening leaves in the morning. */
static struct err leaving_time(struct batch *batch, struct plan_zone *zone, struct instant *due_at)
{
	const struct policy *policy = zone->policy;
	struct date day = zone->today;

	if (zone->minute >= policy->sending_until_minute)
		day = dunning_sending_day(policy, NULL, date_add_days(day, 1)); /* the gate knows of holidays */
	if (zone->leaving.us == INSTANT_NONE.us)
		TRY(clock_instant(batch->tx, day, policy->sending_minute, zone->name, &zone->leaving));
	*due_at = zone->leaving;
	return OK;
}

static struct err plan_reminder(struct batch *batch, struct look *look, const struct dunning_reminder *reminder,
				struct planned *planned)
{
	struct pass *pass = batch->pass;
	char day[DATE_TEXT_BYTES];
	bool note = policy_step_is_note(reminder->step);
	struct id dunning_case = reminder->in_new_case ? look->new_case : look->open_case.id;
	struct id climb = reminder->in_new_case ? look->new_case : case_scope(&look->open_case);

	*planned = (struct planned){
		.scope = note ? id_derive(look->customer.id,
					  arena_format(pass->batch, "notes/%s/%s", look->position.currency.code,
						       date_format(look->zone->today, day)))
			      : climb,
		.dunning_case = note ? (struct id){ { 0 } } : dunning_case,
		.customer = &look->customer,
		.position = &look->position,
		.reminder = reminder,
		.policy_version = look->position.policy->version,
	};
	planned->id = id_derive(planned->scope, reminder->step->name);
	return leaving_time(batch, look->zone, &planned->due_at);
}

static struct err save_reminders(struct batch *batch)
{
	struct planned *planned;
	size_t total = 0, count = 0;

	for (size_t i = 0; i < batch->count; i++)
		total += batch->looks[i].day.count;
	planned = arena_array(batch->pass->batch, total + 1, sizeof *planned);
	for (size_t i = 0; i < batch->count; i++) {
		struct look *look = &batch->looks[i];

		for (size_t k = 0; k < look->day.count; k++)
			TRY(plan_reminder(batch, look, &look->day.reminders[k], &planned[count++]));
	}
	TRY(reminders_schedule(batch->tx, batch->pass->creditor.letter.code, planned, count));
	batch->pass->result->planned += (int64_t)count;
	return OK;
}

static struct err tell_case(struct batch *batch, struct look *look, const char *type, struct id id, const char *reason)
{
	struct position_sum sum = position_sum(&look->position, look->zone->today);
	struct case_event told = { .id = id,
				   .customer = look->customer.id,
				   .customer_number = look->customer.letter.number,
				   .currency = look->position.currency.code,
				   .reason = reason,
				   .amount_minor = sum.net_due_minor > 0 ? sum.net_due_minor : 0 };

	return event_case(batch->tx, &batch->pass->creditor, type, &told);
}

static struct date oldest_due(const struct look *look)
{
	struct date oldest = DATE_NONE;

	for (size_t i = 0; i < look->position.count; i++) {
		const struct position_item *item = &look->position.items[i];

		if (position_item_owed(item, look->zone->today) &&
		    (!date_known(oldest) || date_compare(item->due_on, oldest) < 0))
			oldest = item->due_on;
	}
	return oldest;
}

static struct err close_cases(struct batch *batch, struct case_change *changes)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct look *look = &batch->looks[i];

		if (!look->day.closes)
			continue;
		changes[count++] = (struct case_change){ .id = look->open_case.id, .reason = look->day.close_reason };
		TRY(tell_case(batch, look, "relance.case.closed.v1", look->open_case.id, look->day.close_reason));
	}
	batch->pass->result->closed += (int64_t)count;
	return cases_close(batch->tx, &batch->pass->creditor, changes, count);
}

static struct err open_cases(struct batch *batch, struct case_change *changes)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct look *look = &batch->looks[i];

		if (!look->day.opens)
			continue;
		look->new_case = id_fresh();
		changes[count++] = (struct case_change){ .id = look->new_case,
							 .customer = &look->customer,
							 .currency = look->position.currency };
		TRY(tell_case(batch, look, "relance.case.opened.v1", look->new_case, ""));
	}
	batch->pass->result->opened += (int64_t)count;
	return cases_open(batch->tx, &batch->pass->creditor, changes, count);
}

static struct err move_cases(struct batch *batch, struct case_change *changes)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct look *look = &batch->looks[i];
		struct id kept = look->day.closes ? (struct id){ { 0 } } : look->open_case.id;
		struct id current = look->day.opens ? look->new_case : kept;
		bool anew = look->day.opens && look->day.closes; /* the look was under the one before */

		if (id_zero(current))
			continue;
		changes[count++] = (struct case_change){ .id = current,
							 .state = look->day.after,
							 .anchor_due_on = oldest_due(look),
							 .next_on = look->day.next_on,
							 .policy_version = anew ? 0 : look->position.policy->version };
	}
	return cases_move(batch->tx, &batch->pass->creditor, changes, count);
}

static struct err save(struct batch *batch)
{
	struct case_change *changes = arena_array(batch->pass->batch, batch->count, sizeof *changes);

	TRY(close_cases(batch, changes));
	TRY(open_cases(batch, changes));
	TRY(save_reminders(batch));
	return move_cases(batch, changes);
}

static struct err plan(struct batch *batch)
{
	const struct pass *pass = batch->pass;

	TRY(load(batch));
	for (size_t i = 0; i < batch->count; i++) {
		struct look *look = &batch->looks[i];

		dunning_plan_day(pass->batch, look->position.policy, &look->position, &look->open_case.state,
				 look->zone->today, &look->day);
	}
	TRY(save(batch));
	return db_commit(batch->tx);
}

struct err plan_batch(struct pass *pass, const struct plan_target *targets, size_t count)
{
	struct planner_result before = *pass->result;

	arena_reset(pass->batch);

	DB_TX_SCOPE tx = db_begin(pass->db, pass->batch, DB_WRITE);
	struct batch batch = { .pass = pass, .tx = &tx, .targets = targets, .count = count };

	batch.looks = arena_array(pass->batch, count, sizeof *batch.looks);

	struct err err = plan(&batch);

	if (err_ok(err))
		metric_add(&planned_total, pass->result->planned - before.planned);
	else
		*pass->result = before;
	return err;
}
