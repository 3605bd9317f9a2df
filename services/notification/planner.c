#include "notification/planner.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/events.h"
#include "notification/policies.h"
#include "notification/queue.h"
#include "notification/settle.h"

static struct metric planned_total =
	METRIC_COUNTER_INIT("relance_reminders_planned_total", "reminders put on the schedule", NULL);
static struct metric refills_total =
	METRIC_COUNTER_INIT("relance_queue_refills_total", "times that Redis was filled again from PostgreSQL", NULL);

/* One creditor's pass. */
struct pass {
	struct db *db;
	struct arena *arena;
	struct creditor creditor;
	struct policy_version policy;
	int64_t sequence; /* newest event of the feed when the pass began */
	struct planner_result *result;
};

/* ------------------------------------------------------------------ one customer */

/* What is read of one position, and what its day brings. */
struct look {
	struct db_tx *tx;
	struct customer customer;
	struct position position;
	struct case_row open_case;
	struct date today; /* the customer's */
	int minute;
	struct id new_case;
	struct dunning_day day;
};

static struct err look_at(struct pass *pass, const struct plan_target *target, struct look *look)
{
	const char *creditor = pass->creditor.letter.code;
	struct position_ask ask = { .creditor = &pass->creditor,
				    .policy = &pass->policy.policy,
				    .customer = target->customer,
				    .currency = target->currency };

	TRY(customer_lock(look->tx, creditor, target->customer));
	TRY(case_find(look->tx, creditor, target, &look->open_case));
	ask.dunning_case = look->open_case.id;
	TRY(customer_get(look->tx, creditor, target->customer, &look->customer));
	TRY(position_load(look->tx, &ask, &look->position));
	return clock_local(look->tx, pass->creditor.now, look->customer.timezone, &look->today, &look->minute);
}

/* From the sending hour of today on; what is caught up in the evening leaves in the morning. */
static struct err leaving_time(const struct pass *pass, const struct look *look, struct instant *due_at)
{
	const struct policy *policy = &pass->policy.policy;
	struct date day = look->today;

	if (look->minute >= policy->sending_until_minute)
		day = dunning_sending_day(policy, date_add_days(day, 1));
	return clock_instant(look->tx, day, policy->sending_minute, look->customer.timezone, due_at);
}

static struct err schedule(struct pass *pass, struct look *look, const struct dunning_reminder *reminder)
{
	char day[DATE_TEXT_BYTES];
	bool note = policy_step_is_note(reminder->step);
	struct id dunning_case = reminder->in_new_case ? look->new_case : look->open_case.id;
	struct planned planned = {
		.scope = note ? id_derive(look->customer.id,
					  arena_format(pass->arena, "notes/%s/%s", look->position.currency.code,
						       date_format(look->today, day)))
			      : dunning_case,
		.dunning_case = note ? (struct id){ { 0 } } : dunning_case,
		.customer = &look->customer,
		.position = &look->position,
		.reminder = reminder,
		.policy_version = pass->policy.version,
	};

	planned.id = id_derive(planned.scope, reminder->step->name);
	TRY(leaving_time(pass, look, &planned.due_at));
	TRY(reminder_schedule(look->tx, pass->creditor.letter.code, &planned));
	pass->result->planned++;
	metric_add(&planned_total, 1);
	return OK;
}

static struct err tell_case(struct pass *pass, struct look *look, const char *type, struct id id, const char *reason)
{
	struct position_sum sum = position_sum(&look->position, look->today);
	struct case_event told = { .id = id,
				   .customer = look->customer.id,
				   .customer_number = look->customer.letter.number,
				   .currency = look->position.currency.code,
				   .reason = reason,
				   .amount_minor = sum.net_due_minor > 0 ? sum.net_due_minor : 0 };

	return event_case(look->tx, &pass->creditor, type, &told);
}

static struct err close_case(struct pass *pass, struct look *look)
{
	pass->result->closed++;
	TRY(case_close(look->tx, &pass->creditor, look->open_case.id, look->day.close_reason));
	return tell_case(pass, look, "relance.case.closed.v1", look->open_case.id, look->day.close_reason);
}

