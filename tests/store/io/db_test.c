/* The database layer against a real PostgreSQL: round trips, errors, rollback, reconnection, values, COPY. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/io/db.h"
#include "support/outcome.h"
#include "support/pg.h"

static const struct db_stmt ADD = DB_STMT("add", "INSERT INTO public.thing (id, name) VALUES ($1, $2)");
static const struct db_stmt COUNT = DB_STMT("count", "SELECT count(*) FROM public.thing");
static const struct db_stmt FIND = DB_STMT("find", "SELECT name FROM public.thing WHERE id = $1");
static const struct db_stmt BAD_SYNTAX = DB_STMT("bad_syntax", "SELEC 1");
static const struct db_stmt RAISE = DB_STMT("raise", "SELECT public.refuse()");
static const struct db_stmt ORPHAN = DB_STMT("orphan", "INSERT INTO public.part (thing) VALUES (4711)");
static const struct db_stmt KILL_OWN = DB_STMT("kill_own", "SELECT pg_terminate_backend(pg_backend_pid())");
static const struct db_stmt MANY =
	DB_STMT("many", "INSERT INTO public.thing SELECT g, 'n' FROM generate_series(1, $1) g");
static const struct db_stmt ADD_LATE = DB_STMT("add_late", "INSERT INTO public.late VALUES (1)");
static const struct db_stmt LOCK_ALL = DB_STMT("lock_all", "LOCK TABLE public.thing IN EXCLUSIVE MODE");
static const struct db_stmt SET_LOCAL = DB_STMT("set_local", "SET LOCAL lock_timeout = 4711");
static const struct db_stmt SHOW_LOCAL = DB_STMT("show_local", "SELECT current_setting('lock_timeout')");
static const struct db_stmt WIDE = DB_STMT("wide", "SELECT repeat('x', $1), $2::text");

static const char SCHEMA[] =
	"CREATE TABLE public.thing (id bigint PRIMARY KEY, name text CONSTRAINT thing_name CHECK (name <> 'bad'));"
	"CREATE TABLE public.part (thing bigint CONSTRAINT part_thing REFERENCES public.thing);"
	"CREATE FUNCTION public.refuse() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'thing.refused' "
	"USING ERRCODE = 'RL009', DETAIL = 'it is Sunday'; END $$;"
	"CREATE TABLE public.late (id bigint CONSTRAINT late_once UNIQUE DEFERRABLE INITIALLY DEFERRED);"
	"GRANT ALL ON public.thing, public.part, public.late TO PUBLIC";

struct fixture {
	struct pg *pg;
	struct db *db;
	struct arena *arena;
};

static struct fixture here;

static long long things(void)
{
	return pg_number(here.pg, "SELECT count(*) FROM public.thing");
}

static uint64_t round_trips(void)
{
	return db_stats(here.db).round_trips;
}

/* ------------------------------------------------------------------ what a transaction costs */

static void one_query_and_three_writes_cost_two_round_trips(void **state)
{
	(void)state;
	for (int run = 0; run < 2; run++) { /* also when everything has to be prepared first */
		uint64_t before = round_trips();
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
		DB_ROWS_SCOPE rows = { 0 };

		assert_done(db_query(&tx, &COUNT, DB_NO_PARAMS, &rows));
		for (int i = 0; i < 3; i++)
			assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(run * 10 + i), db_text("a"))));
		assert_done(db_commit(&tx));
		assert_int_equal(round_trips() - before, 2);
	}
	assert_int_equal(things(), 6);
}

static void a_transaction_that_reads_once_costs_one_round_trip(void **state)
{
	(void)state;
	for (int run = 0; run < 3; run++) {
		uint64_t before = round_trips();
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		DB_ROWS_SCOPE rows = { 0 };

		assert_done(db_query(&tx, &COUNT, DB_NO_PARAMS, &rows));
		assert_done(db_commit(&tx));
		assert_int_equal(round_trips() - before, 1);
	}
}

static void a_transaction_without_statements_costs_nothing(void **state)
{
	(void)state;
	uint64_t before = round_trips();
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_commit(&tx));
	assert_int_equal(round_trips() - before, 0);
}

/* ------------------------------------------------------------------ errors */

static void add_bad(struct db_tx *tx)
{
	assert_done(db_exec(tx, &ADD, DB_PARAMS(db_int(900), db_text("bad"))));
}

