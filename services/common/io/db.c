#include "common/io/db.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db_link.h"

static const struct db_stmt BEGIN_WRITE = DB_STMT("db_begin", "BEGIN");
static const struct db_stmt BEGIN_READ = DB_STMT("db_begin_read", "BEGIN READ ONLY");
static const struct db_stmt COMMIT = DB_STMT("db_commit", "COMMIT");
static const struct db_stmt ROLLBACK = DB_STMT("db_rollback", "ROLLBACK");
static const struct db_stmt TRY_LOCK = DB_STMT("db_try_lock", "SELECT pg_try_advisory_lock($1)");
static const struct db_stmt PING = DB_STMT("db_ping", "SELECT true");

struct err db_open(const char *conninfo, struct db **db)
{
	struct db *opened = calloc(1, sizeof *opened);

	CHECK(opened != NULL);
	opened->conninfo = strdup(conninfo);
	CHECK(opened->conninfo != NULL);
	opened->scratch = arena_new(0);
	struct err err = link_open(opened);

	if (err_ok(err))
		*db = opened;
	else
		db_close(&opened);
	return err;
}

struct err db_open_beside(struct db *db, struct db **beside)
{
	TRY(db_open(db->conninfo, beside));
	(*beside)->first = db;
	return OK;
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	link_close(*db);
	arena_destroy(&(*db)->scratch);
	free((*db)->conninfo);
	free(*db);
	*db = NULL;
}

struct err db_ensure(struct db *db)
{
	CHECK(!db->in_transaction);
	if (db->connection && !link_alive(db))
		link_close(db);
	return db->connection ? OK : link_open(db);
}

struct db_tx db_begin(struct db *db, struct arena *arena, enum db_mode mode)
{
	return (struct db_tx){ .db = db, .arena = arena, .mode = mode, .state = TX_NEW };
}

struct err db_tx_note(struct db_tx *tx, struct err err)
{
	if (!err_ok(err)) {
		tx->state = TX_FAILED;
		tx->db->failure = err;
	}
	return err;
}

static struct err block_open(struct db_tx *tx)
{
	if (tx->db->in_block)
		return OK;
	TRY(link_send(tx->db, tx->mode == DB_READ ? &BEGIN_READ : &BEGIN_WRITE, DB_NO_PARAMS));
	tx->db->in_block = true;
	return OK;
}

struct err db_tx_block(struct db_tx *tx)
{
	TRY(db_tx_ready(tx));
	return db_tx_note(tx, block_open(tx));
}

/* On a connection that has been looked at. Statements up to a Sync are one transaction without a BEGIN, too
 * (PostgreSQL, 55.2.3): only one that must not write begins with one. */
static struct err tx_start(struct db_tx *tx)
{
	TRY(db_ensure(tx->db));
	if (tx->mode == DB_READ)
		TRY(block_open(tx));
	tx->db->in_transaction = true;
	tx->state = TX_OPEN;
	return OK;
}

struct err db_tx_ready(struct db_tx *tx)
{
	CHECK(tx->state != TX_DONE);
	if (tx->state == TX_FAILED)
		return tx->db->failure;
	return tx->state == TX_NEW ? db_tx_note(tx, tx_start(tx)) : OK;
}

/* Statements that PostgreSQL takes, or takes without a warning, between BEGIN and COMMIT only. */
static bool needs_block(const struct db_stmt *stmt)
{
	return text_starts(stmt->sql, "SET LOCAL ") || text_starts(stmt->sql, "LOCK ") ||
	       text_starts(stmt->sql, "SAVEPOINT ") || text_starts(stmt->sql, "DECLARE ");
}

static struct err tx_send(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count)
{
	TRY(needs_block(stmt) ? db_tx_block(tx) : db_tx_ready(tx));
	tx->db->stats.statements++;
	return db_tx_note(tx, link_send(tx->db, stmt, params, count));
}

struct err db_exec(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count)
{
	TRY(tx_send(tx, stmt, params, count));
	return tx->db->pending_count < LINK_FLIGHT_MAX ? OK : db_flush(tx);
}

struct err db_ask(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count,
		  struct db_rows *rows)
{
	TRY(tx_send(tx, stmt, params, count));
	link_want(tx->db, rows);
	return tx->db->pending_count < LINK_FLIGHT_MAX ? OK : db_flush(tx);
}

struct err db_query(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count,
		    struct db_rows *rows)
{
	PGresult *result = NULL;

