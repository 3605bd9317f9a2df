/* Calls over real sockets with CURVE: the answering side in this process, or as processes that can be killed. */
#include "unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/curve.h"
#include "common/io/rpc_server.h"
#include "support/echo/echo.h"
#include "support/echo/process.h"

#define METHOD_ECHO ECHO_SERVICE "/Echo"
#define SECOND_US 1000000

typedef Relance__Test__V1__EchoRequest echo_request;
typedef Relance__Test__V1__EchoResponse echo_response;

struct fixture {
	char folder[PROCESS_TEXT_BYTES]; /* of the server: knows "echo" and "caller" */
	struct rpc_server *server;
	struct arena *arena;
};

static void link_public(const char *from, const char *name, const char *to)
{
	char source[600], target[600];

	snprintf(source, sizeof source, "%s/%s.key", from, name);
	snprintf(target, sizeof target, "%s/%s.key", to, name);
	assert_int_equal(symlink(source, target), 0);
}

static struct rpc_server *server_new(const char *keys, const char *bind)
{
	const struct rpc_server_options options = { .name = "echo",
						    .bind = bind,
						    .keys = keys,
						    .methods = ECHO_METHODS,
						    .method_count = ECHO_METHOD_COUNT,
						    .workers = 2 };
	struct rpc_server *server = NULL;

	assert_true(err_ok(rpc_server_new(&options, &server)));
	return server;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	folder_make(fixture->folder);
	assert_true(err_ok(curve_keys_new(fixture->folder, "echo")));
	assert_true(err_ok(curve_keys_new(fixture->folder, "caller")));
	fixture->server = server_new(fixture->folder, "tcp://127.0.0.1:*");
	fixture->arena = arena_new(0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	rpc_server_destroy(&fixture->server);
	bus_release();
	arena_destroy(&fixture->arena);
	folder_remove(fixture->folder);
	free(fixture);
	return 0;
}

static struct rpc_client *client_new(const char *endpoints, const char *keys, const char *peer)
{
	const struct rpc_client_options options = {
		.endpoints = endpoints, .service = "echo", .peer = peer, .keys = keys
	};
	struct rpc_client *client = NULL;

	assert_true(err_ok(rpc_client_new(&options, &client)));
	return client;
}

static struct err call(struct fixture *fixture, struct rpc_client *client, const echo_request *request,
		       const struct rpc_options *options, echo_response **reply)
{
	ProtobufCMessage *message = NULL;
	struct err err = rpc_call(client, fixture->arena, METHOD_ECHO, &request->base, options,
				  &relance__test__v1__echo_response__descriptor, &message);

	*reply = (echo_response *)message;
	return err;
}

static echo_request request_of(const char *body)
{
	echo_request request = RELANCE__TEST__V1__ECHO_REQUEST__INIT;

	request.describe = true;
	request.body = (ProtobufCBinaryData){ .len = strlen(body), .data = (uint8_t *)(uintptr_t)body };
	return request;
}

/* ------------------------------------------------------------------ one server, one client */

static void a_known_caller_is_answered_and_named(void **state)
{
	struct fixture *fixture = *state;
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	const struct rpc_options options = { .idempotency_key = "key-1",
					     .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
					     .user = "erp" };
	echo_request request = request_of("hello");
	echo_response *reply;

	assert_true(err_ok(call(fixture, client, &request, &options, &reply)));
	assert_int_equal(reply->body.len, 5);
	assert_memory_equal(reply->body.data, "hello", 5);
	assert_string_equal(reply->peer, "caller");
	assert_string_equal(reply->user, "erp");
	assert_string_equal(reply->idempotency_key, "key-1");
	assert_string_equal(reply->trace_parent, options.trace_parent);
	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	assert_true(strlen(reply->idempotency_key) > 20); /* the client's own, so that a repeat is safe */
	rpc_client_destroy(&client);
}

static void an_error_keeps_all_its_fields(void **state)
{
	struct fixture *fixture = *state;
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	echo_request request = request_of("");
	echo_response *reply;

	for (int code = ERR_CANCELED; code < ERR_CODE_COUNT; code++) {
		request.code = code;
		request.reason = "invoice.already_paid";
		request.field = "invoice_number";
		request.message = "The invoice INV-1 is paid — nothing is owed.";
		struct err err = call(fixture, client, &request, NULL, &reply);

		assert_int_equal(err.code, code);
		assert_string_equal(err.reason, request.reason);
		assert_string_equal(err.field, request.field);
		assert_string_equal(err.message, request.message);
	}
	rpc_client_destroy(&client);
}

static void refusals_name_their_reason(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *sentence, *method, *body;
		enum err_code code;
		const char *reason;
	} TABLE[] = {
		{ "a method that is not there", ECHO_SERVICE "/Ecco", "", ERR_UNIMPLEMENTED, "rpc.unknown_method" },
		{ "a service that is not there", "x/Echo", "", ERR_UNIMPLEMENTED, "rpc.unknown_method" },
		{ "no method at all", "", "", ERR_UNIMPLEMENTED, "rpc.unknown_method" },
		{ "a body that is no message", METHOD_ECHO, "\x0a\x7f", ERR_INVALID, "rpc.malformed" },
		{ "a text that is no UTF-8", METHOD_ECHO, "\x22\x01\xff", ERR_INVALID, "rpc.malformed" },
		{ "a write without a database", ECHO_SERVICE "/Store", "", ERR_INTERNAL, "rpc.no_database" },
	};
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");

