#ifndef INVOICING_STORE_DOCUMENT_H
#define INVOICING_STORE_DOCUMENT_H

#include "invoicing/domain/stationery.h"
#include "invoicing/store.h"

/* The documents of invoices and credit notes: wanted when these are issued, made a moment later, kept for good; and
 * what stands on all documents of a creditor. */

#define DOCUMENT_BYTES_MAX ((size_t)1536 * 1024) /* within RPC_BODY_BYTES_MAX; 1,000 lines take 200 KiB */

/* With the account that customers pay to: the creditor's own, else the first that it adopted in its currency. */
MUST_USE struct err stationery_get(struct db_tx *tx, const struct desk *desk, struct stationery *stationery);
MUST_USE struct err stationery_save(struct db_tx *tx, const struct desk *desk, const struct stationery *stationery);

struct document_record {
	struct id id;
	const char *number, *invoice; /* numbers of the document, and of the invoice it is of */
	const void *pdf;              /* NULL: not made yet */
	size_t length;
	const char *sha256;
	int pages;
};

/* The document of an invoice or credit note is to be made. */
MUST_USE struct err document_want(struct db_tx *tx, const struct desk *desk, struct id id, const char *number,
				  const char *invoice);
MUST_USE struct err document_find(struct db_tx *tx, const struct desk *desk, const char *number, bool *found,
				  struct document_record *document);

/* Keeps a document's bytes, where none are kept yet. */
MUST_USE struct err document_keep(struct db_tx *tx, const struct desk *desk, struct id id, const void *pdf,
				  size_t length, int pages);
/* Why it cannot be made: it is not tried again by itself. */
MUST_USE struct err document_fail(struct db_tx *tx, const struct desk *desk, struct id id, const char *reason);

/* One document of any creditor that is wanted, locked; those that another process works on are passed over. */
struct document_wanted {
	const char *creditor;
	struct document_record document;
};
MUST_USE struct err document_take(struct db_tx *tx, bool *found, struct document_wanted *wanted);

/* The credit note by its number, as issued. ERR_NOT_FOUND "invoice.unknown". */
MUST_USE struct err credit_note_get(struct db_tx *tx, const struct desk *desk, const char *number,
				    struct credit_note *note);

#endif