static struct err open_case(struct pass *pass, struct look *look)
{
	pass->result->opened++;
	look->new_case = id_fresh();
	TRY(case_open(look->tx, &pass->creditor, &look->customer, look->position.currency, look->new_case));
	return tell_case(pass, look, "relance.case.opened.v1", look->new_case, "");
}

static struct date oldest_due(const struct look *look)
{
	struct date oldest = DATE_NONE;

	for (size_t i = 0; i < look->position.count; i++) {
		const struct position_item *item = &look->position.items[i];

		if (position_item_owed(item, look->today) &&
		    (!date_known(oldest) || date_compare(item->due_on, oldest) < 0))
			oldest = item->due_on;
	}
	return oldest;
}

static struct err save_day(struct pass *pass, struct look *look)
{
	const struct dunning_day *day = &look->day;
	struct id current = day->closes ? (struct id){ { 0 } } : look->open_case.id;

	if (day->closes)
		TRY(close_case(pass, look));
	if (day->opens) {
		TRY(open_case(pass, look));
		current = look->new_case;
	}
	for (size_t i = 0; i < day->count; i++)
		TRY(schedule(pass, look, &day->reminders[i]));
	if (id_zero(current))
		return OK;
	return case_move(look->tx, &pass->creditor, current, &day->after, oldest_due(look), day->next_on);
}

static struct err plan_customer(struct pass *pass, const struct plan_target *target)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_WRITE);
	struct planner_result before = *pass->result;
	struct look look = { .tx = &tx };

	TRY(look_at(pass, target, &look));
	dunning_plan_day(pass->arena, &pass->policy.policy, &look.position, &look.open_case.state, look.today,
			 &look.day);

	struct err err = save_day(pass, &look);

	if (err_ok(err))
		err = db_commit(&tx);
	if (!err_ok(err))
		*pass->result = before;
	return err;
}

/* ------------------------------------------------------------------ one creditor */

static struct err prepare(struct pass *pass, const struct notification *process, const char *code)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_WRITE);

	TRY(creditor_find(&tx, code, &pass->creditor));
	TRY(policies_settle(&tx, process, &pass->creditor, &pass->policy));
	TRY(plan_sequence(&tx, &pass->sequence));
	return db_commit(&tx);
}

static struct err finish(struct pass *pass)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_WRITE);

	TRY(plan_looked(&tx, &pass->creditor, pass->sequence));
	return db_commit(&tx);
}

/* A customer whose plan fails does not stop the others; a database that is away does. */
static struct err plan_targets(struct pass *pass, const struct plan_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		struct err err = plan_customer(pass, &targets->items[i]);

		if (err.code == ERR_ABORTED) /* lost a race with a claim: once more */
			err = plan_customer(pass, &targets->items[i]);
		if (err.code == ERR_UNAVAILABLE)
			return err;
		if (!err_ok(err)) {
			char id[ID_TEXT_BYTES];

			log_error("a customer could not be planned",
				  LOG_TEXT("customer", id_format(targets->items[i].customer, id)), LOG_ERR(err));
		}
	}
	return OK;
}

static struct err find_targets(struct pass *pass, const struct policy_step *note, struct plan_targets *targets)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_READ);

	if (note)
		TRY(targets_of_note(&tx, &pass->creditor, &pass->policy.policy, note, targets));
	else
		TRY(targets_of_cases(&tx, &pass->creditor, targets));
	return db_commit(&tx);
}

static struct err plan_all(struct pass *pass)
{
	struct plan_targets targets;

	for (size_t i = 0; i < pass->policy.policy.step_count; i++) {
		const struct policy_step *step = &pass->policy.policy.steps[i];

		if (!policy_step_is_note(step))
			continue;
		TRY(find_targets(pass, step, &targets));
		TRY(plan_targets(pass, &targets));
	}
	TRY(find_targets(pass, NULL, &targets));
	return plan_targets(pass, &targets);
}

/* What is due goes to the workers. Redis learns of it after the commit; where that fails, the upkeep tells it later. */
static struct err queue_due(struct db *db, struct arena *arena, struct cache *cache, const char *creditor,
			    struct instant now, int64_t *queued)
{
	size_t count;

	do {
		DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
		struct queue_entry *entries;

		TRY(reminders_queue_due(&tx, creditor, now, &entries, &count));
		TRY(db_commit(&tx));
		*queued += (int64_t)count;
		if (cache && count > 0)
			TRY(queue_push(cache, arena, entries, count));
	} while (count == QUEUE_BATCH_MAX);
	return OK;
}