	for (size_t i = 0; i < ROWS(TABLE); i++) {
		const void *reply = NULL;
		size_t length = 0;

		SAY(TABLE[i].sentence);
		struct err err = rpc_call_bytes(client, fixture->arena, TABLE[i].method, TABLE[i].body,
						strlen(TABLE[i].body), NULL, &reply, &length);

		assert_int_equal(err.code, TABLE[i].code);
		assert_string_equal(err.reason, TABLE[i].reason);
	}
	rpc_client_destroy(&client);
}

static void a_body_has_its_limit(void **state)
{
	struct fixture *fixture = *state;
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	echo_request request = request_of("");
	echo_response *reply;

	request.body.len = RPC_BODY_BYTES_MAX - 1000;
	request.body.data = calloc(1, RPC_BODY_BYTES_MAX);
	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	assert_int_equal(reply->body.len, request.body.len);
	request.body.len = RPC_BODY_BYTES_MAX;
	struct err err = call(fixture, client, &request, NULL, &reply);

	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.reason, "rpc.body_too_large");
	free(request.body.data);
	rpc_client_destroy(&client);
}

static void a_late_answer_is_a_deadline_and_reaches_nobody_else(void **state)
{
	struct fixture *fixture = *state;
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	const struct rpc_options short_while = { .deadline_ms = 100 };
	echo_request late = request_of("late"), next = request_of("next");
	echo_response *reply;

	assert_true(err_ok(call(fixture, client, &next, NULL, &reply))); /* connected */
	late.sleep_ms = 400;
	struct err err = call(fixture, client, &late, &short_while, &reply);

	assert_int_equal(err.code, ERR_DEADLINE);
	assert_string_equal(err.reason, "rpc.deadline");
	assert_true(err_ok(call(fixture, client, &next, NULL, &reply)));
	assert_memory_equal(reply->body.data, "next", 4);
	rpc_client_destroy(&client);
}

