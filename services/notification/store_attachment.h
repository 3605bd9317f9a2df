#ifndef NOTIFICATION_STORE_ATTACHMENT_H
#define NOTIFICATION_STORE_ATTACHMENT_H

#include "common/io/db.h"

/* The documents of invoices that were issued here, as invoicing keeps them; items taken over from other systems have
 * none. */

/* Bytes of each item's document; 0: there is none. */
MUST_USE struct err documents_weigh(struct db_tx *tx, const char *creditor, const struct id *items, size_t count,
				    int64_t *bytes);

struct document_kept {
	const char *number;
	const void *pdf;
	size_t length;
};

/* Those of the items that have one, by number. */
MUST_USE struct err documents_get(struct db_tx *tx, const char *creditor, const struct id *items, size_t count,
				  struct document_kept **documents, size_t *found);

#endif
