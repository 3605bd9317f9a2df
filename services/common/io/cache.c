#include "common/io/cache.h"

#include <hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

#define CONNECT_TIMEOUT_S 2
#define REPLY_TIMEOUT_S 10 /* longer than any BLOCK that our workers ask for */
#define PORT_DEFAULT 6379
#define SCRIPT_ARGS_MAX 4096

struct cache {
	char *path, *host; /* one of the two */
	long long port, database;
	redisContext *context; /* NULL: broken, opened again with the next command */
	int owed;              /* replies that the caller has still to take */
};

static struct err unavailable(void)
{
	return ERR(ERR_UNAVAILABLE, "cache.unavailable", NULL, "Redis cannot be reached");
}

static void connection_drop(struct cache *cache)
{
	if (cache->context)
		redisFree(cache->context);
	cache->context = NULL;
}

static void connection_break(struct cache *cache)
{
	log_warn("Redis lost", LOG_TEXT("error", cache->context->errstr));
	connection_drop(cache);
}

static bool database_select(struct cache *cache)
{
	if (cache->database == 0)
		return true;
	redisReply *reply = redisCommand(cache->context, "SELECT %lld", cache->database);
	bool selected = reply && reply->type == REDIS_REPLY_STATUS;

	if (reply)
		freeReplyObject(reply);
	return selected;
}

static struct err connection_open(struct cache *cache)
{
	const struct timeval connect = { .tv_sec = CONNECT_TIMEOUT_S }, reply = { .tv_sec = REPLY_TIMEOUT_S };

	cache->context = cache->path ? redisConnectUnixWithTimeout(cache->path, connect)
				     : redisConnectWithTimeout(cache->host, (int)cache->port, connect);
	CHECK(cache->context != NULL);
	if (cache->context->err || redisSetTimeout(cache->context, reply) != REDIS_OK || !database_select(cache)) {
		connection_break(cache);
		return unavailable();
	}
	return OK;
}

/* ------------------------------------------------------------------ open and close */

/* host[:port][/database] */
static struct err address_parse(struct cache *cache, char *address)
{
	char *database = strchr(address, '/');

	if (database) {
		*database++ = '\0';
		TRY(text_to_int64(database, 0, 1023, &cache->database));
	}
	char *port = strrchr(address, ':');

	cache->port = PORT_DEFAULT;
	if (port) {
		*port++ = '\0';
		TRY(text_to_int64(port, 1, 65535, &cache->port));
	}
	return OK;
}

static struct err url_parse(struct cache *cache, const char *url)
{
	struct err malformed =
		ERR(ERR_INVALID, "cache.url", NULL, "a Redis address is unix:/path or redis://host[:port][/database]");

	if (text_starts(url, "unix:/")) {
		cache->path = strdup(url + strlen("unix:"));
		CHECK(cache->path != NULL);
		return OK;
	}
	if (!text_starts(url, "redis://"))
		return malformed;
	cache->host = strdup(url + strlen("redis://"));
	CHECK(cache->host != NULL);
	return err_ok(address_parse(cache, cache->host)) && *cache->host ? OK : malformed;
}

struct err cache_open(const char *url, struct cache **cache)
{
	struct cache *opened = calloc(1, sizeof *opened);

	CHECK(opened != NULL);
	struct err err = url_parse(opened, url);

	if (err_ok(err))
		err = connection_open(opened);
	if (err_ok(err))
		*cache = opened;
	else
		cache_close(&opened);
	return err;
}

void cache_close(struct cache **cache)
{
	if (!*cache)
		return;
	connection_drop(*cache);
	free((*cache)->path);
	free((*cache)->host);
	free(*cache);
	*cache = NULL;
}

/* ------------------------------------------------------------------ commands */