static void add_twice(struct db_tx *tx)
{
	assert_done(db_exec(tx, &ADD, DB_PARAMS(db_int(901), db_text("a"))));
	assert_done(db_exec(tx, &ADD, DB_PARAMS(db_int(901), db_text("a"))));
}

static void add_orphan(struct db_tx *tx)
{
	assert_done(db_exec(tx, &ORPHAN, DB_NO_PARAMS));
}

static void call_refuse(struct db_tx *tx)
{
	assert_done(db_exec(tx, &RAISE, DB_NO_PARAMS));
}

static void misspell(struct db_tx *tx)
{
	assert_done(db_exec(tx, &BAD_SYNTAX, DB_NO_PARAMS));
}

static const struct {
	const char *sentence;
	void (*act)(struct db_tx *tx);
	enum err_code code;
	const char *reason, *field;
} ERRORS[] = {
	{ "a check names its constraint", add_bad, ERR_CONFLICT, "db.refused", "thing_name" },
	{ "a key that is taken names its constraint", add_twice, ERR_EXISTS, "db.exists", "thing_pkey" },
	{ "a foreign key names its constraint", add_orphan, ERR_CONFLICT, "db.refused", "part_thing" },
	{ "our own RAISE gives its message as the reason", call_refuse, ERR_CONFLICT, "thing.refused", NULL },
	{ "SQL that does not parse is our bug", misspell, ERR_INTERNAL, "db.failed", NULL },
};

/* Where the error of a queued statement comes out. */
static struct err out_at_commit(struct db_tx *tx)
{
	return db_commit(tx);
}

static struct err out_at_query(struct db_tx *tx)
{
	DB_ROWS_SCOPE rows = { 0 };

	return db_query(tx, &COUNT, DB_NO_PARAMS, &rows);
}

static struct err out_at_flush(struct db_tx *tx)
{
	return db_flush(tx);
}

static void an_error_comes_out_at_the_next_wait_and_leaves_nothing(void **state)
{
	struct err (*const outs[])(struct db_tx *) = { out_at_commit, out_at_query, out_at_flush };
	(void)state;

	for (size_t row = 0; row < sizeof ERRORS / sizeof *ERRORS; row++) {
		for (size_t out = 0; out < 3; out++) {
			DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

			assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(800), db_text("before"))));
			ERRORS[row].act(&tx);
			assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(801), db_text("after"))));
			struct err err = outs[out](&tx);

			if (err.code != ERRORS[row].code || !text_equal(err.reason, ERRORS[row].reason) ||
			    !text_equal(err.field, ERRORS[row].field))
				fail_msg("%s: got %s %s %s (%s)", ERRORS[row].sentence, err_code_name(err.code),
					 err.reason, err.field, err.message);
			/* Deaf to all but rollback, with the same answer. */
			assert_refused(db_exec(&tx, &COUNT, DB_NO_PARAMS), err.code, err.reason);
			assert_refused(db_commit(&tx), err.code, err.reason);
		}
		assert_int_equal(things(), 0);
	}
}

static void a_raise_tells_its_detail(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	(void)state;

	call_refuse(&tx);
	assert_string_equal(db_commit(&tx).message, "it is Sunday");
}

static void a_statement_whose_preparation_was_aborted_works_later(void **state)
{
	static const struct db_stmt LATE = DB_STMT("late", "SELECT 'late'");
	(void)state;

	for (int run = 0; run < 3; run++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
		DB_ROWS_SCOPE rows = { 0 };

		if (run == 0)
			misspell(&tx);
		struct err err = db_query(&tx, &LATE, DB_NO_PARAMS, &rows);

		assert_int_equal(err_ok(err), run > 0);
		if (run > 0)
			assert_string_equal(db_cell_text(&rows, 0, 0), "late");
	}
}

static void a_transaction_that_only_reads_may_not_write(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	(void)state;

	assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))));
	assert_false(err_ok(db_commit(&tx)));
}

static void scope_end_takes_back_what_was_not_committed(void **state)
{
	(void)state;
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("queued"))));
	}
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("flushed"))));
		assert_done(db_flush(&tx));
	}
	assert_int_equal(things(), 0);
	assert_int_equal(db_stats(here.db).commits, 0);
}

