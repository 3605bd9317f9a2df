#ifndef IO_FEED_H
#define IO_FEED_H

#include <stdatomic.h>

#include "common/base/feed_event.h"
#include "common/io/db.h"
#include "common/io/outbox.h"

/* Reading the event feed inside our own services: processed exactly once, because the reader's cursor moves in the
 * transaction of the effect. The position lies in the table `feed_cursor` of the service under the reader's name; the
 * publication socket is only a doorbell (a lost message costs FEED_POLL_MS, not an event). */

#define FEED_POLL_MS 1000
#define FEED_BATCH_MAX 200

/* The columns of feed.event that feed_event_decode reads, in its order. Texts point into the rows, the payload lives in
 * the arena. */
#define FEED_EVENT_COLUMNS "sequence, id, creditor, type, subject, at, payload_type, trace_parent, payload"
struct feed_event feed_event_decode(const struct db_rows *rows, int row, struct arena *arena);

struct feed_context {
	struct arena *arena;
	struct db_tx *tx; /* the effect goes here */
	void *process;    /* the service's own state, as given to service_run */
};

/* An error makes the whole batch roll back; it is tried again, then one event at a time, and the reader
 * stands still at the event that fails, loudly (log and metric relance_feed_reader_stuck), until it succeeds. */
typedef struct err (*feed_handler)(struct feed_context *context, const struct feed_event *event);

struct feed_subscription {
	const char *type; /* exact event type */
	feed_handler handler;
};

struct feed_reader {
	const char *name; /* "credit": the cursor's key */
	const struct feed_subscription *subscriptions;
	size_t count;
};

/* Handles what is there, at most FEED_BATCH_MAX events; *handled is the number of events passed over or handled. */
MUST_USE struct err feed_read_once(struct db *db, const struct feed_reader *reader, void *process, int *handled);

#endif
