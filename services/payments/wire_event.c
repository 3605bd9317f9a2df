#include "payments/wire_parts.h"
#include "relance/payments/v1/cash.pb-c.h"

/* What every event about a payment and one customer's invoices has, under the same names. */
#define PUT_NEWS(event, arena, news)                                                                                   \
	do {                                                                                                           \
		(event).payment = wire_payment((arena), &(news)->payment);                                             \
		(event).allocations = wire_allocations((arena), (news)->allocations, (news)->allocation_count);        \
		(event).n_allocations = (news)->allocation_count;                                                      \
		(event).customer_id = wire_text((arena), (news)->customer_id);                                         \
		(event).customer_number = wire_text((arena), (news)->customer_number);                                 \
	} while (0)

struct payload wire_event_statement_accepted(struct arena *arena, const struct file_view *file, const char *reason,
					     const char *accepted_by, const char *held_for)
{
	Relance__Payments__V1__StatementAccepted event;

	relance__payments__v1__statement_accepted__init(&event);
	event.file = wire_file(arena, file);
	event.reason = wire_text(arena, reason);
	event.accepted_by = wire_text(arena, accepted_by);
	event.held_for = wire_text(arena, held_for);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_statement_imported(struct arena *arena, const struct statement_view *statement)
{
	Relance__Payments__V1__StatementImported event;

	relance__payments__v1__statement_imported__init(&event);
	event.statement = wire_statement(arena, statement);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_allocated(struct arena *arena, const struct payment_news *news)
{
	Relance__Payments__V1__PaymentAllocated event;

	relance__payments__v1__payment_allocated__init(&event);
	PUT_NEWS(event, arena, news);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_unapplied(struct arena *arena, const struct payment_news *news)
{
	Relance__Payments__V1__PaymentUnapplied event;

	relance__payments__v1__payment_unapplied__init(&event);
	PUT_NEWS(event, arena, news);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_unidentified(struct arena *arena, const struct payment_news *news)
{
	Relance__Payments__V1__PaymentUnidentified event;

	relance__payments__v1__payment_unidentified__init(&event);
	event.payment = wire_payment(arena, &news->payment);
	event.allocations = wire_allocations(arena, news->allocations, news->allocation_count);
	event.n_allocations = news->allocation_count;
	return wire_packed(arena, &event.base);
}

struct payload wire_event_returned(struct arena *arena, const struct payment_news *news)
{
	Relance__Payments__V1__PaymentReturned event;

	relance__payments__v1__payment_returned__init(&event);
	PUT_NEWS(event, arena, news);
	event.original_payment_id = wire_text(arena, news->original_payment_id);
	event.return_reason = wire_text(arena, news->return_reason);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_undone(struct arena *arena, const struct payment_news *news)
{
	Relance__Payments__V1__PaymentUndone event;

	relance__payments__v1__payment_undone__init(&event);
	PUT_NEWS(event, arena, news);
	event.undo_id = wire_text(arena, news->undo_id);
	event.reason = wire_text(arena, news->undo_reason);
	event.done_by = wire_text(arena, news->done_by);
	return wire_packed(arena, &event.base);
}
