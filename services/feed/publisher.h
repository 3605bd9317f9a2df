#ifndef FEED_PUBLISHER_H
#define FEED_PUBLISHER_H

#include "common/io/feed.h"

/* The PUB socket of the feed: frames as proto/relance/feed/v1/feed.proto says. One thread uses it. It is open while
 * this copy leads, so that a standby on the same machine can take the endpoint over. Publishing never waits: what a
 * slow subscriber does not take within BUS_QUEUE_MESSAGES is dropped for it, and it replays. */

#define PUBLISHER_HEARTBEAT_TOPIC "relance.feed.heartbeat.v1"

struct publisher {
	const char *endpoint, *keys;
	void *socket; /* NULL: closed */
};

/* Binds the endpoint; nothing where it is open already. ERR_UNAVAILABLE "bus.bind" while another holds it. */
MUST_USE struct err publisher_open(struct publisher *publisher);
void publisher_close(struct publisher *publisher);

void publisher_event(struct publisher *publisher, struct arena *arena, const struct feed_event *event);
void publisher_heartbeat(struct publisher *publisher, int64_t newest);

#endif