/* The statements of a transaction have no BEGIN: what is only checked at its end is refused at the Sync. */
static void what_is_checked_at_the_end_refuses_the_commit(void **state)
{
	(void)state;
	for (int run = 0; run < 2; run++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))));
		assert_done(db_exec(&tx, &ADD_LATE, DB_NO_PARAMS));
		assert_done(db_exec(&tx, &ADD_LATE, DB_NO_PARAMS));
		if (run == 1) /* with a BEGIN too */
			assert_done(db_exec(&tx, &SET_LOCAL, DB_NO_PARAMS));
		assert_done(db_flush(&tx));
		struct err err = db_commit(&tx);

		assert_refused(err, ERR_EXISTS, "db.exists");
		assert_string_equal(err.field, "late_once");
	}
	assert_int_equal(things(), 0);
}

static void what_needs_a_block_gets_one_at_any_place(void **state)
{
	(void)state;
	for (int run = 0; run < 3; run++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
		DB_ROWS_SCOPE rows = { 0 };

		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(run), db_text("before"))));
		if (run > 0)
			assert_done(db_flush(&tx));
		assert_done(db_exec(&tx, &LOCK_ALL, DB_NO_PARAMS));
		assert_done(db_exec(&tx, &SET_LOCAL, DB_NO_PARAMS));
		assert_done(db_query(&tx, &SHOW_LOCAL, DB_NO_PARAMS, &rows));
		assert_string_equal(db_cell_text(&rows, 0, 0), "4711ms");
		if (run < 2)
			assert_done(db_commit(&tx));
	}
	assert_int_equal(things(), 2); /* the third was taken back, with what came before its BEGIN */
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };

	assert_done(db_query(&tx, &SHOW_LOCAL, DB_NO_PARAMS, &rows));
	assert_string_equal(db_cell_text(&rows, 0, 0), "0");
}

/* ------------------------------------------------------------------ much at once */

static void ten_thousand_writes_in_one_transaction_pass(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	(void)state;

	for (int i = 0; i < 10000; i++)
		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(i), db_text("many"))));
	assert_done(db_commit(&tx));
	assert_int_equal(things(), 10000);
}

static void full_pipes_in_both_directions_do_not_stop_it(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	char *large = arena_alloc(here.arena, 200001);
	(void)state;

	memset(large, 'y', 200000);
	for (int i = 0; i < 400; i++) /* 80 MB there, 120 MB back, in whose rows nobody is interested */
		assert_done(db_exec(&tx, &WIDE, DB_PARAMS(db_int(100000), db_text(large))));
	assert_done(db_commit(&tx));
}

/* ------------------------------------------------------------------ lost connections */

static void a_server_that_restarts_between_transactions_is_not_noticed(void **state)
{
	(void)state;
	pg_crash_and_restart(here.pg);
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))));
	assert_done(db_commit(&tx));
	assert_int_equal(things(), 1);
}

static void a_connection_lost_in_a_transaction_is_unavailable_and_comes_back(void **state)
{
	DB_ROWS_SCOPE rows = { 0 };
	(void)state;
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))));
		assert_refused(db_query(&tx, &KILL_OWN, DB_NO_PARAMS, &rows), ERR_UNAVAILABLE, "db.unavailable");
		assert_refused(db_commit(&tx), ERR_UNAVAILABLE, "db.unavailable");
	}
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_query(&tx, &COUNT, DB_NO_PARAMS, &rows));
	assert_int_equal(db_cell_int(&rows, 0, 0), 0);
}

static void a_connection_lost_in_commit_is_unavailable(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	(void)state;

	assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))));
	assert_done(db_flush(&tx));
	pg_crash_and_restart(here.pg);
	assert_refused(db_commit(&tx), ERR_UNAVAILABLE, "db.unavailable");
	assert_int_equal(things(), 0);
}

static void a_server_that_is_away_is_unavailable_until_it_is_back(void **state)
{
	struct db *other = NULL;
	(void)state;

	pg_down(here.pg);
	assert_refused(db_open(pg_conninfo(here.pg, "postgres"), &other), ERR_UNAVAILABLE, "db.unavailable");
	assert_null(other);
	for (int i = 0; i < 2; i++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_refused(db_exec(&tx, &ADD, DB_PARAMS(db_int(1), db_text("a"))), ERR_UNAVAILABLE,
			       "db.unavailable");
	}
	pg_up(here.pg);
	assert_done(db_ensure(here.db));
}

