/* Numbering and publication: many writers whose commits overtake each other, two relays, connections that are cut. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "common/io/bus.h"
#include "common/io/outbox.h"
#include "common/io/random.h"
#include "feed/relay.h"
#include "feed/store.h"
#include "support/outcome.h"
#include "support/pg.h"

#define WRITERS 8
#define TRANSACTIONS 300 /* of each writer */
#define RELAYS 2
#define CUTS 3

static struct {
	struct pg *pg;
	char folder[40];
	atomic_bool stopping;
	atomic_int committed; /* events */
} here;

static const char *endpoint_of(int relay, struct arena *arena)
{
	return arena_format(arena, "ipc://%s/%d", here.folder, relay);
}

/* One to three events a transaction, in one row or a row each; every fifth transaction thrown away, some held open for a
 * while. */
static void write_once(struct db *db, struct arena *arena, int writer, int number)
{
	size_t count = (size_t)(1 + number % 3);
	struct event events[3];
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	for (size_t i = 0; i < count; i++) {
		const char *payload = arena_format(arena, "%d", number * 3 + (int)i);

		events[i] = (struct event){ .creditor = "MAIN",
					    .type = "relance.test.happened.v1",
					    .subject = arena_format(arena, "%d", writer),
					    .time = { 1 },
					    .payload = payload,
					    .payload_length = strlen(payload),
					    .payload_type = "none" };
	}
	if (number % 2)
		assert_done(outbox_append_all(&tx, events, count));
	for (size_t i = 0; number % 2 == 0 && i < count; i++)
		assert_done(outbox_append(&tx, &events[i]));
	assert_done(db_flush(&tx));
	if (random_u32() % 8 == 0)
		usleep(random_u32() % 10000);
	if (number % 5 == 0)
		return;
	assert_done(db_commit(&tx));
	atomic_fetch_add(&here.committed, (int)count);
}

static void *writer_run(void *argument)
{
	int writer = *(int *)argument;
	ARENA_SCOPE arena = arena_new(0);
	struct db *db = pg_connect(here.pg, "relance_payments");

	for (int i = 0; i < TRANSACTIONS; i++) {
		write_once(db, arena, writer, i);
		arena_reset(arena);
	}
	db_close(&db);
	return NULL;
}

static void *relay_thread(void *argument)
{
	ARENA_SCOPE names = arena_new(0);
	struct relay relay = { .publisher = { .endpoint = endpoint_of(*(int *)argument, names), .keys = "" },
			       .arena = arena_new(0) };
	struct db *db = pg_connect(here.pg, "relance_feed");
	struct service_context context = { .db = db, .process = &relay, .stopping = &here.stopping };

	while (!atomic_load(&here.stopping)) {
		int64_t again_ms = 1;
		struct err err = relay_run(&context, &again_ms);

		/* A cut connection may be told; nothing else may go wrong. */
		if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
			fprintf(stderr, "relay: %s %s\n", err.reason, err.message), abort();
		usleep((useconds_t)(again_ms > 10 ? 10 : again_ms) * 1000);
	}
	publisher_close(&relay.publisher);
	arena_destroy(&relay.arena);
	db_close(&db);
	return NULL;
}

struct seen {
	int64_t last, count, wrong;
	atomic_int heartbeats;
};

/* A subscriber to both: what it gets rises in number, and every message has the frames that the contract says. */
static void *subscriber_run(void *argument)
{
	struct seen *seen = argument;
	ARENA_SCOPE names = arena_new(0);
	const struct bus_options options = { .keys = "", .self = "test", .service = "feed" };
	int timeout_ms = 100;
	void *socket = NULL;

	assert_done(bus_socket_new(ZMQ_SUB, &options, &socket));
	zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
	zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof timeout_ms);
	for (int i = 0; i < RELAYS; i++)
		assert_done(bus_connect(socket, endpoint_of(i, names)));
	while (!atomic_load(&here.stopping)) {
		char topic[128] = "", digits[32] = "", body[4096];

		if (zmq_recv(socket, topic, sizeof topic - 1, 0) < 0)
			continue;
		zmq_recv(socket, digits, sizeof digits - 1, 0);
		if (strcmp(topic, PUBLISHER_HEARTBEAT_TOPIC) == 0) {
			seen->heartbeats++;
			continue;
		}
		int length = zmq_recv(socket, body, sizeof body, 0);
		int64_t sequence = atoll(digits);

		seen->wrong += length < 10 || sequence <= seen->last || strcmp(topic, "relance.test.happened.v1") != 0;
		seen->last = sequence;
		seen->count++;
	}
	bus_socket_destroy(&socket);
	return NULL;
}

