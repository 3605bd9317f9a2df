#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* A streaming reader of comma-separated values (RFC 4180): fields in double quotes may hold commas, line ends and
 * doubled quotes; lines end with LF, CRLF or CR; a UTF-8 byte order mark is passed over; blank lines are no records.
 * Memory stays within CSV_RECORD_BYTES_MAX, whatever the size of the file.
 *
 *     struct csv csv;
 *     bool more;
 *
 *     csv_init(&csv, read_from_file, file);
 *     TRY(csv_next(&csv, &more));           the header
 *     int number = csv_find(&csv, "invoice_number");
 *     while (err_ok(csv_next(&csv, &more)) && more)
 *         use(csv_line(&csv), csv_field(&csv, number));
 *     csv_release(&csv);
 *
 * A record that is not CSV is an error of that record only, and the next call goes on behind it. */

#define CSV_FIELDS_MAX 1024                /* columns; the widest ERP export seen has some 200 */
#define CSV_RECORD_BYTES_MAX (1024 * 1024) /* one row; a quote that is never closed runs into this */
#define CSV_CHUNK_BYTES 65536

/* Reads up to `size` bytes and returns how many; 0 at the end. */
typedef size_t (*csv_source)(void *from, char *to, size_t size);

struct csv {
	csv_source source;
	void *from;
	char separator;
	/* What has been read and not yet looked at. */
	char *chunk;
	size_t at, end;
	bool started;
	/* The record: its bytes as they stand in the file, and its fields, each ended by a zero. */
	struct buf raw, fields;
	size_t starts[CSV_FIELDS_MAX];
	int count;
	int line, next_line;
};

void csv_init(struct csv *csv, csv_source source, void *from);
void csv_release(struct csv *csv);

/* Goes to the next record; *more is false where there is none. ERR_INVALID "csv.malformed" (a quote out of place),
 * "csv.encoding" (not UTF-8, or a zero byte), "csv.too_many_columns"; after these the next call goes on with the next
 * line. ERR_EXHAUSTED "csv.record_too_long", after which there is no going on. */
MUST_USE struct err csv_next(struct csv *csv, bool *more);

/* The current record: valid until the next csv_next, and also where that returned an error (as far as it was read). */
int csv_line(const struct csv *csv); /* the line, from 1, on which it begins */
int csv_count(const struct csv *csv);
const char *csv_field(const struct csv *csv, int index); /* "" beyond the last and for a negative index */
const char *csv_raw(const struct csv *csv);              /* as in the file, without its line end */

/* The column whose field in the current record is `name`, in either case, blanks around it passed over; -1. */
int csv_find(const struct csv *csv, const char *name);

/* A source over bytes in memory: csv_init(&csv, csv_from_memory, &memory). */
struct csv_memory {
	const char *bytes;
	size_t length;
};
size_t csv_from_memory(void *memory, char *to, size_t size);

/* Appends a field, in quotes where it needs them. */
void csv_append(struct buf *row, const char *text);

#endif
