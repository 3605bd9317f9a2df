#include "common/io/db_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

#define CONNECT_TIMEOUT_S "5"
#define TCP_USER_TIMEOUT_MS "30000" /* a peer that vanished without a word */

struct err link_lost(struct db *db)
{
	link_close(db);
	return ERR(ERR_UNAVAILABLE, "db.unavailable", NULL, "the connection to the database is lost");
}

/* What the conninfo leaves open is as this says; what it names stands. */
static PGconn *connect_once(const char *conninfo)
{
	static const char *const KEYWORDS[] = { "connect_timeout", "tcp_user_timeout",          "client_encoding",
						"dbname",          "fallback_application_name", NULL };
	const char *values[] = { CONNECT_TIMEOUT_S, TCP_USER_TIMEOUT_MS, "UTF8", conninfo, "relance", NULL };

	return PQconnectdbParams(KEYWORDS, values, true);
}

/* How values travel, whatever the role's or the database's own settings say. */
static bool session_prepare(PGconn *connection)
{
	PGresult *result =
		PQexec(connection, "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'; "
				   "SET standard_conforming_strings = on");
	bool done = PQresultStatus(result) == PGRES_COMMAND_OK;

	PQclear(result);
	return done && PQenterPipelineMode(connection) == 1 && PQsetnonblocking(connection, 1) == 0;
}

static void notice_log(void *context, const char *message)
{
	(void)context;
	log_debug("database notice", LOG_TEXT("notice", message));
}

struct err link_open(struct db *db)
{
	CHECK(db->connection == NULL);
	PGconn *connection = connect_once(db->conninfo);

	CHECK(connection != NULL);
	if (PQstatus(connection) != CONNECTION_OK || !session_prepare(connection)) {
		log_warn("database not reached", LOG_TEXT("error", PQerrorMessage(connection)));
		PQfinish(connection);
		return ERR(ERR_UNAVAILABLE, "db.unavailable", NULL, "the database cannot be reached");
	}
	PQsetNoticeProcessor(connection, notice_log, NULL);
	db->connection = connection;
	return OK;
}

void link_close(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
	db->in_transaction = db->in_block = db->copying = db->unanswered = false;
	db->pending_first = db->pending_count = 0;
	db->leader_count = db->type_count = 0;
	for (int i = 0; i < LINK_STATEMENTS_MAX; i++)
		db->statements[i].state = LINK_UNKNOWN;
}

bool link_alive(struct db *db)
{
	struct pollfd ready = { .fd = PQsocket(db->connection), .events = POLLIN };

	/* Idle, the server says nothing but notices and farewells; the end of the stream stays readable. */
	while (PQstatus(db->connection) == CONNECTION_OK && poll(&ready, 1, 0) > 0)
		if (!PQconsumeInput(db->connection))
			return false;
	return PQstatus(db->connection) == CONNECTION_OK;
}

static struct link_statement *statement_find(struct db *db, const struct db_stmt *stmt)
{
	size_t at = (size_t)text_hash(stmt->name, strlen(stmt->name));

	for (;; at++) {
		struct link_statement *statement = &db->statements[at % LINK_STATEMENTS_MAX];

		if (!statement->stmt) {
			CHECK(++db->statement_count < LINK_STATEMENTS_MAX);
			statement->stmt = stmt;
		}
		if (statement->stmt == stmt)
			return statement;
		if (strcmp(statement->stmt->name, stmt->name) == 0) {
			CHECK(strcmp(statement->stmt->sql, stmt->sql) == 0); /* one name, one statement */
			return statement;
		}
	}
}

static void pending_push(struct db *db, enum link_kind kind, struct link_statement *statement)
{
	CHECK(db->pending_count < LINK_PENDING_MAX);
	db->pending[(db->pending_first + db->pending_count++) % LINK_PENDING_MAX] =
		(struct link_pending){ .kind = kind, .statement = statement };
	db->unanswered = true;
}

static struct link_pending pending_pop(struct db *db)
{
	struct link_pending pending = db->pending[db->pending_first];

	db->pending_first = (db->pending_first + 1) % LINK_PENDING_MAX;
	db->pending_count--;
	return pending;
}

struct err link_send(struct db *db, const struct db_stmt *stmt, const struct db_param *params, size_t count)
{
	struct link_statement *statement = statement_find(db, stmt);
	const char *values[LINK_PARAMS_MAX];
	int lengths[LINK_PARAMS_MAX], formats[LINK_PARAMS_MAX];

	CHECK(count <= LINK_PARAMS_MAX);
	if (statement->state == LINK_UNKNOWN) {
		if (!PQsendPrepare(db->connection, stmt->name, stmt->sql, 0, NULL))
			return link_lost(db);
		statement->state = LINK_SENT;
		pending_push(db, LINK_PREPARE, statement);
	}
	for (size_t i = 0; i < count; i++) {
		values[i] = link_param_text(&params[i]);
		lengths[i] = params[i].length;
		formats[i] = params[i].binary;
	}
	if (!PQsendQueryPrepared(db->connection, stmt->name, (int)count, values, lengths, formats, stmt->binary))
		return link_lost(db);
	pending_push(db, LINK_STATEMENT, statement);
	return OK;
}

void link_want(struct db *db, struct db_rows *rows)
{
	CHECK(db->pending_count > 0);
	db->pending[(db->pending_first + db->pending_count - 1) % LINK_PENDING_MAX].rows = rows;
}

