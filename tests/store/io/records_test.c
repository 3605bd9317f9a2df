/* Many records as one parameter, rows in binary form, and rows that are asked for and come later. */
#include <string.h>

#include "common/io/db_records.h"
#include "support/outcome.h"
#include "support/pg.h"

#define ROWS 3

static struct {
	struct pg *pg;
	struct db *db;
	struct arena *arena;
} here;

static const struct db_stmt TEXT_BACK = DB_STMT("text_back", "SELECT r.* FROM unnest($1::public.every[]) AS r");
static const struct db_stmt BINARY_BACK =
	DB_STMT_BINARY("binary_back", "SELECT r.i, r.t, r.b, r.n, r.s, r.d, r.y FROM unnest($1::public.every[]) AS r");
static const struct db_stmt ONE = DB_STMT("one", "SELECT 1");
static const struct db_stmt TWO = DB_STMT("two", "SELECT 2 UNION ALL SELECT 2");

static const struct id IDS[ROWS] = { { { 1, 2, 3 } }, { { 0 } }, { { 255 } } };
static const char *const TEXTS[ROWS] = { "a,b \"q\\u\" {} \303\244", NULL, "NULL" };
static const int64_t BIGS[ROWS] = { INT64_MIN, 0, INT64_MAX };
static const struct date DATES[ROWS] = { { 0 }, { INT32_MIN }, { 20000 } };
static const struct instant TIMES[ROWS] = { { 0 }, { INT64_MIN }, { 1767225599123456 } };

static struct err fill(struct db_tx *tx, struct db_records *records)
{
	TRY(db_records_begin(tx, records, "public.every", 8));
	for (int n = 0; n < ROWS; n++) {
		db_record_begin(records);
		db_put_id(records, IDS[n]);
		db_put_text(records, TEXTS[n]);
		db_put_bigint(records, BIGS[n]);
		db_put_integer(records, (int32_t)(n - 1) * INT32_MAX);
		db_put_smallint(records, (int16_t)((n - 1) * INT16_MAX));
		db_put_date(records, DATES[n]);
		db_put_time(records, TIMES[n]);
		db_put_bytes(records, n == 1 ? NULL : "\0\1", 2);
	}
	return OK;
}

static void check(const struct db_rows *rows, bool with_time)
{
	int bytes_at = with_time ? 7 : 6;

	assert_int_equal(rows->count, ROWS);
	for (int n = 0; n < ROWS; n++) {
		size_t length;

		assert_true(id_equal(db_cell_id(rows, n, 0), IDS[n]));
		assert_true(text_equal(db_cell_text(rows, n, 1), TEXTS[n]));
		assert_int_equal(db_cell_int(rows, n, 2), BIGS[n]);
		assert_int_equal(db_cell_int(rows, n, 3), (n - 1) * INT32_MAX);
		assert_int_equal(db_cell_int(rows, n, 4), (n - 1) * INT16_MAX);
		assert_int_equal(db_cell_date(rows, n, 5).days, DATES[n].days);
		if (with_time)
			assert_int_equal(db_cell_time(rows, n, 6).us, TIMES[n].us);
		const void *bytes = db_cell_bytes(rows, n, bytes_at, here.arena, &length);

		assert_int_equal(length, n == 1 ? 0 : 2);
		assert_true(n == 1 ? bytes == NULL : memcmp(bytes, "\0\1", 2) == 0);
	}
}

static void records_come_back_as_they_were_put(void **state)
{
	DB_ROWS_SCOPE rows = { 0 };
	DB_RECORDS_SCOPE records = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	(void)state;
	assert_done(fill(&tx, &records));
	assert_done(db_query(&tx, &TEXT_BACK, DB_PARAMS(db_records(&records)), &rows));
	check(&rows, true);
	assert_done(db_query(&tx, &BINARY_BACK, DB_PARAMS(db_records(&records)), &rows));
	check(&rows, false);
}

static void no_record_is_an_empty_array(void **state)
{
	DB_ROWS_SCOPE rows = { 0 };
	DB_RECORDS_SCOPE records = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	(void)state;
	assert_done(db_records_begin(&tx, &records, "public.every", 8));
	assert_done(db_query(&tx, &TEXT_BACK, DB_PARAMS(db_records(&records)), &rows));
	assert_int_equal(rows.count, 0);
}

static void a_type_that_is_not_there_is_an_error(void **state)
{
	DB_RECORDS_SCOPE records = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	(void)state;
	assert_refused(db_records_begin(&tx, &records, "public.nothing", 1), ERR_INTERNAL, "db.failed");
}

static void rows_that_are_asked_for_are_there_after_the_round_trip(void **state)
{
	DB_ROWS_SCOPE one = { 0 };
	DB_ROWS_SCOPE two = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	uint64_t before = db_stats(here.db).round_trips;

	(void)state;
	assert_done(db_ask(&tx, &ONE, DB_NO_PARAMS, &one));
	assert_done(db_ask(&tx, &TWO, DB_NO_PARAMS, &two));
	assert_done(db_flush(&tx));
	assert_int_equal(db_stats(here.db).round_trips - before, 1);
	assert_int_equal(one.count, 1);
	assert_int_equal(two.count, 2);
	assert_int_equal(db_cell_int(&two, 1, 0), 2);
}