static void many_in_flight_come_back_each_once(void **state)
{
	enum { CALLS = 2000 };
	struct fixture *fixture = *state;
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	static unsigned char seen[CALLS];
	struct rpc_answer answer;

	memset(seen, 0, sizeof seen);
	for (uint64_t tag = 0; tag < CALLS; tag++)
		assert_true(err_ok(rpc_start(client, METHOD_ECHO, "\x0a\x01x", 3, NULL, tag)));
	for (int i = 0; i < CALLS; i++) {
		assert_true(err_ok(rpc_poll(client, fixture->arena, 10000, &answer)));
		assert_true(err_ok(answer.err));
		assert_true(answer.tag < CALLS);
		assert_int_equal(seen[answer.tag]++, 0);
		arena_reset(fixture->arena);
	}
	assert_string_equal(rpc_poll(client, fixture->arena, 0, &answer).reason, "rpc.nothing");
	rpc_client_destroy(&client);
}

static void what_is_no_request_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	const struct bus_options bus = { .keys = fixture->folder, .self = "caller", .service = "echo" };
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), fixture->folder, "caller");
	echo_request request = request_of("still here");
	echo_response *reply;
	void *raw;

	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	assert_true(err_ok(bus_socket_new(ZMQ_DEALER, &bus, &raw)));
	assert_true(err_ok(bus_connect(raw, rpc_server_endpoint(fixture->server))));
	while (zmq_send(raw, "\xff\xff\xff no header", 13, 0) < 0)
		; /* not connected yet */
	zmq_send(raw, "", 0, 0);
	zmq_send(raw, "two", 3, ZMQ_SNDMORE);
	zmq_send(raw, "frames", 6, 0);
	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	bus_socket_destroy(&raw);
	rpc_client_destroy(&client);
}

/* ------------------------------------------------------------------ keys */

static void expect_refusal(struct fixture *fixture, const char *keys, const char *peer)
{
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), keys, peer);
	int64_t begun_us = clock_monotonic_us();
	echo_request request = request_of("let me in");
	echo_response *reply;
	struct err err = call(fixture, client, &request, NULL, &reply);

	assert_int_equal(err.code, ERR_UNAUTHENTICATED);
	assert_string_equal(err.reason, "bus.key_refused");
	assert_non_null(strstr(err.message, rpc_server_endpoint(fixture->server)));
	assert_true(clock_monotonic_us() - begun_us < 5 * SECOND_US);
	rpc_client_destroy(&client);
}

static void a_stranger_is_told_so_at_once(void **state)
{
	struct fixture *fixture = *state;
	char strange[PROCESS_TEXT_BYTES];

	folder_make(strange);
	assert_true(err_ok(curve_keys_new(strange, "stranger")));
	link_public(fixture->folder, "echo", strange);
	expect_refusal(fixture, strange, "stranger");
	folder_remove(strange);
}

static void a_wrong_server_key_is_told_at_once(void **state)
{
	struct fixture *fixture = *state;
	char strange[PROCESS_TEXT_BYTES];

	folder_make(strange);
	assert_true(err_ok(curve_keys_new(strange, "echo"))); /* not the one that answers */
	assert_true(err_ok(curve_keys_new(strange, "caller")));
	expect_refusal(fixture, strange, "caller");
	folder_remove(strange);
}

static void a_key_that_is_added_counts_at_the_next_try(void **state)
{
	struct fixture *fixture = *state;
	char strange[PROCESS_TEXT_BYTES];
	echo_request request = request_of("and now");
	echo_response *reply;

	folder_make(strange);
	assert_true(err_ok(curve_keys_new(strange, "stranger")));
	link_public(fixture->folder, "echo", strange);
	expect_refusal(fixture, strange, "stranger");
	link_public(strange, "stranger", fixture->folder);
	struct rpc_client *client = client_new(rpc_server_endpoint(fixture->server), strange, "stranger");

	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	assert_string_equal(reply->peer, "stranger");
	rpc_client_destroy(&client);
	folder_remove(strange);
}

static void no_clear_text_on_the_network(void **state)
{
	struct fixture *fixture = *state;
	const struct rpc_client_options options = {
		.endpoints = rpc_server_endpoint(fixture->server), .service = "echo", .peer = "caller", .keys = ""
	};
	struct rpc_client *client = NULL;
	struct err err = rpc_client_new(&options, &client);

	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.reason, "bus.key_missing");
	assert_null(client);
}

