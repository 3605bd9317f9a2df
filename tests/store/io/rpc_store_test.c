/* Calls that write, on a real PostgreSQL: once by key, whatever happens in between. */
#include "unit/test.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/base/text.h"
#include "common/io/rpc_server.h"
#include "support/echo/echo.h"
#include "support/echo/process.h"
#include "support/pg.h"

#define ROLE "relance_invoicing"

static char folder[PROCESS_TEXT_BYTES], endpoint[2 * PROCESS_TEXT_BYTES];

struct fixture {
	struct pg *pg;
	struct rpc_server *server;
	struct rpc_client *client;
	struct arena *arena;
};

static struct rpc_client *client_new(void)
{
	const struct rpc_client_options options = {
		.endpoints = endpoint, .service = "echo", .peer = "caller", .keys = ""
	};
	struct rpc_client *client = NULL;

	assert_true(err_ok(rpc_client_new(&options, &client)));
	return client;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	folder_make(folder);
	snprintf(endpoint, sizeof endpoint, "ipc://%s/s", folder);
	fixture->pg = pg_start();
	pg_execute(fixture->pg, ECHO_SCHEMA);
	const struct rpc_server_options options = { .name = "echo",
						    .bind = endpoint,
						    .keys = "",
						    .pg = pg_conninfo(fixture->pg, ROLE),
						    .methods = ECHO_METHODS,
						    .method_count = ECHO_METHOD_COUNT,
						    .workers = 4 };

	assert_true(err_ok(rpc_server_new(&options, &fixture->server)));
	fixture->client = client_new();
	fixture->arena = arena_new(0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	rpc_client_destroy(&fixture->client);
	rpc_server_destroy(&fixture->server);
	bus_release();
	arena_destroy(&fixture->arena);
	pg_stop(&fixture->pg);
	folder_remove(folder);
	free(fixture);
	return 0;
}

static struct err store(struct rpc_client *client, struct arena *arena, const char *name, const char *key,
			const char **id)
{
	Relance__Test__V1__StoreRequest request = RELANCE__TEST__V1__STORE_REQUEST__INIT;
	const struct rpc_options options = { .idempotency_key = key };
	ProtobufCMessage *reply = NULL;

	request.name = (char *)(uintptr_t)name;
	TRY(rpc_call(client, arena, ECHO_SERVICE "/Store", &request.base, &options,
		     &relance__test__v1__store_response__descriptor, &reply));
	*id = ((Relance__Test__V1__StoreResponse *)reply)->id;
	return OK;
}

static struct err claim(struct fixture *fixture, const char *name, const char *key, int races, const char **id)
{
	Relance__Test__V1__ClaimRequest request = RELANCE__TEST__V1__CLAIM_REQUEST__INIT;
	const struct rpc_options options = { .idempotency_key = key };
	ProtobufCMessage *reply = NULL;

	request.name = (char *)(uintptr_t)name;
	request.races = races;
	TRY(rpc_call(fixture->client, fixture->arena, ECHO_SERVICE "/Claim", &request.base, &options,
		     &relance__test__v1__claim_response__descriptor, &reply));
	*id = ((Relance__Test__V1__ClaimResponse *)reply)->id;
	return OK;
}

static struct err look(struct fixture *fixture, long long *rows)
{
	Relance__Test__V1__LookRequest request = RELANCE__TEST__V1__LOOK_REQUEST__INIT;
	ProtobufCMessage *reply = NULL;

