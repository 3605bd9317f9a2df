#ifndef IO_DB_H
#define IO_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/id.h"

/* PostgreSQL: one connection a thread, statements as named data, transactions that send as little as they can.
 *
 * Everything runs in libpq's pipeline mode. `db_exec` only queues a statement; its outcome is known at the next
 * `db_query` or at the commit, whichever comes first. A transaction that writes needs neither
 * BEGIN nor COMMIT: its statements are one transaction that ends with the pipeline's Sync, and a BEGIN is sent only
 * before what cannot do without (COPY, LOCK TABLE, SET LOCAL). One query and three writes cost two round trips; a
 * transaction that only reads is not waited for at its commit, and costs one a query. Statements are prepared on first
 * use, on every connection, under their own name. A connection that died while idle is opened again, unnoticed, with
 * the next transaction's first statement.
 *
 * Errors: a lost connection is ERR_UNAVAILABLE "db.unavailable"; serialisation failure and deadlock ERR_ABORTED
 * "db.race"; a unique key ERR_EXISTS "db.exists" with the constraint's name in `field`; a foreign key or check
 * ERR_CONFLICT "db.refused" with the constraint's name in `field`; RAISE with SQLSTATE 'RL001'…: ERR_CONFLICT with the
 * message as the reason and the detail as the message; a statement or lock that hit its timeout ERR_DEADLINE
 * "db.timeout"; an argument that a function of the server refused ERR_INVALID "db.parameter"; anything else
 * ERR_INTERNAL "db.failed". After an error the transaction only accepts
 * db_rollback. Messages live in the transaction's arena.
 */

struct db;

#define DB_BYTES_MAX ((size_t)1 << 30) /* what PostgreSQL takes as one value */

/* A statement is a constant at the top of store.c:
 *     static const struct db_stmt INVOICE_FIND = DB_STMT("invoice_find", "SELECT … WHERE creditor = $1 AND number =
 * $2"); */
struct db_stmt {
	const char *name; /* unique in the process */
	const char *sql;
	bool binary; /* its rows come in PostgreSQL's binary form: bytea as it is, many rows at half the cost */
};

#define DB_STMT(name_, sql_)                                                                                           \
	{                                                                                                              \
		.name = (name_), .sql = (sql_)                                                                         \
	}
#define DB_STMT_BINARY(name_, sql_)                                                                                    \
	{                                                                                                              \
		.name = (name_), .sql = (sql_), .binary = true                                                         \
	}

/* A parameter: text, or in PostgreSQL's binary form where that is cheaper (bytes, arrays of ids). Make one with the
 * functions below; strings and bytes are not copied before the statement is queued. */
struct db_param {
	const char *text; /* NULL is SQL NULL; stands in `small` where `inlined` */
	bool inlined, binary;
	int length; /* of binary ones */
	char small[40];
};

struct db_param db_null(void);
struct db_param db_text(const char *text); /* NULL and "" become SQL NULL */
struct db_param db_text_or_empty(const char *text);
struct db_param db_int(int64_t value);
struct db_param db_bool(bool value);
struct db_param db_id(struct id id);             /* a zero id becomes NULL */
struct db_param db_date(struct date date);       /* DATE_NONE becomes NULL */
struct db_param db_time(struct instant instant); /* timestamptz; INSTANT_NONE becomes NULL */
struct db_param db_bytes(struct arena *arena, const void *bytes, size_t length); /* bytea; at most DB_BYTES_MAX */

/* Arrays for set-based statements (unnest). */
struct db_param db_text_array(struct arena *arena, const char *const *texts,
			      size_t count); /* NULL entries become NULL */
/* The same for thousands of texts, in binary form, where the statement says text[] and nothing else. */
struct db_param db_key_array(struct arena *arena, const char *const *texts, size_t count);
struct db_param db_int_array(struct arena *arena, const int64_t *values, size_t count);
struct db_param db_id_array(struct arena *arena, const struct id *ids, size_t count);
struct db_param db_date_array(struct arena *arena, const struct date *dates, size_t count);
struct db_param db_time_array(struct arena *arena, const struct instant *instants, size_t count);

