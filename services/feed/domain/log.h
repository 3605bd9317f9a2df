#ifndef FEED_DOMAIN_LOG_H
#define FEED_DOMAIN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/feed_event.h"

/* The numbered log of events: where it stands, pages of it, who reads it. */

/* Where the log stands. */
struct position {
	int64_t newest;  /* number of the last event, 0 where there is none */
	int64_t oldest;  /* number of the first that is kept; newest + 1 where there is none */
	int64_t waiting; /* committed events without a number */
	int64_t lag_us;  /* how long the oldest of them has been waiting */
};

/* Events of one read, in order. */
struct event_page {
	struct feed_event *events;
	int count;
	int64_t looked_at; /* the last event that was looked at, whether it passed the filter or not */
};

struct event_filter {
	const char *const *types; /* none: all */
	size_t type_count;
	const char *creditor; /* "": all */
};

struct reader_position {
	const char *service, *name;
	int64_t sequence;
};

struct check_result {
	const char *name;
	bool ok;
	int64_t checked;
	const char *detail;
};

#endif
