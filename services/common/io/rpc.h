#ifndef IO_RPC_H
#define IO_RPC_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/io/db.h"

/* Requests over ZeroMQ. A service declares its methods; the rpc layer checks at start that every rpc of the .proto
 * service has one, then for each call: decodes, opens the transaction, runs the handler, stores the answer under the
 * idempotency key in the same transaction, commits, replies, and logs the outcome once (what only looks, at debug).
 * A repeat of a key fails, by the key's own row or because the first call has changed the record; it then gets the
 * stored answer. A transaction that lost a race (ERR_ABORTED) is repeated, RPC_RACE_TRIES times: a handler has no
 * effect outside its transaction. A read, or a write under a key, is repeated once when its database connection breaks.
 */

#define RPC_RACE_TRIES 5
#define RPC_DEADLINE_MS_DEFAULT 10000
#define RPC_DEADLINE_MS_MAX 3600000                  /* an hour: a statement of a million entries */
#define RPC_BODY_BYTES_MAX ((size_t)2 * 1024 * 1024) /* one request or reply; files travel in parts */
#define RPC_IN_FLIGHT_MAX 4096                       /* a service refuses more with ERR_EXHAUSTED */
#define RPC_KEY_BYTES_MAX 128                        /* an idempotency key */

enum rpc_kind {
	RPC_READ,  /* a read-only transaction */
	RPC_WRITE, /* a transaction, idempotent by key */
	RPC_OWN,   /* no transaction of the layer's: the handler begins its own on call->db (long imports) */
	RPC_PURE,  /* no database at all; may be answered on the loop thread */
};

/* Who calls: the certificate of the socket, and for calls through the gateway the API key's name and scopes. */
struct rpc_principal {
	const char *peer; /* certificate name: "gateway", "relancectl" */
	const char *user; /* the API key's name, or NULL */
};

struct rpc_call {
	struct arena *arena;
	struct db *db;                   /* RPC_OWN */
	struct db_tx *tx;                /* RPC_READ, RPC_WRITE */
	void *process;                   /* the service's own state */
	const ProtobufCMessage *request; /* only wire.c looks inside */
	ProtobufCMessage *reply;         /* set by wire.c, in the arena */
	const char *idempotency_key;     /* "" where the caller gave none */
	const char *trace_parent;
	struct instant deadline; /* on the system clock */
	struct rpc_principal principal;
};

typedef struct err (*rpc_handler)(struct rpc_call *call);

struct rpc_method {
	const ProtobufCServiceDescriptor *service;
	const char *name; /* "IssueInvoice" */
	enum rpc_kind kind;
	rpc_handler handler;
};

/* ------------------------------------------------------------------ the calling side */

struct rpc_client; /* one a thread */

struct rpc_client_options {
	const char
		*endpoints; /* "tcp://invoicing:5551" or several, separated by commas; names resolve to all addresses */
	const char *service; /* the server's certificate name: "invoicing" */
	const char *peer;    /* our own certificate name */
	const char *keys; /* folder of certificates (RELANCE_KEYS); "" without CURVE, only for ipc:// and inproc:// */
};

/* Waits for nobody: names are resolved and connections made in the background of the calls. ERR_INVALID
 * "bus.key_missing" or "rpc.endpoint". */
MUST_USE struct err rpc_client_new(const struct rpc_client_options *options, struct rpc_client **client);
void rpc_client_destroy(struct rpc_client **client);

struct rpc_options {
	const char *idempotency_key; /* NULL: the client makes one for its own retries */
	const char *trace_parent;
	const char *user;
	int64_t deadline_ms; /* 0: RPC_DEADLINE_MS_DEFAULT */
	bool fail_fast;      /* no copy of the service reached within RPC_FAIL_FAST_MS: give up before the deadline */
};

#define RPC_FAIL_FAST_MS 5000
#define RPC_CLIENT_CALLS_MAX 4096 /* in flight of one client */

/* What goes wrong on the way, beside the answers of the service itself:
 *   ERR_UNAVAILABLE "rpc.unreachable"     no copy of the service could be reached until the deadline
 *   ERR_DEADLINE "rpc.deadline"           it was asked and did not answer in time
 *   ERR_UNAUTHENTICATED "bus.key_refused" it does not know our key, or is not who we think; said at once
 *   ERR_INVALID "rpc.body_too_large", ERR_EXHAUSTED "rpc.too_many" */

/* One call, waited for. Repeats over other replicas, with the same key, while the deadline allows: a
 * lost reply is safe. Not while calls of rpc_start are in flight. `method` is
 * "relance.invoicing.v1.InvoicingService/IssueInvoice". Reply and error text live in `arena`. */
MUST_USE struct err rpc_call(struct rpc_client *client, struct arena *arena, const char *method,
			     const ProtobufCMessage *request, const struct rpc_options *options,
			     const ProtobufCMessageDescriptor *reply_type, ProtobufCMessage **reply);

/* The same with bodies that are already encoded (the gateway). */
MUST_USE struct err rpc_call_bytes(struct rpc_client *client, struct arena *arena, const char *method, const void *body,
				   size_t length, const struct rpc_options *options, const void **reply,
				   size_t *reply_length);

/* Many in flight, for benchmarks and the gateway: start, then poll. `tag` comes back with the answer. */
MUST_USE struct err rpc_start(struct rpc_client *client, const char *method, const void *body, size_t length,
			      const struct rpc_options *options, uint64_t tag);
struct rpc_answer {
	uint64_t tag;
	struct err err;
	const void *body; /* in the arena given to rpc_poll */
	size_t length;
};
/* Waits at most timeout_ms for one answer; ERR_DEADLINE "rpc.nothing" where none came. */
MUST_USE struct err rpc_poll(struct rpc_client *client, struct arena *arena, int timeout_ms, struct rpc_answer *answer);

/* For a loop of one's own (the gateway): a descriptor (an epoll of the replicas' sockets) that becomes readable when
 * rpc_poll may have something to do. As ZeroMQ's descriptors it tells of a change only once: after each wake-up and
 * after each rpc_start call rpc_poll with timeout 0 until it says "rpc.nothing"; and do so every RPC_TICK_MS at the
 * latest, for deadlines, heartbeats and names. */
#define RPC_TICK_MS 100
int rpc_client_fd(const struct rpc_client *client);

/* protobuf-c's allocator on an arena. */
ProtobufCAllocator rpc_allocator(struct arena *arena);

/* Checks bytes before unpack: depth (RPC_DEPTH_MAX), number of fields, UTF-8 of strings, by the message's
 * descriptor. protobuf-c itself checks none of these. */
#define RPC_DEPTH_MAX 16
#define RPC_FIELDS_MAX 200000
MUST_USE struct err rpc_wire_check(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length);

#endif
