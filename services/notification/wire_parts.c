#include "notification/wire_parts.h"

Relance__Notification__V1__Reminder *wire_reminder(struct arena *arena, const struct reminder_view *view)
{
	Relance__Notification__V1__Reminder *reminder = arena_alloc(arena, sizeof *reminder);

	relance__notification__v1__reminder__init(reminder);
	reminder->id = wire_id(arena, view->id);
	reminder->customer_number = wire_text(arena, view->customer_number);
	reminder->customer_name = wire_text(arena, view->customer_name);
	reminder->currency = wire_text(arena, view->currency);
	reminder->step = wire_text(arena, view->step);
	reminder->channel = (Relance__Notification__V1__Channel)view->channel;
	reminder->state = (Relance__Notification__V1__ReminderState)view->state;
	reminder->reason = wire_text(arena, view->reason);
	reminder->effective_on = wire_date(arena, view->effective_on);
	reminder->due_at = wire_instant(arena, view->due_at);
	reminder->done_at = wire_instant(arena, view->done_at);
	reminder->recipient = wire_text(arena, view->recipient);
	reminder->message_id = wire_text(arena, view->message_id);
	reminder->n_invoice_numbers = view->invoice_count;
	reminder->invoice_numbers = wire_texts(arena, view->invoices, view->invoice_count);
	reminder->amount_minor = view->amount_minor;
	reminder->attempt = view->attempt;
	reminder->policy_version = view->policy_version;
	reminder->case_id = wire_id(arena, view->dunning_case);
	return reminder;
}

Relance__Notification__V1__Task *wire_task(struct arena *arena, const struct task_view *view)
{
	Relance__Notification__V1__Task *task = arena_alloc(arena, sizeof *task);

	relance__notification__v1__task__init(task);
	task->id = wire_id(arena, view->id);
	task->kind = wire_text(arena, view->kind);
	task->customer_number = wire_text(arena, view->customer_number);
	task->customer_name = wire_text(arena, view->customer_name);
	task->currency = wire_text(arena, view->currency);
	task->amount_minor = view->amount_minor;
	task->n_invoice_numbers = view->invoice_count;
	task->invoice_numbers = wire_texts(arena, view->invoices, view->invoice_count);
	task->note = wire_text(arena, view->note);
	task->made_at = wire_instant(arena, view->made_at);
	task->done_at = wire_instant(arena, view->done_at);
	task->phone = wire_text(arena, view->phone);
	task->risk_class = wire_text(arena, view->risk_class);
	task->at_risk_minor = view->at_risk_minor;
	task->done_note = wire_text(arena, view->done_note);
	return task;
}