/* ------------------------------------------------------------------ nobody there */

static void nobody_there_is_unavailable_at_the_deadline(void **state)
{
	struct fixture *fixture = *state;
	char endpoint[64];
	echo_request request = request_of("anybody?");
	echo_response *reply;
	static const struct {
		const char *sentence;
		struct rpc_options options;
		int64_t least_us, most_us;
	} TABLE[] = {
		{ "a deadline", { .deadline_ms = 300 }, 300000, 2 * SECOND_US },
		{ "somebody in a hurry", { .deadline_ms = 60000, .fail_fast = true }, SECOND_US, 10 * SECOND_US },
	};

	snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port_free());
	for (size_t i = 0; i < ROWS(TABLE); i++) {
		struct rpc_client *client = client_new(endpoint, fixture->folder, "caller");
		int64_t begun_us = clock_monotonic_us();

		SAY(TABLE[i].sentence);
		struct err err = call(fixture, client, &request, &TABLE[i].options, &reply);
		int64_t took_us = clock_monotonic_us() - begun_us;

		assert_int_equal(err.code, ERR_UNAVAILABLE);
		assert_string_equal(err.reason, "rpc.unreachable");
		assert_true(took_us >= TABLE[i].least_us && took_us < TABLE[i].most_us);
		rpc_client_destroy(&client);
	}
}

static void the_methods_must_fit_the_proto(void **state)
{
	struct fixture *fixture = *state;
	struct rpc_method wrong[ECHO_METHOD_COUNT];
	struct rpc_server *server = NULL;
	static const struct {
		const char *sentence, *name;
		size_t count;
	} TABLE[] = { { "an rpc without a method", "Echo", ECHO_METHOD_COUNT - 1 },
		      { "a method without an rpc", "Ecco", ECHO_METHOD_COUNT },
		      { "two methods of one rpc", "Look", ECHO_METHOD_COUNT } };

	for (size_t i = 0; i < ROWS(TABLE); i++) {
		SAY(TABLE[i].sentence);
		memcpy(wrong, ECHO_METHODS, sizeof wrong);
		wrong[0].name = TABLE[i].name;
		const struct rpc_server_options options = { .name = "echo",
							    .bind = "inproc://wrong",
							    .keys = "",
							    .methods = wrong,
							    .method_count = TABLE[i].count,
							    .workers = 1 };

		assert_string_equal(rpc_server_new(&options, &server).reason, "rpc.table");
		assert_null(server);
	}
	(void)fixture;
}

/* ------------------------------------------------------------------ replicas */

struct replicas {
	struct process processes[2];
	char endpoints[600];
};

static void replicas_start(struct fixture *fixture, struct replicas *replicas)
{
	char keys[PROCESS_TEXT_BYTES + 16], bind[128];
	char *settings[] = { keys, bind, NULL };

	snprintf(keys, sizeof keys, "RELANCE_KEYS=%s", fixture->folder);
	replicas->endpoints[0] = '\0';
	for (int i = 0; i < 2; i++) {
		char name[16], endpoint[64];

		snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port_free());
		snprintf(bind, sizeof bind, "RELANCE_BIND=%s", endpoint);
		snprintf(name, sizeof name, "replica%d", i);
		process_start(&replicas->processes[i], fixture->folder, name, settings);
		assert_true(process_logged(&replicas->processes[i], "\"ready\""));
		strcat(strcat(replicas->endpoints, i ? "," : ""), endpoint);
	}
}

