/* The outbox: events exist if and only if their transaction commits, in the order in which they were appended. */
#include <stdlib.h>
#include <string.h>

#include "common/io/outbox.h"
#include "support/outcome.h"
#include "support/pg.h"

#define MANY 2500 /* three rows */

static struct {
	struct pg *pg;
	struct db *db;
	struct arena *arena;
} here;

static struct event event_of(const char *subject)
{
	return (struct event){ .creditor = "MAIN",
			       .type = "relance.test.happened.v1",
			       .subject = subject,
			       .time = { 1767225599123456 },
			       .payload = "\0\1\\\"",
			       .payload_length = 4,
			       .payload_type = "relance.test.v1.Happened",
			       .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
}

static long long waiting(void)
{
	return pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered");
}

static void an_event_is_written_with_its_transaction_and_costs_no_round_trip(void **state)
{
	struct event event = event_of("S1");
	(void)state;
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(outbox_append(&tx, &event));
		assert_done(db_flush(&tx));
	}
	assert_int_equal(waiting(), 0);
	uint64_t before = db_stats(here.db).round_trips;
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(outbox_append(&tx, &event));
	assert_done(db_commit(&tx));
	assert_int_equal(db_stats(here.db).round_trips - before, 1);
	assert_string_equal(pg_value(here.pg, "SELECT concat_ws('|', creditor, type, subject, at AT TIME ZONE 'UTC' = "
					      "'2025-12-31 23:59:59.123456', encode(payload, 'hex'), payload_type, "
					      "trace_parent) FROM feed.unnumbered"),
			    "MAIN|relance.test.happened.v1|S1|t|00015c22|relance.test.v1.Happened|"
			    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

static void many_events_keep_their_order_and_have_ids_of_their_own(void **state)
{
	struct event *events = arena_array(here.arena, MANY, sizeof *events);
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	(void)state;

	for (int i = 0; i < MANY; i++) {
		events[i] = event_of(arena_format(here.arena, "%d", i));
		if (i % 2)
			events[i].trace_parent = NULL;
		if (i % 3)
			events[i].payload_length = 0;
	}
	assert_done(outbox_append_all(&tx, events, MANY));
	assert_done(outbox_append_all(&tx, NULL, 0));
	assert_done(db_commit(&tx));
	assert_int_equal(waiting(), MANY);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(event_count::text, ' ' ORDER BY position) "
					      "FROM feed.outbox"),
			    "1000 1000 500");
	assert_int_equal(pg_number(here.pg, "SELECT count(DISTINCT id) FROM feed.unnumbered"), MANY);
	assert_int_equal(pg_number(here.pg,
				   "SELECT count(*) FROM (SELECT subject::int AS n, row_number() OVER "
				   "(ORDER BY position, place) - 1 AS at FROM feed.unnumbered) o WHERE n <> at"),
			 0);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE "
					    "(trace_parent IS NULL) <> (subject::int % 2 = 1) OR "
					    "(octet_length(payload) = 0) <> (subject::int % 3 > 0)"),
			 0);
}

static int setup(void **state)
{
	(void)state;
	here.arena = arena_new(0);
	here.db = pg_connect(here.pg, "relance_notification");
	pg_execute(here.pg, "TRUNCATE feed.outbox");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	return 0;
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
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
		TEST(an_event_is_written_with_its_transaction_and_costs_no_round_trip),
		TEST(many_events_keep_their_order_and_have_ids_of_their_own),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