/* Were they wanted still, they would be written where nobody is any more. */
static void rows_that_are_asked_for_and_rolled_back_go_nowhere(void **state)
{
	(void)state;
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
		struct db_rows rows = { 0 };

		assert_done(db_ask(&tx, &ONE, DB_NO_PARAMS, &rows));
		db_rollback(&tx);
		assert_null(rows.result);
	}
	rows_that_are_asked_for_are_there_after_the_round_trip(state);
}

static const struct db_stmt LOCK = DB_STMT("take_lock", "SELECT pg_advisory_lock(7)");
static const struct db_stmt UNLOCK = DB_STMT("give_lock", "SELECT pg_advisory_unlock(7)");
static const struct db_stmt WAIT = DB_STMT("wait_for_lock", "SELECT pg_advisory_xact_lock(7)");

/* Were it waited for, this would never end. */
static void what_was_queued_behind_is_not_waited_for(void **state)
{
	DB_SCOPE beside = NULL;
	DB_ROWS_SCOPE one = { 0 };

	(void)state;
	assert_done(db_open_beside(here.db, &beside));
	DB_TX_SCOPE holder = db_begin(beside, here.arena, DB_WRITE);
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_exec(&holder, &LOCK, DB_NO_PARAMS));
	assert_done(db_flush(&holder));
	assert_done(db_ask(&tx, &ONE, DB_NO_PARAMS, &one));
	assert_done(db_push(&tx));
	assert_done(db_exec(&tx, &WAIT, DB_NO_PARAMS));
	assert_done(db_await(&tx, &one));
	assert_int_equal(one.count, 1);
	assert_done(db_await(&tx, &one)); /* it is there */
	assert_done(db_exec(&holder, &UNLOCK, DB_NO_PARAMS));
	assert_done(db_flush(&holder));
	assert_done(db_commit(&tx));
}

static void waiting_tells_what_went_wrong_before(void **state)
{
	static const struct db_stmt WRONG = DB_STMT("wrong", "SELECT 1 / 0");
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	DB_ROWS_SCOPE one = { 0 };

	(void)state;
	assert_done(db_exec(&tx, &WRONG, DB_NO_PARAMS));
	assert_done(db_ask(&tx, &ONE, DB_NO_PARAMS, &one));
	assert_int_equal(db_await(&tx, &one).code, ERR_INTERNAL);
	assert_null(one.result);
	db_rollback(&tx);
	rows_that_are_asked_for_are_there_after_the_round_trip(state);
}

/* More than the pipe takes, and the lock behind it: whoever waits for the lock beside has to see to both. */
static void what_is_queued_goes_on_while_another_connection_is_waited_for(void **state)
{
	static const struct db_stmt SWALLOW = DB_STMT("swallow", "SELECT octet_length($1::bytea)");
	const size_t much = (size_t)32 * 1024 * 1024;
	DB_SCOPE beside = NULL;

	(void)state;
	assert_done(db_open_beside(here.db, &beside));
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	DB_TX_SCOPE waiter = db_begin(beside, here.arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };

	assert_done(db_exec(&tx, &LOCK, DB_NO_PARAMS));
	assert_done(db_flush(&tx));
	assert_done(db_exec(&tx, &SWALLOW, DB_PARAMS(db_bytes(here.arena, arena_alloc(here.arena, much), much))));
	assert_done(db_exec(&tx, &UNLOCK, DB_NO_PARAMS));
	assert_done(db_push(&tx));
	assert_done(db_query(&waiter, &WAIT, DB_NO_PARAMS, &rows));
	assert_done(db_commit(&waiter));
	assert_done(db_commit(&tx));
}

static void another_connection_sees_what_is_committed(void **state)
{
	static const struct db_stmt COUNT = DB_STMT("count_things", "SELECT count(*) FROM public.thing");
	static const struct db_stmt ADD = DB_STMT("add_thing", "INSERT INTO public.thing VALUES (1)");
	DB_SCOPE beside = NULL;
	DB_ROWS_SCOPE rows = { 0 };

	(void)state;
	assert_done(db_open_beside(here.db, &beside));
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	DB_TX_SCOPE reads = db_begin(beside, here.arena, DB_READ);

	assert_done(db_exec(&tx, &ADD, DB_NO_PARAMS));
	assert_done(db_flush(&tx));
	assert_done(db_query(&reads, &COUNT, DB_NO_PARAMS, &rows));
	assert_int_equal(db_cell_int(&rows, 0, 0), 0);
	assert_done(db_commit(&tx));
	assert_done(db_query(&reads, &COUNT, DB_NO_PARAMS, &rows));
	assert_int_equal(db_cell_int(&rows, 0, 0), 1);
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "postgres");
	here.arena = arena_new(0);
	pg_execute(here.pg, "CREATE TYPE public.every AS (i uuid, t text, b bigint, n integer, s smallint, d date, "
			    "at timestamptz, y bytea); CREATE TABLE public.thing (id integer)");
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
		cmocka_unit_test(records_come_back_as_they_were_put),
		cmocka_unit_test(no_record_is_an_empty_array),
		cmocka_unit_test(a_type_that_is_not_there_is_an_error),
		cmocka_unit_test(rows_that_are_asked_for_are_there_after_the_round_trip),
		cmocka_unit_test(rows_that_are_asked_for_and_rolled_back_go_nowhere),
		cmocka_unit_test(what_was_queued_behind_is_not_waited_for),
		cmocka_unit_test(waiting_tells_what_went_wrong_before),
		cmocka_unit_test(what_is_queued_goes_on_while_another_connection_is_waited_for),
		cmocka_unit_test(another_connection_sees_what_is_committed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
