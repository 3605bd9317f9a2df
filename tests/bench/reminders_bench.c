/*
 * bench_reminders queue REDIS JOBS THREADS	pushes JOBS that are due, drains them with THREADS; jobs/s of both
 * bench_reminders late REDIS JOBS SECONDS	JOBS that fall due within SECONDS; how late each was taken
 * bench_reminders push REDIS CONNINFO		hands all queued reminders to the workers, as the planner's upkeep does
 * bench_reminders plan CONNINFO POLICIES	one pass of the planner for MAIN; time and memory
 *
 * tests/bench/reminders and tests/bench/plan call these; see there.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/io/clock.h"
#include "notification/planner.h"
#include "notification/queue.h"
#include "notification/queue_limit.h"
#include "notification/store_plan.h"

#define JOBS_MAX 1000000
#define THREADS_MAX 16
#define RATES 5
#define DOMAINS 100
#define POLICY_BYTES 65536

static void fail(const char *what, struct err err)
{
	fprintf(stderr, "bench_reminders: %s: %s (%s)\n", what, err.message ? err.message : "", err.reason);
	exit(1);
}

static void must(const char *what, struct err err)
{
	if (!err_ok(err))
		fail(what, err);
}

/* A Redis that fails over, or moves a slot, is asked again. */
static bool again(const char *what, struct err err)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };

	if (err.code != ERR_UNAVAILABLE)
		must(what, err);
	else
		nanosleep(&pause, NULL);
	return err.code == ERR_UNAVAILABLE;
}

/* The job's number stands in its id. */
static struct queue_entry job(uint32_t number, int64_t due_ms)
{
	struct queue_entry entry = { .creditor = "MAIN", .channel = CHANNEL_MAIL, .due_ms = due_ms };

	memcpy(entry.id.bytes, &number, sizeof number);
	entry.id.bytes[15] = 1;
	return entry;
}

static uint32_t number_of(const struct queue_entry *entry)
{
	uint32_t number;

	memcpy(&number, entry->id.bytes, sizeof number);
	return number;
}

static double seconds_since(int64_t began_us)
{
	return (double)(clock_monotonic_us() - began_us) / 1e6;
}

static double processor_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* ------------------------------------------------------------------ the queue alone */

struct drain {
	const char *redis;
	long jobs;
	atomic_long done;
};

/* What a worker asks before it mails. */
static void ask_limits(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count)
{
	struct queue_rate *rates = arena_array(arena, count * RATES, sizeof *rates);
	int64_t *waits = arena_array(arena, count, sizeof *waits);

	for (size_t i = 0; i < count; i++) {
		uint32_t number = number_of(&entries[i]);

		struct queue_rate *of = &rates[i * RATES];

		of[0] = (struct queue_rate){ "provider:smtp", 6, 10000000 };
		of[1] = (struct queue_rate){ "channel:mail", 6, 10000000 };
		of[2] = (struct queue_rate){ "creditor:MAIN", 6, 10000000 };
		of[3] = (struct queue_rate){ arena_format(arena, "domain:client%u.example", number % DOMAINS), 600,
					     100000 };
		of[4] = (struct queue_rate){ arena_format(arena, "recipient:accounts%u@client%u.example", number,
							  number % DOMAINS),
					     1000000, 60 };
	}
	while (again("limits", queue_allow(cache, arena, rates, RATES, count, waits)))
		continue;
	for (size_t i = 0; i < count; i++) {
		if (waits[i] != 0)
			fail("limits", ERR(ERR_INTERNAL, "bench.refused", NULL, "a generous limit refused"));
	}
}

static void *drain_run(void *with)
{
	struct drain *drain = with;
	struct arena *arena = arena_new(0);
	struct cache *cache = NULL;
	struct queue_batch taken = { 0 };
	char consumer[32];
	struct queue_taker taker = { .consumer = consumer };

	snprintf(consumer, sizeof consumer, "drain-%p", (void *)&taker);
	must("redis", cache_open(drain->redis, &cache));
	while (atomic_load(&drain->done) < drain->jobs) {
		int64_t wait_us;

		arena_reset(arena);
		if (again("take", queue_take(cache, arena, &taker, &taken, &taken, &wait_us)))
			continue;
		if (taken.count > 0)
			ask_limits(cache, arena, taken.entries, taken.count);
		atomic_fetch_add(&drain->done, (long)taken.count);
	}
	while (again("leave", queue_leave(cache, arena, &taken)))
		continue;
	cache_close(&cache);
	arena_destroy(&arena);
	return NULL;
}

static double push_jobs(const char *redis, long jobs)
{
	struct arena *arena = arena_new(0);
	struct queue_entry *entries = arena_array(arena, (size_t)jobs, sizeof *entries);
	struct cache *cache = NULL;
	int64_t due_ms = clock_system().us / 1000 - 1000, began_us;

	for (long i = 0; i < jobs; i++)
		entries[i] = job((uint32_t)i, due_ms);
	must("redis", cache_open(redis, &cache));
	began_us = clock_monotonic_us();
	while (again("push", queue_push(cache, arena, entries, (size_t)jobs)))
		continue;

	double rate = (double)jobs / seconds_since(began_us);

	cache_close(&cache);
	arena_destroy(&arena);
	return rate;
}

