/* relance-feed as a process, over the wire: pages, filters, waiting, checks, a leader that is killed, the command line.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "common/io/bus.h"
#include "common/io/clock.h"
#include "common/io/curve.h"
#include "common/io/rpc.h"
#include "relance/feed/v1/feed.pb-c.h"
#include "support/outcome.h"
#include "support/pg.h"

#define COPIES 2
#define SERVICE "relance.feed.v1.FeedService/"

static struct {
	struct pg *pg;
	char folder[40];
	pid_t copies[COPIES];
	struct rpc_client *client;
	struct arena *arena;
} here;

static const char *path_of(const char *name)
{
	return arena_format(here.arena, "ipc://%s/%s", here.folder, name);
}

static const char *build_folder(void)
{
	const char *folder = getenv("RELANCE_BUILD");

	return folder ? folder : ".";
}

static pid_t copy_start(int number)
{
	const char *program = arena_format(here.arena, "%s/relance-feed", build_folder());
	const char *log = arena_format(here.arena, "%s/log-%d", here.folder, number);
	pid_t copy = fork();

	assert_true(copy >= 0);
	if (copy > 0)
		return copy;
	setenv("RELANCE_PG", pg_conninfo(here.pg, "relance_feed"), 1);
	setenv("RELANCE_BIND", path_of(number == 0 ? "rpc-0" : "rpc-1"), 1);
	setenv("RELANCE_PUBLISH", path_of("pub"), 1);
	setenv("RELANCE_KEYS", here.folder, 1);
	setenv("RELANCE_GRACE_MS", "2000", 1);
	if (!freopen(log, "a", stderr))
		_exit(126);
	execl(program, program, (char *)NULL);
	_exit(127);
}

static void copy_end(int number, int how)
{
	int status;

	kill(here.copies[number], how);
	assert_int_equal(waitpid(here.copies[number], &status, 0), here.copies[number]);
	if (how == SIGTERM)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void events_write(int count, const char *type)
{
	char sql[400];

	snprintf(sql, sizeof sql,
		 "INSERT INTO feed.outbox (events) "
		 "SELECT ARRAY[ROW(gen_random_uuid(), CASE g %% 2 WHEN 0 THEN 'MAIN' ELSE 'OTHER' END, '%s', 'S' || g, "
		 "'2026-01-31 08:00:00+00', 'relance.feed.v1.Reader', '\\x0a0161', "
		 "'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')::feed.new_event] "
		 "FROM generate_series(1, %d) g",
		 type, count);
	pg_execute(here.pg, sql);
}

static int64_t newest(void)
{
	return pg_number(here.pg, "SELECT coalesce(max(sequence), 0) FROM feed.event");
}

static void numbered_wait(int64_t sequence)
{
	for (int waited = 0; newest() < sequence; waited++) {
		if (waited > 20000)
			fail_msg("number %lld did not come", (long long)sequence);
		usleep(1000);
	}
}

static struct err list(int64_t after, int limit, int wait_ms, const char *type, const char *creditor,
		       Relance__Feed__V1__ListEventsResponse **page)
{
	Relance__Feed__V1__ListEventsRequest request;
	char *types[] = { (char *)type };

	relance__feed__v1__list_events_request__init(&request);
	request.after = after;
	request.limit = limit;
	request.wait_ms = wait_ms;
	request.types = types;
	request.n_types = *type ? 1 : 0;
	request.creditor = (char *)creditor;
	return rpc_call(here.client, here.arena, SERVICE "ListEvents", &request.base, NULL,
			&relance__feed__v1__list_events_response__descriptor, (ProtobufCMessage **)page);
}

/* ------------------------------------------------------------------ replay */

