#ifndef IO_DB_LINK_H
#define IO_DB_LINK_H

#include <libpq-fe.h>

#include "common/io/db.h"

/* The connection below db.h: libpq's pipeline, what is in flight on it, and what the server has prepared. Only the
 * db_*.c files include this.
 *
 * The connection does not block: what the server does not take yet waits in libpq's buffer, and goes out with the next
 * statement, db_push or wait. Whoever waits reads and sends as either side can, so a full pipe in both directions
 * cannot stop it; LINK_FLIGHT_MAX bounds what such reading may pile up. */

#define LINK_FLIGHT_MAX 256     /* statements in flight before their outcomes are read: one round trip in 256 */
#define LINK_PENDING_MAX 600    /* twice LINK_FLIGHT_MAX (each may be prepared), and what ends a transaction */
#define LINK_STATEMENTS_MAX 512 /* different statements of one process; a service has some fifty */
#define LINK_LEADER_KEYS_MAX 8
#define LINK_PARAMS_MAX 64
#define LINK_TYPES_MAX 16 /* composite types of one process */

enum link_kind { LINK_PREPARE, LINK_STATEMENT, LINK_SYNC };

/* One thing whose outcome is still to be read. */
struct link_pending {
	enum link_kind kind;
	struct link_statement *statement;
	struct db_rows *rows; /* where they are wanted, or NULL */
};

struct link_statement {
	const struct db_stmt *stmt; /* NULL: free */
	enum { LINK_UNKNOWN, LINK_SENT, LINK_PREPARED } state;
};

/* A type that a migration made, and its number in this database. */
struct link_type {
	const char *name;
	int32_t number;
};

struct db {
	char *conninfo;
	PGconn *connection; /* NULL: lost, opened again at the next transaction */
	struct db *first;   /* beside which this one is open, or NULL */
	bool unanswered;    /* something was queued since the server was last asked to answer */
	bool in_transaction, copying;
	bool in_block;      /* BEGIN was sent */
	struct err failure; /* of the transaction in hand */
	struct link_pending pending[LINK_PENDING_MAX];
	int pending_first, pending_count;
	struct link_statement statements[LINK_STATEMENTS_MAX]; /* open addressing by name */
	int statement_count;
	int64_t leader_keys[LINK_LEADER_KEYS_MAX];
	int leader_count;
	struct link_type types[LINK_TYPES_MAX];
	int type_count;
	struct arena *scratch; /* messages of errors outside a transaction, until the next such call */
	struct db_stats stats;
};

/* Connects, once. ERR_UNAVAILABLE "db.unavailable", ERR_INVALID "db.conninfo". */
MUST_USE struct err link_open(struct db *db);

/* Forgets the connection and all that the server knew of it. */
void link_close(struct db *db);

/* False where the server has hung up while nobody was looking. */
bool link_alive(struct db *db);

/* Queues a statement, and its preparation where it is new. */
MUST_USE struct err link_send(struct db *db, const struct db_stmt *stmt, const struct db_param *params, size_t count);

/* The rows of the statement queued last go there. */
void link_want(struct db *db, struct db_rows *rows);

/* Nobody wants rows any more. */
void link_unwant(struct db *db);

/* Queues a Sync: what came before it stands or falls together, and the server starts afresh behind it. */
MUST_USE struct err link_sync(struct db *db);

/* Sends of what is queued as much as the server takes, without waiting. */
MUST_USE struct err link_flush(struct db *db);

/* Asks the server to answer what it has been told, sends of what is queued as much as there is room for, and takes what
 * has been answered. */
MUST_USE struct err link_push(struct db *db);

/* Only sends; for whoever is about to queue more. What goes wrong is told when something is asked for. */
void link_trickle(struct db *db);

/* Reads outcomes until those rows are there; what is behind them stays in flight. */
MUST_USE struct err link_await(struct db *db, struct arena *arena, const struct db_rows *rows);

/* Asks the server to answer now, without a Sync, and reads the outcome of everything in flight. The first error wins;
 * without one, `*rows` (may be NULL) is the last statement's result. Error texts go to `arena`. */
MUST_USE struct err link_drain(struct db *db, struct arena *arena, PGresult **rows);

/* The error that a result carries, named after the statement; closes a connection that is of no more use. */
struct err link_error(struct db *db, struct arena *arena, const char *statement, const PGresult *result);

/* Closes the connection and says so. */
struct err link_lost(struct db *db);

/* Ends a COPY that nobody finished; the transaction can then only be rolled back. */
void link_copy_abandon(struct db_tx *tx);

/* State of a transaction: nothing sent yet; begun; an error seen; committed, rolled back or lost. */
enum { TX_NEW, TX_OPEN, TX_FAILED, TX_DONE };

/* Begins the transaction where that has not been done; after an error, that error again. */
MUST_USE struct err db_tx_ready(struct db_tx *tx);

/* The same with a BEGIN, before what cannot do without: another Sync, COPY, LOCK TABLE. */
MUST_USE struct err db_tx_block(struct db_tx *tx);

/* Notes the transaction's first error and hands it on. */
struct err db_tx_note(struct db_tx *tx, struct err err);

/* The text of a parameter; NULL for SQL NULL. */
static inline const char *link_param_text(const struct db_param *param)
{
	return param->inlined ? param->small : param->text;
}

#endif
