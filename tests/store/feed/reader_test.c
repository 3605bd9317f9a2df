/* Reading the feed: exactly once, whoever is killed and whatever fails. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/feed.h"
#include "common/io/random.h"
#include "support/outcome.h"
#include "support/pg.h"

#define READER_EVENTS 3000
#define KILLS 25

static const struct db_stmt EFFECT = DB_STMT("effect", "INSERT INTO public.effect (sequence, payload) VALUES ($1, $2)");

static struct {
	struct pg *pg;
	struct db *db;
	int64_t bad; /* the handler refuses this event */
	int calls;
} here;

static struct err take(struct feed_context *context, const struct feed_event *event)
{
	here.calls++;
	assert_ptr_equal(context->process, &here);
	TRY(db_exec(
		context->tx, &EFFECT,
		DB_PARAMS(db_int(event->sequence), db_bytes(context->arena, event->payload, event->payload_length))));
	if (event->sequence == here.bad)
		return ERR(ERR_CONFLICT, "test.bad", NULL, "this one is not liked");
	return OK;
}

static const struct feed_subscription SUBSCRIPTIONS[] = {
	{ "relance.test.happened.v1", take },
};
static const struct feed_reader READER = { "test", SUBSCRIPTIONS, 1 };

/* Every third event is of a type that nobody subscribed to. */
static void events_make(int count)
{
	char sql[512];

	snprintf(sql, sizeof sql,
		 "INSERT INTO feed.event (sequence, id, creditor, type, subject, at, payload_type, payload) "
		 "SELECT g, gen_random_uuid(), 'MAIN', CASE g %% 3 WHEN 0 THEN 'relance.test.ignored.v1' "
		 "ELSE 'relance.test.happened.v1' END, 'S' || g, now(), 'none', convert_to('p' || g, 'UTF8') "
		 "FROM generate_series(1, %d) g",
		 count);
	pg_execute(here.pg, sql);
}

static long long effects(void)
{
	return pg_number(here.pg, "SELECT count(*) FROM public.effect");
}

static long long cursor(void)
{
	return pg_number(here.pg, "SELECT sequence FROM credit.feed_cursor WHERE reader = 'test'");
}

static int read_once(struct err *err)
{
	int handled = -1;

	*err = feed_read_once(here.db, &READER, &here, &handled);
	return handled;
}

static int setup(void **state)
{
	(void)state;
	pg_execute(here.pg, "SET session_replication_role = replica; TRUNCATE feed.event, credit.feed_cursor, "
			    "public.effect; SET session_replication_role = origin");
	here.db = pg_connect(here.pg, "relance_credit");
	here.bad = 0;
	here.calls = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(&here.db);
	return 0;
}

static void events_are_read_in_order_and_others_passed_over(void **state)
{
	struct err err;
	(void)state;

	assert_int_equal(read_once(&err), 0);
	assert_done(err);
	events_make(450);
	assert_int_equal(read_once(&err), FEED_BATCH_MAX);
	assert_int_equal(read_once(&err), FEED_BATCH_MAX);
	assert_int_equal(read_once(&err), 50);
	assert_int_equal(read_once(&err), 0);
	assert_int_equal(effects(), 300);
	assert_int_equal(cursor(), 450);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM public.effect WHERE "
					    "payload <> convert_to('p' || sequence, 'UTF8')"),
			 0);
}

static void reading_costs_two_round_trips_a_batch(void **state)
{
	struct err err;
	uint64_t before;
	(void)state;

	events_make(100);
	before = db_stats(here.db).round_trips;
	assert_int_equal(read_once(&err), 100);
	assert_int_equal(db_stats(here.db).round_trips - before, 2);
}

