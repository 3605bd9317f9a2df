/* Redis: commands, runs of many, scripts, and what happens when it goes away in the middle. */
#include <hiredis.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/cache_route.h"
#include "support/outcome.h"
#include "support/redis.h"

static struct {
	struct redis *redis;
	struct cache *cache;
	struct arena *arena;
} here;

static long long increment(const char *key)
{
	CACHE_REPLY_SCOPE reply = NULL;

	assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("INCR", key)));
	assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
	return reply->integer;
}

static void a_command_carries_text_there_and_back(void **state)
{
	const char text[] = "a b\r\n$3\r\n\xc3\xa9";
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("SET", "key", text)));
	assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("GET", "key")));
	assert_string_equal(reply->str, text);
}

static void a_refusal_of_redis_is_our_bug_and_leaves_the_connection(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("SET", "text", "a")));
	assert_refused(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("INCR", "text")), ERR_INTERNAL,
		       "cache.refused");
	assert_int_equal(increment("number"), 1);
}

#define CALLS 1000

static void a_run_answers_in_order(void **state)
{
	const char *words[] = { "INCR", "sum" };
	struct cache_call calls[CALLS];
	(void)state;

	for (int i = 0; i < CALLS; i++)
		calls[i] = (struct cache_call){ .words = words, .count = 2 };
	assert_done(cache_run(here.cache, here.arena, calls, CALLS));
	for (int i = 0; i < CALLS; i++)
		assert_int_equal(calls[i].reply->integer, i + 1);
	cache_calls_release(calls, CALLS);
}

static void an_error_does_not_stop_the_rest_of_the_run(void **state)
{
	const char *set[] = { "SET", "text", "a" }, *wrong[] = { "INCR", "text" }, *right[] = { "INCR", "n" };
	struct cache_call calls[] = { { .words = set, .count = 3 },
				      { .words = wrong, .count = 2 },
				      { .words = right, .count = 2 } };
	(void)state;

	assert_refused(cache_run(here.cache, here.arena, calls, 3), ERR_INTERNAL, "cache.refused");
	assert_null(calls[1].reply);
	assert_int_equal(calls[2].reply->integer, 1);
	cache_calls_release(calls, 3);
}

static void a_script_survives_a_flush_and_a_restart(void **state)
{
	static struct cache_script script = { .name = "add", .text = "return redis.call('INCRBY', KEYS[1], ARGV[1])" };
	const char *words[] = { "counter", "2" };
	struct cache_call calls[2];
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	for (int round = 0; round < 3; round++) { /* fresh; the script is gone; all is gone */
		for (int i = 0; i < 2; i++)
			calls[i] = (struct cache_call){ .script = &script, .words = words, .count = 2, .keys = 1 };
		assert_done(cache_run(here.cache, here.arena, calls, 2));
		assert_int_equal(calls[1].reply->integer, round == 1 ? 8 : 4);
		cache_calls_release(calls, 2);
		assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("SCRIPT", "FLUSH")));
		if (round == 1) {
			redis_down(here.redis);
			redis_up(here.redis);
		}
	}
}

static void a_restart_between_commands_is_not_noticed(void **state)
{
	(void)state;
	assert_int_equal(increment("n"), 1);
	redis_down(here.redis);
	redis_up(here.redis);
	assert_int_equal(increment("n"), 1);
}

static void while_redis_is_away_every_call_says_so(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	struct cache *other = NULL;
	(void)state;

	redis_down(here.redis);
	for (int i = 0; i < 2; i++)
		assert_refused(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("INCR", "n")), ERR_UNAVAILABLE,
			       "cache.unavailable");
	assert_refused(cache_open(redis_url(here.redis), &other), ERR_UNAVAILABLE, "cache.unavailable");
	redis_up(here.redis);
	assert_int_equal(increment("n"), 1);
}

/* The second call ends the server: what came before it was answered, what comes after was not, and is not sent again. */
static void a_run_that_breaks_is_broken_to_its_end(void **state)
{
	const char *add[] = { "INCR", "n" }, *end[] = { "SHUTDOWN", "NOSAVE" };
	struct cache_call calls[] = { { .words = add, .count = 2 },
				      { .words = end, .count = 2 },
				      { .words = add, .count = 2 } };
	(void)state;

	assert_refused(cache_run(here.cache, here.arena, calls, 3), ERR_UNAVAILABLE, "cache.unavailable");
	assert_null(calls[2].reply);
	cache_calls_release(calls, 3);
	redis_down(here.redis); /* waits for its end */
	redis_up(here.redis);
	assert_int_equal(increment("n"), 1);
}

static void addresses_are_checked(void **state)
{
	static const char *const BAD[] = { "",
					   "redis.sock",
					   "http://localhost",
					   "redis://",
					   "unix:relative",
					   "redis://host:0",
					   "redis://host:6379/x",
					   "redis://host:99999",
					   "redis://a,b",
					   "sentinel://host",
					   "sentinel://host/",
					   "sentinel://host:x/name",
					   "sentinel:///name",
					   "sentinel://host/name/x",
					   "cluster://",
					   "cluster://a,,b",
					   "cluster://a/1" };
	static const char *const AWAY[] = { "redis://127.0.0.1:1/2", "sentinel://127.0.0.1:1,localhost:2/main/3",
					    "cluster://127.0.0.1:1,127.0.0.1:2" };
	struct cache *cache = NULL;
	(void)state;

	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
		assert_refused(cache_open(BAD[i], &cache), ERR_INVALID, "cache.url");
	for (size_t i = 0; i < sizeof AWAY / sizeof AWAY[0]; i++)
		assert_refused(cache_open(AWAY[i], &cache), ERR_UNAVAILABLE, "cache.unavailable");
	assert_null(cache);
}

/* CLUSTER KEYSLOT says so. */
static void slots_are_those_of_the_specification(void **state)
{
	static const struct {
		const char *key;
		unsigned slot;
	} KEYS[] = { { "123456789", 0x31c3 }, { "foo", 12182 }, { "{foo}bar", 12182 },           { "a{foo}{b}", 12182 },
		     { "{}foo", 9500 },       { "", 0 },        { "{relance:0}:delayed", 11167 } };
	(void)state;

	for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
		assert_int_equal(cache_slot(KEYS[i].key), KEYS[i].slot);
}

static int setup(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	here.arena = arena_new(0);
	assert_done(cache_open(redis_url(here.redis), &here.cache));
	assert_done(cache_command(here.cache, here.arena, &reply, CACHE_WORDS("FLUSHALL")));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cache_close(&here.cache);
	arena_destroy(&here.arena);
	return 0;
}

static int start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as service_run does */
	here.redis = redis_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	redis_stop(&here.redis);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_command_carries_text_there_and_back),
		TEST(a_refusal_of_redis_is_our_bug_and_leaves_the_connection),
		TEST(a_run_answers_in_order),
		TEST(an_error_does_not_stop_the_rest_of_the_run),
		TEST(a_script_survives_a_flush_and_a_restart),
		TEST(a_restart_between_commands_is_not_noticed),
		TEST(while_redis_is_away_every_call_says_so),
		TEST(slots_are_those_of_the_specification),
		TEST(a_run_that_breaks_is_broken_to_its_end),
		TEST(addresses_are_checked),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
