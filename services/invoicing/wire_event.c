#include "invoicing/wire_pb.h"

/* Payloads of the events that the service writes. */

struct payload wire_creditor_changed(struct arena *arena, const struct creditor *creditor)
{
	PB(CreditorChanged) *event = PB_NEW(arena, creditor_changed);

	event->creditor = wire_creditor(arena, creditor);
	return wire_packed(arena, &event->base);
}

struct payload wire_customer_changed(struct arena *arena, const char *creditor, const struct customer *customer)
{
	PB(CustomerChanged) *event = PB_NEW(arena, customer_changed);

	event->creditor = wire_text(arena, creditor);
	event->customer_id = wire_id(arena, customer->id);
	event->customer_number = wire_text(arena, customer->number);
	event->name = wire_text(arena, customer->name);
	event->language = wire_text(arena, customer->language);
	event->country = wire_text(arena, customer->country);
	return wire_packed(arena, &event->base);
}

struct payload wire_invoice_issued(struct arena *arena, const char *creditor, const struct invoice *invoice)
{
	PB(InvoiceIssued) *event = PB_NEW(arena, invoice_issued);

	event->creditor = wire_text(arena, creditor);
	event->invoice_id = wire_id(arena, invoice->id);
	event->number = wire_text(arena, invoice->number);
	event->customer_id = wire_id(arena, invoice->customer);
	event->customer_number = wire_text(arena, invoice->customer_number);
	event->currency = wire_currency(arena, invoice->currency);
	event->issued_on = wire_date(arena, invoice->issued_on);
	event->due_on = wire_date(arena, invoice->due_on);
	event->net_minor = invoice->net_minor;
	event->vat_minor = invoice->vat_minor;
	event->amount_minor = invoice->gross_minor;
	event->creditor_ref = wire_text(arena, invoice->creditor_ref);
	return wire_packed(arena, &event->base);
}

struct payload wire_invoice_cancelled(struct arena *arena, const char *creditor, const struct invoice *invoice,
				      const struct credit_note *note)
{
	PB(InvoiceCancelled) *event = PB_NEW(arena, invoice_cancelled);

	event->creditor = wire_text(arena, creditor);
	event->invoice_id = wire_id(arena, invoice->id);
	event->number = wire_text(arena, invoice->number);
	event->customer_id = wire_id(arena, invoice->customer);
	event->customer_number = wire_text(arena, invoice->customer_number);
	event->currency = wire_currency(arena, invoice->currency);
	event->amount_minor = invoice->gross_minor;
	event->released_minor = note->released_minor;
	event->credit_note_number = wire_text(arena, note->number);
	event->reason = wire_text(arena, note->reason);
	return wire_packed(arena, &event->base);
}

struct payload wire_invoice_disputed(struct arena *arena, const char *creditor, const struct receivable *receivable)
{
	PB(InvoiceDisputed) *event = PB_NEW(arena, invoice_disputed);

	event->creditor = wire_text(arena, creditor);
	event->invoice_id = wire_id(arena, receivable->id);
	event->number = wire_text(arena, receivable->number);
	event->customer_id = wire_id(arena, receivable->customer);
	event->customer_number = wire_text(arena, receivable->customer_number);
	event->disputed = receivable->disputed;
	event->reason = wire_text(arena, receivable->dispute_reason);
	event->disputed_minor = receivable->disputed_minor;
	event->owner = wire_text(arena, receivable->dispute_owner);
	return wire_packed(arena, &event->base);
}

static PB(ItemChange) * item_change_encode(struct arena *arena, const struct item_change *change)
{
	PB(ItemChange) *to = PB_NEW(arena, item_change);

	to->column = wire_text(arena, item_field_name(change->field));
	to->was = wire_text(arena, change->was);
	to->becomes = wire_text(arena, change->becomes);
	return to;
}

struct payload wire_item_changed(struct arena *arena, const char *creditor, struct id import,
				 const struct known_item *known, const char *number, const struct item_news *news)
{
	PB(OpenItemChanged) *event = PB_NEW(arena, open_item_changed);

	event->creditor = wire_text(arena, creditor);
	event->invoice_id = wire_id(arena, known->id);
	event->number = wire_text(arena, number);
	event->customer_id = wire_id(arena, known->customer);
	event->customer_number = wire_text(arena, known->customer_number);
	event->import_id = wire_id(arena, import);
	event->currency = wire_currency(arena, known->currency);
	event->paid_minor = news->paid_minor;
	event->changes = arena_array(arena, news->count, sizeof *event->changes);
	for (size_t i = 0; i < news->count; i++)
		event->changes[event->n_changes++] = item_change_encode(arena, &news->changes[i]);
	return wire_packed(arena, &event->base);
}

struct payload wire_items_imported(struct arena *arena, const char *creditor, struct id import, const char *file_name,
				   const struct import_outcome *outcome)
{
	PB(OpenItemsImported) *event = PB_NEW(arena, open_items_imported);

	event->creditor = wire_text(arena, creditor);
	event->import_id = wire_id(arena, import);
	event->file_name = wire_text(arena, file_name);
	event->imported = outcome->imported;
	event->updated = outcome->updated;
	event->open = wire_open(arena, outcome);
	event->n_open = outcome->open_count;
	return wire_packed(arena, &event->base);
}
