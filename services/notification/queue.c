#include "notification/queue.h"

#include <hiredis.h>
#include <string.h>
#include <time.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"

#define GROUP "workers"
#define RATE_SPAN_TEXT "600" /* seconds */

/* KEYS delayed, stream prefix; ARGV consumer, max, idle ms (0: do not look for entries of the dead), then the channels.
 * Moves what is due to the streams and reads them. Returns the wait in us, then triples of channel, stream id, member.
 */
static struct cache_script take_script = {
	.name = "take",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
		"local max, idle = tonumber(ARGV[2]), tonumber(ARGV[3])\n"
		"local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, max)\n"
		"for i = 1, #due do\n"
		"  redis.call('XADD', KEYS[2] .. string.match(due[i], '^[a-z_]+'), '*', 'm', due[i])\n"
		"end\n"
		"if #due > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #due - 1) end\n"
		"local out = { -1 }\n"
		"local function add(channel, entries)\n"
		"  for _, e in ipairs(entries or {}) do\n"
		"    if e and e[2] then\n"
		"      local n = #out\n"
		"      out[n + 1] = channel; out[n + 2] = e[1]; out[n + 3] = e[2][2]; max = max - 1\n"
		"    end\n"
		"  end\n"
		"end\n"
		"for i = 4, #ARGV do\n"
		"  if max > 0 then\n"
		"    local stream = KEYS[2] .. ARGV[i]\n"
		"    local function read()\n"
		"      return redis.pcall('XREADGROUP', 'GROUP', '" GROUP
		"', ARGV[1], 'COUNT', max, 'STREAMS', stream, '>')\n"
		"    end\n"
		"    local got = read()\n"
		"    if got and got.err then\n"
		"      redis.call('XGROUP', 'CREATE', stream, '" GROUP "', '0', 'MKSTREAM')\n"
		"      got = read()\n"
		"    end\n"
		"    if got then add(ARGV[i], got[1][2]) end\n"
		"    if idle > 0 and max > 0 then\n"
		"      add(ARGV[i], redis.call('XAUTOCLAIM', stream, '" GROUP
		"', ARGV[1], idle, '0', 'COUNT', max)[2])\n"
		"    end\n"
		"  end\n"
		"end\n"
		"if #out == 1 then\n"
		"  local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')\n"
		"  t = redis.call('TIME')\n"
		"  if next[2] then out[1] = math.max(0, next[2] * 1000 - (t[1] * 1000000 + t[2])) end\n"
		"end\n"
		"return out\n",
};

/* KEYS rates; ARGV of each subject its name, the emission interval in us, the burst, and how many are asked for.
 * Generic cell rate algorithm (ITU-T I.371). Returns of each how many are allowed, and the us to wait for one more.
 * Arrival times are fields of a hash, so that a batch reads and writes all of them at once; as no limit reaches further
 * ahead than RATE_SPAN_TEXT, a hash of that age is read for as long again, and then forgotten whole. */
