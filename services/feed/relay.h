#ifndef FEED_RELAY_H
#define FEED_RELAY_H

#include "common/io/service.h"
#include "feed/publisher.h"

/* The one that numbers: takes committed events out of the outbox, gives them the next numbers in the log, and publishes
 * them. Several copies of the process may run; the one whose database session holds RELAY_LEADER_KEY leads,
 * the others ask for the lock every RELAY_STANDBY_MS.
 *
 * The leader looks into the outbox every RELAY_IDLE_MS with one cheap query, and every RELAY_BUSY_MS while events come:
 * long enough that commits share a batch, short enough that nobody notices. NOTIFY in the writers' transactions would
 * be faster still, and make all commits of the server wait for each other.
 *
 * Source of the order: a row becomes visible when its transaction commits, and gets its number then. Events of one
 * record keep their order, because their writers locked the record before they wrote the event. */

#define RELAY_LEADER_KEY INT64_C(7001)
#define RELAY_IDLE_MS 20
#define RELAY_BUSY_MS 3
#define RELAY_STANDBY_MS 500
#define RELAY_HEARTBEAT_MS 1000

struct relay {
	struct publisher publisher;
	struct arena *arena;  /* of one turn */
	int64_t heartbeat_us; /* when the last one left, on the monotonic clock */
	int64_t kept_days;    /* how long the log is kept: purge.h */
};

/* The job; the process state is a struct relay. */
struct err relay_run(struct service_context *context, int64_t *again_ms);

#endif