/* The compiler counts: db_query(tx, &STMT, DB_PARAMS(db_text(creditor), db_int(7)), &rows) */
#define DB_PARAMS(...)                                                                                                 \
	((const struct db_param[]){ __VA_ARGS__ }),                                                                    \
		(sizeof((const struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param))
#define DB_NO_PARAMS NULL, 0

/* `conninfo` as libpq takes it. Tries once; ERR_UNAVAILABLE where the server is away. */
MUST_USE struct err db_open(const char *conninfo, struct db **db);
void db_close(struct db **db);

/* Another connection to the same database, for what is read beside a long transaction. While it is waited for, what is
 * queued on the first goes on to the server. Closed before the first. */
MUST_USE struct err db_open_beside(struct db *db, struct db **beside);
#define DB_SCOPE __attribute__((cleanup(db_close))) struct db *

/* True if the connection can be used; a broken one is opened again, once. */
MUST_USE struct err db_ensure(struct db *db);

/* A transaction. It costs nothing until its first statement. With DB_READ it is READ ONLY. */
enum db_mode { DB_WRITE, DB_READ };

struct db_tx {
	struct db *db;
	struct arena *arena;
	enum db_mode mode;
	int state; /* db.c knows */
};

#define DB_TX_SCOPE __attribute__((cleanup(db_rollback))) struct db_tx

/* Rolls back when it leaves its scope without db_commit:
 *     DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE); */
struct db_tx db_begin(struct db *db, struct arena *arena, enum db_mode mode);
MUST_USE struct err db_commit(struct db_tx *tx);
void db_rollback(struct db_tx *tx); /* nothing after db_commit */

/* Result rows; released at scope end:  DB_ROWS_SCOPE rows = { 0 }; */
struct db_rows {
	void *result;
	int count;
};

#define DB_ROWS_SCOPE __attribute__((cleanup(db_rows_release))) struct db_rows

void db_rows_release(struct db_rows *rows);

/* Queues a statement that gives no rows anybody needs. */
MUST_USE struct err db_exec(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count);

/* Sends what is queued and this statement, and waits for its rows. */
MUST_USE struct err db_query(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count,
			     struct db_rows *rows);

/* Queues a statement whose rows are there after the next round trip. *rows stays where it is until then, or until the
 * transaction is rolled back. */
MUST_USE struct err db_ask(struct db_tx *tx, const struct db_stmt *stmt, const struct db_param *params, size_t count,
			   struct db_rows *rows);

/* Sends what is queued, so that the server works on it while the caller does something else; its outcome is known at
 * the next round trip. */
MUST_USE struct err db_push(struct db_tx *tx);

/* Waits for the rows of one db_ask, and not for what was queued behind the db_push that followed it. */
MUST_USE struct err db_await(struct db_tx *tx, const struct db_rows *rows);

/* Sends what is queued and waits until all of it has succeeded. */
MUST_USE struct err db_flush(struct db_tx *tx);

/* Streams bytes into COPY … FROM STDIN inside the transaction. `sql` is the COPY statement; text format. */
struct db_copy {
	struct db_tx *tx;
};
MUST_USE struct err db_copy_begin(struct db_tx *tx, const char *sql, struct db_copy *copy);
MUST_USE struct err db_copy_put(struct db_copy *copy, const char *bytes, size_t length);
MUST_USE struct err db_copy_end(struct db_copy *copy);

/* Appends a value to a COPY text row with the escapes it needs; NULL as \N. */
struct buf;
void db_copy_text(struct buf *row, const char *text);

/* Cells. Texts point into the rows and die with them: copy what is kept. A NULL cell is NULL, 0, false, a zero
 * id, DATE_NONE or INSTANT_NONE. A cell that does not parse is our own bug (CHECK). */
bool db_cell_null(const struct db_rows *rows, int row, int column);
const char *db_cell_text(const struct db_rows *rows, int row, int column);
char *db_cell_copy(const struct db_rows *rows, int row, int column, struct arena *arena);
int64_t db_cell_int(const struct db_rows *rows, int row, int column);
bool db_cell_bool(const struct db_rows *rows, int row, int column);
struct id db_cell_id(const struct db_rows *rows, int row, int column);
struct date db_cell_date(const struct db_rows *rows, int row, int column);
struct instant db_cell_time(const struct db_rows *rows, int row, int column);
const void *db_cell_bytes(const struct db_rows *rows, int row, int column, struct arena *arena, size_t *length);

/* A session-level advisory lock for what must be single (planner, feed numbering): true if held by this
 * connection now. Held until the connection ends. */
MUST_USE struct err db_leader(struct db *db, int64_t key, bool *leader);

/* The session's counters, for metrics and benchmarks. */
struct db_stats {
	uint64_t round_trips, statements, commits, rollbacks;
};
struct db_stats db_stats(const struct db *db);

#endif
