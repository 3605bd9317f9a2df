#include "notification/planner.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/events.h"
#include "notification/planner_batch.h"
#include "notification/policies.h"
#include "notification/preview_change.h"
#include "notification/queue.h"
#include "notification/settle.h"

static struct metric refills_total =
	METRIC_COUNTER_INIT("relance_queue_refills_total", "times that Redis was filled again from PostgreSQL", NULL);

#define PLAN_GROWN 1000 /* customers of one pass after which the statistics are stale; then ten times as many */
#define PLAN_BATCH 200  /* customers a transaction: PostgreSQL keeps a lock for each */

/* ------------------------------------------------------------------ one creditor */

static struct err prepare(struct pass *pass, const struct notification *process, const char *code)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_WRITE);

	TRY(creditor_find(&tx, code, &pass->creditor));
	TRY(policies_settle(&tx, process, &pass->creditor, &pass->policies));
	TRY(plan_sequence(&tx, &pass->sequence));
	return db_commit(&tx);
}

static struct err finish(struct pass *pass)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_WRITE);

	TRY(plan_looked(&tx, &pass->creditor, pass->sequence));
	return db_commit(&tx);
}

static struct err plan_some(struct pass *pass, const struct plan_target *targets, size_t count)
{
	struct err err = plan_batch(pass, targets, count);

	return err.code == ERR_ABORTED ? plan_batch(pass, targets, count)
				       : err; /* lost a race with a claim: once more */
}

/* A customer whose plan fails does not stop the others; a database that is away does. */
static struct err plan_apart(struct pass *pass, const struct plan_target *targets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = plan_some(pass, &targets[i], 1);

		if (err.code == ERR_UNAVAILABLE)
			return err;
		if (!err_ok(err)) {
			char id[ID_TEXT_BYTES];

			log_error("a customer could not be planned",
				  LOG_TEXT("customer", id_format(targets[i].customer, id)), LOG_ERR(err));
		}
	}
	return OK;
}

static struct err refresh_statistics(struct pass *pass)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->batch, DB_WRITE);

	TRY(statistics_refresh(&tx));
	return db_commit(&tx);
}

static struct err plan_targets(struct pass *pass, const struct plan_targets *targets)
{
	size_t grown = PLAN_GROWN;

	for (size_t done = 0; done < targets->count; done += PLAN_BATCH) {
		size_t left = targets->count - done, count = left < PLAN_BATCH ? left : PLAN_BATCH;
		struct err err = plan_some(pass, targets->items + done, count);

		if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
			err = plan_apart(pass, targets->items + done, count);
		TRY(err);
		if (done + count >= grown) {
			TRY(refresh_statistics(pass));
			grown *= 10;
		}
	}
	return OK;
}

static struct err find_targets(struct pass *pass, const struct policy *policy, const struct policy_step *note,
			       struct plan_targets *targets)
{
	DB_TX_SCOPE tx = db_begin(pass->db, pass->arena, DB_READ);

	if (note)
		TRY(targets_of_note(&tx, &pass->creditor, policy, note, targets));
	else
		TRY(targets_of_cases(&tx, &pass->creditor, targets));
	return db_commit(&tx);
}

/* Whom a note of one policy may concern; which policy is theirs, the plan decides. */
static struct err plan_notes(struct pass *pass, const struct policy *policy)
{
	struct plan_targets targets;

	for (size_t i = 0; i < policy->step_count; i++) {
		if (!policy_step_is_note(&policy->steps[i]))
			continue;
		TRY(find_targets(pass, policy, &policy->steps[i], &targets));
		TRY(plan_targets(pass, &targets));
	}
	return OK;
}

static struct err plan_all(struct pass *pass)
{
	struct plan_targets targets;

	for (size_t i = 0; i < pass->policies.count; i++)
		TRY(plan_notes(pass, &pass->policies.items[i]));
	TRY(find_targets(pass, NULL, NULL, &targets));
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

/* What is only looked back on stops no planning. */
static struct err take_outlook(const struct pass *pass)
{
	struct err err = outlook_take(pass->db, pass->arena, &pass->creditor,
				      &(struct preview_policies){ &pass->policies, pass->kept, pass->process });

	if (err_ok(err) || err.code == ERR_UNAVAILABLE)
		return err;
	log_error("the outlook of the week could not be taken", LOG_ERR(err));
	return OK;
}

static struct err run_pass(struct db *db, struct arena *arena, const struct notification *process, struct cache *cache,
			   const char *creditor, struct planner_result *result)
{
	ARENA_SCOPE batch = arena_new(0);
	POLICY_CACHE_SCOPE kept = policy_cache_new();
	struct pass pass = {
		.db = db, .arena = arena, .batch = batch, .kept = kept, .process = process, .result = result
	};

	*result = (struct planner_result){ 0 };
	TRY(prepare(&pass, process, creditor));
	result->now = pass.creditor.now;
	TRY(take_outlook(&pass));
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
