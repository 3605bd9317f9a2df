/* The log is kept for a time: what goes, what stays, and what somebody is told who asks for what is gone. */
#include "feed/handlers.h"
#include "feed/purge.h"
#include "feed/relay.h"
#include "feed/store.h"
#include "relance/feed/v1/feed.pb-c.h"
#include "support/outcome.h"
#include "support/pg.h"
#include "unit/test.h"

#define DAYS 90

static struct {
	struct pg *pg;
	struct db *db;
	struct arena *arena;
} here;

/* Ten events, of which the first `old` are of the day before the last day that is kept; readers at two places. */
static void log_make(int old, int credit, int notification)
{
	char sql[1024];

	snprintf(sql, sizeof sql,
		 "SET session_replication_role = replica; TRUNCATE feed.event, credit.feed_cursor, "
		 "notification.feed_cursor;"
		 "SET session_replication_role = origin; UPDATE feed.purged SET sequence = 0;"
		 "INSERT INTO feed.event (sequence, id, creditor, type, subject, at, payload_type, payload, "
		 "recorded_at) "
		 "SELECT g, gen_random_uuid(), 'MAIN', 'relance.note.stored.v1', 'S' || g, now(), 'x', '', "
		 "now() - make_interval(days => CASE WHEN g <= %d THEN 91 ELSE 89 END) FROM generate_series(1, 10) g;"
		 "INSERT INTO credit.feed_cursor VALUES ('credit', %d);"
		 "INSERT INTO notification.feed_cursor VALUES ('notification', %d)",
		 old, credit, notification);
	pg_execute(here.pg, sql);
}

static int64_t purged(int limit)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	int64_t gone;

	assert_done(events_purge(&tx, DAYS, limit, &gone));
	assert_done(db_commit(&tx));
	return gone;
}

static void log_checked(void)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct check_result results[FEED_CHECKS];

	assert_done(log_verify(&tx, results));
	for (int i = 0; i < FEED_CHECKS; i++)
		if (!results[i].ok)
			fail_msg("%s: %s", results[i].name, results[i].detail);
}

static const struct {
	const char *sentence;
	int old, credit, notification, limit;
	int gone, oldest;
} LOGS[] = {
	{ "nothing is old", 0, 10, 10, 100, 0, 1 },
	{ "what is old goes", 4, 10, 10, 100, 4, 5 },
	{ "a reader that is behind holds it up", 6, 10, 3, 100, 3, 4 },
	{ "a reader that has not begun holds everything up", 6, 0, 10, 100, 0, 1 },
	{ "at most a batch goes at once", 6, 10, 10, 2, 2, 3 },
	{ "the newest always stays", 10, 10, 10, 100, 9, 10 },
};

static void old_events_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(LOGS); i++) {
		SAY(LOGS[i].sentence);
		log_make(LOGS[i].old, LOGS[i].credit, LOGS[i].notification);
		assert_int_equal(purged(LOGS[i].limit), LOGS[i].gone);
		assert_int_equal(pg_number(here.pg, "SELECT min(sequence) FROM feed.event"), LOGS[i].oldest);
		log_checked();
	}
	assert_int_equal(purged(100), 0);
}

static struct err list(int64_t after, Relance__Feed__V1__ListEventsResponse **reply)
{
	Relance__Feed__V1__ListEventsRequest request;
	struct rpc_call call = { .arena = here.arena, .db = here.db, .request = &request.base };

	relance__feed__v1__list_events_request__init(&request);
	request.after = after;
	TRY(list_events(&call));
	*reply = (void *)call.reply;
	return OK;
}

static const struct {
	const char *sentence;
	int64_t after, first; /* 0: refused */
} ASKED[] = {
	{ "the start is the first that is kept", 0, 5 },
	{ "whoever has all that is gone goes on", 4, 5 },
	{ "and whoever has more", 7, 8 },
	{ "whoever has less has missed something", 3, 0 },
	{ "a lot", 1, 0 },
};

static void the_start_of_the_log_is_told(void **state)
{
	(void)state;
	log_make(4, 10, 10);
	purged(100);
	for (size_t i = 0; i < ROWS(ASKED); i++) {
		Relance__Feed__V1__ListEventsResponse *reply = NULL;
		struct err err = list(ASKED[i].after, &reply);

		SAY(ASKED[i].sentence);
		if (ASKED[i].first == 0) {
			assert_refused(err, ERR_RANGE, "feed.purged");
			assert_string_equal(err.message,
					    "events up to number 4 are no longer kept: start anew, with after = 0");
			continue;
		}
		assert_done(err);
		assert_int_equal(reply->events[0]->sequence, ASKED[i].first);
		assert_int_equal(reply->oldest, 5);
	}
}

static void nobody_else_takes_events_out(void **state)
{
	(void)state;
	log_make(4, 10, 10);
	assert_int_equal(pg_number(here.pg, "SELECT has_table_privilege('relance_feed', 'feed.event', 'DELETE')::int"),
			 0);
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	static const struct db_stmt DELETE = DB_STMT("test_delete", "DELETE FROM feed.event");

	assert_true(!err_ok(db_exec(&tx, &DELETE, DB_NO_PARAMS)) || !err_ok(db_flush(&tx)));
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "relance_feed");
	here.arena = arena_new(0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_events_go),
		cmocka_unit_test(the_start_of_the_log_is_told),
		cmocka_unit_test(nobody_else_takes_events_out),
	};
	return cmocka_run_group_tests_name("feed/purge", tests, start, stop);
}