static void bench_queue(const char *redis, long jobs, int threads)
{
	struct drain drain = { .redis = redis, .jobs = jobs };
	pthread_t ids[THREADS_MAX];
	double pushed = push_jobs(redis, jobs);
	int64_t began_us = clock_monotonic_us();

	for (int i = 0; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, drain_run, &drain) != 0)
			exit(1);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("RESULT queue_push %.0f jobs/s\n", pushed);
	printf("RESULT queue_drain_w%d %.0f jobs/s\n", threads, (double)jobs / seconds_since(began_us));
	printf("RESULT queue_processor_w%d %.2f us\n", threads, processor_us() / (double)jobs);
}

/* ------------------------------------------------------------------ lateness */

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void bench_late(const char *redis, long jobs, double seconds)
{
	struct arena *kept = arena_new(0), *arena = arena_new(0);
	struct queue_entry *due = arena_array(kept, (size_t)jobs, sizeof *due);
	double *late_ms = arena_array(kept, (size_t)jobs, sizeof *late_ms);
	struct queue_batch taken = { 0 };
	struct queue_taker taker = { .consumer = "late" };
	struct cache *cache = NULL;
	long done = 0;
	int64_t base_ms = clock_system().us / 1000 + 500;

	srand(7);
	for (long i = 0; i < jobs; i++)
		due[i] = job((uint32_t)i, base_ms + (int64_t)(seconds * 1000 * rand() / RAND_MAX));
	must("redis", cache_open(redis, &cache));
	must("push", queue_push(cache, kept, due, (size_t)jobs));
	while (done < jobs) {
		int64_t wait_us;

		arena_reset(arena);
		must("take", queue_take(cache, arena, &taker, &taken, &taken, &wait_us));

		int64_t now_us = clock_system().us;

		for (size_t i = 0; i < taken.count; i++)
			late_ms[done++] = (double)(now_us - due[number_of(&taken.entries[i])].due_ms * 1000) / 1000;
		if (taken.count == 0)
			queue_rest(wait_us);
	}
	qsort(late_ms, (size_t)jobs, sizeof *late_ms, ascending);
	printf("RESULT late_p50 %.2f ms\nRESULT late_p99 %.2f ms\nRESULT late_max %.2f ms\nRESULT late_min %.3f ms\n",
	       late_ms[jobs / 2], late_ms[jobs * 99 / 100], late_ms[jobs - 1], late_ms[0]);
	cache_close(&cache);
	arena_destroy(&arena);
	arena_destroy(&kept);
}

/* ------------------------------------------------------------------ real reminders */

static void push_reminders(const char *redis, const char *pg)
{
	struct arena *arena = arena_new(0);
	struct cache *cache = NULL;
	struct db *db = NULL;
	struct id after = { 0 };
	size_t count, total = 0;

	must("redis", cache_open(redis, &cache));
	must("postgres", db_open(pg, &db));
	do {
		struct db_tx tx = db_begin(db, arena, DB_READ);
		struct queue_entry *entries;

		must("read", reminders_under_way(&tx, &after, &entries, &count));
		must("commit", db_commit(&tx));
		must("push", queue_push(cache, arena, entries, count));
		total += count;
	} while (count > 0);
	must("mark", queue_mark(cache, arena));
	printf("RESULT pushed %zu reminders\n", total);
	db_close(&db);
	cache_close(&cache);
	arena_destroy(&arena);
}

static void bench_plan(const char *pg, const char *policy_path)
{
	static char policy[POLICY_BYTES];
	struct notification process = { .redis = "unix:/nowhere", .default_policy = policy };
	struct planner_result result;
	struct arena *arena = arena_new(0);
	struct db *db = NULL;
	struct rusage used;
	FILE *file = fopen(policy_path, "rb");

	if (!file || fread(policy, 1, sizeof policy - 1, file) == 0)
		fail("policy", ERR(ERR_INVALID, "bench.policy", NULL, "it cannot be read"));
	fclose(file);
	must("postgres", db_open(pg, &db));
	clock_use_test(true);

	int64_t began_us = clock_monotonic_us();

	must("plan", planner_run(db, arena, &process, "MAIN", &result));
	getrusage(RUSAGE_SELF, &used);
	printf("RESULT plan_seconds %.2f s\nRESULT plan_reminders %lld planned, %lld cases opened, %lld queued\n",
	       seconds_since(began_us), (long long)result.planned, (long long)result.opened, (long long)result.queued);
	printf("RESULT plan_memory %.1f MiB\n", (double)used.ru_maxrss / 1024);
	db_close(&db);
	arena_destroy(&arena);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long jobs = argc > 3 ? atol(argv[3]) : 0;

	if (strcmp(what, "queue") == 0 && argc == 5 && jobs > 0 && jobs <= JOBS_MAX && atoi(argv[4]) <= THREADS_MAX)
		bench_queue(argv[2], jobs, atoi(argv[4]));
	else if (strcmp(what, "late") == 0 && argc == 5 && jobs > 0 && jobs <= JOBS_MAX)
		bench_late(argv[2], jobs, atof(argv[4]));
	else if (strcmp(what, "push") == 0 && argc == 4)
		push_reminders(argv[2], argv[3]);
	else if (strcmp(what, "plan") == 0 && argc == 4)
		bench_plan(argv[2], argv[3]);
	else
		return fprintf(stderr, "usage: see the head of reminders_bench.c; tests/bench/reminders runs it\n"), 2;
	return 0;
}
