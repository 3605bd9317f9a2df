#ifndef IO_BOOKS_H
#define IO_BOOKS_H

#include "common/io/db.h"

/* Whose books a request is about, and when: every request that names a creditor begins here. */

struct books {
	const char *creditor, *timezone; /* in the transaction's arena */
	struct instant now;              /* the creditor's clock (clock.h) */
	struct date today;               /* in the creditor's time zone */
	int minute;                      /* of that day */
};

/* One round trip. `asked` may be NULL or "" where there is one creditor only. ERR_INVALID "creditor.ambiguous",
 * ERR_NOT_FOUND "creditor.unknown", "creditor.none". */
MUST_USE struct err books_open(struct db_tx *tx, const char *asked, struct books *books);

#endif