	TRY(rpc_call(fixture->client, fixture->arena, ECHO_SERVICE "/Look", &request.base, NULL,
		     &relance__test__v1__look_response__descriptor, &reply));
	*rows = ((Relance__Test__V1__LookResponse *)reply)->rows;
	return OK;
}

static long long count(struct fixture *fixture, const char *table)
{
	return pg_number(fixture->pg, arena_format(fixture->arena, "SELECT count(*) FROM %s", table));
}

/* ------------------------------------------------------------------ once */

static void a_repeat_gets_the_stored_answer(void **state)
{
	struct fixture *fixture = *state;
	const char *first, *second, *other;

	assert_true(err_ok(store(fixture->client, fixture->arena, "a", "key-a", &first)));
	assert_true(err_ok(store(fixture->client, fixture->arena, "a", "key-a", &second)));
	assert_true(err_ok(store(fixture->client, fixture->arena, "a", "key-b", &other)));
	assert_string_equal(first, second);
	assert_string_not_equal(first, other);
	assert_int_equal(count(fixture, "invoicing.note"), 2);
	assert_int_equal(count(fixture, "feed.unnumbered"), 2);
	assert_int_equal(count(fixture, "invoicing.request_key"), 2);
}

static void a_repeat_that_the_record_would_refuse_gets_it_too(void **state)
{
	struct fixture *fixture = *state;
	const char *first, *second;

	assert_true(err_ok(claim(fixture, "one", "key-a", 0, &first)));
	assert_true(err_ok(claim(fixture, "one", "key-a", 0, &second)));
	assert_string_equal(first, second);
	struct err err = claim(fixture, "one", "key-b", 0, &second);

	assert_int_equal(err.code, ERR_EXISTS);
	assert_string_equal(err.field, "claim_pkey");
	assert_int_equal(count(fixture, "invoicing.request_key"), 1); /* a refusal is not an answer to keep */
}

static void a_key_serves_one_rpc(void **state)
{
	struct fixture *fixture = *state;
	const char *id;

	assert_true(err_ok(store(fixture->client, fixture->arena, "a", "key-a", &id)));
	struct err err = claim(fixture, "one", "key-a", 0, &id);

	assert_int_equal(err.code, ERR_CONFLICT);
	assert_string_equal(err.reason, "rpc.key_reused");
	assert_int_equal(count(fixture, "invoicing.claim"), 0);
}

static void a_lost_race_is_run_again(void **state)
{
	struct fixture *fixture = *state;
	const char *id;

	assert_true(err_ok(claim(fixture, "one", NULL, RPC_RACE_TRIES - 1, &id)));
	assert_int_equal(count(fixture, "invoicing.claim"), 1);
	assert_int_equal(claim(fixture, "two", NULL, RPC_RACE_TRIES, &id).code, ERR_ABORTED);
	assert_int_equal(count(fixture, "invoicing.claim"), 1);
}

static void a_key_serves_one_body(void **state)
{
	struct fixture *fixture = *state;
	const char *id;

	assert_true(err_ok(store(fixture->client, fixture->arena, "a", "key-a", &id)));
	struct err err = store(fixture->client, fixture->arena, "b", "key-a", &id);

	assert_int_equal(err.code, ERR_CONFLICT);
	assert_string_equal(err.reason, "rpc.key_reused");
	assert_int_equal(count(fixture, "invoicing.note"), 1);
	/* One of before the requests were told apart is answered as it was. */
	pg_execute(fixture->pg, "UPDATE invoicing.request_key SET request_hash = NULL");
	assert_true(err_ok(store(fixture->client, fixture->arena, "b", "key-a", &id)));
	assert_int_equal(count(fixture, "invoicing.note"), 1);
}

/* Many callers with the same few keys at once. */
enum { CALLERS = 4, KEYS = 25 };

struct caller {
	pthread_t thread;
	char ids[KEYS][ID_TEXT_BYTES];
	bool failed;
};

static void *caller_main(void *argument)
{
	struct caller *caller = argument;
	struct rpc_client *client = client_new();
	struct arena *arena = arena_new(0);

	for (int i = 0; i < KEYS; i++) {
		const char *id = "";
		struct err err = store(client, arena, "same", arena_format(arena, "shared-%d", i), &id);

		caller->failed |= !err_ok(err);
		text_copy(caller->ids[i], ID_TEXT_BYTES, id);
	}
	arena_destroy(&arena);
	rpc_client_destroy(&client);
	return NULL;
}

static void the_same_key_at_once_has_one_effect(void **state)
{
	struct fixture *fixture = *state;
	static struct caller callers[CALLERS];

	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]), 0);
	for (int i = 0; i < CALLERS; i++)
		pthread_join(callers[i].thread, NULL);
	for (int i = 0; i < CALLERS; i++) {
		assert_false(callers[i].failed);
		for (int key = 0; key < KEYS; key++)
			assert_string_equal(callers[i].ids[key], callers[0].ids[key]);
	}
	assert_int_equal(count(fixture, "invoicing.note"), KEYS);
	assert_int_equal(count(fixture, "feed.unnumbered"), KEYS);
}

/* ------------------------------------------------------------------ the database goes and comes */

static void a_database_that_was_restarted_costs_nobody_a_call(void **state)
{
	struct fixture *fixture = *state;
	const char *id;
	long long rows;

	assert_true(err_ok(store(fixture->client, fixture->arena, "before", "key-a", &id)));
	assert_true(err_ok(look(fixture, &rows)));
	pg_crash_and_restart(fixture->pg);
	assert_true(err_ok(store(fixture->client, fixture->arena, "after", "key-b", &id)));
	assert_true(err_ok(look(fixture, &rows)));
	assert_int_equal(rows, 2);
}

