#include "payments/views.h"

const char *id_text(struct arena *arena, struct id id)
{
	char text[ID_TEXT_BYTES];

	return id_zero(id) ? "" : arena_copy(arena, id_format(id, text));
}

/* What a client left behind, or is about to import. */
#define UPLOADED_REASON "file.not_imported"
#define UPLOADED_MESSAGE "uploaded, but not imported; import the file again: what is left is dropped a day later"

struct file_view file_view_of(struct arena *arena, const struct desk *desk, const struct file_record *file)
{
	bool uploaded = file->state == FILE_RECEIVED;

	return (struct file_view){
		.creditor = desk->creditor,
		.id = id_text(arena, file->id),
		.name = file->name,
		.state = file_state_name(file->state),
		.reason = uploaded ? UPLOADED_REASON : file->reason,
		.message = uploaded ? UPLOADED_MESSAGE : file->message,
		.sha256 = file->sha256,
		.format = file->format,
		.line = file->line,
		.size_bytes = file->size_bytes,
		.statements = file->statements,
		.entries = file->entries,
		.duplicates = file->duplicates,
		.received_at = file->received_at,
	};
}

struct tally_view tally_view_of(const struct tally *tally)
{
	return (struct tally_view){
		.state = payment_state_name(tally->state),
		.currency = tally->currency,
		.count = tally->count,
		.amount_minor = tally->amount_minor,
		.allocated_minor = tally->allocated_minor,
	};
}

struct statement_view statement_view_of(const struct desk *desk, const struct statement_record *statement)
{
	return (struct statement_view){
		.creditor = desk->creditor,
		.account = statement->account,
		.statement_id = statement->statement_id,
		.chain = statement->chain,
		.file_name = statement->file_name,
		.currency = statement->currency,
		.sequence = statement->sequence,
		.opening_minor = statement->opening_minor,
		.closing_minor = statement->closing_minor,
		.entries = statement->entries,
		.duplicates = statement->duplicates,
		.missing = statement->missing,
		.difference_minor = statement->difference_minor,
		.out_of_order = statement->out_of_order,
		.announced = statement->announced,
		.opening_on = statement->opening_on,
		.closing_on = statement->closing_on,
	};
}

struct payment_view payment_view_of(struct arena *arena, const struct desk *desk, const struct payment_row *payment)
{
	return (struct payment_view){
		.creditor = desk->creditor,
		.id = id_text(arena, payment->id),
		.entry_ref = payment->entry_ref,
		.state = payment_state_name(payment->state),
		.rule = payment->rule,
		.evidence = payment->evidence,
		.payer_name = payment->payer_name,
		.remittance = payment->remittance,
		.end_to_end_id = payment->end_to_end_id,
		.customer_number = payment->customer_number,
		.booked_on = payment->booked_on,
		.value_on = payment->value_on,
		.amount_minor = payment->amount_minor,
		.rest_minor = payment->rest_minor,
		.rounding_minor = payment->rounding_minor,
		.currency = payment->currency,
		.confidence = match_rule_confidence_of(payment->rule),
	};
}

struct allocation_view allocation_view_of(struct arena *arena, const struct desk *desk,
					  const struct allocation_record *allocation)
{
	return (struct allocation_view){
		.creditor = desk->creditor,
		.payment_id = id_text(arena, allocation->payment),
		.entry_ref = allocation->entry_ref,
		.invoice_number = allocation->invoice_number,
		.customer_number = allocation->customer_number,
		.state = allocation->state,
		.rule = allocation->rule,
		.evidence = allocation->evidence,
		.amount_minor = allocation->amount_minor,
		.cash_minor = allocation->cash_minor,
		.discount_minor = allocation->discount_minor,
		.relief = allocation->relief,
		.alternative = allocation->alternative,
		.currency = allocation->currency,
		.confidence = allocation->confidence,
		.value_on = allocation->value_on,
	};
}

struct allocation_view *allocation_views_of(struct arena *arena, const struct desk *desk,
					    const struct allocation_record *list, size_t count)
{
	struct allocation_view *views = arena_array(arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = allocation_view_of(arena, desk, &list[i]);
	return views;
}

const char **id_texts(struct arena *arena, const struct id *ids, size_t count)
{
	const char **texts = arena_array(arena, count, sizeof *texts);

	for (size_t i = 0; i < count; i++)
		texts[i] = id_text(arena, ids[i]);
	return texts;
}

const char *next_page(struct arena *arena, const struct page_ask *ask, size_t count, struct id last)
{
	return count == (size_t)ask->size ? id_text(arena, last) : "";
}
