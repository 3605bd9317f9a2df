#ifndef IO_CACHE_H
#define IO_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* Redis: one connection a thread, reopened after a failure; commands in pipelines; Lua scripts by their SHA with a
 * fall back to EVAL after a flush or restart. Redis is never the truth: every caller can lose every key.
 * hiredis writes without MSG_NOSIGNAL: the process must ignore SIGPIPE, as service_run does. */

struct cache;
struct redisReply;

/* `url`: "unix:/path/redis.sock", "redis://host:6379[/db]". */
MUST_USE struct err cache_open(const char *url, struct cache **cache);
void cache_close(struct cache **cache);

/* One command, formatted as hiredis does (%s, %b, %lld). The reply is freed by cache_reply_release. An error
 * reply of Redis is ERR_INTERNAL "cache.refused", a broken connection ERR_UNAVAILABLE "cache.unavailable". */
MUST_USE struct err cache_command(struct cache *cache, struct arena *arena, struct redisReply **reply,
				  const char *format, ...);

/* Pipelines: queue any number, then take each reply in order. */
MUST_USE struct err cache_queue(struct cache *cache, const char *format, ...);
MUST_USE struct err cache_queue_argv(struct cache *cache, int argc, const char **argv, const size_t *lengths);
MUST_USE struct err cache_take(struct cache *cache, struct arena *arena, struct redisReply **reply);

/* A script: the text is loaded on first use. keys and args are counted texts. */
struct cache_script {
	const char *name, *text;
	char sha[41]; /* filled by cache.c; "" at first */
};
MUST_USE struct err cache_script_run(struct cache *cache, struct arena *arena, struct cache_script *script,
				     int key_count, int argc, const char **argv, const size_t *lengths,
				     struct redisReply **reply);

void cache_reply_release(struct redisReply **reply);
#define CACHE_REPLY_SCOPE __attribute__((cleanup(cache_reply_release))) struct redisReply *

#endif
