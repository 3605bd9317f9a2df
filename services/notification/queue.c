#include "notification/queue.h"

#include <hiredis.h>
#include <string.h>
#include <time.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"

#define GROUP "workers"
#define MEMBER_BYTES 128 /* channel, creditor and id, with room to spare */

/* KEYS delayed, stream; ARGV consumer, max, idle ms (0: do not look for blocks of the dead).
 * Moves what is due to the stream as one block, and reads a block. Returns the us until the next entry falls due, then
 * the block's id and text, if there is one. */
static struct cache_script take_script = {
	.name = "take",
	.text = "local t = redis.call('TIME')\n"
		"local delayed, stream, idle = KEYS[1], KEYS[2], tonumber(ARGV[3])\n"
		"if idle > 0 then\n"
		"  local got = redis.pcall('XAUTOCLAIM', stream, '" GROUP "', ARGV[1], idle, '0', 'COUNT', 1)\n"
		"  local entry = not got.err and got[2][1]\n"
		"  if entry then return { -1, entry[1], entry[2][2] } end\n"
		"end\n"
		"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
		"local due = redis.call('ZRANGE', delayed, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[2])\n"
		"if #due > 0 then\n"
		"  redis.call('XADD', stream, '*', 'm', table.concat(due, '\\n'))\n"
		"  redis.call('ZREMRANGEBYRANK', delayed, 0, #due - 1)\n"
		"end\n"
		"local function read()\n"
		"  return redis.pcall('XREADGROUP', 'GROUP', '" GROUP
		"', ARGV[1], 'COUNT', 1, 'STREAMS', stream, '>')\n"
		"end\n"
		"local got = read()\n"
		"if got and got.err then\n"
		"  redis.call('XGROUP', 'CREATE', stream, '" GROUP "', '0', 'MKSTREAM')\n"
		"  got = read()\n"
		"end\n"
		"if got then return { -1, got[1][2][1][1], got[1][2][1][2][2] } end\n"
		"local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')\n"
		"return { next[2] and math.max(0, next[2] * 1000 - (t[1] * 1000000 + t[2])) or -1 }\n",
};

/* ------------------------------------------------------------------ keys and members */

static unsigned shard_of(struct id id)
{
	return (unsigned)(text_hash(id.bytes, sizeof id.bytes) % QUEUE_SHARDS);
}

static const char *key(struct arena *arena, unsigned shard, const char *name)
{
	return arena_format(arena, "{relance:%u}:%s", shard, name);
}

static const char *member_of(struct arena *arena, const struct queue_entry *entry)
{
	char id[ID_TEXT_BYTES];

	return arena_format(arena, "%s|%s|%s", policy_channel_name(entry->channel), entry->creditor,
			    id_format(entry->id, id));
}

/* False for what is no member of ours: somebody else writes into our keys. */
static bool member_read(const char *text, size_t length, struct queue_entry *entry)
{
	char member[MEMBER_BYTES];

	if (length >= sizeof member)
		return false;
	memcpy(member, text, length);
	member[length] = '\0';

	char *creditor = strchr(member, '|'), *id = creditor ? strchr(creditor + 1, '|') : NULL;

	if (!id)
		return false;
	*creditor++ = *id++ = '\0';
	entry->channel = policy_channel_find(member);
	return entry->channel != CHANNEL_NONE && text_copy(entry->creditor, sizeof entry->creditor, creditor) &&
	       err_ok(id_parse(id, &entry->id));
}

static int64_t system_ms(void)
{
	return clock_system().us / 1000;
}

/* ------------------------------------------------------------------ calls of a trip */

#define CALLS_MAX (QUEUE_SHARDS + 4)

struct trip {
	struct arena *arena;
	struct cache_call calls[CALLS_MAX];
	size_t count;
};

static const char **call_add(struct trip *trip, int count)
{
	const char **words = arena_array(trip->arena, (size_t)count, sizeof *words);

	CHECK(trip->count < CALLS_MAX);
	trip->calls[trip->count++] = (struct cache_call){ .words = words, .count = count };
	return words;
}

/* For calls whose replies say nothing more than that they were run. */
static struct err trip_run(struct cache *cache, struct trip *trip)
{
	struct err err = cache_run(cache, trip->arena, trip->calls, trip->count);

	cache_calls_release(trip->calls, trip->count);
	return err;
}

/* ------------------------------------------------------------------ in */

/* Those of the entries that belong to the shard; with `again`, those that come again. */
static void delay(struct trip *trip, const struct queue_entry *entries, size_t count, unsigned shard, bool again)
{
	struct arena *arena = trip->arena;
	const char **words = arena_array(arena, 2 + 2 * count, sizeof *words);
	int64_t now_ms = system_ms();
	int used = 2;

	words[0] = "ZADD";
	words[1] = key(arena, shard, "delayed");
	for (size_t i = 0; i < count; i++) {
		int64_t due_ms = entries[i].due_ms;

		if (shard_of(entries[i].id) != shard || (again && due_ms <= 0))
			continue;
		words[used++] = arena_format(arena, "%lld", (long long)(due_ms > 0 ? due_ms : now_ms));
		words[used++] = member_of(arena, &entries[i]);
	}
	if (used > 2)
		memcpy(call_add(trip, used), words, (size_t)used * sizeof *words);
}

struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count)
{
	for (size_t done = 0; done < count; done += QUEUE_PUSH_MAX) {
		struct trip trip = { .arena = arena };
		size_t part = count - done < QUEUE_PUSH_MAX ? count - done : QUEUE_PUSH_MAX;

		for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++)
			delay(&trip, entries + done, part, shard, false);
		TRY(trip_run(cache, &trip));
	}
	return OK;
}

