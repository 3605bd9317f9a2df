#ifndef FORMATS_LINES_H
#define FORMATS_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Cuts bytes into lines for the formats that are text: a line ends with CR LF, LF or CR, and with "@@" where the format
 * says so (German banks over HBCI). Where the format has records of one length, a file may do without line ends. */

#define LINE_BYTES_MAX ((size_t)16 * 1024) /* standards say 35 to 128; files without line ends come as one */

struct lines {
	struct err (*take)(void *context, const char *text, size_t length);
	void *context;
	struct buf line;
	int64_t number;      /* of the line that is being read, from 1 */
	bool at_signs;       /* "@@" ends a line */
	size_t record_bytes; /* of the format's records, which begin with two digits; 0: they are of any length */
	bool endless;        /* nothing but its length ends a record */
	bool begun;          /* behind the byte order mark, which is left out */
	bool unended;        /* the last line of the file lacks its end: perhaps it goes on */
	bool carriage;       /* the last byte was CR: LF after it is the same end */
};

void lines_init(struct lines *lines, struct err (*take)(void *context, const char *text, size_t length), void *context);
void lines_release(struct lines *lines);

/* Errors: those of `take`; ERR_INVALID "statement.line_too_long", "statement.malformed" for a NUL byte. */
MUST_USE struct err lines_feed(struct lines *lines, const char *bytes, size_t length);

/* The last line may lack its end. */
MUST_USE struct err lines_finish(struct lines *lines);

#endif