#define CUT_THREADS 4
#define CUT_ROUNDS 250 /* transactions of each thread, with a connection cut every two milliseconds */

struct cut {
	struct db *db;
	int number, done, lost, other;
};

static struct err write_two(struct db *db, struct arena *arena, int64_t id)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(&tx, &FIND, DB_PARAMS(db_int(id)), &rows));
	TRY(db_exec(&tx, &ADD, DB_PARAMS(db_int(id), db_text("first"))));
	if (id % 3 == 0)
		TRY(db_flush(&tx));
	TRY(db_exec(&tx, &ADD, DB_PARAMS(db_int(id + 1), db_text("second"))));
	return db_commit(&tx);
}

static void *cut_run(void *argument)
{
	struct cut *cut = argument;
	ARENA_SCOPE arena = arena_new(0);

	for (int i = 0; i < CUT_ROUNDS; i++) {
		struct err err = write_two(cut->db, arena, (cut->number * CUT_ROUNDS + i) * 2);

		cut->done += err_ok(err);
		cut->lost += err.code == ERR_UNAVAILABLE;
		cut->other += !err_ok(err) && err.code != ERR_UNAVAILABLE;
		if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
			fprintf(stderr, "%s %s: %s\n", err_code_name(err.code), err.reason, err.message);
		arena_reset(arena);
	}
	return NULL;
}

/* What was said to be done is there, whole; what was lost is there whole (its answer was lost) or not at all. */
static void connections_cut_at_any_moment_leave_whole_transactions(void **state)
{
	pthread_t threads[CUT_THREADS];
	struct cut cuts[CUT_THREADS] = { 0 };
	int done = 0, lost = 0;
	(void)state;

	for (int i = 0; i < CUT_THREADS; i++) {
		cuts[i].number = i;
		cuts[i].db = pg_connect(here.pg, "relance_feed");
	}
	for (int i = 0; i < CUT_THREADS; i++)
		pthread_create(&threads[i], NULL, cut_run, &cuts[i]);
	for (int i = 0; i < 150; i++) {
		pg_execute(here.pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
				    "WHERE usename = 'relance_feed' ORDER BY random() LIMIT 1");
		usleep(2000);
	}
	for (int i = 0; i < CUT_THREADS; i++) {
		pthread_join(threads[i], NULL);
		db_close(&cuts[i].db);
		assert_int_equal(cuts[i].other, 0);
		done += cuts[i].done;
		lost += cuts[i].lost;
	}
	printf("%d transactions done, %d cut off\n", done, lost);
	assert_int_equal(done + lost, CUT_THREADS * CUT_ROUNDS);
	assert_true(lost > 0);
	assert_true(things() % 2 == 0 && things() >= 2 * done && things() <= 2 * (done + lost));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM public.thing a WHERE a.id % 2 = 0 AND NOT EXISTS "
					    "(SELECT FROM public.thing b WHERE b.id = a.id + 1)"),
			 0);
}