static void a_database_that_is_away_is_unavailable_until_it_is_back(void **state)
{
	struct fixture *fixture = *state;
	const char *id;
	long long rows;

	pg_down(fixture->pg);
	struct err err = store(fixture->client, fixture->arena, "away", "key-a", &id);

	assert_int_equal(err.code, ERR_UNAVAILABLE);
	assert_string_equal(err.reason, "db.unavailable");
	assert_int_equal(look(fixture, &rows).code, ERR_UNAVAILABLE);
	pg_up(fixture->pg);
	assert_true(err_ok(store(fixture->client, fixture->arena, "back", "key-a", &id)));
	assert_true(err_ok(look(fixture, &rows)));
	assert_int_equal(rows, 1);
}

static void a_call_that_waited_too_long_is_not_begun(void **state)
{
	enum { WORKERS_BUSY = 4 };
	struct fixture *fixture = *state;
	Relance__Test__V1__LookRequest slow = RELANCE__TEST__V1__LOOK_REQUEST__INIT;
	const struct rpc_options hurry = { .deadline_ms = 150 };
	struct rpc_answer answer;
	uint8_t body[16];

	slow.sleep_ms = 600;
	size_t length = protobuf_c_message_pack(&slow.base, body);

	for (uint64_t tag = 0; tag < WORKERS_BUSY; tag++)
		assert_true(err_ok(rpc_start(fixture->client, ECHO_SERVICE "/Look", body, length, NULL, tag)));
	assert_true(err_ok(rpc_start(fixture->client, ECHO_SERVICE "/Store", "\x0a\x04late", 6, &hurry, WORKERS_BUSY)));
	for (int i = 0; i <= WORKERS_BUSY; i++) {
		assert_true(err_ok(rpc_poll(fixture->client, fixture->arena, 5000, &answer)));
		assert_int_equal(answer.err.code, answer.tag == WORKERS_BUSY ? ERR_DEADLINE : ERR_OK);
	}
	assert_true(rpc_server_drain(fixture->server, 5000));
	assert_int_equal(count(fixture, "invoicing.note"), 0);
}

/* One caller has filled the service; the next is told so, and is served again once it is empty. */
static void a_full_service_says_so(void **state)
{
	enum { MORE = 10 };
	struct fixture *fixture = *state;
	Relance__Test__V1__LookRequest slow = RELANCE__TEST__V1__LOOK_REQUEST__INIT;
	const struct rpc_options hurry = { .deadline_ms = 300 };
	struct rpc_client *other = client_new();
	struct rpc_answer answer;
	uint8_t body[16];
	long long rows;

	assert_true(err_ok(look(fixture, &rows)));
	slow.sleep_ms = 1000;
	size_t length = protobuf_c_message_pack(&slow.base, body);

	for (uint64_t tag = 0; tag < RPC_IN_FLIGHT_MAX; tag++)
		assert_true(err_ok(rpc_start(fixture->client, ECHO_SERVICE "/Look", body, length, &hurry, tag)));
	assert_string_equal(rpc_start(fixture->client, ECHO_SERVICE "/Look", body, length, &hurry, 0).reason,
			    "rpc.too_many");
	poll(NULL, 0, 100);
	for (uint64_t tag = 0; tag < MORE; tag++)
		assert_true(err_ok(rpc_start(other, ECHO_SERVICE "/Look", "", 0, NULL, tag)));
	for (int i = 0; i < MORE; i++) {
		assert_true(err_ok(rpc_poll(other, fixture->arena, 5000, &answer)));
		assert_int_equal(answer.err.code, ERR_EXHAUSTED);
		assert_string_equal(answer.err.reason, "rpc.too_many");
	}
	for (int i = 0; i < RPC_IN_FLIGHT_MAX; i++) {
		assert_true(err_ok(rpc_poll(fixture->client, fixture->arena, 5000, &answer)));
		assert_int_equal(answer.err.code, ERR_DEADLINE);
	}
	for (int tries = 0; tries < 50 && !err_ok(look(fixture, &rows)); tries++)
		poll(NULL, 0, 100); /* its workers are still at the first calls */
	assert_true(err_ok(look(fixture, &rows)));
	rpc_client_destroy(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_repeat_gets_the_stored_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_repeat_that_the_record_would_refuse_gets_it_too, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_serves_one_rpc, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_serves_one_body, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_race_is_run_again, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_key_at_once_has_one_effect, setup, teardown),
		cmocka_unit_test_setup_teardown(a_database_that_was_restarted_costs_nobody_a_call, setup, teardown),
		cmocka_unit_test_setup_teardown(a_database_that_is_away_is_unavailable_until_it_is_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_call_that_waited_too_long_is_not_begun, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_service_says_so, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
