/* A whole process and its database: waited for at start, lost and found again, jobs and events meanwhile. */
#include "unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/io/rpc.h"
#include "support/echo/echo.h"
#include "support/echo/process.h"
#include "support/pg.h"

struct fixture {
	char folder[PROCESS_TEXT_BYTES], endpoint[2 * PROCESS_TEXT_BYTES];
	struct pg *pg;
	struct process process;
	struct rpc_client *client;
	struct arena *arena;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	folder_make(fixture->folder);
	snprintf(fixture->endpoint, sizeof fixture->endpoint, "ipc://%s/s", fixture->folder);
	fixture->pg = pg_start();
	fixture->arena = arena_new(0);
	pg_execute(fixture->pg, ECHO_SCHEMA);
	const struct rpc_client_options options = {
		.endpoints = fixture->endpoint, .service = "echo", .peer = "caller", .keys = ""
	};

	*state = fixture;
	return (int)rpc_client_new(&options, &fixture->client).code;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	process_end(&fixture->process, SIGKILL);
	rpc_client_destroy(&fixture->client);
	pg_stop(&fixture->pg);
	arena_destroy(&fixture->arena);
	folder_remove(fixture->folder);
	free(fixture);
	return 0;
}

static void start(struct fixture *fixture)
{
	const char *pg = arena_format(fixture->arena, "RELANCE_PG=%s", pg_conninfo(fixture->pg, "relance_invoicing"));
	const char *bind = arena_format(fixture->arena, "RELANCE_BIND=%s", fixture->endpoint);

	process_start(&fixture->process, fixture->folder, "echo",
		      (char *[]){ (char *)(uintptr_t)pg, (char *)(uintptr_t)bind, NULL });
}

static struct err store(struct fixture *fixture, const char *key)
{
	const struct rpc_options options = { .idempotency_key = key };
	const void *reply;
	size_t length;

	return rpc_call_bytes(fixture->client, fixture->arena, ECHO_SERVICE "/Store", "\x0a\x01n", 3, &options, &reply,
			      &length);
}

static void a_database_that_is_away_at_start_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	pg_down(fixture->pg);
	start(fixture);
	assert_true(process_logged(&fixture->process, "waiting for the database"));
	pg_up(fixture->pg);
	assert_true(process_logged(&fixture->process, "\"ready\""));
	assert_true(err_ok(store(fixture, "key-a")));
	assert_int_equal(process_end(&fixture->process, SIGTERM), 0);
}

static void a_signal_ends_the_wait(void **state)
{
	struct fixture *fixture = *state;

	pg_down(fixture->pg);
	start(fixture);
	assert_true(process_logged(&fixture->process, "waiting for the database"));
	assert_int_equal(process_end(&fixture->process, SIGTERM), 0);
	pg_up(fixture->pg);
}

static void a_schema_that_is_not_there_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	pg_execute(fixture->pg, "ALTER TABLE invoicing.request_key RENAME TO later");
	start(fixture);
	assert_true(process_logged(&fixture->process, "service.no_schema"));
	pg_execute(fixture->pg, "ALTER TABLE invoicing.later RENAME TO request_key");
	assert_true(process_logged(&fixture->process, "\"ready\""));
}

static void a_database_that_goes_and_comes_back_is_found_again(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	assert_true(err_ok(store(fixture, "key-a")));
	pg_down(fixture->pg);
	assert_int_equal(store(fixture, "key-b").code, ERR_UNAVAILABLE);
	pg_up(fixture->pg);
	assert_true(err_ok(store(fixture, "key-b")));
	assert_int_equal(pg_number(fixture->pg, "SELECT count(*) FROM invoicing.note"), 2);
	assert_int_equal(process_end(&fixture->process, SIGTERM), 0);
}

static void old_keys_are_forgotten(void **state)
{
	struct fixture *fixture = *state;
	long long left = 2;

	pg_execute(fixture->pg,
		   "INSERT INTO invoicing.request_key (key, method, reply, made_at) VALUES "
		   "('old', 'm', '', now() - interval '8 days'), ('new', 'm', '', now() - interval '6 days')");
	start(fixture);
	for (int tries = 0; tries < 500 && left == 2; tries++) {
		usleep(10000);
		left = pg_number(fixture->pg, "SELECT count(*) FROM invoicing.request_key");
	}
	assert_string_equal(pg_value(fixture->pg, "SELECT string_agg(key, ',') FROM invoicing.request_key"), "new");
}

/* The caller never learns of it: it asks the next copy with the same key. */
static void a_killed_process_has_done_each_call_once(void **state)
{
	enum { CALLS = 200, KILL_AT = 60 };
	struct fixture *fixture = *state;
	struct rpc_answer answer;

	start(fixture);
	assert_true(process_logged(&fixture->process, "\"ready\""));
	for (uint64_t tag = 0; tag < CALLS; tag++)
		assert_true(err_ok(rpc_start(fixture->client, ECHO_SERVICE "/Store", "\x0a\x01n", 3, NULL, tag)));
	for (int i = 0; i < CALLS; i++) {
		if (i == KILL_AT) {
			process_end(&fixture->process, SIGKILL);
			start(fixture);
		}
		assert_true(err_ok(rpc_poll(fixture->client, fixture->arena, 10000, &answer)));
		assert_int_equal(answer.err.code, ERR_OK);
	}
	assert_int_equal(pg_number(fixture->pg, "SELECT count(*) FROM invoicing.note"), CALLS);
	assert_int_equal(pg_number(fixture->pg, "SELECT count(*) FROM feed.unnumbered"), CALLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_database_that_is_away_at_start_is_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(a_signal_ends_the_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(a_schema_that_is_not_there_is_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(a_database_that_goes_and_comes_back_is_found_again, setup, teardown),
		cmocka_unit_test_setup_teardown(old_keys_are_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(a_killed_process_has_done_each_call_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
