#ifndef GATEWAY_EXCHANGE_H
#define GATEWAY_EXCHANGE_H

#include <microhttpd.h>

#include "common/base/buf.h"
#include "gateway/backends.h"
#include "gateway/connect.h"
#include "gateway/keyring.h"
#include "gateway/transcode/schema.h"

/* One HTTP request and its answer. The head is judged first (head.c), then the body is taken, translated and sent to
 * the backend, and the connection sleeps until the backend's answer or its deadline. */

#define GATEWAY_BODY_BYTES_MAX ((size_t)8 * 1024 * 1024)     /* JSON; as wire bytes it must fit RPC_BODY_BYTES_MAX */
#define GATEWAY_DISCARD_BYTES_MAX ((size_t)64 * 1024 * 1024) /* of a refused body, so that its sender reads why */
#define GATEWAY_DEADLINE_MS_MAX 300000 /* what a caller may ask for; a sleeping connection sees no hang-up */

struct edge {
	const struct schema *schema;
	struct keyring *keyring;
	struct backends backends;
	struct exchange *asleep; /* those that wait for a backend */
};

/* Of a provider's webhook; see webhook.h. */
struct webhook {
	uint64_t provider; /* 0: the request is none */
	const char *creditor, *signature;
};

struct exchange {
	struct edge *edge;
	struct MHD_Connection *connection;
	struct arena *arena;
	int64_t began_us;
	struct exchange *next, *previous; /* while asleep */

	/* the request */
	const char *verb;
	const struct schema_method *method; /* NULL where the URL is no rpc */
	enum connect_codec codec;
	struct rpc_options options;
	struct webhook webhook;
	struct buf body;
	size_t discarded;
	bool expects_continue, started;

	/* the answer, once status is not 0 */
	unsigned status;
	struct err err;
	const char *content_type;
	const char *allow; /* of a 405 */
	struct buf reply;
};

struct exchange *exchange_new(struct edge *edge, struct MHD_Connection *connection, const char *verb);
void exchange_destroy(struct exchange **exchange);

/* Head (head.c): fills the request, or answers. */
void exchange_judge(struct exchange *exchange, const char *url);

/* A part of the body. False: too much of it; hang up. */
bool exchange_take(struct exchange *exchange, const char *bytes, size_t length);

/* The request is whole: to the backend; afterwards it is asleep or answered. */
void exchange_start(struct exchange *exchange);

/* Fills in the answer. */
void exchange_answer(struct exchange *exchange, const struct rpc_answer *answer);
void exchange_refuse(struct exchange *exchange, struct err err);
/* Outside of Connect: 404, 405, 415, /livez. */
void exchange_say(struct exchange *exchange, unsigned status, const char *text);

/* Hands the answer to the HTTP library. */
enum MHD_Result exchange_send(struct exchange *exchange);

#endif