static void pages_follow_each_other_without_a_gap(void **state)
{
	int64_t before = newest(), after = before;
	Relance__Feed__V1__ListEventsResponse *page;
	(void)state;

	events_write(25, "relance.test.happened.v2");
	numbered_wait(before + 25);
	for (int expected[] = { 10, 10, 5 }, i = 0; i < 3; i++) {
		assert_done(list(after, 10, 0, "", "", &page));
		assert_int_equal(page->n_events, expected[i]);
		assert_int_equal(page->events[0]->sequence, after + 1);
		assert_int_equal(page->newest, before + 25);
		after = page->next_after;
	}
	assert_done(list(after, 10, 0, "", "", &page));
	assert_int_equal(page->n_events, 0);
	assert_int_equal(page->next_after, after);
	assert_done(list(after + 1000, 10, 0, "", "", &page));
	assert_int_equal(page->next_after, after + 1000);
}

static void an_event_carries_its_envelope(void **state)
{
	int64_t before = newest();
	Relance__Feed__V1__ListEventsResponse *page;
	(void)state;

	events_write(1, "relance.test.happened.v2");
	numbered_wait(before + 1);
	assert_done(list(before, 10, 0, "", "", &page));
	const Relance__Feed__V1__Event *event = page->events[0];

	assert_string_equal(event->creditor, "OTHER");
	assert_string_equal(event->subject, "S1");
	assert_string_equal(event->time, "2026-01-31T08:00:00Z");
	assert_int_equal(event->schema_version, 2);
	assert_string_equal(event->payload_type, "relance.feed.v1.Reader");
	assert_int_equal(strlen(event->id), 36);
	assert_true(event->payload.len > 0);
}

static void filters_pass_over_and_move_on(void **state)
{
	int64_t before = newest();
	Relance__Feed__V1__ListEventsResponse *page;
	(void)state;

	events_write(20, "relance.test.happened.v1");
	events_write(4, "relance.test.rare.v1");
	numbered_wait(before + 24);
	assert_done(list(before, 6, 0, "relance.test.rare.v1", "", &page)); /* behind three empty windows */
	assert_true(page->n_events > 0);
	assert_string_equal(page->events[0]->type, "relance.test.rare.v1");
	assert_done(list(before, 100, 0, "relance.test.rare.v1", "MAIN", &page));
	assert_int_equal(page->n_events, 2);
	assert_int_equal(page->next_after, before + 24);
	assert_done(list(before, 100, 0, "relance.test.never.v1", "", &page));
	assert_int_equal(page->n_events, 0);
	assert_int_equal(page->next_after, before + 24);
}

static void a_call_that_waits_gets_the_next_event_at_once(void **state)
{
	int64_t before = newest(), started_us = clock_monotonic_us();
	Relance__Feed__V1__ListEventsResponse *page;
	pid_t writer;
	(void)state;

	assert_done(list(before, 10, 200, "", "", &page));
	assert_int_equal(page->n_events, 0);
	assert_true(clock_monotonic_us() - started_us >= 200000);
	fflush(NULL);
	writer = fork();
	if (writer == 0) {
		struct arena *arena = arena_new(0);
		struct db *db = pg_connect(here.pg, "postgres");
		static const struct db_stmt WRITE = DB_STMT(
			"write", "INSERT INTO feed.outbox (events) VALUES (ARRAY[ROW(gen_random_uuid(), 'MAIN', "
				 "'relance.test.late.v1', 's', now(), 'none', '', NULL)::feed.new_event])");
		struct db_tx tx = db_begin(db, arena, DB_WRITE);

		usleep(300000);
		_exit(err_ok(db_exec(&tx, &WRITE, DB_NO_PARAMS)) && err_ok(db_commit(&tx)) ? 0 : 1);
	}
	started_us = clock_monotonic_us();
	assert_done(list(before, 10, 5000, "", "", &page));
	int64_t waited_us = clock_monotonic_us() - started_us;

	waitpid(writer, NULL, 0);
	assert_int_equal(page->n_events, 1);
	assert_true(waited_us < 4000000);
	printf("an event written after 300 ms was there after %lld ms\n", (long long)(waited_us / 1000));
}

