#include "notification/debit_task.h"

#include "common/base/text.h"
#include "notification/events.h"
#include "notification/store_debit_task.h"
#include "notification/wire_debit.h"

#define KIND "call" /* the debtor's word decides what comes next: another account, a mandate, a transfer */

static const char *note_of(struct arena *arena, const struct debit_returned *debit)
{
	return arena_format(arena, "The direct debit of %s came back%s%s: %s.%s", debit->invoice_number,
			    text_empty(debit->reason) ? "" : " with ", debit->reason, debit->meaning,
			    debit->mandate_blocked ? " The mandate is blocked." : "");
}

struct err on_debit_returned(struct feed_context *context, const struct feed_event *event)
{
	struct debit_returned debit;
	struct creditor creditor;
	bool added;

	TRY(wire_event_debit_returned(context->arena, event, &debit));
	if (debit.retried)
		return OK;
	TRY(creditor_find(context->tx, event->creditor, &creditor));
	const struct task_view task = { .id = id_derive(event->id, KIND),
					.kind = KIND,
					.customer_number = debit.customer_number,
					.currency = debit.currency,
					.note = note_of(context->arena, &debit),
					.invoices = &debit.invoice_number,
					.invoice_count = 1,
					.amount_minor = debit.amount_minor,
					.made_at = creditor.now,
					.done_at = INSTANT_NONE };

	TRY(debit_task_add(context->tx, &creditor, &task, debit.customer, &added));
	return added ? event_task(context->tx, &creditor, &task) : OK;
}
