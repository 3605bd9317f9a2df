#ifndef FORMATS_COLUMNS_H
#define FORMATS_COLUMNS_H

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/money.h"
#include "payments/formats/statement.h"

#define REMITTANCE_PIECES_MAX 256 /* of one entry; banks send some dozens */

/* Records of fixed columns, as CFONB, CODA and N43 have them: columns as in the standards, from 1, and how many. */
struct column {
	size_t from, count;
};

/* The line in a record of `bytes` characters, filled up with blanks and ended with a zero; ERR_INVALID
 * "statement.malformed" where the line has more than blanks behind that. `record` has room for bytes + 1. */
MUST_USE struct err record_fill(char *record, size_t bytes, const char *line, size_t length);

/* The column without blanks at both ends, UTF-8; NULL where it is empty. */
const char *column_text(struct arena *arena, const char *record, struct column column);

/* DDMMYY; blanks and zeros are DATE_NONE. */
MUST_USE struct err column_date_dmy(const char *record, struct column column, struct date *date);

/* Digits with `decimals` of them behind the point. ERR_INVALID "statement.amount" for other characters. */
MUST_USE struct err column_amount(const char *record, struct column column, int decimals, struct currency currency,
				  int64_t *minor);

/* Adds a piece of remittance to `info`, and to its joined text. NULL adds nothing. ERR_INVALID "statement.too_large".
 */
MUST_USE struct err remittance_add(struct arena *arena, struct payment_info *info, const char *piece);

#endif