static struct cache_script allow_script = {
	.name = "allow",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000000 + t[2]\n"
		"local span = " RATE_SPAN_TEXT "\n"
		"local age = math.floor(t[1] / span)\n"
		"local names, out, set = {}, {}, {}\n"
		"for i = 1, #ARGV, 4 do names[#names + 1] = ARGV[i] end\n"
		"local young, old = KEYS[1] .. ':' .. age, KEYS[1] .. ':' .. (age - 1)\n"
		"local kept = redis.call('HMGET', young, unpack(names))\n"
		"local before = redis.call('EXISTS', old) == 1 and redis.call('HMGET', old, unpack(names)) or {}\n"
		"local max, min, floor = math.max, math.min, math.floor\n"
		"for i = 1, #names do\n"
		"  local every, burst = tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])\n"
		"  local arrival = max(tonumber(kept[i] or before[i] or now), now)\n"
		"  local given = max(0, min(tonumber(ARGV[4 * i]), floor((now + every * burst - arrival) / every)))\n"
		"  arrival = arrival + every * given\n"
		"  if given > 0 then\n"
		"    set[#set + 1] = names[i]; set[#set + 1] = string.format('%.0f', arrival)\n"
		"  end\n"
		"  out[2 * i - 1] = given\n"
		"  out[2 * i] = max(0, arrival + every - every * burst - now)\n"
		"end\n"
		"if #set > 0 then\n"
		"  redis.call('HSET', young, unpack(set))\n"
		"  redis.call('EXPIRE', young, 2 * span)\n"
		"end\n"
		"return out\n",
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

static const char *stream_of(struct arena *arena, unsigned shard, enum policy_channel channel)
{
	return arena_format(arena, "{relance:%u}:stream:%s", shard, policy_channel_name(channel));
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

static int64_t system_ms(void)
{
	return clock_system().us / 1000;
}

/* ------------------------------------------------------------------ commands in pipelines */

struct pipeline {
	struct cache *cache;
	struct arena *arena;
	size_t owed;
};

static struct err pipeline_add(struct pipeline *pipeline, int argc, const char **argv)
{
	size_t *lengths = arena_array(pipeline->arena, (size_t)argc, sizeof *lengths);

	for (int i = 0; i < argc; i++)
		lengths[i] = strlen(argv[i]);
	TRY(cache_queue_argv(pipeline->cache, argc, argv, lengths));
	pipeline->owed++;
	return OK;
}

/* Takes every reply, whatever comes; the first error counts. */
static struct err pipeline_finish(struct pipeline *pipeline)
{
	struct err first = OK;

	for (; pipeline->owed > 0; pipeline->owed--) {
		CACHE_REPLY_SCOPE reply = NULL;
		struct err err = cache_take(pipeline->cache, pipeline->arena, &reply);

		if (err_ok(first))
			first = err;
	}
	return first;
}

/* ------------------------------------------------------------------ in */

static int add_delayed(struct arena *arena, const struct queue_entry *entries, size_t count, unsigned shard,
		       const char **argv)
{
	int64_t now_ms = system_ms();
	int argc = 0;

	argv[argc++] = "ZADD";
	argv[argc++] = key(arena, shard, "delayed");
	for (size_t i = 0; i < count; i++) {
		if (shard_of(entries[i].id) != shard)
			continue;
		argv[argc++] =
			arena_format(arena, "%lld", (long long)(entries[i].due_ms > 0 ? entries[i].due_ms : now_ms));
		argv[argc++] = member_of(arena, &entries[i]);
	}
	return argc;
}

static struct err push_part(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count)
{
	struct pipeline pipeline = { cache, arena, 0 };
	struct err err = OK;

	for (unsigned shard = 0; shard < QUEUE_SHARDS && err_ok(err); shard++) {
		const char **argv = arena_array(arena, 2 + 2 * count, sizeof *argv);
		int argc = add_delayed(arena, entries, count, shard, argv);

		if (argc > 2)
			err = pipeline_add(&pipeline, argc, argv);
	}

	struct err sent = pipeline_finish(&pipeline);

	return err_ok(err) ? sent : err;
}

struct err queue_push(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count)
{
	for (size_t done = 0; done < count; done += QUEUE_PUSH_MAX)
		TRY(push_part(cache, arena, entries + done,
			      count - done < QUEUE_PUSH_MAX ? count - done : QUEUE_PUSH_MAX));
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

static struct err take_shard(struct cache *cache, struct arena *arena, const struct queue_taker *taker, size_t max,
			     bool adopt, struct queue_entry *entries, size_t *count, int64_t *wait_us)
{
	CACHE_REPLY_SCOPE reply = NULL;
	const char *argv[5 + CHANNEL_COUNT] = { key(arena, taker->shard, "delayed"),
						key(arena, taker->shard, "stream:"), taker->consumer,
						arena_format(arena, "%zu", max),
						arena_format(arena, "%d", adopt ? QUEUE_IDLE_MS : 0) };
	int argc = 5;

	for (int channel = 1; channel < CHANNEL_COUNT; channel++)
		argv[argc++] = policy_channel_name((enum policy_channel)channel);
	TRY(cache_script_run(cache, arena, &take_script, 2, argc, argv, NULL, &reply));
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis gave no list");
	if (reply->element[0]->integer >= 0 && (*wait_us < 0 || reply->element[0]->integer < *wait_us))
		*wait_us = reply->element[0]->integer;
	read_taken(arena, reply, entries, count);
	return OK;
}

/* A shard that has as many as are asked for is asked again, and left to the others after a while by its emptiness; the
 * dead are looked for in all of them, once in a while. */
struct err queue_take(struct cache *cache, struct arena *arena, struct queue_taker *taker, size_t max,
		      struct queue_entry *entries, size_t *count, int64_t *wait_us)
{
	int64_t now_us = clock_monotonic_us();
	bool adopt = now_us - taker->adopted_us > QUEUE_ADOPT_MS * INT64_C(1000);

	if (taker->adopted_us == 0) /* workers start at different shards */
		taker->shard = (unsigned)(text_hash(taker->consumer, strlen(taker->consumer)) % QUEUE_SHARDS);
	*count = 0;
	*wait_us = -1;
	for (unsigned i = 0; i < QUEUE_SHARDS && *count == 0; i++) {
		taker->shard = (taker->shard + 1) % QUEUE_SHARDS;
		TRY(take_shard(cache, arena, taker, max, adopt, entries, count, wait_us));
	}
	if (adopt && *count == 0)
		taker->adopted_us = now_us;
	return OK;
}

void queue_rest(int64_t wait_us)
{
	int64_t us = wait_us >= 0 && wait_us < QUEUE_REST_MS * 1000 ? wait_us : QUEUE_REST_MS * 1000;
	struct timespec pause = { .tv_nsec = us * 1000 };

	nanosleep(&pause, NULL);
}

static struct err leave_stream(struct pipeline *pipeline, const struct queue_entry *entries, size_t count,
			       unsigned shard, enum policy_channel channel)
{
	struct arena *arena = pipeline->arena;
	const char **ack = arena_array(arena, count + 3, sizeof *ack);
	const char **del = arena_array(arena, count + 2, sizeof *del);
	int left = 0;

	ack[0] = "XACK", ack[1] = stream_of(arena, shard, channel), ack[2] = GROUP;
	del[0] = "XDEL", del[1] = ack[1];
	for (size_t i = 0; i < count; i++) {
		if (shard_of(entries[i].id) != shard || entries[i].channel != channel)
			continue;
		ack[3 + left] = entries[i].stream_id;
		del[2 + left++] = entries[i].stream_id;
	}
	if (left == 0)
		return OK;
	TRY(pipeline_add(pipeline, 3 + left, ack));
	return pipeline_add(pipeline, 2 + left, del);
}

/* What comes again is written down before it is acknowledged. */
static struct err leave_all(struct pipeline *pipeline, const struct queue_entry *entries, size_t count)
{
	struct queue_entry *again = arena_array(pipeline->arena, count + 1, sizeof *again);
	size_t again_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (entries[i].due_ms > 0)
			again[again_count++] = entries[i];
	}
	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++) {
		const char **argv = arena_array(pipeline->arena, 2 + 2 * again_count, sizeof *argv);
		int argc = add_delayed(pipeline->arena, again, again_count, shard, argv);

		if (argc > 2)
			TRY(pipeline_add(pipeline, argc, argv));
		for (int channel = 1; channel < CHANNEL_COUNT; channel++)
			TRY(leave_stream(pipeline, entries, count, shard, (enum policy_channel)channel));
	}
	return OK;
}

struct err queue_leave(struct cache *cache, struct arena *arena, const struct queue_entry *entries, size_t count)
{
	struct pipeline pipeline = { cache, arena, 0 };
	struct err queued = leave_all(&pipeline, entries, count), sent = pipeline_finish(&pipeline);