static struct err run_pass(struct db *db, struct arena *arena, const struct notification *process, struct cache *cache,
			   const char *creditor, struct planner_result *result)
{
	struct pass pass = { .db = db, .arena = arena, .result = result };

	*result = (struct planner_result){ 0 };
	TRY(prepare(&pass, process, creditor));
	result->now = pass.creditor.now;
	TRY(settle_agreements(db, arena, pass.creditor.letter.code));
	TRY(plan_all(&pass));
	TRY(finish(&pass));
	return queue_due(db, arena, cache, pass.creditor.letter.code, pass.creditor.now, &result->queued);
}

static void close_cache(struct cache **cache)
{
	cache_close(cache);
}

struct err planner_run(struct db *db, struct arena *arena, const struct notification *process, const char *creditor,
		       struct planner_result *result)
{
	__attribute__((cleanup(close_cache))) struct cache *cache = NULL;
	struct err opened = cache_open(process->redis, &cache);

	if (!err_ok(opened))
		log_warn("planned without Redis: reminders wait until it is back", LOG_ERR(opened));

	struct err err = run_pass(db, arena, process, cache, creditor, result);

	return text_equal(err.reason, "cache.unavailable") ? OK : err;
}

/* ------------------------------------------------------------------ the job */

/* Fills Redis with all that is under way. */
static struct err refill(struct notification *process, struct db *db, struct arena *arena)
{
	struct id after = { 0 };
	size_t count;

	do {
		DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
		struct queue_entry *entries;

		TRY(reminders_under_way(&tx, &after, &entries, &count));
		TRY(db_commit(&tx));
		if (count > 0)
			TRY(queue_push(process->cache, arena, entries, count));
	} while (count > 0);
	TRY(queue_mark(process->cache, arena));
	metric_add(&refills_total, 1);
	process->refill = false;
	return OK;
}

static struct err upkeep(struct notification *process, struct db *db, struct arena *arena)
{
	struct queue_entry *entries;
	size_t count;
	bool complete;

	if (!process->cache) {
		TRY(cache_open(process->redis, &process->cache));
		process->refill = true;
	}
	TRY(queue_complete(process->cache, arena, &complete));
	if (process->refill || !complete)
		return refill(process, db, arena);

	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(reminders_stranded(&tx, &entries, &count));
	TRY(db_commit(&tx));
	return count > 0 ? queue_push(process->cache, arena, entries, count) : OK;
}

static struct err visit(struct service_context *context, struct arena *arena, const char *code)
{
	struct notification *process = context->process;
	struct planner_result result = { 0 };
	struct creditor creditor;
	bool stale;

	{
		DB_TX_SCOPE tx = db_begin(context->db, arena, DB_READ);

		TRY(creditor_find(&tx, code, &creditor));
		TRY(plan_stale(&tx, &creditor, &stale));
		TRY(db_commit(&tx));
	}
	if (stale)
		return run_pass(context->db, arena, process, process->cache, code, &result);
	return queue_due(context->db, arena, process->cache, code, creditor.now, &result.queued);
}

static struct err visit_all(struct service_context *context, struct arena *arena)
{
	const char **codes;
	size_t count;

	{
		DB_TX_SCOPE tx = db_begin(context->db, arena, DB_READ);

		TRY(creditors_list(&tx, &codes, &count));
		TRY(db_commit(&tx));
	}
	for (size_t i = 0; i < count && !atomic_load(context->stopping); i++)
		TRY(visit(context, arena, codes[i]));
	return OK;
}

/* Redis that fails is opened again and filled again: until then reminders wait in PostgreSQL. */
struct err planner_pass(struct service_context *context, int64_t *again_ms)
{
	struct notification *process = context->process;
	ARENA_SCOPE arena = arena_new(0);
	struct err kept = upkeep(process, context->db, arena);
	struct err err = visit_all(context, arena);

	*again_ms = PLANNER_PASS_MS;
	if (text_equal(kept.reason, "cache.unavailable") || text_equal(err.reason, "cache.unavailable")) {
		cache_close(&process->cache);
		process->refill = true;
	}
	return err_ok(kept) ? err : kept;
}
