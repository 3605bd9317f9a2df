#include "notification/queue_limit.h"

#include <hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "notification/queue.h"

#define RATE_SPAN_TEXT "600" /* seconds */
#define GROUP_HEAD 4
#define REFUSAL 3 /* numbers in the reply for a subject that got less than it asked for */

/* KEYS rates; ARGV groups of subjects alike: the emission interval in us, the burst, how many messages each asks for,
 * how many subjects, and their names. Returns of each subject that got fewer its index, what it got, and the us to wait
 * for one more.
 * Arrival times are fields of a hash, so that a group reads and writes all of them at once; as no limit reaches further
 * ahead than RATE_SPAN_TEXT, a hash of that age is read for as long again, and then forgotten whole. Subjects that were
 * not heard of lately all get the same: their arrival time is written in digits only once. */
static struct cache_script allow_script = {
	.name = "allow",
	.text = "local t = redis.call('TIME')\n"
		"local now = t[1] * 1000000 + t[2]\n"
		"local span = " RATE_SPAN_TEXT "\n"
		"local age = math.floor(t[1] / span)\n"
		"local young, old = KEYS[1] .. ':' .. age, KEYS[1] .. ':' .. (age - 1)\n"
		"local aged = redis.call('EXISTS', old) == 1\n"
		"local max, min, floor, format = math.max, math.min, math.floor, string.format\n"
		"local out, index, head, wrote = {}, 0, 1, false\n"
		"while head < #ARGV do\n"
		"  local every, burst = tonumber(ARGV[head]), tonumber(ARGV[head + 1])\n"
		"  local asked, first = tonumber(ARGV[head + 2]), head + 4\n"
		"  local last = head + 3 + ARGV[head + 3]\n"
		"  local function ask(arrival)\n"
		"    local given = max(0, min(asked, floor((now + every * burst - arrival) / every)))\n"
		"    return given, arrival + every * given\n"
		"  end\n"
		"  local fresh, fresh_arrival = ask(now)\n"
		"  local fresh_text = format('%.0f', fresh_arrival)\n"
		"  local kept = redis.call('HMGET', young, unpack(ARGV, first, last))\n"
		"  local before = aged and redis.call('HMGET', old, unpack(ARGV, first, last))\n"
		"  local set, n = {}, 0\n"
		"  for i = first, last do\n"
		"    local known = kept[i - head - 3] or before and before[i - head - 3]\n"
		"    local given, arrival, text = fresh, fresh_arrival, fresh_text\n"
		"    if known and tonumber(known) > now then\n"
		"      given, arrival = ask(tonumber(known))\n"
		"      text = format('%.0f', arrival)\n"
		"    end\n"
		"    if given > 0 then set[n + 1] = ARGV[i]; set[n + 2] = text; n = n + 2 end\n"
		"    if given < asked then\n"
		"      out[#out + 1] = index; out[#out + 1] = given\n"
		"      out[#out + 1] = max(0, arrival + every - every * burst - now)\n"
		"    end\n"
		"    index = index + 1\n"
		"  end\n"
		"  if n > 0 then redis.call('HSET', young, unpack(set)); wrote = true end\n"
		"  head = last + 1\n"
		"end\n"
		"if wrote then redis.call('EXPIRE', young, 2 * span) end\n"
		"return out\n",
};

/* ------------------------------------------------------------------ subjects */

/* A subject of the batch, and what its limit says. */
struct subject {
	struct queue_rate rate;
	unsigned shard;
	int64_t asked, given, wait_us;
};

struct asking {
	struct arena *arena;
	struct subject *subjects, **sorted; /* sorted: those of a shard together, and in it those alike */
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

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* 0 for those of a group. */
static int by_kind(const struct subject *a, const struct subject *b)
{
	int order = compare(a->shard, b->shard);

	order = order ? order : compare(a->rate.interval_us, b->rate.interval_us);
	order = order ? order : compare(a->rate.burst, b->rate.burst);
	return order ? order : compare(a->asked, b->asked);
}

static int by_kind_sorted(const void *a, const void *b)
{
	return by_kind(*(struct subject *const *)a, *(struct subject *const *)b);
}

static void sort(struct asking *asking)
{
	asking->sorted = arena_array(asking->arena, asking->count + 1, sizeof(struct subject *));
	for (size_t i = 0; i < asking->count; i++) {
		asking->sorted[i] = &asking->subjects[i];
		asking->sorted[i]->given = asking->sorted[i]->asked;
	}
	qsort(asking->sorted, asking->count, sizeof(struct subject *), by_kind_sorted);
}

/* ------------------------------------------------------------------ the question */

static const char *number(struct arena *arena, int64_t value)
{
	return arena_format(arena, "%lld", (long long)value);
}

static int write_group(struct arena *arena, struct subject *const *group, size_t count, const char **words)
{
	words[0] = number(arena, group[0]->rate.interval_us);
	words[1] = number(arena, group[0]->rate.burst);
	words[2] = number(arena, group[0]->asked);
	words[3] = number(arena, (int64_t)count);
	for (size_t i = 0; i < count; i++)
		words[GROUP_HEAD + i] = group[i]->rate.subject;
	return GROUP_HEAD + (int)count;
}

static void write_call(struct arena *arena, struct subject *const *subjects, size_t count, struct cache_call *call)
{
	const char **words = arena_array(arena, 1 + (GROUP_HEAD + 1) * count, sizeof *words);
	int used = 1;
	size_t end;

	words[0] = arena_format(arena, "{relance:%u}:rate", subjects[0]->shard);
	for (size_t from = 0; from < count; from = end) {
		for (end = from + 1; end < count && by_kind(subjects[from], subjects[end]) == 0;)
			end++;
		used += write_group(arena, subjects + from, end - from, words + used);
	}
	*call = (struct cache_call){ .script = &allow_script, .words = words, .count = used, .keys = 1 };
}

static struct err read_refusals(const redisReply *reply, struct subject *const *subjects, size_t count)
{
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements % REFUSAL != 0)
		return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis gave no list");
	for (size_t i = 0; i < reply->elements; i += REFUSAL) {
		size_t index = (size_t)reply->element[i]->integer;

		if (index >= count)
			return ERR(ERR_INTERNAL, "queue.reply", NULL, "Redis refuses what was not asked for");
		subjects[index]->given = reply->element[i + 1]->integer;
		subjects[index]->wait_us = reply->element[i + 2]->integer;
	}
	return OK;
}

/* One call a shard. */
static struct err ask(struct cache *cache, struct asking *asking)
{
	struct cache_call calls[QUEUE_SHARDS];
	size_t from[QUEUE_SHARDS + 1], count = 0;

	for (size_t i = 0; i < asking->count; i++) {
		if (i == 0 || asking->sorted[i]->shard != asking->sorted[i - 1]->shard)
			from[count++] = i;
	}
	from[count] = asking->count;
	for (size_t i = 0; i < count; i++)
		write_call(asking->arena, asking->sorted + from[i], from[i + 1] - from[i], &calls[i]);

	struct err err = cache_run(cache, asking->arena, calls, count);

	for (size_t i = 0; i < count && err_ok(err); i++)
		err = read_refusals(calls[i].reply, asking->sorted + from[i], from[i + 1] - from[i]);
	cache_calls_release(calls, count);
	return err;
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
	for (size_t i = 0; i < each * count; i++) {
		of[i] = subject_of(&asking, &rates[i]);
		of[i]->asked++;
	}
	sort(&asking);
	TRY(ask(cache, &asking));
	for (size_t i = 0; i < count; i++)
		waits_ms[i] = share(&of[i * each], each);
	return OK;
}
