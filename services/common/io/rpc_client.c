#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/random.h"
#include "common/io/rpc_envelope.h"
#include "common/io/rpc_pool.h"

#define AGAIN_MS 20 /* first wait after a refusal for draining */
#define AGAIN_MS_MAX 500
#define EVENTS_MAX 16
#define KEY_PREFIX_BYTES 12 /* 96 random bits a client, and a counter */

/* A call keeps its place from rpc_start to its answer; it is sent again from here when its replica is lost. */
enum call_state { CALL_FREE, CALL_WAITING, CALL_SENT };

struct call {
	uint64_t id; /* a running number above, the place below: a late answer finds nothing */
	uint64_t tag;
	enum call_state state;
	struct replica *replica; /* CALL_SENT */
	zmq_msg_t request;
	int64_t begun_us, deadline_us, not_before_us; /* monotonic */
	int tries;
	bool fail_fast;
	struct call *next_free;
};

#define PLACE_BITS 16
_Static_assert(RPC_CLIENT_CALLS_MAX < 1 << PLACE_BITS, "a call's place fits its id");

struct rpc_client {
	struct rpc_pool pool;
	struct call *calls, *free_calls;
	int in_flight, waiting, used; /* `used`: places ever taken */
	uint64_t sequence;
	int64_t check_at_us; /* the earliest moment at which a call may have to be given up */
	char key_prefix[2 * KEY_PREFIX_BYTES + 1];
};

/* ------------------------------------------------------------------ calls */

static struct call *call_new(struct rpc_client *client)
{
	struct call *call = client->free_calls;

	if (call)
		client->free_calls = call->next_free;
	else if (client->used < RPC_CLIENT_CALLS_MAX)
		call = &client->calls[client->used++];
	else
		return NULL;
	call->id = ++client->sequence << PLACE_BITS | (uint64_t)(call - client->calls);
	client->in_flight++;
	return call;
}

static void call_end(struct rpc_client *client, struct call *call)
{
	if (call->state == CALL_WAITING)
		client->waiting--;
	if (call->state == CALL_SENT)
		call->replica->in_flight--;
	zmq_msg_close(&call->request);
	call->state = CALL_FREE;
	call->replica = NULL;
	call->next_free = client->free_calls;
	client->free_calls = call;
	client->in_flight--;
}

static struct call *call_find(struct rpc_client *client, uint64_t id)
{
	uint64_t place = id & ((1U << PLACE_BITS) - 1);
	struct call *call = place < (uint64_t)client->used ? &client->calls[place] : NULL;

	return call && call->state != CALL_FREE && call->id == id ? call : NULL;
}

/* What a lost copy was asked is asked again, elsewhere or of its successor. */
static void send_again(void *owner, struct replica *lost)
{
	struct rpc_client *client = owner;

	for (int i = 0; i < client->used && lost->in_flight > 0; i++) {
		struct call *call = &client->calls[i];

		if (call->state != CALL_SENT || call->replica != lost)
			continue;
		call->state = CALL_WAITING;
		call->replica = NULL;
		client->waiting++;
		lost->in_flight--;
	}
}

static bool call_send(struct rpc_client *client, struct call *call)
{
	struct replica *replica = rpc_pool_choose(&client->pool);

	if (!replica || !replica_send(replica, &call->request))
		return false;
	call->state = CALL_SENT;
	call->replica = replica;
	call->tries++;
	replica->in_flight++;
	client->waiting--;
	return true;
}

static bool waiting_send(struct rpc_client *client, int64_t now_us)
{
	bool sent = false;

	for (int i = 0; i < client->used && client->waiting > 0; i++) {
		struct call *call = &client->calls[i];

		if (call->state == CALL_WAITING && now_us >= call->not_before_us)
			sent = call_send(client, call) || sent;
	}
	return sent;
}

static int64_t give_up_at(const struct call *call)
{
	int64_t early = call->begun_us + INT64_C(1000) * RPC_FAIL_FAST_MS;

	return call->fail_fast && call->tries == 0 && early < call->deadline_us ? early : call->deadline_us;
}

