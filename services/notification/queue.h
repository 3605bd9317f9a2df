#ifndef NOTIFICATION_QUEUE_H
#define NOTIFICATION_QUEUE_H

#include "common/io/cache.h"
#include "notification/domain/entry.h"

/* Reminders on their way to the workers, in Redis. It holds ids only and may lose all of them at any time: the planner
 * fills it again from PostgreSQL, and an id that comes twice is claimed once.
 *
 * Keys of shard N carry the hash tag {relance:N}, so that each script stays within one slot of a Redis Cluster:
 *     {relance:N}:delayed   ZSET   member by due time in milliseconds of the system clock
 *     {relance:N}:due       stream of blocks of members that are due, consumer group "workers"
 *     {relance:N}:dead      stream of members that were given up, for whoever watches
 *     {relance:N}:epoch     says that the shard was filled; gone after a flush
 *     {relance:N}:rate:AGE  the rate limits, see queue_limit.h
 * A member is "CHANNEL|CREDITOR|ID". What falls due together travels as one entry of the stream, a block of members one
 * a line: a worker takes a block, holds it as the group's pending entry, and leaves it when all of it is dealt with. */

#define QUEUE_SHARDS 4        /* more spread the load over a cluster's nodes; each is asked in turn */
#define QUEUE_TAKE_MAX 100    /* entries a block: they share the work of a batch, and its leases */
#define QUEUE_IDLE_MS 30000   /* a consumer that holds a block longer has died: another takes it over */
#define QUEUE_ADOPT_MS 1000   /* how often a worker looks for blocks of the dead */
#define QUEUE_PUSH_MAX 500    /* entries a command */
#define QUEUE_DEAD_KEPT 10000 /* of the dead letters; the truth about them is in PostgreSQL */

/* An entry that is there already moves to its new due time. */
MUST_USE struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries,
			       size_t count);

/* What a worker holds: a block of one shard. */
struct queue_batch {
	unsigned shard;
	char block[32]; /* its id in the stream */
	size_t count;
	struct queue_entry entries[QUEUE_TAKE_MAX];
};

/* Who takes, and where it goes on looking. */
struct queue_taker {
	const char *consumer; /* unique to the thread */
	unsigned shard;       /* 0 at first */
	int64_t adopted_us;   /* 0 at first */
};

/* Leaves `left` (NULL: nothing; it may be `taken` itself) and takes what is due, from the first shard that has any, in
 * one round trip where that is the next one. taken->count may be 0: then *wait_us is the time until the next delayed
 * entry falls due (-1: there is none). */
MUST_USE struct err queue_take(struct cache *cache, struct arena *arena, struct queue_taker *taker,
			       const struct queue_batch *left, struct queue_batch *taken, int64_t *wait_us);

/* Gives a batch back: entries with due_ms come again then; the others are forgotten, as PostgreSQL knows what came of
 * them. */
MUST_USE struct err queue_leave(struct cache *cache, struct arena *arena, const struct queue_batch *left);

/* Sleeps until the next entry falls due, as queue_take told, and never longer than QUEUE_REST_MS: what is pushed
 * meanwhile is not known here. */
#define QUEUE_REST_MS 50
void queue_rest(int64_t wait_us);

/* Lists it among the dead letters. */
MUST_USE struct err queue_bury(struct cache *cache, struct arena *arena, const struct queue_entry *entry);

/* *complete is false where a shard's epoch is missing: fill the queue again, then queue_mark. */
MUST_USE struct err queue_complete(struct cache *cache, struct arena *arena, bool *complete);
MUST_USE struct err queue_mark(struct cache *cache, struct arena *arena);

#endif
