#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/io/db_link.h"

/* COPY cannot run in a pipeline: the connection leaves pipeline mode for it and comes back afterwards, all
 * inside the same transaction. */

#define COPY_PART_BYTES ((size_t)1024 * 1024) /* libpq counts in int */

/* What a call outside the pipeline came to. */
static struct err copy_result(struct db_tx *tx, PGresult *result, ExecStatusType wanted)
{
	struct db *db = tx->db;
	struct err err = OK;

	if (PQstatus(db->connection) != CONNECTION_OK)
		err = link_lost(db);
	else if (PQresultStatus(result) != wanted)
		err = link_error(db, tx->arena, "copy", result);
	PQclear(result);
	return err;
}

static struct err pipeline_leave(struct db_tx *tx)
{
	TRY(link_sync(tx->db));
	TRY(link_drain(tx->db, tx->arena, NULL));
	bool left = PQexitPipelineMode(tx->db->connection) && PQsetnonblocking(tx->db->connection, 0) == 0;

	return left ? OK : link_lost(tx->db);
}

static struct err pipeline_enter(struct db *db)
{
	db->copying = false;
	if (!db->connection)
		return ERR(ERR_UNAVAILABLE, "db.unavailable", NULL, "the connection to the database is lost");
	bool entered = PQenterPipelineMode(db->connection) && PQsetnonblocking(db->connection, 1) == 0;

	return entered ? OK : link_lost(db);
}

struct err db_copy_begin(struct db_tx *tx, const char *sql, struct db_copy *copy)
{
	TRY(db_tx_block(tx));
	TRY(db_tx_note(tx, pipeline_leave(tx)));
	tx->db->stats.statements++;
	tx->db->stats.round_trips++;
	tx->db->copying = true;
	struct err err = copy_result(tx, PQexec(tx->db->connection, sql), PGRES_COPY_IN);

	if (err_ok(err)) {
		copy->tx = tx;
		return OK;
	}
	struct err entered = pipeline_enter(tx->db);

	(void)entered; /* the first error is the one to tell */
	return db_tx_note(tx, err);
}

struct err db_copy_put(struct db_copy *copy, const char *bytes, size_t length)
{
	struct db_tx *tx = copy->tx;

	TRY(db_tx_ready(tx));
	for (size_t part; length > 0; bytes += part, length -= part) {
		part = length < COPY_PART_BYTES ? length : COPY_PART_BYTES;
		if (PQputCopyData(tx->db->connection, bytes, (int)part) != 1)
			return db_tx_note(tx, link_lost(tx->db));
	}
	return OK;
}

/* Ends the stream; with a `complaint`, the server takes back what came. Reads the one result and the end behind it. */
static struct err copy_finish(struct db_tx *tx, const char *complaint)
{
	PGconn *connection = tx->db->connection;

	if (PQputCopyEnd(connection, complaint) != 1)
		return link_lost(tx->db);
	tx->db->stats.round_trips++;
	struct err err = copy_result(tx, PQgetResult(connection), PGRES_COMMAND_OK);

	if (tx->db->connection)
		PQclear(PQgetResult(connection));
	return err;
}

struct err db_copy_end(struct db_copy *copy)
{
	struct db_tx *tx = copy->tx;

	TRY(db_tx_ready(tx));
	struct err err = copy_finish(tx, NULL);
	struct err entered = pipeline_enter(tx->db);

	return db_tx_note(tx, err_ok(err) ? entered : err);
}

void link_copy_abandon(struct db_tx *tx)
{
	struct err refused = copy_finish(tx, "given up"); /* an error by its nature */
	struct err entered = pipeline_enter(tx->db);

	(void)refused;
	(void)entered;
}

void db_copy_text(struct buf *row, const char *text)
{
	static const char SPECIAL[] = "\\\t\n\r";
	static const char LETTERS[] = "\\tnr";

	if (!text)
		buf_append_text(row, "\\N");
	for (size_t plain; text && *text; text += plain) {
		plain = strcspn(text, SPECIAL);
		buf_append(row, text, plain);
		if (text[plain]) {
			buf_append_char(row, '\\');
			buf_append_char(row, LETTERS[strchr(SPECIAL, text[plain++]) - SPECIAL]);
		}
	}
}
