#include "common/io/rpc_replica.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/check.h"
#include "common/base/text.h"

/* A server that cannot read our first message (we hold a wrong key of it) just closes; so does one that dies at
 * that moment. Twice running is no accident. */
#define CLOSED_EARLY_MAX 2

#define EVENTS                                                                                                         \
	(ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                    \
	 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)

static void watch_fd(int epoll_fd, void *socket, uintptr_t tag)
{
	struct epoll_event event = { .events = EPOLLIN, .data = { .u64 = tag } };
	size_t size = sizeof(int);
	int fd;

	CHECK(zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0);
	CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void unwatch_fd(int epoll_fd, void *socket)
{
	size_t size = sizeof(int);
	int fd;

	if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void monitor_open(struct replica *replica)
{
	static atomic_ulong monitors;
	char name[64];
	int linger = 0;

	snprintf(name, sizeof name, "inproc://rpc-monitor-%lu", atomic_fetch_add(&monitors, 1));
	CHECK(zmq_socket_monitor(replica->dealer, name, EVENTS) == 0);
	replica->monitor = zmq_socket(bus_context(), ZMQ_PAIR);
	CHECK(replica->monitor != NULL);
	zmq_setsockopt(replica->monitor, ZMQ_LINGER, &linger, sizeof linger);
	CHECK(zmq_connect(replica->monitor, name) == 0);
}

struct err replica_new(const struct rpc_client_options *options, const char *endpoint, int epoll_fd,
		       struct replica **replica)
{
	struct bus_options bus = { .keys = options->keys, .self = options->peer, .service = options->service };
	void *dealer;

	TRY(bus_socket_new(ZMQ_DEALER, &bus, &dealer));
	struct replica *made = calloc(1, sizeof *made);

	CHECK(made != NULL);
	*made = (struct replica){ .dealer = dealer, .listed = true, .look = true };
	text_copy(made->endpoint, sizeof made->endpoint, endpoint);
	monitor_open(made);
	struct err err = bus_connect(dealer, endpoint);

	if (!err_ok(err)) {
		bus_socket_destroy(&made->monitor);
		bus_socket_destroy(&made->dealer);
		free(made);
		return err;
	}
	/* An inproc:// peer has no handshake and no monitor events. */
	if (text_starts(endpoint, "inproc://"))
		made->state = REPLICA_READY;
	watch_fd(epoll_fd, made->dealer, (uintptr_t)made);
	watch_fd(epoll_fd, made->monitor, (uintptr_t)made | REPLICA_TAG_MONITOR);
	/* A descriptor of ZeroMQ tells of nothing before its socket was once found empty. */
	bool was_lost = replica_watch(made);

	CHECK(!was_lost);
	*replica = made;
	return OK;
}

void replica_destroy(struct replica **replica, int epoll_fd)
{
	unwatch_fd(epoll_fd, (*replica)->dealer);
	unwatch_fd(epoll_fd, (*replica)->monitor);
	zmq_socket_monitor((*replica)->dealer, NULL, 0);
	bus_socket_destroy(&(*replica)->monitor);
	bus_socket_destroy(&(*replica)->dealer);
	free(*replica);
	*replica = NULL;
}

/* ------------------------------------------------------------------ messages */

bool replica_send(struct replica *replica, zmq_msg_t *request)
{
	zmq_msg_t copy;
	int sent;

	replica->look = true; /* a send may swallow the descriptor's one sign of an answer */
	zmq_msg_init(&copy);
	CHECK(zmq_msg_copy(&copy, request) == 0);
	do
		sent = zmq_msg_send(&copy, replica->dealer, ZMQ_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		zmq_msg_close(&copy);
	return sent >= 0;
}

static bool frame_receive(void *socket, zmq_msg_t *frame)
{
	int got;

	do
		got = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
	while (got < 0 && errno == EINTR);
	return got >= 0;
}

bool replica_receive(struct replica *replica, zmq_msg_t *reply)
{
	zmq_msg_init(reply);
	if (!replica->look)
		return false;
	replica->look = frame_receive(replica->dealer, reply);
	while (replica->look && zmq_msg_more(reply) && frame_receive(replica->dealer, reply))
		; /* of several frames, which none of ours sends, the last is as wrong as the first */
	return replica->look;
}

/* ------------------------------------------------------------------ the monitor */

static bool event_receive(struct replica *replica, uint16_t *event, uint32_t *value)
{
	zmq_msg_t frame;

	zmq_msg_init(&frame);
	bool there = frame_receive(replica->monitor, &frame) && zmq_msg_size(&frame) == sizeof *event + sizeof *value;

	if (there) {
		memcpy(event, zmq_msg_data(&frame), sizeof *event);
		memcpy(value, (const char *)zmq_msg_data(&frame) + sizeof *event, sizeof *value);
	}
	while (zmq_msg_more(&frame) && frame_receive(replica->monitor, &frame))
		; /* the address, which we know */
	zmq_msg_close(&frame);
	return there;
}

static bool lost(struct replica *replica)
{
	bool was = replica->state != REPLICA_CONNECTING;

	replica->state = REPLICA_CONNECTING;
	return was;
}

bool replica_watch(struct replica *replica)
{
	uint16_t event;
	uint32_t value;
	bool was_lost = false;

	while (event_receive(replica, &event, &value)) {
		switch (event) {
		case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
			replica->state = REPLICA_READY;
			replica->key_refused = false;
			replica->closed_early = 0;
			break;
		case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
			replica->key_refused = true;
			was_lost = lost(replica) || was_lost;
			break;
		case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
			replica->key_refused = ++replica->closed_early >= CLOSED_EARLY_MAX;
			was_lost = lost(replica) || was_lost;
			break;
		case ZMQ_EVENT_DISCONNECTED:
			was_lost = lost(replica) || was_lost;
			break;
		default:
			break;
		}
	}
	return was_lost;
}
