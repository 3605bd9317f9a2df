#include "invoicing/wire_pb.h"

_Static_assert((int)RELANCE__INVOICING__V1__DOCUMENT_KIND__DOCUMENT_KIND_STATEMENT == (int)DOCUMENT_STATEMENT + 1,
	       "shifted by one");

void wire_decode_render_invoice(const struct rpc_call *call, struct ask *ask)
{
	const PB(RenderInvoiceRequest) *request = (const void *)call->request;

	*ask = (struct ask){ request->creditor, request->number };
}

void wire_encode_render_invoice(struct rpc_call *call, const struct document_view *document)
{
	PB(RenderInvoiceResponse) *reply = PB_REPLY(call, render_invoice_response);

	reply->number = wire_text(call->arena, document->number);
	reply->kind = (PB(DocumentKind))(document->kind + 1);
	reply->pdf.data = (uint8_t *)document->pdf;
	reply->pdf.len = document->length;
	reply->sha256 = wire_text(call->arena, document->sha256);
	reply->pages = document->pages;
}

static PB(Stationery) * stationery_encode(struct arena *arena, const struct stationery *from)
{
	PB(Stationery) *to = PB_NEW(arena, stationery);

	to->registration = wire_text(arena, from->registration);
	to->payment_link = wire_text(arena, from->payment_link);
	return to;
}

const char *wire_decode_get_stationery(const struct rpc_call *call)
{
	const PB(GetStationeryRequest) *request = (const void *)call->request;

	return request->creditor;
}

void wire_encode_get_stationery(struct rpc_call *call, const struct stationery *stationery)
{
	PB(GetStationeryResponse) *reply = PB_REPLY(call, get_stationery_response);

	reply->stationery = stationery_encode(call->arena, stationery);
}

void wire_decode_set_stationery(const struct rpc_call *call, struct stationery_ask *ask)
{
	const PB(SetStationeryRequest) *request = (const void *)call->request;

	*ask = (struct stationery_ask){ .creditor = request->creditor };
	if (request->stationery)
		ask->stationery = (struct stationery){ .registration = request->stationery->registration,
						       .payment_link = request->stationery->payment_link };
}

void wire_encode_set_stationery(struct rpc_call *call, const struct stationery *stationery)
{
	PB(SetStationeryResponse) *reply = PB_REPLY(call, set_stationery_response);

	reply->stationery = stationery_encode(call->arena, stationery);
}