/* Redis owes nothing and yet there is something to read: it has hung up while nobody was looking. */
static bool connection_stale(const struct cache *cache)
{
	struct pollfd ready = { .fd = cache->context->fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

/* A pipeline that broke is broken to its last reply; a new connection begins behind it. */
static struct err queue_ready(struct cache *cache)
{
	if (cache->owed > 0)
		return OK;
	if (cache->context && connection_stale(cache))
		connection_drop(cache);
	return cache->context ? OK : connection_open(cache);
}

static void queue_done(struct cache *cache, int status)
{
	cache->owed++;
	if (status != REDIS_OK)
		connection_break(cache);
}

struct err cache_queue(struct cache *cache, const char *format, ...)
{
	va_list args;
	int status = REDIS_OK;

	TRY(queue_ready(cache));
	va_start(args, format);
	if (cache->context)
		status = redisvAppendCommand(cache->context, format, args);
	va_end(args);
	queue_done(cache, status);
	return OK;
}

struct err cache_queue_argv(struct cache *cache, int argc, const char **argv, const size_t *lengths)
{
	int status = REDIS_OK;

	TRY(queue_ready(cache));
	if (cache->context)
		status = redisAppendCommandArgv(cache->context, argc, argv, lengths);
	queue_done(cache, status);
	return OK;
}

struct err cache_take(struct cache *cache, struct arena *arena, struct redisReply **reply)
{
	void *taken = NULL;

	CHECK(cache->owed > 0);
	cache->owed--;
	if (!cache->context)
		return unavailable();
	if (redisGetReply(cache->context, &taken) != REDIS_OK) {
		connection_break(cache);
		return unavailable();
	}
	cache_reply_release(reply);
	redisReply *answer = taken;

	if (answer->type != REDIS_REPLY_ERROR) {
		*reply = answer;
		return OK;
	}
	struct err err = err_format(arena, ERR_INTERNAL, "cache.refused", NULL, "%s", answer->str);

	freeReplyObject(answer);
	return err;
}

struct err cache_command(struct cache *cache, struct arena *arena, struct redisReply **reply, const char *format, ...)
{
	va_list args;
	int status = REDIS_OK;

	CHECK(cache->owed == 0);
	TRY(queue_ready(cache));
	va_start(args, format);
	status = redisvAppendCommand(cache->context, format, args);
	va_end(args);
	queue_done(cache, status);
	return cache_take(cache, arena, reply);
}

void cache_reply_release(struct redisReply **reply)
{
	if (*reply)
		freeReplyObject(*reply);
	*reply = NULL;
}

/* ------------------------------------------------------------------ scripts */

/* Scripts are shared by all threads; the first to need one loads it. */
static struct err script_load(struct cache *cache, struct arena *arena, struct cache_script *script,
			      char sha[static 41])
{
	static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
	struct err err = OK;

	pthread_mutex_lock(&loading);
	if (!*script->sha) {
		CACHE_REPLY_SCOPE reply = NULL;

		err = cache_command(cache, arena, &reply, "SCRIPT LOAD %s", script->text);
		if (err_ok(err))
			text_copy(script->sha, sizeof script->sha, reply->str);
	}
	text_copy(sha, 41, script->sha);
	pthread_mutex_unlock(&loading);
	return err;
}

static struct err script_call(struct cache *cache, struct arena *arena, const char *command, const char *script,
			      int key_count, int argc, const char **argv, const size_t *lengths,
			      struct redisReply **reply)
{
	const char *keys = arena_format(arena, "%d", key_count);
	const char **all = arena_array(arena, (size_t)argc + 3, sizeof *all);
	size_t *sizes = arena_array(arena, (size_t)argc + 3, sizeof *sizes);

	CHECK(argc <= SCRIPT_ARGS_MAX && cache->owed == 0);
	all[0] = command;
	all[1] = script;
	all[2] = keys;
	for (int i = 0; i < argc; i++)
		all[3 + i] = argv[i];
	for (int i = 0; i < argc + 3; i++)
		sizes[i] = i >= 3 && lengths ? lengths[i - 3] : strlen(all[i]);
	TRY(cache_queue_argv(cache, argc + 3, all, sizes));
	return cache_take(cache, arena, reply);
}

struct err cache_script_run(struct cache *cache, struct arena *arena, struct cache_script *script, int key_count,
			    int argc, const char **argv, const size_t *lengths, struct redisReply **reply)
{
	char sha[41];

	TRY(script_load(cache, arena, script, sha));
	struct err err = script_call(cache, arena, "EVALSHA", sha, key_count, argc, argv, lengths, reply);

	/* Redis was restarted or flushed since: the text brings the script back under the same SHA. */
	if (err.code == ERR_INTERNAL && text_starts(err.message, "NOSCRIPT"))
		return script_call(cache, arena, "EVAL", script->text, key_count, argc, argv, lengths, reply);
	return err;
}