static void numbers_out_of_range_are_refused(void **state)
{
	static const struct {
		int64_t after;
		int limit, wait_ms;
		const char *field;
	} ROWS[] = { { -1, 0, 0, "after" }, { 0, -1, 0, "limit" }, { 0, 1001, 0, "limit" }, { 0, 0, 5001, "wait_ms" } };
	Relance__Feed__V1__ListEventsResponse *page;
	(void)state;

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct err err = list(ROWS[i].after, ROWS[i].limit, ROWS[i].wait_ms, "", "", &page);

		assert_refused(err, ERR_INVALID, "number.range");
		assert_string_equal(err.field, ROWS[i].field);
	}
}

/* ------------------------------------------------------------------ health */

static int failing_checks(void)
{
	Relance__Feed__V1__VerifyRequest request;
	Relance__Feed__V1__VerifyResponse *reply;
	int failing = 0;

	relance__feed__v1__verify_request__init(&request);
	assert_done(rpc_call(here.client, here.arena, SERVICE "Verify", &request.base, NULL,
			     &relance__feed__v1__verify_response__descriptor, (ProtobufCMessage **)&reply));
	assert_int_equal(reply->n_checks, 3);
	for (size_t i = 0; i < reply->n_checks; i++)
		failing += !reply->checks[i]->ok;
	return failing;
}

static void verify_finds_a_gap_and_a_reader_that_is_ahead(void **state)
{
	int64_t before = newest();
	(void)state;

	events_write(3, "relance.test.happened.v1");
	numbered_wait(before + 3);
	assert_int_equal(failing_checks(), 0);
	pg_execute(here.pg, "INSERT INTO credit.feed_cursor VALUES ('ahead', 1000000)");
	assert_int_equal(failing_checks(), 1);
	pg_execute(here.pg, "DELETE FROM credit.feed_cursor WHERE reader = 'ahead'");
	pg_execute(here.pg, "SET session_replication_role = replica; CREATE TABLE public.kept AS "
			    "SELECT * FROM feed.event WHERE sequence = 2; DELETE FROM feed.event WHERE sequence = 2");
	assert_int_equal(failing_checks(), 1);
	pg_execute(here.pg, "INSERT INTO feed.event SELECT * FROM public.kept; SET session_replication_role = origin");
	assert_int_equal(failing_checks(), 0);
}

/* ------------------------------------------------------------------ publication */

static int64_t next_published(void *subscriber)
{
	char topic[128] = "", digits[32] = "", body[2000];

	while (zmq_recv(subscriber, topic, sizeof topic - 1, 0) >= 0) {
		bool heartbeat = strstr(topic, "heartbeat") != NULL;

		memset(topic, 0, sizeof topic);
		zmq_recv(subscriber, digits, sizeof digits - 1, 0);
		if (heartbeat)
			continue;
		zmq_recv(subscriber, body, sizeof body, 0);
		return atoll(digits);
	}
	return -1;
}

/* Until a subscription has reached the publisher, what is published is not for it. */
static void subscriber_settle(void *subscriber)
{
	for (int i = 0; i < 50; i++) {
		int64_t before = newest();

		events_write(1, "relance.test.settle.v1");
		numbered_wait(before + 1);
		if (next_published(subscriber) > 0)
			return;
	}
	fail_msg("nothing is published");
}

static void *subscriber_new(const char *keys, const char *name)
{
	const struct bus_options options = { .keys = keys, .self = name, .service = "feed" };
	int timeout_ms = 400;
	void *subscriber = NULL;

	assert_done(bus_socket_new(ZMQ_SUB, &options, &subscriber));
	zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "", 0);
	zmq_setsockopt(subscriber, ZMQ_RCVTIMEO, &timeout_ms, sizeof timeout_ms);
	assert_done(bus_connect(subscriber, path_of("pub")));
	return subscriber;
}

