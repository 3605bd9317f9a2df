#ifndef FEED_WIRE_H
#define FEED_WIRE_H

#include "common/io/rpc.h"
#include "feed/domain/log.h"

/* Between the messages of proto/relance/feed and the service's own structs. Nothing else of the service sees the
 * generated code. */

#define LIST_LIMIT_DEFAULT 100
#define LIST_LIMIT_MAX 1000
#define LIST_WAIT_MS_MAX 5000 /* a process that ends waits for the calls it has in flight */
#define LIST_TYPES_MAX 100
#define LIST_REPLY_BYTES (RPC_BODY_BYTES_MAX / 2) /* a page ends with the event that passes this */

extern const ProtobufCServiceDescriptor *const FEED_SERVICE;

struct list_ask {
	int64_t after;
	int limit, wait_ms;
	struct event_filter filter; /* texts point into the request */
};

MUST_USE struct err wire_decode_list_events(const struct rpc_call *call, struct list_ask *ask);
void wire_encode_list_events(struct rpc_call *call, const struct event_page *page, int64_t newest, int64_t oldest);

void wire_encode_get_position(struct rpc_call *call, const struct position *position, int64_t kept_days,
			      const struct reader_position *readers, size_t reader_count);

void wire_encode_verify(struct rpc_call *call, const struct check_result *results, size_t count);

/* The message Event, as it is published. */
const void *wire_pack_event(struct arena *arena, const struct feed_event *event, size_t *length);

#endif
