#include "notification/queue.h"

#include <hiredis.h>
#include <string.h>

#include "common/base/text.h"

#define GROUP "workers"

/* KEYS delayed, known; ARGV again, then pairs of due time (0: now) and member. */
static struct cache_script push_script = {
	.name = "push",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
		"for i = 2, #ARGV, 2 do\n"
		"  local fresh = redis.call('SADD', KEYS[2], ARGV[i + 1]) == 1\n"
		"  if fresh or ARGV[1] == '1' then\n"
		"    local due = tonumber(ARGV[i])\n"
		"    redis.call('ZADD', KEYS[1], due > 0 and due or now, ARGV[i + 1])\n"
		"  end\n"
		"end\n"
		"return #ARGV\n",
};

/* KEYS delayed, stream prefix; ARGV consumer, max, idle ms, then the channels. Moves what is due to the streams, takes
 * over what a dead consumer holds, reads the rest. Returns the wait in ms, then triples of channel, stream id, member.
 */
static struct cache_script take_script = {
	.name = "take",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
		"local max = tonumber(ARGV[2])\n"
		"local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, max * 4)\n"
		"for _, member in ipairs(due) do\n"
		"  redis.call('XADD', KEYS[2] .. string.match(member, '^[a-z_]+'), '*', 'm', member)\n"
		"  redis.call('ZREM', KEYS[1], member)\n"
		"end\n"
		"local out = { -1 }\n"
		"local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')\n"
		"if next[2] then out[1] = math.max(0, math.floor(next[2] - now)) end\n"
		"local function add(channel, entries)\n"
		"  for _, e in ipairs(entries or {}) do\n"
		"    if e and e[2] then\n"
		"      out[#out + 1] = channel; out[#out + 1] = e[1]; out[#out + 1] = e[2][2]; max = max - 1\n"
		"    end\n"
		"  end\n"
		"end\n"
		"for i = 4, #ARGV do\n"
		"  local stream = KEYS[2] .. ARGV[i]\n"
		"  if max > 0 and redis.call('EXISTS', stream) == 1 then\n"
		"    redis.pcall('XGROUP', 'CREATE', stream, '" GROUP "', '0')\n"
		"    local old = redis.call('XAUTOCLAIM', stream, '" GROUP "', ARGV[1], ARGV[3], '0', 'COUNT', max)\n"
		"    add(ARGV[i], old[2])\n"
		"  end\n"
		"  if max > 0 and redis.call('EXISTS', stream) == 1 then\n"
		"    local read = redis.call('XREADGROUP', 'GROUP', '" GROUP
		"', ARGV[1], 'COUNT', max, 'STREAMS', stream, '>')\n"
		"    if read then add(ARGV[i], read[1][2]) end\n"
		"  end\n"
		"end\n"
		"return out\n",
};

/* KEYS delayed, known, stream; ARGV stream id, member, due time or '' where it is done with. */
static struct cache_script leave_script = {
	.name = "leave",
	.text = "redis.pcall('XACK', KEYS[3], '" GROUP "', ARGV[1])\n"
		"redis.call('XDEL', KEYS[3], ARGV[1])\n"
		"if ARGV[3] == '' then\n"
		"  redis.call('SREM', KEYS[2], ARGV[2])\n"
		"else\n"
		"  redis.call('SADD', KEYS[2], ARGV[2])\n"
		"  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])\n"
		"end\n"
		"return 1\n",
};

/* KEYS rate; ARGV emission interval us, burst. Generic cell rate algorithm (ITU-T I.371). Returns us to wait, 0: go. */
static struct cache_script allow_script = {
	.name = "allow",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000000 + t[2]\n"
		"local every, burst = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
		"local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + every\n"
		"local allowed_at = arrival - every * burst\n"
		"if allowed_at > now then return allowed_at - now end\n"
		"redis.call('SET', KEYS[1], string.format('%d', arrival), 'PX', math.ceil((arrival - now) / 1000) + "
		"1)\n"
		"return 0\n",
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
static bool member_read(struct arena *arena, const char *member, struct queue_entry *entry)
{
	const char *creditor = strchr(member, '|'), *id = creditor ? strchr(creditor + 1, '|') : NULL;

	if (!id || id - creditor > (ptrdiff_t)sizeof entry->creditor)
		return false;
	entry->channel = policy_channel_find(arena_copy_n(arena, member, (size_t)(creditor - member)));
	text_copy(entry->creditor, sizeof entry->creditor,
		  arena_copy_n(arena, creditor + 1, (size_t)(id - creditor - 1)));
	return entry->channel != CHANNEL_NONE && err_ok(id_parse(id + 1, &entry->id));
}

static struct err run(struct cache *cache, struct arena *arena, struct cache_script *script, int key_count, int argc,
		      const char **argv, struct redisReply **reply)
{
	size_t *lengths = arena_array(arena, (size_t)argc, sizeof *lengths);

	for (int i = 0; i < argc; i++)
		lengths[i] = strlen(argv[i]);
	return cache_script_run(cache, arena, script, key_count, argc, argv, lengths, reply);
}

/* ------------------------------------------------------------------ in */

static struct err push_shard(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count,
			     enum queue_push how, unsigned shard)
{
	CACHE_REPLY_SCOPE reply = NULL;
	const char **argv = arena_array(arena, 3 + 2 * count, sizeof *argv);
	int argc = 3;

