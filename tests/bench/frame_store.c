#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/frame_bench.h"
#include "common/io/bus.h"
#include "common/io/clock.h"
#include "common/io/migrate.h"
#include "common/io/random.h"
#include "support/echo/echo.h"

#define NAME "INV-2026-000017"

struct round {
	const struct store_bench *bench;
	pthread_barrier_t ready;
	atomic_bool over;
	atomic_llong done;
};

/* Both write into a table of the same kind: see ECHO_SCHEMA. */
void store_prepare(const char *admin_pg, const char *schema)
{
	struct arena *arena = arena_new(0);
	struct err err = migrate_run(admin_pg, schema, arena, NULL, NULL);

	if (!err_ok(err))
		bench_fail("migrate", err.message);
	arena_destroy(&arena);
	PGconn *connection = PQconnectdb(admin_pg);
	PGresult *made =
		PQexec(connection, ECHO_SCHEMA "CREATE TABLE invoicing.bare (LIKE invoicing.note INCLUDING ALL, "
					       "FOREIGN KEY (invoice) REFERENCES invoicing.note_invoice);"
					       "GRANT INSERT ON invoicing.bare TO relance_invoicing");

	if (PQresultStatus(made) != PGRES_COMMAND_OK)
		bench_fail("schema", PQerrorMessage(connection));
	PQclear(made);
	PQfinish(connection);
}

/* Starts the clients, gives them the round's time, counts what they did. */
static double run(const struct store_bench *bench, void *(*client)(void *))
{
	static struct round round;
	pthread_t threads[CLIENTS];

	round.bench = bench;
	atomic_store(&round.over, false);
	atomic_store(&round.done, 0);
	pthread_barrier_init(&round.ready, NULL, CLIENTS + 1);
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, client, &round);
	pthread_barrier_wait(&round.ready);
	int64_t begun = clock_monotonic_us();
	struct timespec time = { .tv_sec = (time_t)bench->seconds,
				 .tv_nsec = (long)((bench->seconds - (double)(time_t)bench->seconds) * 1e9) };

	nanosleep(&time, NULL);
	long long done = atomic_load(&round.done);
	double took = (double)(clock_monotonic_us() - begun) / 1e6;

	atomic_store(&round.over, true);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&round.ready);
	return (double)done / took;
}

/* ------------------------------------------------------------------ PostgreSQL alone */

static void insert_one(PGconn *connection, const char *body)
{
	char id[ID_TEXT_BYTES], invoice[16];
	const char *values[] = { id_format(id_fresh(), id), "MAIN", id, invoice, "11900", NAME, body };

	snprintf(invoice, sizeof invoice, "%u", 1 + random_u32() % ECHO_INVOICES);
	PGresult *result = PQexecPrepared(connection, "bare", 7, values, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		bench_fail("insert", PQerrorMessage(connection));
	PQclear(result);
}

static void *insert_client(void *argument)
{
	struct round *round = argument;
	PGconn *connection = PQconnectdb(round->bench->pg);
	char body[2 * BODY_BYTES + 3] = "\\x";

	memset(body + 2, '7', 2 * (size_t)BODY_BYTES);
	PQclear(PQprepare(connection, "bare",
			  "INSERT INTO invoicing.bare (id, creditor, number, invoice, amount_minor, name, body) "
			  "VALUES ($1, $2, $3, $4, $5, $6, $7)",
			  7, NULL));
	insert_one(connection, body);
	pthread_barrier_wait(&round->ready);
	while (!atomic_load(&round->over)) {
		insert_one(connection, body);
		atomic_fetch_add(&round->done, 1);
	}
	PQfinish(connection);
	return NULL;
}

double insert_rate(const struct store_bench *bench)
{
	return run(bench, insert_client);
}

/* ------------------------------------------------------------------ a write rpc */

struct store_call {
	struct rpc_client *client;
	struct arena *arena;
	uint8_t body[BODY_BYTES];
};

/* A key of the caller's, so that the answer is kept under it. */
static void store_one(struct store_call *store)
{
	Relance__Test__V1__StoreRequest request = RELANCE__TEST__V1__STORE_REQUEST__INIT;
	char key[ID_TEXT_BYTES];
	const struct rpc_options options = { .idempotency_key = id_format(id_fresh(), key) };
	ProtobufCMessage *reply = NULL;

	request.name = NAME;
	request.body = (ProtobufCBinaryData){ .data = store->body, .len = sizeof store->body };
	struct err err = rpc_call(store->client, store->arena, ECHO_SERVICE "/Store", &request.base, &options,
				  &relance__test__v1__store_response__descriptor, &reply);

	if (!err_ok(err))
		bench_fail("store", err.message);
	arena_reset(store->arena);
}

static void *store_client(void *argument)
{
	struct round *round = argument;
	const struct rpc_client_options options = { .endpoints = round->bench->store_endpoint,
						    .service = "echo",
						    .peer = "caller",
						    .keys = round->bench->keys };
	struct store_call store = { .arena = arena_new(0) };

	if (rpc_client_new(&options, &store.client).code)
		bench_fail("store", "no client");
	memset(store.body, 'w', sizeof store.body);
	store_one(&store);
	pthread_barrier_wait(&round->ready);
	while (!atomic_load(&round->over)) {
		store_one(&store);
		atomic_fetch_add(&round->done, 1);
	}
	rpc_client_destroy(&store.client);
	arena_destroy(&store.arena);
	return NULL;
}

double store_rate(const struct store_bench *bench)
{
	return run(bench, store_client);
}