/* ------------------------------------------------------------------ answers */

static struct err refused(const struct rpc_client *client, struct arena *arena, const struct replica *replica)
{
	return err_format(arena, ERR_UNAUTHENTICATED, "bus.key_refused", client->pool.options.service,
			  "%s at %s refuses the certificate \"%s\", or its own is not the %s.key in %s",
			  client->pool.options.service, replica->endpoint, client->pool.options.peer,
			  client->pool.options.service, client->pool.options.keys);
}

static struct err failure_of(struct rpc_client *client, struct arena *arena, const struct call *call)
{
	if (call->state == CALL_SENT)
		return err_format(arena, ERR_DEADLINE, "rpc.deadline", NULL, "%s did not answer in time",
				  client->pool.options.service);
	return err_format(arena, ERR_UNAVAILABLE, "rpc.unreachable", NULL, "%s cannot be reached at %s",
			  client->pool.options.service, client->pool.options.endpoints);
}

static void fail(struct rpc_client *client, struct call *call, struct err err, struct rpc_answer *answer)
{
	*answer = (struct rpc_answer){ .tag = call->tag, .err = err };
	call_end(client, call);
}

/* A call whose time is over, or that waits for a copy that will not have us. */
static bool failed_take(struct rpc_client *client, struct arena *arena, int64_t now_us, struct rpc_answer *answer)
{
	bool hopeless = client->waiting > 0 && !rpc_pool_choose(&client->pool);
	const struct replica *refusing = hopeless ? rpc_pool_refusing(&client->pool) : NULL;

	if (!refusing && now_us < client->check_at_us)
		return false;
	client->check_at_us = INT64_MAX;
	for (int i = 0; i < client->used; i++) {
		struct call *call = &client->calls[i];
		bool late = call->state != CALL_FREE && now_us >= give_up_at(call);

		if (call->state == CALL_FREE)
			continue;
		if (late || (refusing && call->state == CALL_WAITING)) {
			client->check_at_us = now_us; /* there may be more */
			fail(client, call,
			     refusing && call->state == CALL_WAITING ? refused(client, arena, refusing)
								     : failure_of(client, arena, call),
			     answer);
			return true;
		}
		if (give_up_at(call) < client->check_at_us)
			client->check_at_us = give_up_at(call);
	}
	return false;
}

static void put_back(struct rpc_client *client, struct call *call, int64_t now_us)
{
	call->replica->state = REPLICA_DRAINING;
	call->replica->in_flight--;
	call->replica = NULL;
	call->state = CALL_WAITING;
	call->not_before_us = now_us + 1000 * backoff_ms(call->tries - 1, AGAIN_MS, AGAIN_MS_MAX, random_u32());
	client->waiting++;
}

/* True if `answer` was filled. */
static bool reply_take(struct rpc_client *client, struct arena *arena, int64_t now_us, zmq_msg_t *reply,
		       struct rpc_answer *answer)
{
	struct rpc_body body;
	struct err err;
	uint64_t id;
	struct err decoded = rpc_reply_decode(reply, arena, &id, &err, &body);
	struct call *call = err_ok(decoded) ? call_find(client, id) : NULL;

	if (!call)
		return false; /* the answer to a call that was given up or has been answered by another copy */
	if (err.code == ERR_UNAVAILABLE && call->state == CALL_SENT && text_equal(err.reason, "rpc.draining")) {
		put_back(client, call, now_us);
		return false;
	}
	*answer = (struct rpc_answer){ .tag = call->tag, .err = err, .length = body.length };
	if (body.length > 0)
		answer->body = arena_copy_n(arena, (const char *)body.bytes, body.length);
	call_end(client, call);
	return true;
}

