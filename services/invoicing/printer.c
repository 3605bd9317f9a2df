#include "invoicing/printer.h"

#include "common/base/text.h"
#include "common/io/log.h"

static struct err print(struct db_tx *tx, const struct desk *desk, struct paper paper, const char *invoice,
			struct document_made *made)
{
	struct receivable_detail detail;
	struct customer customer;
	struct stationery stationery;

	TRY(receivable_detail_get(tx, desk, invoice, &detail));
	TRY(customer_get(tx, desk, detail.head.customer_number, &customer));
	TRY(stationery_get(tx, desk, &stationery));
	paper.creditor = &desk->creditor;
	paper.customer = &customer;
	paper.stationery = &stationery;
	paper.detail = &detail;
	paper.today = desk->today;
	return paper_make(tx->arena, &paper, made);
}

struct err document_print(struct db_tx *tx, const struct desk *desk, const struct document_record *document)
{
	struct paper paper = { .kind = PAPER_INVOICE };
	struct credit_note note;
	struct document_made made;

	if (!text_equal(document->number, document->invoice)) {
		TRY(credit_note_get(tx, desk, document->number, &note));
		paper.kind = PAPER_CREDIT_NOTE;
		paper.note = &note;
	}
	TRY(print(tx, desk, paper, document->invoice, &made));
	if (made.pdf.length > DOCUMENT_BYTES_MAX)
		return ERR(ERR_EXHAUSTED, "document.too_large", NULL, "the document is larger than 1.5 MiB");
	return document_keep(tx, desk, document->id, made.pdf.data, made.pdf.length, made.pages);
}

struct err statement_print(struct db_tx *tx, const struct desk *desk, const char *number, struct document_made *made)
{
	return print(tx, desk, (struct paper){ .kind = PAPER_COPY }, number, made);
}

/* What may be over when it is tried again; anything else would keep all others waiting. */
static bool passing(struct err err)
{
	return err.code == ERR_UNAVAILABLE || err.code == ERR_ABORTED || err.code == ERR_DEADLINE ||
	       err.code == ERR_INTERNAL;
}

struct err printer_round(struct service_context *context, int64_t *again_ms)
{
	struct document_wanted wanted;
	struct desk desk;
	bool found;
	ARENA_SCOPE arena = arena_new(0);
	DB_TX_SCOPE tx = db_begin(context->db, arena, DB_WRITE);

	*again_ms = PRINTER_REST_MS;
	TRY(document_take(&tx, &found, &wanted));
	if (!found)
		return OK;
	TRY(desk_open(&tx, wanted.creditor, &desk));

	struct err err = document_print(&tx, &desk, &wanted.document);

	if (!err_ok(err) && !passing(err)) {
		log_warn("a document cannot be made", LOG_TEXT("number", wanted.document.number), LOG_ERR(err));
		err = document_fail(&tx, &desk, wanted.document.id, err.reason);
	}
	TRY(err);
	*again_ms = 0;
	return db_commit(&tx);
}