/* ------------------------------------------------------------------ out */

/* What comes again is written down before the block is acknowledged. */
static void leave(struct trip *trip, const struct queue_batch *left)
{
	const char **ack, **del;

	if (left->count == 0)
		return;
	delay(trip, left->entries, left->count, left->shard, true);
	ack = call_add(trip, 4);
	ack[0] = "XACK", ack[1] = key(trip->arena, left->shard, "due"), ack[2] = GROUP, ack[3] = left->block;
	del = call_add(trip, 3);
	del[0] = "XDEL", del[1] = ack[1], del[2] = left->block;
}

struct err queue_leave(struct cache *cache, struct arena *arena, const struct queue_batch *left)
{
	struct trip trip = { .arena = arena };

	leave(&trip, left);
	return trip_run(cache, &trip);
}

static void ask(struct trip *trip, const struct queue_taker *taker, bool adopt)
{
	struct arena *arena = trip->arena;
	const char **words = call_add(trip, 5);
	struct cache_call *call = &trip->calls[trip->count - 1];

	words[0] = key(arena, taker->shard, "delayed");
	words[1] = key(arena, taker->shard, "due");
	words[2] = taker->consumer;
	words[3] = arena_format(arena, "%d", QUEUE_TAKE_MAX);
	words[4] = arena_format(arena, "%d", adopt ? QUEUE_IDLE_MS : 0);
	call->script = &take_script;
	call->keys = 2;
}

static void read_block(const char *text, struct queue_batch *taken)
{
	while (*text && taken->count < QUEUE_TAKE_MAX) {
		size_t length = strcspn(text, "\n");
		struct queue_entry entry = { 0 };

		if (member_read(text, length, &entry))
			taken->entries[taken->count++] = entry;
		text += length + (text[length] == '\n');
	}
}

static struct err read_taken(const redisReply *reply, unsigned shard, struct queue_batch *taken, int64_t *wait_us)
{
	if (!reply || reply->type != REDIS_REPLY_ARRAY || (reply->elements != 1 && reply->elements != 3))
		return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis gave no block");
	taken->shard = shard;
	taken->count = 0;
	if (reply->elements == 3) {
		text_copy(taken->block, sizeof taken->block, reply->element[1]->str);
		read_block(reply->element[2]->str, taken);
	} else if (reply->element[0]->integer >= 0 && (*wait_us < 0 || reply->element[0]->integer < *wait_us)) {
		*wait_us = reply->element[0]->integer;
	}
	return OK;
}

static struct err take_shard(struct cache *cache, struct trip *trip, const struct queue_taker *taker, bool adopt,
			     struct queue_batch *taken, int64_t *wait_us)
{
	ask(trip, taker, adopt);

	struct err err = cache_run(cache, trip->arena, trip->calls, trip->count);

	if (err_ok(err))
		err = read_taken(trip->calls[trip->count - 1].reply, taker->shard, taken, wait_us);
	cache_calls_release(trip->calls, trip->count);
	return err;
}

/* Shards are asked in turn, so that none waits behind another that is never empty. */
struct err queue_take(struct cache *cache, struct arena *arena, struct queue_taker *taker,
		      const struct queue_batch *left, struct queue_batch *taken, int64_t *wait_us)
{
	struct trip trip = { .arena = arena };
	int64_t now_us = clock_monotonic_us();
	bool adopt = now_us - taker->adopted_us > QUEUE_ADOPT_MS * INT64_C(1000);

	if (taker->adopted_us == 0) /* workers start at different shards */
		taker->shard = (unsigned)(text_hash(taker->consumer, strlen(taker->consumer)) % QUEUE_SHARDS);
	if (adopt)
		taker->adopted_us = now_us;
	if (left)
		leave(&trip, left);
	*wait_us = -1;
	for (unsigned asked = 0; asked == 0 || (asked < QUEUE_SHARDS && taken->count == 0); asked++) {
		taker->shard = (taker->shard + 1) % QUEUE_SHARDS;
		TRY(take_shard(cache, &trip, taker, adopt, taken, wait_us));
		trip.count = 0;
	}
	return OK;
}

void queue_rest(int64_t wait_us)
{
	int64_t us = wait_us >= 0 && wait_us < QUEUE_REST_MS * 1000 ? wait_us : QUEUE_REST_MS * 1000;
	struct timespec pause = { .tv_nsec = us * 1000 };

	nanosleep(&pause, NULL);
}

/* ------------------------------------------------------------------ dead letters */

struct err queue_bury(struct cache *cache, struct arena *arena, const struct queue_entry *entry)
{
	CACHE_REPLY_SCOPE reply = NULL;

	return cache_command(cache, arena, &reply,
			     CACHE_WORDS("XADD", key(arena, shard_of(entry->id), "dead"), "MAXLEN", "~",
					 arena_format(arena, "%d", QUEUE_DEAD_KEPT), "*", "m",
					 member_of(arena, entry)));
}

/* ------------------------------------------------------------------ epochs */

struct err queue_complete(struct cache *cache, struct arena *arena, bool *complete)
{
	bool found = true;

	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++) {
		CACHE_REPLY_SCOPE reply = NULL;

		TRY(cache_command(cache, arena, &reply, CACHE_WORDS("EXISTS", key(arena, shard, "epoch"))));
		found = found && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
	}
	*complete = found;
	return OK;
}

struct err queue_mark(struct cache *cache, struct arena *arena)
{
	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++) {
		CACHE_REPLY_SCOPE reply = NULL;

		TRY(cache_command(cache, arena, &reply, CACHE_WORDS("SET", key(arena, shard, "epoch"), "1")));
	}
	return OK;
}