static void the_leader_is_one_until_its_connection_ends(void **state)
{
	struct db *second = pg_connect(here.pg, "relance_feed");
	bool first_leads = false, second_leads = true;
	(void)state;

	assert_done(db_leader(here.db, 42, &first_leads));
	assert_done(db_leader(second, 42, &second_leads));
	assert_true(first_leads && !second_leads);
	assert_done(db_leader(here.db, 42, &first_leads));
	assert_true(first_leads);
	pg_execute(here.pg, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
	while (pg_number(here.pg, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") > 0)
		;
	assert_done(db_leader(second, 42, &second_leads));
	assert_done(db_leader(here.db, 42, &first_leads));
	assert_true(second_leads && !first_leads);
	db_close(&second);
}

/* ------------------------------------------------------------------ values */

static const struct db_stmt ECHO = DB_STMT("echo", "SELECT $1::text, $2::bigint, $3::boolean, $4::uuid, $5::date, "
						   "$6::timestamptz, $7::bytea");

static void values_come_back_as_they_went(void **state)
{
	struct id id;
	const struct instant instant = { 1767225599123456 };
	const struct date date = { 20454 };
	const char bytes[] = "a\0b\\\xff";
	size_t length;
	DB_ROWS_SCOPE rows = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	(void)state;

	assert_done(id_parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", &id));
	assert_done(db_query(&tx, &ECHO,
			     DB_PARAMS(db_text("d'œuvre \"\\"), db_int(INT64_MIN), db_bool(true), db_id(id),
				       db_date(date), db_time(instant), db_bytes(here.arena, bytes, sizeof bytes)),
			     &rows));
	assert_string_equal(db_cell_text(&rows, 0, 0), "d'œuvre \"\\");
	assert_int_equal(db_cell_int(&rows, 0, 1), INT64_MIN);
	assert_true(db_cell_bool(&rows, 0, 2));
	assert_true(id_equal(db_cell_id(&rows, 0, 3), id));
	assert_int_equal(db_cell_date(&rows, 0, 4).days, date.days);
	assert_int_equal(db_cell_time(&rows, 0, 5).us, instant.us);
	assert_memory_equal(db_cell_bytes(&rows, 0, 6, here.arena, &length), bytes, sizeof bytes);
	assert_int_equal(length, sizeof bytes);
}

static void what_is_not_known_is_null(void **state)
{
	size_t length;
	DB_ROWS_SCOPE rows = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	(void)state;

	assert_done(db_query(&tx, &ECHO,
			     DB_PARAMS(db_text(""), db_null(), db_null(), db_id((struct id){ 0 }), db_date(DATE_NONE),
				       db_time(INSTANT_NONE), db_null()),
			     &rows));
	for (int column = 0; column < 7; column++)
		assert_true(db_cell_null(&rows, 0, column));
	assert_null(db_cell_text(&rows, 0, 0));
	assert_int_equal(db_cell_int(&rows, 0, 1), 0);
	assert_false(db_cell_bool(&rows, 0, 2));
	assert_true(id_zero(db_cell_id(&rows, 0, 3)));
	assert_false(date_known(db_cell_date(&rows, 0, 4)));
	assert_false(instant_known(db_cell_time(&rows, 0, 5)));
	assert_null(db_cell_bytes(&rows, 0, 6, here.arena, &length));
}

static void arrays_keep_order_nulls_and_odd_characters(void **state)
{
	static const struct db_stmt UNNEST = DB_STMT(
		"unnest", "SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::date[], $5::timestamptz[])");
	const char *texts[] = { "a,b", NULL, "", "NULL", "{\"q\\uote\"}" };
	const int64_t ints[] = { 1, -2, 3, 4, 5 };
	const struct id ids[5] = { { { 1 } } };
	const struct date dates[] = { { 1 }, DATE_NONE, { 3 }, { 4 }, { 5 } };
	const struct instant instants[] = { { 1 }, INSTANT_NONE, { 3 }, { 4 }, { 5 } };
	DB_ROWS_SCOPE rows = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	(void)state;

	assert_done(db_query(&tx, &UNNEST,
			     DB_PARAMS(db_text_array(here.arena, texts, 5), db_int_array(here.arena, ints, 5),
				       db_id_array(here.arena, ids, 5), db_date_array(here.arena, dates, 5),
				       db_time_array(here.arena, instants, 5)),
			     &rows));
	assert_int_equal(rows.count, 5);
	for (int row = 0; row < 5; row++) {
		assert_true(text_equal(db_cell_text(&rows, row, 0), texts[row]));
		assert_int_equal(db_cell_int(&rows, row, 1), ints[row]);
		assert_true(id_equal(db_cell_id(&rows, row, 2), ids[row]));
		assert_int_equal(db_cell_date(&rows, row, 3).days, dates[row].days);
		assert_int_equal(db_cell_time(&rows, row, 4).us, instants[row].us);
	}
	assert_done(db_query(&tx, &UNNEST,
			     DB_PARAMS(db_text_array(here.arena, NULL, 0), db_int_array(here.arena, NULL, 0),
				       db_id_array(here.arena, NULL, 0), db_date_array(here.arena, NULL, 0),
				       db_time_array(here.arena, NULL, 0)),
			     &rows));
	assert_int_equal(rows.count, 0);
}

/* ------------------------------------------------------------------ COPY */

static const char COPY_THINGS[] = "COPY public.thing (id, name) FROM STDIN";

static void copy_brings_rows_inside_the_transaction(void **state)
{
	static const char odd[] = "tab\t line\n return\r back\\slash";
	struct db_copy copy;
	DB_ROWS_SCOPE rows = { 0 };
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	BUF_SCOPE row;
	(void)state;

	buf_init(&row, 1 << 20);
	assert_done(db_exec(&tx, &ADD, DB_PARAMS(db_int(0), db_text("before"))));
	assert_done(db_copy_begin(&tx, COPY_THINGS, &copy));
	for (int i = 1; i < 5000; i++) {
		buf_clear(&row);
		buf_append_format(&row, "%d\t", i);
		db_copy_text(&row, i % 2 ? odd : NULL);
		buf_append_char(&row, '\n');
		assert_done(db_copy_put(&copy, row.data, row.length));
	}
	assert_done(db_copy_end(&copy));
	assert_done(db_query(&tx, &FIND, DB_PARAMS(db_int(4999)), &rows));
	assert_string_equal(db_cell_text(&rows, 0, 0), odd);
	assert_done(db_query(&tx, &FIND, DB_PARAMS(db_int(4998)), &rows));
	assert_true(db_cell_null(&rows, 0, 0));
	assert_int_equal(things(), 0); /* nobody else sees it yet */
	assert_done(db_commit(&tx));
	assert_int_equal(things(), 5000);
}

static void a_copy_of_a_bad_row_is_refused_and_the_connection_stays(void **state)
{
	struct db *db = here.db;
	(void)state;

	for (int run = 0; run < 2; run++) {
		struct db_copy copy;
		DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

		assert_done(db_copy_begin(&tx, COPY_THINGS, &copy));
		assert_done(db_copy_put(&copy, "1\tbad\n", 6));
		assert_refused(db_copy_end(&copy), ERR_CONFLICT, "db.refused");
		assert_refused(db_commit(&tx), ERR_CONFLICT, "db.refused");
	}
	DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);
	struct db_copy copy;

	assert_refused(db_copy_begin(&tx, "COPY nowhere FROM STDIN", &copy), ERR_INTERNAL, "db.failed");
}

static void a_copy_that_nobody_ends_is_taken_back(void **state)
{
	(void)state;
	{
		struct db_copy copy;
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(db_copy_begin(&tx, COPY_THINGS, &copy));
		assert_done(db_copy_put(&copy, "1\ta\n", 4));
	}
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_exec(&tx, &MANY, DB_PARAMS(db_int(3))));
	assert_done(db_commit(&tx));
	assert_int_equal(things(), 3);
}

static int setup(void **state)
{
	(void)state;
	here.arena = arena_new(0);
	here.db = pg_connect(here.pg, "relance_feed");
	pg_execute(here.pg, "TRUNCATE public.thing, public.part, public.late");
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
	pg_execute(here.pg, SCHEMA);
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
		TEST(one_query_and_three_writes_cost_two_round_trips),
		TEST(a_transaction_that_reads_once_costs_one_round_trip),
		TEST(a_transaction_without_statements_costs_nothing),
		TEST(an_error_comes_out_at_the_next_wait_and_leaves_nothing),
		TEST(a_raise_tells_its_detail),
		TEST(a_statement_whose_preparation_was_aborted_works_later),
		TEST(a_transaction_that_only_reads_may_not_write),
		TEST(scope_end_takes_back_what_was_not_committed),
		TEST(what_is_checked_at_the_end_refuses_the_commit),
		TEST(what_needs_a_block_gets_one_at_any_place),
		TEST(ten_thousand_writes_in_one_transaction_pass),
		TEST(full_pipes_in_both_directions_do_not_stop_it),
		TEST(a_server_that_restarts_between_transactions_is_not_noticed),
		TEST(a_connection_lost_in_a_transaction_is_unavailable_and_comes_back),
		TEST(a_connection_lost_in_commit_is_unavailable),
		TEST(a_server_that_is_away_is_unavailable_until_it_is_back),
		TEST(connections_cut_at_any_moment_leave_whole_transactions),
		TEST(the_leader_is_one_until_its_connection_ends),
		TEST(values_come_back_as_they_went),
		TEST(what_is_not_known_is_null),
		TEST(arrays_keep_order_nulls_and_odd_characters),
		TEST(copy_brings_rows_inside_the_transaction),
		TEST(a_copy_of_a_bad_row_is_refused_and_the_connection_stays),
		TEST(a_copy_that_nobody_ends_is_taken_back),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