/* A row of the outbox; the subjects count on from `*number`. */
static void row_write(int events, int *number)
{
	char sql[400];

	snprintf(sql, sizeof sql,
		 "INSERT INTO feed.outbox (events) SELECT array_agg(ROW(gen_random_uuid(), 'MAIN', "
		 "'relance.test.row.v1', g::text, '2026-01-31 08:00:00+00', 'none', '', NULL)::feed.new_event ORDER BY "
		 "g) "
		 "FROM generate_series(%d, %d) g",
		 *number + 1, *number + events);
	pg_execute(here.pg, sql);
	*number += events;
}

static struct position waiting(struct db *db, struct arena *arena)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
	struct position position;

	assert_done(position_load(&tx, &position));
	assert_done(db_commit(&tx));
	return position;
}

/* A row goes as a whole, also where it is larger than what is taken at a time. */
static void events_of_a_row_are_numbered_in_their_order(void **state)
{
	static const int ROWS[] = { 1, 1500, 1, 700, 400, 5 }, TAKEN[] = { 1501, 1101, 5, 0 };
	ARENA_SCOPE arena = arena_new(0);
	struct db *db = pg_connect(here.pg, "relance_feed");
	int number = 0, seen = 0;
	(void)state;

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		row_write(ROWS[i], &number);
	assert_int_equal(waiting(db, arena).waiting, number);
	for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0]; i++) {
		DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
		DB_ROWS_SCOPE rows = { 0 };
		struct event_page page;

		assert_done(events_number(&tx, &rows, &page));
		assert_done(db_commit(&tx));
		assert_int_equal(page.count, TAKEN[i]);
		for (int k = 0; k < page.count; k++, seen++) {
			assert_int_equal(page.events[k].sequence, seen + 1);
			assert_int_equal(atoi(page.events[k].subject), seen + 1);
		}
	}
	assert_int_equal(seen, number);
	assert_int_equal(waiting(db, arena).waiting, 0);
	atomic_fetch_add(&here.committed, number);
	db_close(&db);
}

static long long events(void)
{
	return pg_number(here.pg, "SELECT count(*) FROM feed.event");
}

static void nothing_is_lost_or_counted_twice_and_numbers_have_no_gap(void **state)
{
	pthread_t writers[WRITERS], relays[RELAYS], subscriber;
	int numbers[WRITERS];
	struct seen seen = { 0 };
	(void)state;

	for (int i = 0; i < WRITERS; i++)
		numbers[i] = i;
	pthread_create(&subscriber, NULL, subscriber_run, &seen);
	for (int i = 0; i < RELAYS; i++)
		pthread_create(&relays[i], NULL, relay_thread, &numbers[i]);
	while (atomic_load(&seen.heartbeats) == 0)
		usleep(1000);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&writers[i], NULL, writer_run, &numbers[i]);
	for (int i = 0; i < CUTS; i++) {
		usleep(100000);
		pg_execute(here.pg,
			   "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	for (int waited = 0; events() < here.committed && waited < 10000; waited++)
		usleep(1000);
	usleep(100000); /* the last messages under way */
	atomic_store(&here.stopping, true);
	for (int i = 0; i < RELAYS; i++)
		pthread_join(relays[i], NULL);
	pthread_join(subscriber, NULL);

	assert_int_equal(events(), here.committed);
	assert_int_equal(pg_number(here.pg, "SELECT max(sequence) FROM feed.event"), here.committed);
	assert_int_equal(pg_number(here.pg, "SELECT count(DISTINCT id) FROM feed.event"), here.committed);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered"), 0);
	/* One after the other by the same writer: in that order in the log. */
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM (SELECT convert_from(payload, 'UTF8')::int AS n, "
					    "lag(convert_from(payload, 'UTF8')::int) OVER "
					    "(PARTITION BY subject ORDER BY sequence) AS before FROM feed.event "
					    "WHERE type = 'relance.test.happened.v1') p "
					    "WHERE before >= n"),
			 0);
	printf("%lld events, %lld of them seen by the subscriber\n", (long long)here.committed, (long long)seen.count);
	assert_true(seen.count > 0); /* what falls into a change of leaders is for the replay */
	assert_int_equal(seen.wrong, 0);
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	strcpy(here.folder, "/tmp/relance-relay-XXXXXX");
	return mkdtemp(here.folder) ? 0 : -1;
}

static int stop(void **state)
{
	char command[64];
	(void)state;

	bus_release();
	pg_stop(&here.pg);
	snprintf(command, sizeof command, "rm -rf %s", here.folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_a_row_are_numbered_in_their_order),
		cmocka_unit_test(nothing_is_lost_or_counted_twice_and_numbers_have_no_gap),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
