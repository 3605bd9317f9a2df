#include "notification/domain/failure.h"
#include "notification/events.h"
#include "notification/handlers.h"
#include "notification/store_pause.h"
#include "notification/store_report.h"
#include "notification/store_task.h"
#include "notification/wire.h"

/* A debtor who answers is never met with silence, nor with the next reminder. */

/* The reminder that the message speaks of: of several in a thread, the last. */
static struct err reminder_of(struct rpc_call *call, const struct creditor *creditor, const char *message,
			      struct reminder_view *reminder)
{
	struct id ids[INBOUND_IDS_MAX];
	size_t count = inbound_ids(message, ids), found = 0;
	struct reminder_view *views;

	for (size_t i = count; i > 0 && found == 0; i--)
		TRY(reminders_list(
			call->tx, &(struct list_ask){ .creditor = creditor->letter.code, .id = ids[i - 1], .limit = 1 },
			&views, &found));
	if (found == 0)
		return ERR(ERR_NOT_FOUND, "inbound.unknown", "message",
			   "the message answers no reminder of this creditor");
	*reminder = views[0];
	return OK;
}

static const char *bounce_note(struct arena *arena, const char *message, const struct reminder_view *reminder)
{
	char reason[INBOUND_REASON_BYTES];

	inbound_failure(message, reason);
	if (*reason) {
		struct failure failure = failure_of(reason, reminder->channel);

		return arena_format(arena,
				    "The %s to %s came back: %s (%s). %s; no reminder leaves before this task is done.",
				    reminder->step, reminder->customer_name, failure.what, reason, failure.todo);
	}
	return arena_format(arena,
			    "The %s to %s came back. Find an address that works; no reminder leaves before this "
			    "task is done.",
			    reminder->step, reminder->customer_name);
}

static const char *task_note(struct arena *arena, enum inbound_kind kind, const char *message,
			     const struct reminder_view *reminder)
{
	if (kind == INBOUND_BOUNCE)
		return bounce_note(arena, message, reminder);
	return arena_format(arena,
			    "%s has answered the %s. Read it and reply; no reminder leaves before this task is done.",
			    reminder->customer_name, reminder->step);
}

static struct err freeze(struct rpc_call *call, const struct creditor *creditor, const struct reminder_view *reminder,
			 const struct task_view *task, enum position_pause kind)
{
	struct covered covered = { 0 };
	struct pause_view pause = {
		.id = task->id, .kind = kind, .reason = task->note, .until = DATE_NONE, .made_by = "inbound"
	};

	TRY(customer_get(call->tx, creditor->letter.code, reminder->customer, &covered.customer));
	TRY(pause_add(call->tx, creditor, &covered, &pause));
	return event_task(call->tx, creditor, task);
}

struct err receive_inbound(struct rpc_call *call)
{
	struct creditor creditor;
	struct reminder_view reminder;
	struct inbound_ask ask;

	TRY(wire_decode_inbound(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));

	enum inbound_kind kind = ask.detect ? inbound_kind_of(ask.message) : ask.kind;
	enum position_pause pause = inbound_pause(kind);

	if (pause == PAUSE_NONE) {
		wire_encode_inbound(call, kind, NULL, "");
		return OK;
	}
	TRY(reminder_of(call, &creditor, ask.message, &reminder));

	struct task_new made = { .reminder = &reminder,
				 .task = { .kind = position_pause_name(pause),
					   .customer_number = reminder.customer_number,
					   .customer_name = reminder.customer_name,
					   .currency = reminder.currency,
					   .note = task_note(call->arena, kind, ask.message, &reminder),
					   .invoices = reminder.invoices,
					   .invoice_count = reminder.invoice_count,
					   .amount_minor = reminder.amount_minor,
					   .made_at = creditor.now,
					   .done_at = INSTANT_NONE } };

	TRY(tasks_add(call->tx, &creditor, &made, 1));
	if (made.added)
		TRY(freeze(call, &creditor, &reminder, &made.task, pause));
	wire_encode_inbound(call, kind, &made.task, reminder.step);
	return OK;
}
