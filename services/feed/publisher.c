#include "feed/publisher.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/io/bus.h"
#include "feed/wire.h"

struct err publisher_open(struct publisher *publisher)
{
	const struct bus_options options = { .keys = publisher->keys, .self = "feed" };

	if (publisher->socket)
		return OK;
	TRY(bus_socket_new(ZMQ_PUB, &options, &publisher->socket));
	struct err err = bus_bind(publisher->socket, publisher->endpoint, NULL);

	if (!err_ok(err))
		publisher_close(publisher);
	return err;
}

void publisher_close(struct publisher *publisher)
{
	bus_socket_destroy(&publisher->socket);
}

/* A PUB socket refuses nothing: it queues for a subscriber, or drops. */
static void frame_send(struct publisher *publisher, const void *bytes, size_t length, int more)
{
	(void)zmq_send(publisher->socket, bytes, length, more);
}

static void numbered_send(struct publisher *publisher, const char *topic, int64_t sequence, int more)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%" PRId64, sequence);

	frame_send(publisher, topic, strlen(topic), ZMQ_SNDMORE);
	frame_send(publisher, digits, (size_t)length, more);
}

void publisher_event(struct publisher *publisher, struct arena *arena, const struct feed_event *event)
{
	size_t length;
	const void *bytes = wire_pack_event(arena, event, &length);

	numbered_send(publisher, event->type, event->sequence, ZMQ_SNDMORE);
	frame_send(publisher, bytes, length, 0);
}

void publisher_heartbeat(struct publisher *publisher, int64_t newest)
{
	numbered_send(publisher, PUBLISHER_HEARTBEAT_TOPIC, newest, 0);
}
