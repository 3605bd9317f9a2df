#ifndef FORMATS_CSV_ROW_H
#define FORMATS_CSV_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "payments/formats/csv_profile.h"

/* Cuts the text of a CSV file into rows, fed in pieces of any size. Banks are looser than RFC 4180: blanks stand before
 * a quotation mark, and a mark inside a field without quotes is a character like any other. (common/base/csv.h pulls
 * its bytes and is strict: what it reads we wrote ourselves.) */

#define CSV_ROW_BYTES_MAX ((size_t)64 * 1024) /* a quote that is never closed runs into this */

struct csv_row {
	struct buf text; /* the cells, each ended by a zero */
	size_t starts[CSV_CELLS_MAX];
	size_t count;
	int64_t line; /* on which it begins, from 1 */
};

struct csv_splitter {
	struct err (*take)(void *context, struct csv_row *row);
	void *context;
	char separator;
	struct csv_row row;
	int64_t line;
	bool begun, quoted, quote, carriage; /* in a row; between quotes; behind a quote there; behind CR */
	bool blank;                          /* nothing but blanks in this cell so far */
};

void csv_splitter_init(struct csv_splitter *splitter, char separator,
		       struct err (*take)(void *context, struct csv_row *row), void *context);
void csv_splitter_release(struct csv_splitter *splitter);

/* Errors: those of `take`; ERR_INVALID "statement.line_too_long", "statement.malformed". */
MUST_USE struct err csv_splitter_feed(struct csv_splitter *splitter, const char *bytes, size_t length);
MUST_USE struct err csv_splitter_finish(struct csv_splitter *splitter);

/* Without blanks at both ends; "" beyond the last. */
const char *csv_cell(const struct csv_row *row, size_t at);

#endif
