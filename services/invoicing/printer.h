#ifndef INVOICING_PRINTER_H
#define INVOICING_PRINTER_H

#include "common/io/service.h"
#include "invoicing/paper.h"
#include "invoicing/store_document.h"

/* Makes documents from the records: at once where somebody asks for one, else a moment after the invoice or credit note
 * is issued, apart from its transaction, which holds the lock of the numbers. */

#define PRINTER_REST_MS 1000 /* where nothing is wanted */

/* Makes a document that is wanted and keeps it; an invoice's text that no font can set is ERR_INVALID
 * "document.missing_glyphs", a document of over DOCUMENT_BYTES_MAX ERR_EXHAUSTED "document.too_large". */
MUST_USE struct err document_print(struct db_tx *tx, const struct desk *desk, const struct document_record *document);

/* What can be said of an imported open item today; not kept. ERR_NOT_FOUND "invoice.unknown". */
MUST_USE struct err statement_print(struct db_tx *tx, const struct desk *desk, const char *number,
				    struct document_made *made);

/* The service's job: one wanted document a round. */
struct err printer_round(struct service_context *context, int64_t *again_ms);

#endif
