#ifndef IO_RPC_REPLICA_H
#define IO_RPC_REPLICA_H

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "common/io/rpc.h"
#include "common/io/rpc_resolve.h"

/* One copy of a service as its caller sees it: a DEALER, and the socket's monitor that tells when the copy is there,
 * when it is lost, and that it refuses our key. */

enum replica_state {
	REPLICA_CONNECTING,
	REPLICA_READY,
	REPLICA_DRAINING, /* it said that it is ending: no new calls */
};

struct replica {
	struct replica *next;
	char endpoint[BUS_ENDPOINT_BYTES];
	void *dealer, *monitor;
	enum replica_state state;
	int in_flight;
	bool look;        /* the DEALER may hold an answer */
	bool key_refused; /* by a handshake that failed for that */
	int closed_early; /* handshakes that the other side broke off, one after the other */
	bool listed;      /* its name still resolves to it */
};

/* Both sockets are added to the epoll; the events' u64 is the replica's address, with this bit set for the monitor. */
#define REPLICA_TAG_MONITOR ((uintptr_t)1)

MUST_USE struct err replica_new(const struct rpc_client_options *options, const char *endpoint, int epoll_fd,
				struct replica **replica);
void replica_destroy(struct replica **replica, int epoll_fd);

/* Sends a copy; false where it takes nothing in now. */
bool replica_send(struct replica *replica, zmq_msg_t *request);

/* Initialises `reply`, which the caller closes; false when there is none. */
bool replica_receive(struct replica *replica, zmq_msg_t *reply);

/* Reads the monitor; true if the connection was lost, and with it the answers to what was sent. */
bool replica_watch(struct replica *replica);

#endif
