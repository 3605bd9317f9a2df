#include "payments/debit.h"
#include "payments/views.h"

struct collection_view collection_view_of(struct arena *arena, const struct collection_record *record)
{
	return (struct collection_view){
		.id = id_text(arena, record->id),
		.message_id = record->message_id,
		.end_to_end_id = record->end_to_end_id,
		.invoice_number = record->invoice_number,
		.customer_number = record->customer_number,
		.mandate_reference = record->mandate_reference,
		.sequence_type = record->sequence_type,
		.reason = record->reason,
		.action = record->action,
		.scheme = record->scheme,
		.state = record->state,
		.attempt = record->attempt,
		.currency = record->currency,
		.amount_minor = record->amount_minor,
		.bank_charge_minor = record->bank_charge_minor,
		.collect_on = record->collect_on,
		.settled_on = record->settled_on,
		.reversible_until = record->reversible_until,
		.retry_on = record->retry_on,
	};
}

struct collection_view *collection_views_of(struct arena *arena, const struct collection_record *list, size_t count)
{
	struct collection_view *views = arena_array(arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = collection_view_of(arena, &list[i]);
	return views;
}