	return err_ok(queued) ? sent : queued;
}

struct err queue_bury(struct cache *cache, struct arena *arena, const struct queue_entry *entry)
{
	CACHE_REPLY_SCOPE reply = NULL;

	return cache_command(cache, arena, &reply, "XADD %s MAXLEN ~ %d * m %s",
			     key(arena, shard_of(entry->id), "dead"), QUEUE_DEAD_KEPT, member_of(arena, entry));
}

/* ------------------------------------------------------------------ epochs */

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

/* ------------------------------------------------------------------ limits */

/* A subject of the batch, and what its limit says. */
struct subject {
	struct queue_rate rate;
	unsigned shard;
	int64_t asked, given, wait_us;
};

struct asking {
	struct arena *arena;
	struct subject *subjects;
	size_t count;
	size_t *slots; /* hash table of indices into subjects, 1-based */
	size_t slot_count;
};

static struct subject *subject_of(struct asking *asking, const struct queue_rate *rate)
{
	unsigned long long hash = text_hash(rate->subject, strlen(rate->subject));
	size_t slot = (size_t)(hash % asking->slot_count);

	while (asking->slots[slot] != 0) {
		struct subject *subject = &asking->subjects[asking->slots[slot] - 1];

		if (text_equal(subject->rate.subject, rate->subject))
			return subject;
		slot = (slot + 1) % asking->slot_count;
	}

