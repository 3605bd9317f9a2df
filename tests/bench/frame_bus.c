#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bench/frame_bench.h"
#include "common/io/bus.h"
#include "common/io/clock.h"
#include "support/echo/echo.h"

#define WARM_UP 500
#define SAMPLES_MAX 200000
#define METHOD ECHO_SERVICE "/Echo"

static double samples[SAMPLES_MAX];

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static struct latency latency_of(size_t count)
{
	qsort(samples, count, sizeof samples[0], ascending);
	return (struct latency){ .p50_us = samples[count / 2], .p99_us = samples[count - 1 - count / 100] };
}

/* ------------------------------------------------------------------ ZeroMQ alone */

/* A ROUTER that sends each message back as it came. */
void raw_serve(const char *keys)
{
	const struct bus_options options = { .keys = keys, .self = "echo" };
	char endpoint[BUS_ENDPOINT_BYTES];
	void *router;

	if (bus_socket_new(ZMQ_ROUTER, &options, &router).code || bus_bind(router, "tcp://127.0.0.1:*", endpoint).code)
		bench_fail("raw server", "cannot bind");
	printf("%s\n", endpoint);
	fflush(stdout);
	for (;;) {
		zmq_msg_t route, body;

		zmq_msg_init(&route);
		zmq_msg_init(&body);
		if (zmq_msg_recv(&route, router, 0) < 0 || zmq_msg_recv(&body, router, 0) < 0)
			bench_fail("raw server", zmq_strerror(errno));
		zmq_msg_send(&route, router, ZMQ_SNDMORE);
		zmq_msg_send(&body, router, 0);
	}
}

static void *raw_connect(const struct bus_bench *bench)
{
	const struct bus_options options = { .keys = bench->keys, .self = "caller", .service = "echo" };
	void *dealer;

	if (bus_socket_new(ZMQ_DEALER, &options, &dealer).code || bus_connect(dealer, bench->raw_endpoint).code)
		bench_fail("raw client", "cannot connect");
	return dealer;
}

static void raw_send(void *dealer)
{
	zmq_msg_t message;

	zmq_msg_init_size(&message, BODY_BYTES);
	memset(zmq_msg_data(&message), 'x', BODY_BYTES);
	if (zmq_msg_send(&message, dealer, 0) < 0)
		bench_fail("raw client", zmq_strerror(errno));
}

static void raw_receive(void *dealer)
{
	zmq_msg_t message;

	zmq_msg_init(&message);
	if (zmq_msg_recv(&message, dealer, 0) != BODY_BYTES)
		bench_fail("raw client", "wrong answer");
	zmq_msg_close(&message);
}

struct latency raw_latency(const struct bus_bench *bench)
{
	void *dealer = raw_connect(bench);
	int64_t until = clock_monotonic_us() + (int64_t)(bench->seconds * 1e6);
	size_t count = 0;

	for (int i = 0; clock_monotonic_us() < until && count < SAMPLES_MAX; i++) {
		int64_t begun = clock_monotonic_us();

		raw_send(dealer);
		raw_receive(dealer);
		if (i >= WARM_UP)
			samples[count++] = (double)(clock_monotonic_us() - begun);
	}
	bus_socket_destroy(&dealer);
	return latency_of(count);
}

double raw_rate(const struct bus_bench *bench)
{
	void *dealer = raw_connect(bench);
	int64_t begun = clock_monotonic_us(), until = begun + (int64_t)(bench->seconds * 1e6);
	int64_t answered = 0;

	for (int i = 0; i < IN_FLIGHT; i++)
		raw_send(dealer);
	while (answered % 64 != 0 || clock_monotonic_us() < until) {
		raw_receive(dealer);
		raw_send(dealer);
		answered++;
	}
	double took = (double)(clock_monotonic_us() - begun) / 1e6;

	bus_socket_destroy(&dealer);
	return (double)answered / took;
}

/* ------------------------------------------------------------------ an rpc */

