#include "ctl/invoice_json.h"

#include "common/base/buf.h"
#include "common/base/check.h"
#include "gateway/transcode/protoset.h"
#include "gateway/transcode/transcode.h"

struct err invoice_from_json(struct ctl *ctl, const char *bytes, size_t length, PB(IssueInvoiceRequest) * *request)
{
	const ProtobufCMessageDescriptor *type = &relance__invoicing__v1__issue_invoice_request__descriptor;
	ProtobufCAllocator allocator = rpc_allocator(ctl->arena);
	const struct schema *schema;
	BUF_SCOPE wire = { 0 };

	TRY(protoset_load(ctl->arena, &schema));
	buf_init(&wire, RPC_BODY_BYTES_MAX);
	TRY(transcode_to_wire(ctl->arena, schema_message_find(schema, type->name), bytes, length, &wire));
	*request = (void *)protobuf_c_message_unpack(type, &allocator, wire.length, (const uint8_t *)wire.data);
	CHECK(*request != NULL);
	return OK;
}

static json_t *lines_json(const PB(GetInvoiceResponse) * reply)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < reply->n_lines; i++) {
		const PB(InvoiceLine) *line = reply->lines[i];

		json_array_append_new(lines, json_pack("{s:s, s:s, s:s?, s:s, s:s, s:I}", "description",
						       line->description, "quantity", line->quantity, "unit",
						       or_null(line->unit), "unit_price", line->unit_price, "vat_rate",
						       line->vat_rate, "net_minor", (json_int_t)line->net_minor));
	}
	return lines;
}

static json_t *vat_json(const PB(GetInvoiceResponse) * reply)
{
	json_t *vat = json_array();

	for (size_t i = 0; i < reply->n_vat; i++)
		json_array_append_new(vat, json_pack("{s:s, s:I, s:I}", "rate", reply->vat[i]->rate, "net_minor",
						     (json_int_t)reply->vat[i]->net_minor, "vat_minor",
						     (json_int_t)reply->vat[i]->vat_minor));
	return vat;
}

static json_t *entries_json(const PB(GetInvoiceResponse) * reply)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < reply->n_entries; i++)
		json_array_append_new(entries, json_pack("{s:s, s:s, s:I}", "booked_on", reply->entries[i]->booked_on,
							 "kind", reply->entries[i]->kind, "amount_minor",
							 (json_int_t)reply->entries[i]->amount_minor));
	return entries;
}

json_t *invoice_to_json(const PB(GetInvoiceResponse) * reply, const char *state)
{
	const PB(Invoice) *invoice = reply->invoice;
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:s?, s:s?, s:i, s:b, s:I, s:s?}", "id",
		invoice->id, "number", invoice->number, "customer_number", invoice->customer_number, "customer_name",
		invoice->customer_name, "currency", invoice->currency, "issued_on", invoice->issued_on, "due_on",
		invoice->due_on, "amount_minor", (json_int_t)invoice->amount_minor, "open_minor",
		(json_int_t)invoice->open_minor, "state", state, "disputed", invoice->disputed, "dispute_reason",
		or_null(invoice->dispute_reason), "settled_on", or_null(invoice->settled_on), "days_past_due",
		invoice->days_past_due, "imported", invoice->imported, "disputed_minor",
		(json_int_t)invoice->disputed_minor, "dispute_owner", or_null(invoice->dispute_owner));
	json_t *more =
		json_pack("{s:s?, s:s?, s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o}", "creditor_ref",
			  or_null(invoice->creditor_ref), "order_reference", or_null(invoice->order_reference),
			  "discount_minor", (json_int_t)invoice->discount_minor, "discount_until",
			  or_null(invoice->discount_until), "credit_note_number", or_null(reply->credit_note_number),
			  "note", or_null(reply->note), "supplied_on", or_null(reply->supplied_on), "payment_link",
			  or_null(invoice->payment_link), "iban", or_null(reply->iban), "lines", lines_json(reply),
			  "vat", vat_json(reply), "entries", entries_json(reply));

	CHECK(json != NULL && more != NULL);
	json_object_update(json, more);
	json_decref(more);
	return json;
}
