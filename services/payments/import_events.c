#include "common/io/outbox.h"
#include "payments/import_batch.h"
#include "payments/views.h"

/* One event a payment, or one a customer where it concerns several. Clearing concerns nobody. */

struct news_list {
	struct db_tx *tx;
	const struct desk *desk;
	const char *trace_parent;
	struct arena *arena; /* of one record's news */
	struct db_records events;
};

static void append(struct news_list *list, const char *type, const char *subject, struct payload payload)
{
	outbox_add(&list->events, &(struct event){
					  .creditor = list->desk->creditor,
					  .type = type,
					  .subject = subject,
					  .time = list->desk->now,
					  .payload = payload.bytes,
					  .payload_length = payload.length,
					  .payload_type = payload.type,
					  .trace_parent = list->trace_parent,
				  });
}

static struct payment_view view_of(struct arena *arena, const struct desk *desk, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;
	const struct decision *decision = &record->decision;
	struct payment_row row = {
		.id = payment->id,
		.entry_ref = record->entry_ref,
		.booked_on = payment->booked_on,
		.value_on = payment->value_on,
		.currency = payment->currency,
		.amount_minor = payment->amount_minor,
		.rest_minor = decision->rest_minor,
		.rounding_minor = decision->rounding_minor,
		.state = decision->state,
		.rule = match_rule_name(decision->rule),
		.evidence = decision->evidence,
		.payer_name = payment->payer_name,
		.remittance = record->text,
		.end_to_end_id = payment->end_to_end_id,
		.customer_number = decision->customer ? decision->customer->number : NULL,
	};

	return payment_view_of(arena, desk, &row);
}

static void add_allocation(struct news_list *list, struct payment_news *news, const struct payment_record *record,
			   const struct allocation *allocation, const char *state)
{
	const struct open_item *item = allocation->item;
	struct allocation_view *views = (struct allocation_view *)news->allocations;

	*ARENA_PUSH(list->arena, views, news->allocation_count) = (struct allocation_view){
		.creditor = list->desk->creditor,
		.payment_id = news->payment.id,
		.entry_ref = record->entry_ref,
		.invoice_number = item->number,
		.customer_number = item->customer->number,
		.state = state,
		.rule = match_rule_name(record->decision.rule),
		.evidence = record->decision.evidence,
		.amount_minor = allocation->amount_minor,
		.cash_minor = allocation->cash_minor,
		.discount_minor = allocation->discount_minor,
		.relief = relief_name(allocation->relief),
		.alternative = allocation->alternative,
		.currency = item->currency,
		.confidence = match_rule_confidence(record->decision.rule),
		.value_on = record->payment.value_on,
	};
	news->allocations = views;
}

static struct payment_news news_for(struct news_list *list, const struct payment_record *record,
				    const struct customer *customer)
{
	return (struct payment_news){ .payment = view_of(list->arena, list->desk, record),
				      .customer_id = customer ? id_text(list->arena, customer->id) : "",
				      .customer_number = customer ? customer->number : "" };
}

static void announce_allocated(struct news_list *list, const struct payment_record *record)
{
	const struct decision *decision = &record->decision;

	for (size_t i = 0; i < decision->allocation_count; i++) {
		struct customer *customer = decision->allocations[i].item->customer;
		struct payment_news news = news_for(list, record, customer);
		bool told = false;

		for (size_t k = 0; k < decision->allocation_count; k++) {
			const struct allocation *allocation = &decision->allocations[k];

			if (allocation->item->customer != customer)
				continue;
			told = told || k < i;
			add_allocation(list, &news, record, allocation, "auto");
		}
		if (!told)
			append(list, "relance.payment.allocated.v1", record->entry_ref,
			       wire_event_allocated(list->arena, &news));
	}
}

