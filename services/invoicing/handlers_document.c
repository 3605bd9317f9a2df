#include "common/base/text.h"
#include "invoicing/handlers.h"
#include "invoicing/printer.h"

/* Kept already, or made now and then kept. */
static struct err kept_document(struct rpc_call *call, const struct desk *desk, struct document_record *document)
{
	bool found;

	if (document->pdf)
		return OK;
	TRY(document_print(call->tx, desk, document));
	return document_find(call->tx, desk, document->number, &found, document);
}

static struct err statement_view(struct rpc_call *call, const struct desk *desk, const char *number,
				 struct document_view *view)
{
	struct document_made made;

	TRY(statement_print(call->tx, desk, number, &made));
	*view = (struct document_view){ .number = number,
					.kind = DOCUMENT_STATEMENT,
					.pdf = made.pdf.data,
					.length = made.pdf.length,
					.pages = made.pages };
	return OK;
}

static struct document_view document_view_of(const struct document_record *document)
{
	bool invoice = text_equal(document->number, document->invoice);

	return (struct document_view){ .number = document->number,
				       .kind = invoice ? DOCUMENT_INVOICE : DOCUMENT_CREDIT_NOTE,
				       .pdf = document->pdf,
				       .length = document->length,
				       .sha256 = document->sha256,
				       .pages = document->pages };
}

struct err render_invoice(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct document_record document;
	struct document_view view;
	bool found;

	wire_decode_render_invoice(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(document_find(call->tx, &desk, ask.number, &found, &document));
	if (found) {
		TRY(kept_document(call, &desk, &document));
		view = document_view_of(&document);
	} else {
		TRY(statement_view(call, &desk, ask.number, &view));
	}
	wire_encode_render_invoice(call, &view);
	return OK;
}

struct err get_stationery(struct rpc_call *call)
{
	struct desk desk;
	struct stationery stationery;

	TRY(desk_open(call->tx, wire_decode_get_stationery(call), &desk));
	TRY(stationery_get(call->tx, &desk, &stationery));
	wire_encode_get_stationery(call, &stationery);
	return OK;
}

struct err set_stationery(struct rpc_call *call)
{
	struct stationery_ask ask;
	struct desk desk;

	wire_decode_set_stationery(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(stationery_check(&ask.stationery));
	TRY(stationery_save(call->tx, &desk, &ask.stationery));
	wire_encode_set_stationery(call, &ask.stationery);
	return OK;
}
