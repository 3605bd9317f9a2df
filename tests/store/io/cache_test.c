/* Redis: commands, pipelines, scripts, and what happens when it goes away in the middle. */
#include <hiredis.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/cache.h"
#include "support/outcome.h"
#include "support/redis.h"

static struct {
	struct redis *redis;
	struct cache *cache;
	struct arena *arena;
} here;

static long long ask_number(const char *command)
{
	CACHE_REPLY_SCOPE reply = NULL;

	assert_done(cache_command(here.cache, here.arena, &reply, command));
	assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
	return reply->integer;
}

static void a_command_carries_bytes_there_and_back(void **state)
{
	const char bytes[] = "a\0b\r\n";
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	assert_done(cache_command(here.cache, here.arena, &reply, "SET key %b", bytes, sizeof bytes));
	assert_done(cache_command(here.cache, here.arena, &reply, "GET %s", "key"));
	assert_int_equal(reply->len, sizeof bytes);
	assert_memory_equal(reply->str, bytes, sizeof bytes);
}

static void a_refusal_of_redis_is_our_bug_and_leaves_the_connection(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	assert_done(cache_command(here.cache, here.arena, &reply, "SET text a"));
	assert_refused(cache_command(here.cache, here.arena, &reply, "INCR text"), ERR_INTERNAL, "cache.refused");
	assert_int_equal(ask_number("INCR number"), 1);
}

static void a_pipeline_answers_in_order(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	const char *words[] = { "INCRBY", "sum", "1" };
	const size_t lengths[] = { 6, 3, 1 };
	(void)state;

	for (int i = 0; i < 500; i++) {
		assert_done(cache_queue(here.cache, "INCRBY %s %d", "sum", 1));
		assert_done(cache_queue_argv(here.cache, 3, words, lengths));
	}
	for (int i = 1; i <= 1000; i++) {
		assert_done(cache_take(here.cache, here.arena, &reply));
		assert_int_equal(reply->integer, i);
	}
}

static void a_script_survives_a_flush_and_a_restart(void **state)
{
	static struct cache_script script = { .name = "add", .text = "return redis.call('INCRBY', KEYS[1], ARGV[1])" };
	const char *argv[] = { "counter", "2" };
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	assert_done(cache_script_run(here.cache, here.arena, &script, 1, 2, argv, NULL, &reply));
	assert_int_equal(reply->integer, 2);
	assert_done(cache_command(here.cache, here.arena, &reply, "SCRIPT FLUSH"));
	assert_done(cache_script_run(here.cache, here.arena, &script, 1, 2, argv, NULL, &reply));
	assert_int_equal(reply->integer, 4);
	redis_down(here.redis);
	redis_up(here.redis);
	assert_done(cache_script_run(here.cache, here.arena, &script, 1, 2, argv, NULL, &reply));
	assert_int_equal(reply->integer, 2);
}

static void a_restart_between_commands_is_not_noticed(void **state)
{
	(void)state;
	assert_int_equal(ask_number("INCR n"), 1);
	redis_down(here.redis);
	redis_up(here.redis);
	assert_int_equal(ask_number("INCR n"), 1);
}

static void while_redis_is_away_every_call_says_so(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	struct cache *other = NULL;
	(void)state;

	redis_down(here.redis);
	for (int i = 0; i < 2; i++)
		assert_refused(cache_command(here.cache, here.arena, &reply, "INCR n"), ERR_UNAVAILABLE,
			       "cache.unavailable");
	assert_refused(cache_queue(here.cache, "INCR n"), ERR_UNAVAILABLE, "cache.unavailable");
	assert_refused(cache_open(redis_url(here.redis), &other), ERR_UNAVAILABLE, "cache.unavailable");
	redis_up(here.redis);
	assert_int_equal(ask_number("INCR n"), 1);
}

static void a_pipeline_that_breaks_is_broken_to_its_end(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	for (int i = 0; i < 3; i++)
		assert_done(cache_queue(here.cache, "INCR n"));
	redis_down(here.redis);
	redis_up(here.redis);
	assert_done(cache_queue(here.cache, "INCR n")); /* part of the broken pipeline: must not be sent alone */
	for (int i = 0; i < 4; i++)
		assert_refused(cache_take(here.cache, here.arena, &reply), ERR_UNAVAILABLE, "cache.unavailable");
	assert_int_equal(ask_number("INCR n"), 1);
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
					   "redis://host:99999" };
	struct cache *cache = NULL;
	(void)state;

	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
		assert_refused(cache_open(BAD[i], &cache), ERR_INVALID, "cache.url");
	assert_refused(cache_open("redis://127.0.0.1:1/2", &cache), ERR_UNAVAILABLE, "cache.unavailable");
	assert_null(cache);
}

static int setup(void **state)
{
	CACHE_REPLY_SCOPE reply = NULL;
	(void)state;

	here.arena = arena_new(0);
	assert_done(cache_open(redis_url(here.redis), &here.cache));
	assert_done(cache_command(here.cache, here.arena, &reply, "FLUSHALL"));
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
		TEST(a_command_carries_bytes_there_and_back),
		TEST(a_refusal_of_redis_is_our_bug_and_leaves_the_connection),
		TEST(a_pipeline_answers_in_order),
		TEST(a_script_survives_a_flush_and_a_restart),
		TEST(a_restart_between_commands_is_not_noticed),
		TEST(while_redis_is_away_every_call_says_so),
		TEST(a_pipeline_that_breaks_is_broken_to_its_end),
		TEST(addresses_are_checked),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
