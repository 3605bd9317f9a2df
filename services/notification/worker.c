#include "notification/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "notification/delivery.h"

#define CONSUMER_BYTES 128
#define RACE_PAUSE_MS 100

static void close_cache(struct cache **cache)
{
	cache_close(cache);
}

/* Another worker of the same name would take over our entries: host, process and thread make it unique. */
static void name_consumer(char consumer[static CONSUMER_BYTES])
{
	char host[64] = "";

	if (gethostname(host, sizeof host - 1) != 0)
		host[0] = '\0';
	snprintf(consumer, CONSUMER_BYTES, "%s:%ld:%ld", host, (long)getpid(), (long)gettid());
}

/* ------------------------------------------------------------------ batches */

/* Lost a race with the planner: soon again. */
static void put_back_all(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		batch->deliveries[i].next = DELIVERY_PUT_BACK;
		batch->deliveries[i].entry.due_ms = clock_system().us / 1000 + RACE_PAUSE_MS;
	}
}

/* What is put back is marked with the time at which it comes again. */
static void mark(const struct batch *batch, struct queue_entry *entries)
{
	for (size_t i = 0; i < batch->count; i++) {
		int64_t due_ms = batch->deliveries[i].entry.due_ms;

		entries[i].due_ms = batch->deliveries[i].next != DELIVERY_PUT_BACK ? 0 : due_ms > 0 ? due_ms : 1;
	}
}

static struct err deliver(struct bench *bench, struct queue_entry *entries, size_t count)
{
	struct batch batch;

	batch_init(&batch, bench, entries, count);
	policy_cache_trim(bench->policies);

	struct err err = batch_claim(&batch);

	if (err.code == ERR_ABORTED) {
		put_back_all(&batch);
		err = OK;
	} else if (err_ok(err)) {
		err = batch_mail(&batch);
	}
	if (err_ok(err))
		mark(&batch, entries);
	return err;
}

/* One reminder that fails does not stop the others: its lease runs out, and the planner's sweep brings it again. */
static struct err deliver_apart(struct bench *bench, struct queue_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = deliver(bench, &entries[i], 1);

		if (err.code == ERR_UNAVAILABLE)
			return err;
		if (!err_ok(err)) {
			char id[ID_TEXT_BYTES];

			log_error("a reminder could not be delivered",
				  LOG_TEXT("reminder", id_format(entries[i].id, id)), LOG_ERR(err));
		}
	}
	return OK;
}

static int by_creditor(const void *a, const void *b)
{
	const struct queue_entry *left = a, *right = b;

	return strcmp(left->creditor, right->creditor);
}

static struct err deliver_all(struct bench *bench, struct queue_entry *entries, size_t count)
{
	size_t end;

	qsort(entries, count, sizeof *entries, by_creditor);
	for (size_t from = 0; from < count; from = end) {
		for (end = from + 1; end < count && by_creditor(&entries[from], &entries[end]) == 0;)
			end++;

		struct err err = deliver(bench, entries + from, end - from);

		if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
			err = deliver_apart(bench, entries + from, end - from);
		TRY(err);
	}
	return OK;
}

/* What a stopping worker has taken and not begun goes back at once. */
static void hand_back(struct queue_batch *taken)
{
	for (size_t i = 0; i < taken->count; i++)
		taken->entries[i].due_ms = clock_system().us / 1000;
}

/* ------------------------------------------------------------------ the loop */

static struct err work(struct bench *bench)
{
	char consumer[CONSUMER_BYTES];
	struct queue_taker taker = { .consumer = consumer };
	struct queue_batch taken = { 0 };
	int64_t wait_us;

	name_consumer(consumer);
	while (!atomic_load(bench->stopping)) {
		arena_reset(bench->arena);
		TRY(db_ensure(bench->db));
		TRY(queue_take(bench->cache, bench->arena, &taker, &taken, &taken, &wait_us));
		if (taken.count == 0)
			queue_rest(wait_us);
		else if (atomic_load(bench->stopping))
			hand_back(&taken);
		else
			TRY(deliver_all(bench, taken.entries, taken.count));
	}
	return queue_leave(bench->cache, bench->arena, &taken);
}

struct err worker_run(struct service_context *context, int64_t *again_ms)
{
	const struct notification *process = context->process;
	struct smtp_options options = { process->smtp, process->smtp_user, process->smtp_password, process->smtp_tls,
					process->smtp_ca };
	__attribute__((cleanup(close_cache))) struct cache *cache = NULL;
	__attribute__((cleanup(smtp_destroy))) struct smtp *smtp = smtp_new(&options);
	__attribute__((cleanup(webhook_destroy))) struct webhook *webhook =
		text_empty(process->webhook.url) ? NULL : webhook_new(&process->webhook);
	__attribute__((cleanup(policy_cache_destroy))) struct policy_cache *policies = policy_cache_new();
	ARENA_SCOPE arena = arena_new(0);

	*again_ms = WORKER_AGAIN_MS;
	TRY(cache_open(process->redis, &cache));

	struct bench bench = { .process = process,
			       .db = context->db,
			       .cache = cache,
			       .smtp = smtp,
			       .webhook = webhook,
			       .policies = policies,
			       .arena = arena,
			       .stopping = context->stopping };

	return work(&bench);
}
