#ifndef IO_CACHE_H
#define IO_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* Redis: one connection a thread and server, reopened after a failure; many calls in one round trip; Lua scripts by
 * their SHA with a fall back to EVAL after a flush or restart. Redis is never the truth: every caller can lose every
 * key. hiredis writes without MSG_NOSIGNAL: the process must ignore SIGPIPE, as service_run does.
 *
 * Where it is (RELANCE_REDIS):
 *     unix:/path/redis.sock                  one server
 *     redis://host[:port][/database]         one server
 *     sentinel://host[:port],…/name[/db]     the master that the sentinels name; asked again whenever it is lost, or
 *                                            says that it is none any more
 *     cluster://host[:port],…                a Redis Cluster that these nodes belong to: each call goes to the node
 *                                            that has its first key's slot, and follows a slot that has moved
 * In a cluster each script's keys are the caller's to keep in one slot, by a hash tag. A slot while it moves (ASK), a
 * fail-over and a server that loads its data are all "cache.unavailable": ask again later. */

struct cache;
struct redisReply;

/* ERR_INVALID "cache.url"; ERR_UNAVAILABLE "cache.unavailable" where nobody answers. */
MUST_USE struct err cache_open(const char *url, struct cache **cache);
void cache_close(struct cache **cache);

/* A script: the text is loaded on first use. */
struct cache_script {
	const char *name, *text;
	char sha[41]; /* filled by cache.c; "" at first */
};

/* A command, or a script's run. Its first key decides where it goes: words[1] of a command, words[0] of a script. */
struct cache_call {
	struct cache_script *script; /* NULL: a command */
	const char **words;          /* the command; or the script's keys, and then its arguments */
	int count;                   /* of the words, at most CACHE_WORDS_MAX */
	int keys;                    /* of a script, how many of the words are keys */
	struct redisReply *reply;    /* the answer, for cache_calls_release; NULL where there was none, or an error */
};

#define CACHE_WORDS_MAX 4096

/* All calls in one round trip (one a node of a cluster); `reply` of each is NULL before. The first error is returned,
 * and does not stop the other calls. An error reply of Redis is ERR_INTERNAL "cache.refused". */
MUST_USE struct err cache_run(struct cache *cache, struct arena *arena, struct cache_call *calls, size_t count);
void cache_calls_release(struct cache_call *calls, size_t count);

/* One command: cache_command(cache, arena, &reply, CACHE_WORDS("GET", key)). A reply that is there is replaced. */
MUST_USE struct err cache_command(struct cache *cache, struct arena *arena, struct redisReply **reply,
				  const char **words, int count);
#define CACHE_WORDS(...)                                                                                               \
	((const char *[]){ __VA_ARGS__ }), (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *))

void cache_reply_release(struct redisReply **reply);
#define CACHE_REPLY_SCOPE __attribute__((cleanup(cache_reply_release))) struct redisReply *

#endif
