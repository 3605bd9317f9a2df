#ifndef IO_DB_RECORDS_H
#define IO_DB_RECORDS_H

#include "common/base/buf.h"
#include "common/io/db.h"

/* Many records as one parameter, for set-based statements: an array of a composite type in PostgreSQL's binary form,
 * which costs the server a third of one array a column.
 *
 *     DB_RECORDS_SCOPE lines = { 0 };
 *     TRY(db_records_begin(tx, &lines, "ledger.new_entry", 6));
 *     for (…) {
 *             db_record_begin(&lines);
 *             db_put_id(&lines, posting);     // the type's columns, in their order
 *             …
 *     }
 *     return db_exec(tx, &INSERT, DB_PARAMS(db_text(creditor), db_records(&lines)));
 *     // INSERT … SELECT … FROM unnest($2::ledger.new_entry[]) AS e
 *
 * The columns of the type are uuid, text, bigint, integer, smallint, date, boolean, timestamptz or bytea; the server
 * refuses a value of another type. Source: PostgreSQL, array_recv and record_recv. */

#define DB_RECORDS_BYTES_MAX ((size_t)256 * 1024 * 1024) /* a quarter of what PostgreSQL takes as one value */
#define DB_RECORD_COLUMNS_MAX 64

struct db_records {
	struct db *db;
	struct buf bytes;
	size_t columns, count;
	size_t record_at; /* where the last one begins */
};

#define DB_RECORDS_SCOPE __attribute__((cleanup(db_records_release))) struct db_records

/* `type` is a constant, its schema before it. Asks the server for the type once a connection. */
MUST_USE struct err db_records_begin(struct db_tx *tx, struct db_records *records, const char *type, size_t columns);
void db_records_release(struct db_records *records);

void db_record_begin(struct db_records *records);

/* NULL: of a text NULL or "", of an id zero, of a date or time unknown. */
void db_put_id(struct db_records *records, struct id id);
void db_put_text(struct db_records *records, const char *text);
void db_put_text_or_empty(struct db_records *records, const char *text);
void db_put_bigint(struct db_records *records, int64_t value);
void db_put_bigint_or_null(struct db_records *records, int64_t value, bool null);
void db_put_integer(struct db_records *records, int32_t value);
void db_put_smallint(struct db_records *records, int16_t value);
void db_put_date(struct db_records *records, struct date date);
void db_put_time(struct db_records *records, struct instant instant);
void db_put_bytes(struct db_records *records, const void *bytes, size_t length);

/* The parameter; it lives as long as the records. */
struct db_param db_records(struct db_records *records);

#endif