/* Calls until both copies have answered: then the client knows both. */
static void both_answer(struct fixture *fixture, struct rpc_client *client, const struct replicas *replicas)
{
	bool answered[2] = { false, false };

	for (int tries = 0; tries < 200 && !(answered[0] && answered[1]); tries++) {
		struct rpc_answer answer;

		for (uint64_t tag = 0; tag < 2; tag++)
			assert_true(err_ok(rpc_start(client, METHOD_ECHO, "\x38\x01", 2, NULL, tag)));
		for (int i = 0; i < 2; i++) {
			assert_true(err_ok(rpc_poll(client, fixture->arena, 10000, &answer)));
			echo_response *reply =
				relance__test__v1__echo_response__unpack(NULL, answer.length, answer.body);

			for (int at = 0; at < 2; at++)
				answered[at] |= reply->process == replicas->processes[at].pid;
			relance__test__v1__echo_response__free_unpacked(reply, NULL);
		}
		usleep(10000);
	}
	assert_true(answered[0] && answered[1]);
}

/* Ends one of two copies in the middle of 400 calls; all are answered all the same. */
static void end_in_the_middle(struct fixture *fixture, int signal_number, int exit_code)
{
	enum { CALLS = 400, END_AFTER = 50 };
	struct replicas replicas;
	struct rpc_answer answer;
	uint8_t body[64];
	echo_request request = request_of("");

	replicas_start(fixture, &replicas);
	struct rpc_client *client = client_new(replicas.endpoints, fixture->folder, "caller");

	both_answer(fixture, client, &replicas);
	request.sleep_ms = 1;
	size_t length = protobuf_c_message_pack(&request.base, body);

	for (uint64_t tag = 0; tag < CALLS; tag++)
		assert_true(err_ok(rpc_start(client, METHOD_ECHO, body, length, NULL, tag)));
	for (int i = 0; i < CALLS; i++) {
		if (i == END_AFTER)
			kill(replicas.processes[0].pid, signal_number);
		assert_true(err_ok(rpc_poll(client, fixture->arena, 10000, &answer)));
		assert_int_equal(answer.err.code, ERR_OK);
	}
	assert_int_equal(process_end(&replicas.processes[0], 0), exit_code);
	assert_int_equal(process_end(&replicas.processes[1], SIGTERM), 0);
	rpc_client_destroy(&client);
}

static void a_killed_copy_loses_no_call(void **state)
{
	end_in_the_middle(*state, SIGKILL, -SIGKILL);
}

static void an_ending_copy_loses_no_call(void **state)
{
	end_in_the_middle(*state, SIGTERM, 0);
}

static void a_copy_that_comes_back_is_used_again(void **state)
{
	struct fixture *fixture = *state;
	char endpoint[BUS_ENDPOINT_BYTES];
	echo_request request = request_of("again");
	echo_response *reply;

	text_copy(endpoint, sizeof endpoint, rpc_server_endpoint(fixture->server));
	struct rpc_client *client = client_new(endpoint, fixture->folder, "caller");

	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	rpc_server_destroy(&fixture->server);
	usleep(200000); /* the old socket leaves its port in the background */
	fixture->server = server_new(fixture->folder, endpoint);
	assert_true(err_ok(call(fixture, client, &request, NULL, &reply)));
	rpc_client_destroy(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_known_caller_is_answered_and_named, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_keeps_all_its_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_name_their_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(a_body_has_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_late_answer_is_a_deadline_and_reaches_nobody_else, setup, teardown),
		cmocka_unit_test_setup_teardown(many_in_flight_come_back_each_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_request_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stranger_is_told_so_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_server_key_is_told_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_that_is_added_counts_at_the_next_try, setup, teardown),
		cmocka_unit_test_setup_teardown(no_clear_text_on_the_network, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_there_is_unavailable_at_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(the_methods_must_fit_the_proto, setup, teardown),
		cmocka_unit_test_setup_teardown(a_killed_copy_loses_no_call, setup, teardown),
		cmocka_unit_test_setup_teardown(an_ending_copy_loses_no_call, setup, teardown),
		cmocka_unit_test_setup_teardown(a_copy_that_comes_back_is_used_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