static void an_event_that_fails_stops_the_reader_there_and_nowhere_before(void **state)
{
	struct err err;
	(void)state;

	events_make(20);
	here.bad = 8;
	assert_int_equal(read_once(&err), 7);
	assert_done(err);
	assert_int_equal(cursor(), 7);
	assert_int_equal(read_once(&err), -1);
	assert_refused(err, ERR_CONFLICT, "feed.stuck");
	assert_int_equal(cursor(), 7);
	assert_int_equal(effects(), 5);
	here.bad = 0;
	assert_int_equal(read_once(&err), 13);
	assert_int_equal(effects(), 14);
}

static void a_copy_that_finds_the_cursor_taken_passes_by(void **state)
{
	static const struct db_stmt LOCK =
		DB_STMT("lock_cursor", "SELECT FROM credit.feed_cursor WHERE reader = 'test' FOR UPDATE");
	ARENA_SCOPE arena = arena_new(0);
	struct db *other = pg_connect(here.pg, "relance_credit");
	struct err err;
	(void)state;

	assert_int_equal(read_once(&err), 0);
	events_make(10);
	{
		DB_TX_SCOPE tx = db_begin(other, arena, DB_WRITE);

		assert_done(db_exec(&tx, &LOCK, DB_NO_PARAMS));
		assert_done(db_flush(&tx));
		assert_int_equal(read_once(&err), 0);
		assert_done(err);
	}
	assert_int_equal(read_once(&err), 10);
	db_close(&other);
}

static void a_database_that_is_away_is_told_and_nothing_is_lost(void **state)
{
	struct err err;
	(void)state;

	events_make(10);
	pg_down(here.pg);
	assert_int_equal(read_once(&err), -1);
	assert_refused(err, ERR_UNAVAILABLE, "db.unavailable");
	pg_up(here.pg);
	assert_int_equal(read_once(&err), 10);
}

/* A copy of the service: reads until it is killed. */
static _Noreturn void copy_run(void)
{
	struct db *db = pg_connect(here.pg, "relance_credit");

	for (;;) {
		int handled = 0;
		struct err err = feed_read_once(db, &READER, &here, &handled);

		if (!err_ok(err) || handled == 0)
			usleep(1000);
	}
}

static pid_t copy_start(void)
{
	pid_t copy = fork();

	assert_true(copy >= 0);
	if (copy == 0)
		copy_run();
	return copy;
}

static void copy_kill(pid_t copy)
{
	kill(copy, SIGKILL);
	waitpid(copy, NULL, 0);
}

static void two_copies_killed_again_and_again_have_each_effect_once(void **state)
{
	pid_t copies[2] = { copy_start(), copy_start() };
	(void)state;

	events_make(READER_EVENTS);
	for (int i = 0; i < KILLS; i++) {
		usleep(2000 + random_u32() % 20000);
		if (i % 5 == 4) {
			pg_execute(here.pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
					    "WHERE usename = 'relance_credit'");
			continue;
		}
		copy_kill(copies[i % 2]);
		copies[i % 2] = copy_start();
	}
	for (int waited = 0; cursor() < READER_EVENTS && waited < 20000; waited++)
		usleep(1000);
	copy_kill(copies[0]);
	copy_kill(copies[1]);
	assert_int_equal(cursor(), READER_EVENTS);
	assert_int_equal(effects(), READER_EVENTS / 3 * 2);
	assert_int_equal(pg_number(here.pg, "SELECT count(DISTINCT sequence) FROM public.effect"),
			 READER_EVENTS / 3 * 2);
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	pg_execute(here.pg, "CREATE TABLE public.effect (sequence bigint, payload bytea);"
			    "GRANT ALL ON public.effect TO relance_credit");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	pg_stop(&here.pg);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_are_read_in_order_and_others_passed_over),
		TEST(reading_costs_two_round_trips_a_batch),
		TEST(an_event_that_fails_stops_the_reader_there_and_nowhere_before),
		TEST(a_copy_that_finds_the_cursor_taken_passes_by),
		TEST(a_database_that_is_away_is_told_and_nothing_is_lost),
		TEST(two_copies_killed_again_and_again_have_each_effect_once),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