	struct subject *added = &asking->subjects[asking->count++];

	asking->slots[slot] = asking->count;
	*added = (struct subject){ .rate = *rate, .shard = (unsigned)(hash % QUEUE_SHARDS) };
	return added;
}

static struct err ask_shard(struct cache *cache, struct asking *asking, unsigned shard)
{
	struct arena *arena = asking->arena;
	CACHE_REPLY_SCOPE reply = NULL;
	struct subject **asked = arena_array(arena, asking->count + 1, sizeof(struct subject *));
	const char **argv = arena_array(arena, 4 * asking->count + 1, sizeof *argv);
	size_t count = 0;
	int argc = 1;

	argv[0] = key(arena, shard, "rate");
	for (size_t i = 0; i < asking->count; i++) {
		struct subject *subject = &asking->subjects[i];

		if (subject->shard != shard)
			continue;
		asked[count++] = subject;
		argv[argc++] = subject->rate.subject;
		argv[argc++] = arena_format(arena, "%lld", (long long)subject->rate.interval_us);
		argv[argc++] = arena_format(arena, "%lld", (long long)subject->rate.burst);
		argv[argc++] = arena_format(arena, "%lld", (long long)subject->asked);
	}
	if (count == 0)
		return OK;
	TRY(cache_script_run(cache, arena, &allow_script, 1, argc, argv, NULL, &reply));
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 * count)
		return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis gave no list");
	for (size_t i = 0; i < count; i++) {
		asked[i]->given = reply->element[2 * i]->integer;
		asked[i]->wait_us = reply->element[2 * i + 1]->integer;
	}
	return OK;
}

static int64_t share(struct subject *const *subjects, size_t each)
{
	int64_t wait_ms = 0;

	for (size_t k = 0; k < each; k++) {
		if (subjects[k]->given <= 0 && subjects[k]->wait_us / 1000 + 1 > wait_ms)
			wait_ms = subjects[k]->wait_us / 1000 + 1;
	}
	for (size_t k = 0; k < each && wait_ms == 0; k++)
		subjects[k]->given--;
	return wait_ms;
}

struct err queue_allow(struct cache *cache, struct arena *arena, const struct queue_rate *rates, size_t each,
		       size_t count, int64_t *waits_ms)
{
	struct asking asking = { .arena = arena, .slot_count = 2 * each * count + 1 };
	struct subject **of = arena_array(arena, each * count + 1, sizeof(struct subject *));

	asking.subjects = arena_array(arena, each * count + 1, sizeof *asking.subjects);
	asking.slots = arena_array(arena, asking.slot_count, sizeof *asking.slots);
	memset(asking.slots, 0, asking.slot_count * sizeof *asking.slots);
	for (size_t i = 0; i < each * count; i++) {
		of[i] = subject_of(&asking, &rates[i]);
		of[i]->asked++;
	}
	for (unsigned shard = 0; shard < QUEUE_SHARDS; shard++)
		TRY(ask_shard(cache, &asking, shard));
	for (size_t i = 0; i < count; i++)
		waits_ms[i] = share(&of[i * each], each);
	return OK;
}
