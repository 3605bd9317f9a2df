#ifndef IO_RPC_ENVELOPE_H
#define IO_RPC_ENVELOPE_H

#include <stdint.h>
#include <zmq.h>

#include "common/io/rpc.h"

/* A request and a reply as they travel: one frame with the header's length, the header (RequestHeader and ReplyHeader
 * of proto/relance/bus/v1/bus.proto) and the body. Headers are read and written here without protobuf-c, because every
 * call passes here four times: texts go into fields of known size, nothing is allocated. A test holds this file and the
 * generated code against each other. Bodies are not looked at; they point into the frame. */

struct rpc_body {
	const uint8_t *bytes;
	size_t length;
};

#define RPC_METHOD_BYTES 192 /* "relance.notification.v1.NotificationService/…" and the zero */
#define RPC_TRACE_BYTES 64   /* a traceparent has 55 */
#define RPC_USER_BYTES 129
#define RPC_MESSAGE_BYTES_MAX 2000 /* of an error's sentence; the rest is cut off */

struct rpc_request_head {
	uint64_t id;
	int64_t deadline_us; /* 0: the server's default */
	char method[RPC_METHOD_BYTES];
	char key[RPC_KEY_BYTES_MAX + 1];
	char trace[RPC_TRACE_BYTES];
	char user[RPC_USER_BYTES];
};

/* Texts that are too long or no UTF-8 make it malformed: ERR_INVALID "rpc.header". `head->id` is set where it could be
 * read, so that the refusal reaches its caller. */
MUST_USE struct err rpc_request_decode(zmq_msg_t *frame, struct rpc_request_head *head, struct rpc_body *body);

/* Initialises `frame`. NULL texts are empty. */
struct rpc_request_text {
	const char *method, *key, *trace, *user;
};
void rpc_request_encode(uint64_t id, int64_t deadline_us, const struct rpc_request_text *text, struct rpc_body body,
			zmq_msg_t *frame);

/* The error's texts live in the arena. ERR_INTERNAL "rpc.header" for what is no header. */
MUST_USE struct err rpc_reply_decode(zmq_msg_t *frame, struct arena *arena, uint64_t *id, struct err *answer,
				     struct rpc_body *body);

/* Initialises `frame` for a body of this size, and gives the place to write it to. */
uint8_t *rpc_reply_begin(uint64_t id, size_t body_length, zmq_msg_t *frame);
void rpc_reply_refuse(uint64_t id, struct err answer, zmq_msg_t *frame);

#endif