struct echo_call {
	struct rpc_client *client;
	struct arena *arena;
	uint8_t body[BODY_BYTES];
};

static void echo_open(const struct bus_bench *bench, struct echo_call *echo)
{
	const struct rpc_client_options options = {
		.endpoints = bench->echo_endpoint, .service = "echo", .peer = "caller", .keys = bench->keys
	};

	if (rpc_client_new(&options, &echo->client).code)
		bench_fail("rpc client", "cannot be made");
	echo->arena = arena_new(0);
	memset(echo->body, 'x', sizeof echo->body);
}

static void echo_close(struct echo_call *echo)
{
	rpc_client_destroy(&echo->client);
	arena_destroy(&echo->arena);
}

/* The whole way: a message is packed, the answer unpacked. */
static void echo_once(struct echo_call *echo)
{
	Relance__Test__V1__EchoRequest request = RELANCE__TEST__V1__ECHO_REQUEST__INIT;
	ProtobufCMessage *reply = NULL;

	request.body = (ProtobufCBinaryData){ .data = echo->body, .len = sizeof echo->body };
	struct err err = rpc_call(echo->client, echo->arena, METHOD, &request.base, NULL,
				  &relance__test__v1__echo_response__descriptor, &reply);

	if (!err_ok(err) || ((Relance__Test__V1__EchoResponse *)reply)->body.len != BODY_BYTES)
		bench_fail("rpc client", err_ok(err) ? "wrong answer" : err.message);
	arena_reset(echo->arena);
}

struct latency echo_latency(const struct bus_bench *bench)
{
	int64_t until = clock_monotonic_us() + (int64_t)(bench->seconds * 1e6);
	struct echo_call echo;
	size_t count = 0;

	echo_open(bench, &echo);
	for (int i = 0; clock_monotonic_us() < until && count < SAMPLES_MAX; i++) {
		int64_t begun = clock_monotonic_us();

		echo_once(&echo);
		if (i >= WARM_UP)
			samples[count++] = (double)(clock_monotonic_us() - begun);
	}
	echo_close(&echo);
	return latency_of(count);
}

static void echo_start(struct echo_call *echo)
{
	Relance__Test__V1__EchoRequest request = RELANCE__TEST__V1__ECHO_REQUEST__INIT;
	uint8_t body[BODY_BYTES + 16];

	request.body = (ProtobufCBinaryData){ .data = echo->body, .len = sizeof echo->body };
	size_t length = protobuf_c_message_pack(&request.base, body);

	if (rpc_start(echo->client, METHOD, body, length, NULL, 0).code)
		bench_fail("rpc client", "cannot start a call");
}

static void echo_take(struct echo_call *echo)
{
	ProtobufCAllocator allocator = rpc_allocator(echo->arena);
	struct rpc_answer answer;

	if (rpc_poll(echo->client, echo->arena, 10000, &answer).code || answer.err.code)
		bench_fail("rpc client", "no answer");
	Relance__Test__V1__EchoResponse *reply =
		relance__test__v1__echo_response__unpack(&allocator, answer.length, answer.body);

	if (!reply || reply->body.len != BODY_BYTES)
		bench_fail("rpc client", "wrong answer");
	arena_reset(echo->arena);
}

double echo_rate(const struct bus_bench *bench)
{
	int64_t answered = 0;
	struct echo_call echo;

	echo_open(bench, &echo);
	echo_once(&echo);
	int64_t begun = clock_monotonic_us(), until = begun + (int64_t)(bench->seconds * 1e6);

	for (int i = 0; i < IN_FLIGHT; i++)
		echo_start(&echo);
	while (answered % 64 != 0 || clock_monotonic_us() < until) {
		echo_take(&echo);
		echo_start(&echo);
		answered++;
	}
	double took = (double)(clock_monotonic_us() - begun) / 1e6;

	echo_close(&echo);
	return (double)answered / took;
}
