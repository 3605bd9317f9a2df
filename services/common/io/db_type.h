#ifndef IO_DB_TYPE_H
#define IO_DB_TYPE_H

/* Numbers of PostgreSQL's own types, the same everywhere. Source: PostgreSQL, pg_type.dat. Only the db_*.c files
 * include this. */
enum db_type {
	DB_TYPE_BOOLEAN = 16,
	DB_TYPE_BYTEA = 17,
	DB_TYPE_BIGINT = 20,
	DB_TYPE_SMALLINT = 21,
	DB_TYPE_INTEGER = 23,
	DB_TYPE_TEXT = 25,
	DB_TYPE_CHAR = 1042, /* char(n) */
	DB_TYPE_DATE = 1082,
	DB_TYPE_TIMESTAMPTZ = 1184,
	DB_TYPE_UUID = 2950,
};

#define DB_EPOCH_DAYS 10957 /* it counts from 2000-01-01 */

#endif
