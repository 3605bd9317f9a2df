#ifndef NOTIFICATION_QUEUE_H
#define NOTIFICATION_QUEUE_H

#include "common/io/cache.h"
#include "notification/domain/entry.h"

/* Reminders on their way to the workers, in Redis. It holds ids only and may lose all of them at any time: the planner
 * fills it again from PostgreSQL, and an id that comes twice is claimed once.
 *
 * Keys of shard N carry the hash tag {relance:N}, so that each script stays within one slot of a Redis Cluster:
 *     {relance:N}:delayed         ZSET   member by due time in milliseconds of the system clock
 *     {relance:N}:stream:CHANNEL  stream of members that are due, consumer group "workers"
 *     {relance:N}:dead            stream of members that were given up, for whoever watches
 *     {relance:N}:epoch           says that the shard was filled; gone after a flush
 *     {relance:N}:rate:AGE        hash of GCRA: the theoretical arrival time of each subject's next message, in us
 * A member is "CHANNEL|CREDITOR|ID". */

#define QUEUE_SHARDS 4        /* more spread the load over a cluster's nodes; each is asked in turn */
#define QUEUE_TAKE_MAX 100    /* entries a worker holds: the round trips of a batch are shared by so many */
#define QUEUE_IDLE_MS 30000   /* a consumer that holds an entry longer has died: another takes it over */
#define QUEUE_ADOPT_MS 1000   /* how often a worker looks for entries of the dead */
#define QUEUE_PUSH_MAX 500    /* entries a command */
#define QUEUE_DEAD_KEPT 10000 /* of the dead letters; the truth about them is in PostgreSQL */

/* An entry that is there already moves to its new due time. */
MUST_USE struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries,
			       size_t count);

/* Who takes, and where it goes on looking. */
struct queue_taker {
	const char *consumer; /* unique to the thread */
	unsigned shard;       /* 0 at first */
	int64_t adopted_us;   /* 0 at first */
};

/* Takes at most `max` due entries, from the first shard that has any. *count may be 0: then *wait_us is the time until
 * the next delayed entry falls due (-1: there is none). */
MUST_USE struct err queue_take(struct cache *cache, struct arena *arena, struct queue_taker *taker, size_t max,
			       struct queue_entry *entries, size_t *count, int64_t *wait_us);

/* Sleeps until the next entry falls due, as queue_take told, and never longer than QUEUE_REST_MS: what is pushed
 * meanwhile is not known here. */
#define QUEUE_REST_MS 50
void queue_rest(int64_t wait_us);

/* Gives taken entries back: those with due_ms come again then; the others are forgotten, as PostgreSQL knows what came
 * of them. One round trip. */
MUST_USE struct err queue_leave(struct cache *cache, struct arena *arena, const struct queue_entry *entries,
				size_t count);

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

/* Asks the limits for `count` messages at once; those of message i are rates[i * each] to rates[i * each + each - 1].
 * waits_ms[i] is 0 where all of them allow it; else the time after which to ask again. A subject is asked once, for as
 * many as name it. A limit that allowed a message has counted it, also where another refuses: limits err towards fewer
 * mails. */
MUST_USE struct err queue_allow(struct cache *cache, struct arena *arena, const struct queue_rate *rates, size_t each,
				size_t count, int64_t *waits_ms);

#endif
