/* Imports of one creditor side by side: they do not wait for each other, and the books are those of one behind the
 * other. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "desk.h"

/* One worker of a service: a connection and an arena of its own. */
struct worker {
	pthread_t thread;
	struct db *db;
	struct arena *arena;
	struct import_request request;
	struct import_result result;
	struct err err;
};

static void *worker_run(void *argument)
{
	struct worker *worker = argument;

	worker->err = import_file(worker->db, worker->arena, &worker->request, &worker->result);
	return NULL;
}

static void start(struct worker *worker, const char *text)
{
	worker->db = pg_connect(here.pg, "relance_payments");
	worker->arena = arena_new(0);
	assert_done(upload("x.xml", text, &worker->request));
	assert_int_equal(pthread_create(&worker->thread, NULL, worker_run, worker), 0);
}

static void finish(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
	assert_done(worker->err);
	assert_int_equal(worker->result.file.state, FILE_IMPORTED);
	db_close(&worker->db);
	arena_destroy(&worker->arena);
}

static void wait_for_waiting(int count)
{
	while (pg_number(here.pg, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'relance_payments' "
				  "AND wait_event_type = 'Lock'") < count)
		usleep(5000);
}

static const struct db_stmt HOLD_FILE = DB_STMT("test_hold_file", "SELECT id FROM payments.file FOR NO KEY UPDATE");

/* An import that has done all but say so, for as long as the transaction lives. */
static void hold(struct worker *worker, const char *text, struct db *holder, struct db_tx *tx)
{
	DB_ROWS_SCOPE rows = { 0 };

	worker->db = pg_connect(here.pg, "relance_payments");
	worker->arena = arena_new(0);
	assert_done(upload("held.xml", text, &worker->request));
	*tx = db_begin(holder, here.arena, DB_WRITE);
	assert_done(db_query(tx, &HOLD_FILE, DB_NO_PARAMS, &rows));
	assert_int_equal(pthread_create(&worker->thread, NULL, worker_run, worker), 0);
	wait_for_waiting(1);
}

#define OTHER_ACCOUNT "DE02120300000000202051"

static const char *on_other_account(const char *text)
{
	char *changed = arena_copy(here.arena, text);

	memcpy(strstr(changed, ACCOUNT), OTHER_ACCOUNT, strlen(ACCOUNT));
	return changed;
}

static void an_import_does_not_wait_for_another(void **state)
{
	const struct line one = { "A1", 2, 10000, "INV-2026-000001", NULL, NULL };
	const struct line two = { "B1", 2, 10000, "INV-2026-000002", NULL, NULL };
	struct db *holder = pg_connect(here.pg, "postgres");
	struct worker held, other;
	struct db_tx tx;

	(void)state;
	assert_done(take("account.xml", statement_text("S0", 0, NULL, 0, 0), &other.result));
	pg_execute(here.pg, "ALTER ROLE relance_payments SET lock_timeout = '20s'; "
			    "INSERT INTO payments.bank_account (creditor, id, account, currency, origin) "
			    "VALUES ('MAIN', gen_random_uuid(), '" OTHER_ACCOUNT "', 'EUR', 'adopted')");
	hold(&held, statement_text("S1", 0, &one, 1, 0), holder, &tx);
	start(&other, on_other_account(statement_text("S2", 0, &two, 1, 0)));
	finish(&other);
	assert_int_equal(open_of(1), 10000);
	assert_int_equal(open_of(2), 0);
	db_rollback(&tx);
	finish(&held);
	assert_int_equal(open_of(1), 0);
	assert_books_hold();
	pg_execute(here.pg, "ALTER ROLE relance_payments RESET lock_timeout");
	db_close(&holder);
}

static void an_invoice_that_was_paid_meanwhile_is_matched_again(void **state)
{
	const struct line part = { "A1", 2, 4000, "INV-2026-000001", NULL, NULL };
	const struct line whole = { "B1", 3, 10000, "INV-2026-000001", NULL, NULL };
	struct db *holder = pg_connect(here.pg, "postgres");
	struct worker held, other;
	struct db_tx tx;

	(void)state;
	assert_done(take("account.xml", statement_text("S0", 0, NULL, 0, 0), &other.result));
	hold(&held, statement_text("S1", 0, &part, 1, 0), holder, &tx);
	start(&other, statement_text("S2", 0, &whole, 1, 0));
	wait_for_waiting(2);
	db_rollback(&tx);
	finish(&held);
	finish(&other);
	assert_int_equal(open_of(1), 0);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(amount_minor::text, ' ' ORDER BY amount_minor) "
					      "FROM payments.allocation"),
			    "4000 6000");
	assert_int_equal(pg_number(here.pg, "SELECT -sum(amount_minor) FROM ledger.balance"), 4000);
	assert_books_hold();
	db_close(&holder);
}

/* Batches that pay the invoices from..from + 49 first, and the other fifty last. */
static const char *crossing_statement(const char *id, size_t from)
{
	size_t count = (size_t)2 * BATCH_ENTRIES_MAX;
	struct line *lines = arena_array(here.arena, count, sizeof *lines);

	for (size_t i = 0; i < count; i++) {
		size_t invoice = from + i % 50 + (i < BATCH_ENTRIES_MAX ? 0 : 50);

		lines[i] = (struct line){ .ref = arena_format(here.arena, "%s-%zu", id, i),
					  .day = 2,
					  .minor = 10,
					  .text = arena_format(here.arena, "INV-2026-%06zu", 1 + invoice % INVOICES) };
	}
	return statement_text(id, 0, lines, count, 0);
}

static void two_that_want_each_others_invoices_both_get_done(void **state)
{
	struct worker workers[2];
	struct import_result result;

	(void)state;
	assert_done(take("account.xml", statement_text("S0", 0, NULL, 0, 0), &result));
	start(&workers[0], crossing_statement("FORTH", 0));
	start(&workers[1], crossing_statement("BACK", 50));
	finish(&workers[0]);
	finish(&workers[1]);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.payment"), 4 * BATCH_ENTRIES_MAX);
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor - open_minor) FROM ledger.open_item"),
			 4 * BATCH_ENTRIES_MAX * 10);
	assert_books_hold();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_import_does_not_wait_for_another, desk_reset),
		cmocka_unit_test_setup(an_invoice_that_was_paid_meanwhile_is_matched_again, desk_reset),
		cmocka_unit_test_setup(two_that_want_each_others_invoices_both_get_done, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
