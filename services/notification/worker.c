#include "notification/worker.h"

#include <stdio.h>
#include <time.h>
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

static struct err deliver(struct bench *bench, struct queue_entry *entry)
{
	struct delivery delivery = { .bench = bench, .entry = *entry };
	enum delivery_next next;
	struct err err = delivery_claim(&delivery, &next);

	if (err.code == ERR_ABORTED) { /* lost a race with the planner: soon again */
		delivery.entry.due_ms = clock_system().us / 1000 + RACE_PAUSE_MS;
		next = DELIVERY_PUT_BACK;
		err = OK;
	}
	if (err_ok(err) && next == DELIVERY_MAIL)
		err = delivery_mail(&delivery, &next);
	TRY(err);
	if (next == DELIVERY_PUT_BACK)
		return queue_put_back(bench->cache, bench->arena, &delivery.entry);
	return queue_done(bench->cache, bench->arena, &delivery.entry);
}

/* What a stopping worker has taken and not begun goes back at once. */
static struct err hand_back(struct bench *bench, struct queue_entry *entry)
{
	entry->due_ms = clock_system().us / 1000;
	return queue_put_back(bench->cache, bench->arena, entry);
}

/* One reminder that fails does not stop the others: its lease runs out, and the planner's sweep brings it again. */
static struct err deliver_all(struct bench *bench, struct queue_entry *entries, size_t count,
			      const atomic_bool *stopping)
{
	for (size_t i = 0; i < count; i++) {
		arena_reset(bench->arena);

		struct err err = atomic_load(stopping) ? hand_back(bench, &entries[i]) : deliver(bench, &entries[i]);

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

static void rest(int64_t wait_ms)
{
	int64_t ms = wait_ms >= 0 && wait_ms < WORKER_IDLE_MS ? wait_ms + 1 : WORKER_IDLE_MS;
	struct timespec pause = { .tv_nsec = ms * 1000000 };

	nanosleep(&pause, NULL);
}

static struct err work(struct bench *bench, const atomic_bool *stopping)
{
	struct queue_entry entries[QUEUE_TAKE_MAX];
	char consumer[CONSUMER_BYTES];

	name_consumer(consumer);
	while (!atomic_load(stopping)) {
		size_t count;
		int64_t wait_ms;

		arena_reset(bench->arena);
		TRY(db_ensure(bench->db));
		TRY(queue_take(bench->cache, bench->arena, consumer, QUEUE_TAKE_MAX, entries, &count, &wait_ms));
		TRY(deliver_all(bench, entries, count, stopping));
		if (count == 0)
			rest(wait_ms);
	}
	return OK;
}

struct err worker_run(struct service_context *context, int64_t *again_ms)
{
	const struct notification *process = context->process;
	struct smtp_options options = { process->smtp, process->smtp_user, process->smtp_password, process->smtp_tls };
	__attribute__((cleanup(close_cache))) struct cache *cache = NULL;
	__attribute__((cleanup(smtp_destroy))) struct smtp *smtp = smtp_new(&options);
	ARENA_SCOPE arena = arena_new(0);

	*again_ms = WORKER_IDLE_MS;
	TRY(cache_open(process->redis, &cache));

	struct bench bench = { .process = process, .db = context->db, .cache = cache, .smtp = smtp, .arena = arena };

	return work(&bench, context->stopping);
}
