#include "common/io/cache.h"

#include <hiredis.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/cache_route.h"
#include "common/io/log.h"

#define SCRIPT_HEAD 3 /* EVALSHA, the SHA, the number of keys */
#define TRIPS_MAX 3   /* of a run: a script that is not known, a slot that has moved, both */

struct cache {
	struct cache_route route;
};

struct err cache_open(const char *url, struct cache **cache)
{
	struct cache *opened = calloc(1, sizeof *opened);
	struct cache_link *link;

	CHECK(opened != NULL);
	struct err err = cache_route_parse(url, &opened->route);

	if (err_ok(err))
		err = cache_route_find(&opened->route, NULL, &link);
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
	cache_route_close(&(*cache)->route);
	free(*cache);
	*cache = NULL;
}

void cache_reply_release(struct redisReply **reply)
{
	if (*reply)
		freeReplyObject(*reply);
	*reply = NULL;
}

void cache_calls_release(struct cache_call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cache_reply_release(&calls[i].reply);
}

/* ------------------------------------------------------------------ a trip */

/* A call on its way. */
struct sent {
	struct cache_link *link; /* NULL: it could not be sent */
	bool again;              /* the server has not run it, and told where, or how, it would be */
};

static const char *key_of(const struct cache_call *call)
{
	if (call->script)
		return call->keys > 0 ? call->words[0] : NULL;
	return call->count > 1 ? call->words[1] : NULL;
}

static void append(struct cache_link *link, int count, const char **words, struct arena *arena)
{
	size_t *lengths = arena_array(arena, (size_t)count, sizeof *lengths);

	CHECK(count <= CACHE_WORDS_MAX + SCRIPT_HEAD);
	for (int i = 0; i < count; i++)
		lengths[i] = strlen(words[i]);

	int status = redisAppendCommandArgv(link->context, count, words, lengths);

	CHECK(status == REDIS_OK); /* it only writes into memory */
	link->owed++;
}

static struct err call_send(struct cache *cache, struct arena *arena, const struct cache_call *call, bool again,
			    struct sent *sent)
{
	struct cache_link *link;

	TRY(cache_route_find(&cache->route, key_of(call), &link));
	if (call->script) {
		const char **words = arena_array(arena, (size_t)call->count + SCRIPT_HEAD, sizeof *words);

		words[0] = again ? "EVAL" : "EVALSHA"; /* the text brings the script back under the same SHA */
		words[1] = again ? call->script->text : call->script->sha;
		words[2] = arena_format(arena, "%d", call->keys);
		memcpy(words + SCRIPT_HEAD, call->words, (size_t)call->count * sizeof *words);
		append(link, call->count + SCRIPT_HEAD, words, arena);
	} else {
		append(link, call->count, call->words, arena);
	}
	sent->link = link;
	return OK;
}

/* Error replies that say nothing about the call: it was not run, and may be later. */
static const char *const AWAY[] = { "LOADING",    "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN",
				    "NOREPLICAS", "MISCONF",  "OOM",        "BUSY",        "ASK " };

static bool is_away(const char *error)
{
	for (size_t i = 0; i < sizeof AWAY / sizeof AWAY[0]; i++) {
		if (text_starts(error, AWAY[i]))
			return true;
	}
	return false;
}

/* A server that cannot serve is left, a master that has become a replica above all: its successor is found with the
 * next call. */
static struct err judge(struct cache *cache, struct arena *arena, struct sent *sent, const char *error)
{
	if (text_starts(error, "NOSCRIPT")) {
		sent->again = true;
		return OK;
	}
	if (text_starts(error, "MOVED ")) {
		cache_route_forget(&cache->route);
		sent->again = true;
		return OK;
	}
	if (!is_away(error))
		return err_format(arena, ERR_INTERNAL, "cache.refused", NULL, "%s", error);
	log_warn("Redis not ready", LOG_TEXT("error", error));
	cache_link_close(sent->link);
	cache_route_forget(&cache->route);
	return cache_unavailable();
}

static struct err reply_take(struct cache *cache, struct arena *arena, struct sent *sent, struct redisReply **reply)
{
	struct cache_link *link = sent->link;
	void *taken = NULL;

	link->owed--;
	if (!link->context) /* a pipeline that broke is broken to its last reply */
		return cache_unavailable();
	if (redisGetReply(link->context, &taken) != REDIS_OK) {
		log_warn("Redis lost", LOG_TEXT("error", link->context->errstr));
		cache_link_close(link);
		cache_route_forget(&cache->route);
		return cache_unavailable();
	}

	CACHE_REPLY_SCOPE answer = taken;

	if (answer->type == REDIS_REPLY_ERROR)
		return judge(cache, arena, sent, answer->str);
	*reply = answer;
	answer = NULL;
	return OK;
}

static void note(struct err *first, struct err err)
{
	if (err_ok(*first))
		*first = err;
}

/* Sends the calls that are marked, and takes their replies. *again: some are marked for another trip. */
static struct err trip(struct cache *cache, struct arena *arena, struct cache_call *calls, struct sent *sent,
		       size_t count, bool first_trip, bool *again)
{
	struct err first = OK;

	for (size_t i = 0; i < count; i++) {
		sent[i].link = NULL;
		if (sent[i].again)
			note(&first, call_send(cache, arena, &calls[i], !first_trip, &sent[i]));
		sent[i].again = false;
	}
	*again = false;
	for (size_t i = 0; i < count; i++) {
		if (sent[i].link)
			note(&first, reply_take(cache, arena, &sent[i], &calls[i].reply));
		*again = *again || sent[i].again;
	}
	return first;
}

/* ------------------------------------------------------------------ runs */

/* Scripts are shared by all threads; the first to need one loads it. */
static struct err script_load(struct cache *cache, struct arena *arena, struct cache_script *script)
{
	static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
	struct err err = OK;

	pthread_mutex_lock(&loading);
	if (!*script->sha) {
		CACHE_REPLY_SCOPE reply = NULL;

		err = cache_command(cache, arena, &reply, CACHE_WORDS("SCRIPT", "LOAD", script->text));
		if (err_ok(err))
			text_copy(script->sha, sizeof script->sha, reply->str);
	}
	pthread_mutex_unlock(&loading);
	return err;
}

struct err cache_run(struct cache *cache, struct arena *arena, struct cache_call *calls, size_t count)
{
	struct sent *sent = arena_array(arena, count + 1, sizeof *sent);
	struct err first = OK;
	bool again = count > 0;

	for (size_t i = 0; i < count; i++) {
		if (calls[i].script)
			TRY(script_load(cache, arena, calls[i].script));
		sent[i].again = true;
	}
	for (int trips = 0; again && trips < TRIPS_MAX; trips++)
		note(&first, trip(cache, arena, calls, sent, count, trips == 0, &again));
	if (again)
		note(&first, cache_unavailable());
	return first;
}

struct err cache_command(struct cache *cache, struct arena *arena, struct redisReply **reply, const char **words,
			 int count)
{
	struct cache_call call = { .words = words, .count = count };
	struct err err = cache_run(cache, arena, &call, 1);

	if (!err_ok(err)) {
		cache_calls_release(&call, 1);
		return err;
	}
	CHECK(call.reply != NULL);
	cache_reply_release(reply);
	*reply = call.reply;
	return OK;
}
