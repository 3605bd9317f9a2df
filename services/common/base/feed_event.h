#ifndef BASE_FEED_EVENT_H
#define BASE_FEED_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/id.h"

/* An event of the numbered log, as readers, relay and wire hand it on. proto/relance/feed/v1 says what the fields mean.
 */
struct feed_event {
	int64_t sequence;
	struct id id;
	const char *creditor, *type, *subject, *payload_type, *trace_parent; /* trace_parent may be NULL */
	struct instant time;
	const void *payload;
	size_t payload_length;
};

#endif