static void whoever_has_no_key_hears_nothing(void **state)
{
	const char *strange = arena_format(here.arena, "%s/strange", here.folder);
	void *known = subscriber_new(here.folder, "test");
	struct curve_key feed;
	(void)state;

	/* The stranger knows the feed's public key; the feed does not know the stranger's. */
	assert_int_equal(
		system(arena_format(here.arena, "mkdir %s && cp %s/feed.key %s/", strange, here.folder, strange)), 0);
	assert_done(curve_keys_new(strange, "stranger"));
	assert_done(curve_public_load(strange, "feed", &feed));
	void *stranger = subscriber_new(strange, "stranger");

	subscriber_settle(known);
	assert_int_equal(next_published(stranger), -1);
	bus_socket_destroy(&stranger);
	bus_socket_destroy(&known);
}

static void a_standby_takes_over_from_a_leader_that_is_killed(void **state)
{
	void *subscriber = subscriber_new(here.folder, "test");
	(void)state;

	for (int round = 0; round < 2; round++) { /* whoever leads now, both have been killed in the end */
		subscriber_settle(subscriber);
		copy_end(round, SIGKILL);
		subscriber_settle(subscriber);
		here.copies[round] = copy_start(round);
		sleep(1);
	}
	assert_int_equal(failing_checks(), 0);
	bus_socket_destroy(&subscriber);
}

/* ------------------------------------------------------------------ the command line */

static void the_tail_is_json_lines(void **state)
{
	int64_t before = newest();
	char line[2000], expected[64];
	int lines = 0;
	(void)state;

	events_write(3, "relance.test.happened.v1");
	numbered_wait(before + 3);
	const char *command = arena_format(
		here.arena, "RELANCE_KEYS=%s RELANCE_FEED_REPLAY=%s,%s %s/relancectl feed tail --from %lld --limit 2",
		here.folder, path_of("rpc-0"), path_of("rpc-1"), build_folder(), (long long)before + 1);
	FILE *tail = popen(command, "r");

	assert_non_null(tail);
	while (fgets(line, sizeof line, tail)) {
		snprintf(expected, sizeof expected, "{\"sequence\":%lld,", (long long)(before + ++lines));
		assert_true(strncmp(line, expected, strlen(expected)) == 0);
		assert_non_null(strstr(line, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
		assert_non_null(strstr(line, "\"payload\":{\"service\":\"a\"}"));
	}
	assert_int_equal(pclose(tail), 0);
	assert_int_equal(lines, 2);
}

static void the_end_is_orderly(void **state)
{
	(void)state;
	copy_end(0, SIGTERM);
	copy_end(1, SIGTERM);
}

static int start(void **state)
{
	static const char *const NAMES[] = { "feed", "test", "relancectl" };
	struct rpc_client_options options = { .service = "feed", .peer = "test", .keys = here.folder };
	(void)state;

	here.pg = pg_start();
	here.arena = arena_new(0);
	strcpy(here.folder, "/tmp/relance-feed-XXXXXX");
	if (!mkdtemp(here.folder))
		return -1;
	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
		assert_done(curve_keys_new(here.folder, NAMES[i]));
	for (int i = 0; i < COPIES; i++)
		here.copies[i] = copy_start(i);
	options.endpoints = arena_format(here.arena, "%s,%s", path_of("rpc-0"), path_of("rpc-1"));
	return err_ok(rpc_client_new(&options, &here.client)) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	for (int i = 0; i < COPIES; i++)
		kill(here.copies[i], SIGKILL);
	int failed = system(arena_format(here.arena, "cat %s/log-*; rm -rf %s", here.folder, here.folder));

	rpc_client_destroy(&here.client);
	bus_release();
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_follow_each_other_without_a_gap),
		cmocka_unit_test(an_event_carries_its_envelope),
		cmocka_unit_test(filters_pass_over_and_move_on),
		cmocka_unit_test(a_call_that_waits_gets_the_next_event_at_once),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(verify_finds_a_gap_and_a_reader_that_is_ahead),
		cmocka_unit_test(whoever_has_no_key_hears_nothing),
		cmocka_unit_test(a_standby_takes_over_from_a_leader_that_is_killed),
		cmocka_unit_test(the_tail_is_json_lines),
		cmocka_unit_test(the_end_is_orderly),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