static bool reply_receive(struct rpc_client *client, struct arena *arena, int64_t now_us, struct rpc_answer *answer)
{
	for (struct replica *replica = client->pool.replicas; replica; replica = replica->next) {
		bool there = true, taken = false;

		while (there && !taken) {
			zmq_msg_t reply;

			there = replica_receive(replica, &reply);
			taken = there && reply_take(client, arena, now_us, &reply, answer);
			zmq_msg_close(&reply);
		}
		if (taken)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ waiting */

/* Sleeps at most wait_ms; true if anything happened. */
static bool events_take(struct rpc_client *client, int wait_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(client->pool.epoll_fd, events, EVENTS_MAX, wait_ms);

	for (int i = 0; i < count; i++) {
		uintptr_t tag = (uintptr_t)events[i].data.u64;
		struct replica *replica = (struct replica *)(tag & ~REPLICA_TAG_MONITOR);

		if (!(tag & REPLICA_TAG_MONITOR))
			replica->look = true;
		else if (replica_watch(replica))
			send_again(client, replica);
	}
	return count > 0;
}

static int wait_of(const struct rpc_client *client, int64_t now_us, int64_t until_us)
{
	int64_t next = until_us < client->check_at_us ? until_us : client->check_at_us;
	int64_t ms = next <= now_us ? 0 : (next - now_us + 999) / 1000;
	int64_t most = client->waiting > 0 ? AGAIN_MS : RPC_TICK_MS;

	return (int)(ms < most ? ms : most);
}

struct err rpc_poll(struct rpc_client *client, struct arena *arena, int timeout_ms, struct rpc_answer *answer)
{
	int64_t now_us = clock_monotonic_us(), until_us = now_us + INT64_C(1000) * timeout_ms;

	for (;;) {
		if (reply_receive(client, arena, now_us, answer) || failed_take(client, arena, now_us, answer))
			return OK;
		if (now_us >= client->pool.resolve_at_us)
			rpc_pool_resolve(&client->pool, now_us, send_again, client);
		if (client->waiting > 0 && waiting_send(client, now_us))
			continue; /* a send may have swallowed the sign of an answer */
		bool happened = events_take(client, wait_of(client, now_us, until_us));

		now_us = clock_monotonic_us();
		if (!happened && now_us >= until_us)
			return ERR(ERR_DEADLINE, "rpc.nothing", NULL, "no answer yet");
	}
}

/* ------------------------------------------------------------------ starting */

static const char *key_of(struct rpc_client *client, const struct rpc_options *options, char key[static 64])
{
	if (options && !text_empty(options->idempotency_key))
		return options->idempotency_key;
	snprintf(key, 64, "%s-%" PRIx64, client->key_prefix, client->sequence);
	return key;
}

static struct err start_check(const struct rpc_client *client, const char *method, size_t length,
			      const struct rpc_options *options)
{
	if (length > RPC_BODY_BYTES_MAX)
		return ERR(ERR_INVALID, "rpc.body_too_large", NULL, "a request may have 2 MiB; send files in parts");
	if (strlen(method) >= RPC_METHOD_BYTES)
		return ERR(ERR_INVALID, "rpc.header", NULL, "the method's name is too long");
	if (options && options->idempotency_key && strlen(options->idempotency_key) > RPC_KEY_BYTES_MAX)
		return ERR(ERR_INVALID, "rpc.key_too_long", "idempotency_key",
			   "an idempotency key has 128 bytes at most");
	if (client->in_flight >= RPC_CLIENT_CALLS_MAX)
		return ERR(ERR_EXHAUSTED, "rpc.too_many", NULL, "too many calls are in flight; try again later");
	return OK;
}

struct err rpc_start(struct rpc_client *client, const char *method, const void *body, size_t length,
		     const struct rpc_options *options, uint64_t tag)
{
	TRY(start_check(client, method, length, options));
	int64_t deadline_ms = options && options->deadline_ms > 0 ? options->deadline_ms : RPC_DEADLINE_MS_DEFAULT;
	int64_t deadline_us = 1000 * (deadline_ms < RPC_DEADLINE_MS_MAX ? deadline_ms : RPC_DEADLINE_MS_MAX);
	struct call *call = call_new(client);
	char key[64];

	CHECK(call != NULL);
	call->tag = tag;
	call->state = CALL_WAITING;
	call->begun_us = call->not_before_us = clock_monotonic_us();
	call->deadline_us = call->begun_us + deadline_us;
	call->tries = 0;
	call->fail_fast = options && options->fail_fast;
	client->waiting++;
	const struct rpc_request_text text = { .method = method,
					       .key = key_of(client, options, key),
					       .trace = options ? options->trace_parent : NULL,
					       .user = options ? options->user : NULL };

	rpc_request_encode(call->id, clock_system().us + deadline_us, &text,
			   (struct rpc_body){ .bytes = body, .length = length }, &call->request);
	if (give_up_at(call) < client->check_at_us)
		client->check_at_us = give_up_at(call);
	call_send(client, call); /* else rpc_poll does it */
	return OK;
}

struct err rpc_call_bytes(struct rpc_client *client, struct arena *arena, const char *method, const void *body,
			  size_t length, const struct rpc_options *options, const void **reply, size_t *reply_length)
{
	struct rpc_answer answer;

	CHECK(client->in_flight == 0);
	TRY(rpc_start(client, method, body, length, options, 0));
	struct err err;

	do
		err = rpc_poll(client, arena, RPC_TICK_MS, &answer);
	while (err.code == ERR_DEADLINE && text_equal(err.reason, "rpc.nothing"));
	TRY(err);
	TRY(answer.err);
	*reply = answer.body;
	*reply_length = answer.length;
	return OK;
}

struct err rpc_call(struct rpc_client *client, struct arena *arena, const char *method, const ProtobufCMessage *request,
		    const struct rpc_options *options, const ProtobufCMessageDescriptor *reply_type,
		    ProtobufCMessage **reply)
{
	ProtobufCAllocator allocator = rpc_allocator(arena);
	size_t length = protobuf_c_message_get_packed_size(request), reply_length = 0;
	const void *bytes = NULL;

	if (length > RPC_BODY_BYTES_MAX)
		return ERR(ERR_INVALID, "rpc.body_too_large", NULL, "a request may have 2 MiB; send files in parts");
	uint8_t *body = arena_alloc(arena, length);

	protobuf_c_message_pack(request, body);
	TRY(rpc_call_bytes(client, arena, method, body, length, options, &bytes, &reply_length));
	TRY(rpc_wire_check(reply_type, bytes, reply_length));
	ProtobufCMessage *unpacked = protobuf_c_message_unpack(reply_type, &allocator, reply_length, bytes);

	if (!unpacked)
		return ERR(ERR_INTERNAL, "rpc.malformed", NULL, "the answer is no message of this rpc");
	*reply = unpacked;
	return OK;
}

/* ------------------------------------------------------------------ the client */

static void key_prefix_make(struct rpc_client *client)
{
	static const char DIGITS[] = "0123456789abcdef";
	uint8_t bytes[KEY_PREFIX_BYTES];

	random_bytes(bytes, sizeof bytes);
	for (int i = 0; i < KEY_PREFIX_BYTES; i++) {
		client->key_prefix[2 * i] = DIGITS[bytes[i] >> 4];
		client->key_prefix[2 * i + 1] = DIGITS[bytes[i] & 15];
	}
}

struct err rpc_client_new(const struct rpc_client_options *options, struct rpc_client **client)
{
	struct rpc_client *made = calloc(1, sizeof *made);

	CHECK(made != NULL);
	struct err err = rpc_pool_init(&made->pool, options, clock_monotonic_us());

	if (!err_ok(err)) {
		free(made);
		return err;
	}
	made->calls = calloc(RPC_CLIENT_CALLS_MAX, sizeof *made->calls);
	CHECK(made->calls != NULL);
	made->check_at_us = INT64_MAX;
	key_prefix_make(made);
	*client = made;
	return OK;
}

void rpc_client_destroy(struct rpc_client **client)
{
	struct rpc_client *ended = *client;

	if (!ended)
		return;
	for (int i = 0; i < ended->used; i++)
		if (ended->calls[i].state != CALL_FREE)
			call_end(ended, &ended->calls[i]);
	rpc_pool_release(&ended->pool);
	free(ended->calls);
	free(ended);
	*client = NULL;
}

int rpc_client_fd(const struct rpc_client *client)
{
	return client->pool.epoll_fd;
}
