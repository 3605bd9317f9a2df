#ifndef NOTIFICATION_QUEUE_LIMIT_H
#define NOTIFICATION_QUEUE_LIMIT_H

#include "common/io/cache.h"

/* Rate limits that all workers share, in Redis: GCRA (ITU-T I.371), whose state is one number a subject, the
 * theoretical arrival time of its next message. */

struct queue_rate {          /* `burst` at once, then one each `interval_us` */
	const char *subject; /* "recipient:a@b.example" */
	int64_t interval_us, burst;
};

/* Asks the limits for `count` messages in one round trip; those of message i are rates[i * each] to rates[i * each +
 * each - 1]. waits_ms[i] is 0 where all of them allow it; else the time after which to ask again. A subject is asked
 * once, for as many as name it. A limit that allowed a message has counted it, also where another refuses: limits err
 * towards fewer mails. */
MUST_USE struct err queue_allow(struct cache *cache, struct arena *arena, const struct queue_rate *rates, size_t each,
				size_t count, int64_t *waits_ms);

#endif