	TRY(tx_send(tx, stmt, params, count));
	TRY(db_tx_note(tx, link_drain(tx->db, tx->arena, &result)));
	db_rows_release(rows);
	*rows = (struct db_rows){ .result = result, .count = PQntuples(result) };
	return OK;
}

struct err db_push(struct db_tx *tx)
{
	TRY(db_tx_ready(tx));
	return db_tx_note(tx, link_push(tx->db));
}

struct err db_await(struct db_tx *tx, const struct db_rows *rows)
{
	TRY(db_push(tx));
	return db_tx_note(tx, link_await(tx->db, tx->arena, rows));
}

struct err db_flush(struct db_tx *tx)
{
	TRY(db_tx_ready(tx));
	if (tx->db->pending_count == 0)
		return OK;
	return db_tx_note(tx, link_drain(tx->db, tx->arena, NULL));
}

/* COMMIT behind what is queued; without a BEGIN, the Sync commits. A transaction that only read is not waited for: what
 * it read has been read, and its COMMIT is looked at with the next transaction's first round trip. */
static struct err tx_end(struct db_tx *tx)
{
	if (tx->db->in_block)
		TRY(link_send(tx->db, &COMMIT, DB_NO_PARAMS));
	TRY(link_sync(tx->db));
	return tx->mode == DB_READ ? link_flush(tx->db) : link_drain(tx->db, tx->arena, NULL);
}

struct err db_commit(struct db_tx *tx)
{
	CHECK(tx->state != TX_DONE);
	if (tx->state == TX_FAILED)
		return tx->db->failure;
	if (tx->state == TX_OPEN) {
		CHECK(!tx->db->copying);
		if (tx->mode == DB_READ)
			TRY(db_flush(tx));
		TRY(db_tx_note(tx, tx_end(tx)));
		tx->db->in_transaction = tx->db->in_block = false;
		tx->db->stats.commits++;
	}
	tx->state = TX_DONE;
	return OK;
}

/* Between BEGIN and COMMIT, the first Sync ends a pipeline that may have been aborted; ROLLBACK then runs in any case.
 * Without a BEGIN that Sync would commit: a late one takes in what was done before it, and ROLLBACK takes it all back.
 * After an error the server passes over both, and takes all back itself. */
static struct err tx_undo(struct db_tx *tx)
{
	if (tx->db->in_block)
		TRY(link_sync(tx->db));
	else
		TRY(block_open(tx));
	TRY(link_send(tx->db, &ROLLBACK, DB_NO_PARAMS));
	TRY(link_sync(tx->db));
	return link_drain(tx->db, tx->arena, NULL);
}

void db_rollback(struct db_tx *tx)
{
	struct db *db = tx->db;

	if (tx->state != TX_OPEN && tx->state != TX_FAILED)
		return;
	tx->state = TX_DONE;
	link_unwant(db);
	if (!db->in_transaction)
		return; /* the connection was lost, and the transaction with it */
	if (db->copying)
		link_copy_abandon(tx);
	/* An error that comes out of the pipeline now is that of a statement which is taken back anyway. */
	struct err ignored = db->connection ? tx_undo(tx) : OK;

	(void)ignored;
	db->in_transaction = db->in_block = false;
	db->stats.rollbacks++;
}

void db_rows_release(struct db_rows *rows)
{
	PQclear(rows->result);
	*rows = (struct db_rows){ 0 };
}

static bool leader_known(const struct db *db, int64_t key)
{
	for (int i = 0; i < db->leader_count; i++)
		if (db->leader_keys[i] == key)
			return true;
	return false;
}

/* Outside any transaction: a lock of the session, not of a transaction. */
static struct err leader_ask(struct db *db, int64_t key, bool *leader)
{
	PGresult *result = NULL;
	struct db_param wanted = db_int(key);
	bool known = leader_known(db, key);

	TRY(link_send(db, known ? &PING : &TRY_LOCK, &wanted, known ? 0 : 1));
	TRY(link_sync(db));
	TRY(link_drain(db, db->scratch, &result));
	*leader = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (*leader && !known) {
		CHECK(db->leader_count < LINK_LEADER_KEYS_MAX);
		db->leader_keys[db->leader_count++] = key;
	}
	return OK;
}

struct err db_leader(struct db *db, int64_t key, bool *leader)
{
	arena_reset(db->scratch);
	TRY(db_ensure(db));
	struct err err = leader_ask(db, key, leader);

	if (err.code != ERR_UNAVAILABLE)
		return err;
	TRY(db_ensure(db)); /* the connection, and the lock with it, went while we asked */
	return leader_ask(db, key, leader);
}

struct db_stats db_stats(const struct db *db)
{
	return db->stats;
}