void link_unwant(struct db *db)
{
	for (int i = 0; i < db->pending_count; i++)
		db->pending[(db->pending_first + i) % LINK_PENDING_MAX].rows = NULL;
}

struct err link_sync(struct db *db)
{
	if (!PQpipelineSync(db->connection))
		return link_lost(db);
	pending_push(db, LINK_SYNC, NULL);
	return OK;
}

struct err link_flush(struct db *db)
{
	return PQflush(db->connection) < 0 ? link_lost(db) : OK;
}

/* A server that has room for little is not sent it: libpq moves all that stays behind to the front each time. */
static short link_ready(const struct db *db)
{
	struct pollfd ready = { .fd = PQsocket(db->connection), .events = POLLIN | POLLOUT };

	return poll(&ready, 1, 0) > 0 ? ready.revents : (short)0;
}

void link_trickle(struct db *db)
{
	if (link_ready(db) & POLLOUT)
		(void)PQflush(db->connection);
}

/* What is only checked at the end of a transaction is refused in front of the Sync's own answer. */
static struct err sync_take(struct db *db, struct arena *arena, PGresult *result)
{
	struct err err = OK;

	if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
		err = link_error(db, arena, "commit", result);
		PQclear(result);
		if (!db->connection)
			return err;
		if (PQgetResult(db->connection) != NULL)
			return link_lost(db);
		result = PQgetResult(db->connection);
	}
	/* Anything else in its place is the server's farewell. */
	if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		err = link_lost(db);
	PQclear(result);
	return err;
}

/* Until the next result is there. What the server has not taken yet is sent meanwhile, here and on the connection
 * beside which this one is open. */
static struct err link_wait(struct db *db)
{
	struct db *first = db->first && db->first->connection ? db->first : NULL;

	for (;;) {
		int left = PQflush(db->connection);

		if (left < 0)
			return link_lost(db);
		if (!PQisBusy(db->connection))
			return OK;
		bool pushing = first && PQflush(first->connection) > 0; /* its own wait will tell what goes wrong */
		struct pollfd ready[] = {
			{ .fd = PQsocket(db->connection), .events = (short)(left > 0 ? POLLIN | POLLOUT : POLLIN) },
			{ .fd = pushing ? PQsocket(first->connection) : -1, .events = POLLOUT },
		};

		if (poll(ready, 2, -1) > 0 && ready[0].revents && !PQconsumeInput(db->connection))
			return link_lost(db);
	}
}

/* The outcome of one pending thing. Rows replace those in *rows; *rows is NULL after an error. */
static struct err pending_take(struct db *db, struct arena *arena, struct link_pending pending, PGresult **rows)
{
	TRY(link_wait(db));
	PGresult *result = PQgetResult(db->connection);
	ExecStatusType status = PQresultStatus(result); /* of NULL: PGRES_FATAL_ERROR */
	struct err err = OK;

	if (!result || PQstatus(db->connection) != CONNECTION_OK) {
		PQclear(result);
		return link_lost(db);
	}
	if (pending.kind == LINK_SYNC)
		return sync_take(db, arena, result);
	bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (pending.kind == LINK_PREPARE)
		pending.statement->state = done ? LINK_PREPARED : LINK_UNKNOWN;
	if (!done)
		err = link_error(db, arena, pending.statement->stmt->name, result);
	PQclear(*rows);
	*rows = NULL;
	if (done && pending.rows) {
		db_rows_release(pending.rows);
		*pending.rows = (struct db_rows){ .result = result, .count = PQntuples(result) };
	} else if (done && pending.kind == LINK_STATEMENT)
		*rows = result;
	else
		PQclear(result);
	if (db->connection && PQgetResult(db->connection) != NULL) /* NULL ends each statement's results */
		return link_lost(db);
	return err;
}

static bool synced(const struct db *db)
{
	int last = (db->pending_first + db->pending_count - 1) % LINK_PENDING_MAX;

	return db->pending_count > 0 && db->pending[last].kind == LINK_SYNC;
}

struct err link_push(struct db *db)
{
	/* A Sync asks for its answers itself. */
	if (db->unanswered && !synced(db) && !PQsendFlushRequest(db->connection))
		return link_lost(db);
	db->unanswered = false;
	/* What has come is taken, too: a server that cannot get rid of an answer does not begin with the next one. This
	 * sends as well. */
	return !link_ready(db) || PQconsumeInput(db->connection) ? OK : link_lost(db);
}

static bool awaited(const struct db *db, const struct db_rows *rows)
{
	for (int i = 0; i < db->pending_count; i++)
		if (db->pending[(db->pending_first + i) % LINK_PENDING_MAX].rows == rows)
			return true;
	return false;
}

struct err link_await(struct db *db, struct arena *arena, const struct db_rows *rows)
{
	struct err first = OK;
	PGresult *unwanted = NULL;

	db->stats.round_trips += awaited(db, rows);
	while (err_ok(first) && awaited(db, rows))
		first = pending_take(db, arena, pending_pop(db), &unwanted);
	PQclear(unwanted);
	return first;
}

struct err link_drain(struct db *db, struct arena *arena, PGresult **rows)
{
	struct err first = OK;
	PGresult *last = NULL;

	TRY(link_push(db));
	db->stats.round_trips++;
	while (db->pending_count > 0) {
		struct err err = pending_take(db, arena, pending_pop(db), &last);

		if (err_ok(first))
			first = err;
	}
	if (rows && err_ok(first))
		*rows = last;
	else
		PQclear(last);
	return first;
}
