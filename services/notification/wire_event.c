#include "notification/wire_parts.h"
#include "relance/payments/v1/payments.pb-c.h"

/* Payloads of the events that this service writes, and of those that it reads. */

struct err wire_event_customer(struct arena *arena, const struct feed_event *event, struct id *customer)
{
	ProtobufCAllocator allocator = rpc_allocator(arena);
	const Relance__Payments__V1__PaymentAllocated *payment =
		relance__payments__v1__payment_allocated__unpack(&allocator, event->payload_length, event->payload);

	if (!payment)
		return ERR(ERR_DATA_LOSS, "event.malformed", "payload", "the payload does not decode");
	return id_parse(payment->customer_id, customer);
}

struct payload wire_payload_case(struct arena *arena, const struct case_event *told)
{
	Relance__Notification__V1__CaseChanged event;

	relance__notification__v1__case_changed__init(&event);
	event.case_id = wire_id(arena, told->id);
	event.customer_id = wire_id(arena, told->customer);
	event.customer_number = wire_text(arena, told->customer_number);
	event.currency = wire_text(arena, told->currency);
	event.reason = wire_text(arena, told->reason);
	event.amount_minor = told->amount_minor;
	return wire_packed(arena, &event.base);
}

struct payload wire_payload_reminder(struct arena *arena, const struct reminder_view *reminder)
{
	Relance__Notification__V1__ReminderDone event;

	relance__notification__v1__reminder_done__init(&event);
	event.reminder_id = wire_id(arena, reminder->id);
	event.case_id = wire_id(arena, reminder->dunning_case);
	event.customer_id = wire_id(arena, reminder->customer);
	event.customer_number = wire_text(arena, reminder->customer_number);
	event.step = wire_text(arena, reminder->step);
	event.channel = (Relance__Notification__V1__Channel)reminder->channel;
	event.state = (Relance__Notification__V1__ReminderState)reminder->state;
	event.reason = wire_text(arena, reminder->reason);
	event.currency = wire_text(arena, reminder->currency);
	event.amount_minor = reminder->amount_minor;
	event.n_invoice_numbers = reminder->invoice_count;
	event.invoice_numbers = wire_texts(arena, reminder->invoices, reminder->invoice_count);
	event.message_id = wire_text(arena, reminder->message_id);
	return wire_packed(arena, &event.base);
}

struct payload wire_payload_task(struct arena *arena, const struct task_view *task)
{
	Relance__Notification__V1__TaskCreated event;

	relance__notification__v1__task_created__init(&event);
	event.task = wire_task(arena, task);
	return wire_packed(arena, &event.base);
}

struct payload wire_payload_hold(struct arena *arena, const struct hold_event *hold)
{
	Relance__Notification__V1__HoldRequested event;

	relance__notification__v1__hold_requested__init(&event);
	event.case_id = wire_id(arena, hold->dunning_case);
	event.reminder_id = wire_id(arena, hold->reminder);
	event.customer_id = wire_id(arena, hold->customer);
	event.customer_number = wire_text(arena, hold->customer_number);
	event.currency = wire_text(arena, hold->currency);
	event.amount_minor = hold->amount_minor;
	event.days_past_due = hold->days_past_due;
	event.reason = wire_text(arena, hold->reason ? hold->reason : "ladder");
	return wire_packed(arena, &event.base);
}

struct payload wire_payload_terms(struct arena *arena, const struct terms_event *terms)
{
	Relance__Notification__V1__TermsProposed event;

	relance__notification__v1__terms_proposed__init(&event);
	event.customer_id = wire_id(arena, terms->customer);
	event.customer_number = wire_text(arena, terms->customer_number);
	event.currency = wire_text(arena, terms->currency);
	event.invoices_on_time = (int32_t)terms->on_time;
	return wire_packed(arena, &event.base);
}

struct payload wire_payload_agreement(struct arena *arena, const struct agreement_view *told)
{
	Relance__Notification__V1__AgreementChanged event;

	relance__notification__v1__agreement_changed__init(&event);
	event.agreement = wire_agreement(arena, told);
	return wire_packed(arena, &event.base);
}
