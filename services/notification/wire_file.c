#include "common/base/text.h"
#include "notification/wire_parts.h"

/* GetDunningFile and GetReminderCopy: a part of wire.h. */

#define PB(name) Relance__Notification__V1__##name

struct err wire_decode_file(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(GetDunningFileRequest) *request = (const void *)call->request;

	*ask = (struct pause_ask){ .creditor = request->creditor,
				   .customer_number = request->customer_number,
				   .until = DATE_NONE };
	return text_empty(request->on) ? OK : date_parse(request->on, &ask->until);
}

struct err wire_decode_copy(const struct rpc_call *call, struct ask *ask)
{
	const PB(GetReminderCopyRequest) *request = (const void *)call->request;

	*ask = (struct ask){ .creditor = request->creditor };
	return wire_id_check(request->id, &ask->id);
}

static PB(ClaimPosition) * position_encode(struct arena *arena, const struct claim_position *from)
{
	PB(ClaimPosition) *position = arena_alloc(arena, sizeof *position);

	relance__notification__v1__claim_position__init(position);
	position->currency = wire_text(arena, from->currency.code);
	position->open_minor = from->open_minor;
	position->overdue_minor = from->overdue_minor;
	position->disputed_minor = from->disputed_minor;
	position->fees_minor = from->fees_minor;
	position->unapplied_minor = from->unapplied_minor;
	position->interest_minor = from->interest_minor;
	position->compensation_minor = from->compensation_minor;
	position->claim_minor = from->claim_minor;
	return position;
}

static PB(InterestPeriod) * period_encode(struct arena *arena, const struct interest_period *from)
{
	PB(InterestPeriod) *period = arena_alloc(arena, sizeof *period);
	char rate[DECIMAL_TEXT_BYTES];

	relance__notification__v1__interest_period__init(period);
	period->from = wire_date(arena, from->from);
	period->to = wire_date(arena, from->to);
	period->days = from->days;
	decimal_format(from->rate, rate);
	period->rate = wire_text(arena, rate);
	period->interest_minor = from->interest_minor;
	return period;
}

static PB(ClaimInvoice) * invoice_encode(struct arena *arena, const struct claim_invoice *from)
{
	PB(ClaimInvoice) *invoice = arena_alloc(arena, sizeof *invoice);
	const struct position_item *item = from->item;

	relance__notification__v1__claim_invoice__init(invoice);
	invoice->number = wire_text(arena, item->number);
	invoice->fee = item->fee;
	invoice->currency = wire_text(arena, from->currency.code);
	invoice->issued_on = wire_date(arena, item->issued_on);
	invoice->due_on = wire_date(arena, item->due_on);
	invoice->amount_minor = item->amount_minor;
	invoice->open_minor = item->open_minor;
	invoice->disputed_minor = item->open_minor - position_item_asked(item);
	invoice->order_reference = wire_text(arena, item->order_reference);
	invoice->delivered_on = wire_date(arena, item->delivered_on);
	invoice->proof = wire_text(arena, from->proof);
	invoice->proof_reference = wire_text(arena, from->reference);
	invoice->days_late = from->charges.days_past_due;
	invoice->interest_minor = from->charges.interest_minor;
	invoice->compensation_minor = from->charges.compensation_minor;
	invoice->periods = arena_array(arena, from->charges.period_count + 1, sizeof *invoice->periods);
	for (size_t i = 0; i < from->charges.period_count; i++)
		invoice->periods[invoice->n_periods++] = period_encode(arena, &from->charges.periods[i]);
	return invoice;
}

static void encode_lists(struct arena *arena, const struct claim_file *file, PB(GetDunningFileResponse) * reply)
{
	reply->positions = arena_array(arena, file->position_count + 1, sizeof *reply->positions);
	for (size_t i = 0; i < file->position_count; i++)
		reply->positions[reply->n_positions++] = position_encode(arena, &file->positions[i]);
	reply->invoices = arena_array(arena, file->invoice_count + 1, sizeof *reply->invoices);
	for (size_t i = 0; i < file->invoice_count; i++)
		reply->invoices[reply->n_invoices++] = invoice_encode(arena, &file->invoices[i]);
	reply->reminders = arena_array(arena, file->reminder_count + 1, sizeof *reply->reminders);
	for (size_t i = 0; i < file->reminder_count; i++)
		reply->reminders[reply->n_reminders++] = wire_reminder(arena, &file->reminders[i]);
	reply->agreements = arena_array(arena, file->agreement_count + 1, sizeof *reply->agreements);
	for (size_t i = 0; i < file->agreement_count; i++)
		reply->agreements[reply->n_agreements++] = wire_agreement(arena, &file->agreements[i]);
}

void wire_encode_file(struct rpc_call *call, const struct claim_file *file)
{
	struct arena *arena = call->arena;
	PB(GetDunningFileResponse) *reply = arena_alloc(arena, sizeof *reply);
	const struct letter_creditor *creditor = file->creditor;

	relance__notification__v1__get_dunning_file_response__init(reply);
	reply->creditor_name =
		wire_text(arena, text_empty(creditor->legal_name) ? creditor->name : creditor->legal_name);
	reply->n_creditor_address = creditor->address_count;
	reply->creditor_address = wire_texts(arena, creditor->address, creditor->address_count);
	reply->customer_number = wire_text(arena, file->customer->number);
	reply->customer_name = wire_text(arena, file->customer->name);
	reply->n_customer_address = file->customer->address_count;
	reply->customer_address = wire_texts(arena, file->customer->address, file->customer->address_count);
	reply->on = wire_date(arena, file->on);
	encode_lists(arena, file, reply);
	call->reply = &reply->base;
}

void wire_encode_copy(struct rpc_call *call, const struct copy *copy)
{
	PB(GetReminderCopyResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__get_reminder_copy_response__init(reply);
	reply->content_type = wire_text(call->arena, copy->content_type);
	reply->content.len = copy->length;
	reply->content.data = (uint8_t *)arena_copy_n(call->arena, copy->bytes, copy->length);
	call->reply = &reply->base;
}