static void announce_waiting(struct news_list *list, const struct payment_record *record)
{
	const struct decision *decision = &record->decision;
	struct payment_news news = news_for(list, record, decision->customer);

	for (size_t i = 0; i < decision->allocation_count; i++)
		add_allocation(list, &news, record, &decision->allocations[i], "suggested");
	if (decision->customer)
		append(list, "relance.payment.unapplied.v1", record->entry_ref,
		       wire_event_unapplied(list->arena, &news));
	else
		append(list, "relance.payment.unidentified.v1", record->entry_ref,
		       wire_event_unidentified(list->arena, &news));
}

static bool told_before(const struct settled_item *first, const struct settled_item *at)
{
	for (; first != at; first = first->next)
		if (first->item->customer == at->item->customer)
			return true;
	return false;
}

static void announce_returned(struct news_list *list, const struct payment_record *record)
{
	const struct settlement *original = record->decision.original;

	for (const struct settled_item *at = original->items; at; at = at->next) {
		if (told_before(original->items, at))
			continue;
		struct payment_news news = news_for(list, record, at->item->customer);

		news.original_payment_id = id_text(list->arena, original->payment);
		news.return_reason = record->payment.return_reason;
		for (const struct settled_item *each = at; each; each = each->next)
			if (each->item->customer == at->item->customer)
				add_allocation(list, &news, record,
					       &(struct allocation){ .item = each->item,
								     .amount_minor = each->amount_minor,
								     .cash_minor = each->amount_minor,
								     .alternative = 1 },
					       "returned");
		append(list, "relance.payment.returned.v1", record->entry_ref, wire_event_returned(list->arena, &news));
	}
}

static void announce(struct news_list *list, const struct payment_record *record)
{
	switch (record->decision.state) {
	case PAYMENT_ALLOCATED:
		announce_allocated(list, record);
		return;
	case PAYMENT_SUGGESTED:
	case PAYMENT_UNAPPLIED:
	case PAYMENT_UNIDENTIFIED:
		announce_waiting(list, record);
		return;
	case PAYMENT_RETURN:
		announce_returned(list, record);
		return;
	default:
		return;
	}
}

struct err batch_announce(struct db_tx *tx, const struct desk *desk, const struct batch *batch,
			  const char *trace_parent)
{
	ARENA_SCOPE arena = arena_new(0);
	struct news_list list = { .tx = tx, .desk = desk, .trace_parent = trace_parent, .arena = arena };
	struct err err = outbox_begin(tx, &list.events);

	for (size_t i = 0; err_ok(err) && i < batch->payment_count; i++) {
		announce(&list, &batch->payments[i]);
		arena_reset(arena);
		err = outbox_row(tx, &list.events);
	}
	if (err_ok(err))
		err = outbox_end(tx, &list.events);
	db_records_release(&list.events);
	return err;
}

/* An event alone. */
static struct err append_one(struct db_tx *tx, const struct desk *desk, const char *type, const char *subject,
			     struct payload payload, const char *trace_parent)
{
	return outbox_append(tx, &(struct event){ .creditor = desk->creditor,
						  .type = type,
						  .subject = subject,
						  .time = desk->now,
						  .payload = payload.bytes,
						  .payload_length = payload.length,
						  .payload_type = payload.type,
						  .trace_parent = trace_parent });
}

struct err statement_announce(struct db_tx *tx, const struct desk *desk, const struct statement_record *statement,
			      const char *trace_parent)
{
	struct statement_view view = statement_view_of(desk, statement);

	return append_one(tx, desk, "relance.statement.imported.v1", statement->account,
			  wire_event_statement_imported(tx->arena, &view), trace_parent);
}

struct err acceptance_announce(struct db_tx *tx, const struct desk *desk, const struct file_record *file,
			       const struct acceptance *acceptance, const char *trace_parent)
{
	struct file_view view = file_view_of(tx->arena, desk, file);

	return append_one(tx, desk, "relance.statement.accepted.v1", view.id,
			  wire_event_statement_accepted(tx->arena, &view, acceptance->reason, acceptance->accepted_by,
							acceptance->held_for),
			  trace_parent);
}
