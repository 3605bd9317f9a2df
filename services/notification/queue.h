#ifndef NOTIFICATION_QUEUE_H
#define NOTIFICATION_QUEUE_H

#include "common/io/cache.h"
#include "notification/domain/entry.h"

/* Reminders on their way to the workers, in Redis. It holds ids only and may lose all of them at any time: the planner
 * fills it again from PostgreSQL, and an id that comes twice is claimed once.
 *
 * Keys of shard N carry the hash tag {relance:N}, so that each script stays within one slot of a Redis Cluster:
 *     {relance:N}:delayed         ZSET   member by due time in milliseconds of the system clock
 *     {relance:N}:known           SET    members that are delayed or in a stream: nothing is added twice
 *     {relance:N}:stream:CHANNEL  stream of members that are due, consumer group "workers"
 *     {relance:N}:dead            stream of members that were given up, for whoever watches
 *     {relance:N}:epoch           says that the shard was filled; gone after a flush
 *     {relance:rate:SUBJECT}      GCRA: the theoretical arrival time of the next message
 * A member is "CHANNEL|CREDITOR|ID". */

#define QUEUE_SHARDS 4        /* more spread the load over a cluster's nodes; each is asked in turn */
#define QUEUE_TAKE_MAX 16     /* entries a worker holds: with 200 ms a mail, 3 s of work, within the lease */
#define QUEUE_IDLE_MS 30000   /* a consumer that holds an entry longer has died: another takes it over */
#define QUEUE_PUSH_MAX 500    /* entries a script call */
#define QUEUE_DEAD_KEPT 10000 /* of the dead letters; the truth about them is in PostgreSQL */

enum queue_push { QUEUE_NEW, QUEUE_AGAIN /* even if it is known: the entry may have been lost */ };

MUST_USE struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries,
			       size_t count, enum queue_push how);

/* Takes at most `max` due entries for `consumer`, from all shards in turn. *count may be 0; *wait_ms is the time until
 * the next delayed entry falls due (-1: there is none). */
MUST_USE struct err queue_take(struct cache *cache, struct arena *arena, const char *consumer, size_t max,
			       struct queue_entry *entries, size_t *count, int64_t *wait_ms);

/* Forgets a taken entry, whose outcome PostgreSQL knows. */
MUST_USE struct err queue_done(struct cache *cache, struct arena *arena, const struct queue_entry *entry);

/* The same, and it comes again at `due_ms`. */
MUST_USE struct err queue_put_back(struct cache *cache, struct arena *arena, const struct queue_entry *entry);

/* Lists it among the dead letters. */
MUST_USE struct err queue_bury(struct cache *cache, struct arena *arena, const struct queue_entry *entry);

/* *complete is false where a shard's epoch is missing: fill the queue again, then queue_mark. */
MUST_USE struct err queue_complete(struct cache *cache, struct arena *arena, bool *complete);
MUST_USE struct err queue_mark(struct cache *cache, struct arena *arena);

/* One rate limit: `burst` at once, then one each `interval_us`. */
struct queue_rate {
	const char *subject; /* "recipient:a@b.example" */
	int64_t interval_us, burst;
};

/* Asks the limits one after the other. *wait_ms is 0 where all allow it; else the time after which to ask again. A
 * limit that allowed it has counted it, also where a later one refuses: limits err towards fewer mails. */
MUST_USE struct err queue_allow(struct cache *cache, struct arena *arena, const struct queue_rate *rates, size_t count,
				int64_t *wait_ms);

#endif