	argv[0] = key(arena, shard, "delayed");
	argv[1] = key(arena, shard, "known");
	argv[2] = how == QUEUE_AGAIN ? "1" : "0";
	for (size_t i = 0; i < count; i++) {
		if (shard_of(entries[i].id) != shard)
			continue;
		argv[argc++] = arena_format(arena, "%lld", (long long)entries[i].due_ms);
		argv[argc++] = member_of(arena, &entries[i]);
	}
	return argc == 3 ? OK : run(cache, arena, &push_script, 2, argc, argv, &reply);
}

struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count,
		      enum queue_push how)
{
	for (size_t done = 0; done < count; done += QUEUE_PUSH_MAX) {
		size_t part = count - done < QUEUE_PUSH_MAX ? count - done : QUEUE_PUSH_MAX;

		for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++)
			TRY(push_shard(cache, arena, entries + done, part, how, shard));
	}
	return OK;
}

/* ------------------------------------------------------------------ out */

static void read_taken(struct arena *arena, const redisReply *reply, struct queue_entry *entries, size_t *count)
{
	for (size_t i = 1; i + 2 < reply->elements; i += 3) {
		struct queue_entry entry = { 0 };

		if (!member_read(arena, reply->element[i + 2]->str, &entry))
			continue;
		text_copy(entry.stream_id, sizeof entry.stream_id, reply->element[i + 1]->str);
		entries[(*count)++] = entry;
	}
}

static struct err take_shard(struct cache *cache, struct arena *arena, const char *consumer, size_t max, unsigned shard,
			     struct queue_entry *entries, size_t *count, int64_t *wait_ms)
{
	CACHE_REPLY_SCOPE reply = NULL;
	const char *argv[5 + CHANNEL_COUNT] = { key(arena, shard, "delayed"), key(arena, shard, "stream:"), consumer,
						arena_format(arena, "%zu", max),
						arena_format(arena, "%d", QUEUE_IDLE_MS) };
	int argc = 5;

	for (int channel = 1; channel < CHANNEL_COUNT; channel++)
		argv[argc++] = policy_channel_name((enum policy_channel)channel);
	TRY(run(cache, arena, &take_script, 2, argc, argv, &reply));
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis gave no list");
	if (reply->element[0]->integer >= 0 && (*wait_ms < 0 || reply->element[0]->integer < *wait_ms))
		*wait_ms = reply->element[0]->integer;
	read_taken(arena, reply, entries, count);
	return OK;
}

struct err queue_take(struct cache *cache, struct arena *arena, const char *consumer, size_t max,
		      struct queue_entry *entries, size_t *count, int64_t *wait_ms)
{
	unsigned first = (unsigned)text_hash(consumer, strlen(consumer)); /* workers start at different shards */

	*count = 0;
	*wait_ms = -1;
	for (unsigned i = 0; i < QUEUE_SHARDS && *count < max; i++)
		TRY(take_shard(cache, arena, consumer, max - *count, (first + i) % QUEUE_SHARDS, entries, count,
			       wait_ms));
	return OK;
}

static struct err leave(struct cache *cache, struct arena *arena, const struct queue_entry *entry, const char *due)
{
	CACHE_REPLY_SCOPE reply = NULL;
	unsigned shard = shard_of(entry->id);
	const char *stream = arena_format(arena, "stream:%s", policy_channel_name(entry->channel));
	const char *argv[] = { key(arena, shard, "delayed"), key(arena, shard, "known"),
			       key(arena, shard, stream),    entry->stream_id,
			       member_of(arena, entry),      due };

	return run(cache, arena, &leave_script, 3, 6, argv, &reply);
}

struct err queue_done(struct cache *cache, struct arena *arena, const struct queue_entry *entry)
{
	return leave(cache, arena, entry, "");
}

struct err queue_put_back(struct cache *cache, struct arena *arena, const struct queue_entry *entry)
{
	return leave(cache, arena, entry, arena_format(arena, "%lld", (long long)entry->due_ms));
}

struct err queue_bury(struct cache *cache, struct arena *arena, const struct queue_entry *entry)
{
	CACHE_REPLY_SCOPE reply = NULL;

	return cache_command(cache, arena, &reply, "XADD %s MAXLEN ~ %d * m %s",
			     key(arena, shard_of(entry->id), "dead"), QUEUE_DEAD_KEPT, member_of(arena, entry));
}

/* ------------------------------------------------------------------ epochs and limits */

struct err queue_complete(struct cache *cache, struct arena *arena, bool *complete)
{
	bool found = true;

	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++) {
		CACHE_REPLY_SCOPE reply = NULL;

		TRY(cache_command(cache, arena, &reply, "EXISTS %s", key(arena, shard, "epoch")));
		found = found && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
	}
	*complete = found;
	return OK;
}

struct err queue_mark(struct cache *cache, struct arena *arena)
{
	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++) {
		CACHE_REPLY_SCOPE reply = NULL;

		TRY(cache_command(cache, arena, &reply, "SET %s 1", key(arena, shard, "epoch")));
	}
	return OK;
}

struct err queue_allow(struct cache *cache, struct arena *arena, const struct queue_rate *rates, size_t count,
		       int64_t *wait_ms)
{
	*wait_ms = 0;
	for (size_t i = 0; i < count && *wait_ms == 0; i++) {
		CACHE_REPLY_SCOPE reply = NULL;
		const char *argv[] = { arena_format(arena, "{relance:rate:%s}", rates[i].subject),
				       arena_format(arena, "%lld", (long long)rates[i].interval_us),
				       arena_format(arena, "%lld", (long long)rates[i].burst) };

		TRY(run(cache, arena, &allow_script, 1, 3, argv, &reply));
		if (reply->type == REDIS_REPLY_INTEGER && reply->integer > 0)
			*wait_ms = reply->integer / 1000 + 1;
	}
	return OK;
}
