#include "payments/undo.h"

#include "common/base/text.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/announce.h"
#include "payments/store_learned.h"
#include "payments/views.h"

static struct err book(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment, struct id customer,
		       struct undo_record *record, int64_t *cash_minor)
{
	struct posting_batch earlier = posting_batch_make(tx->arena), batch = posting_batch_make(tx->arena);
	struct undo_booking booking = {
		.payment = payment->id, .customer = customer, .currency = payment->currency, .on = payment->value_on
	};
	size_t *reversed;

	TRY(payment_postings_load(tx, desk, tx->arena, &payment->id, 1, &earlier));
	undo_reversed(tx->arena, &earlier, &reversed, &record->reversed_count);
	record->posting_count = record->reversed_count;
	record->postings = arena_array(tx->arena, record->posting_count, sizeof *record->postings);
	record->reversed = arena_array(tx->arena, record->posting_count, sizeof *record->reversed);
	for (size_t i = 0; i < record->posting_count; i++) {
		record->postings[i] = id_fresh();
		record->reversed[i] = earlier.postings[reversed[i]].id;
	}
	book_undo(&batch, &earlier, &booking, reversed, record->postings, record->posting_count, cash_minor);
	return ledger_post(tx, desk->creditor, &batch);
}

static struct err announce(struct db_tx *tx, const struct desk *desk, const struct undone *undone)
{
	const struct undo_record *record = &undone->record;
	struct payment_news news = { .payment = payment_view_of(tx->arena, desk, &undone->payment),
				     .undo_id = id_text(tx->arena, record->id),
				     .undo_reason = record->reason,
				     .done_by = record->done_by };

	return allocations_announce(tx, desk, "relance.payment.undone.v1", wire_event_undone, &news,
				    record->allocations, record->allocation_count);
}

static const char *evidence(struct arena *arena, const char *reason)
{
	return text_empty(reason) ? "a person took the match back"
				  : arena_format(arena, "a person took the match back: %s", reason);
}

struct err match_undo(struct db_tx *tx, const struct desk *desk, const struct undo_asked *asked, struct undone *undone)
{
	struct undone done = { 0 };
	struct payment_row *payment = &done.payment;
	struct undo_record *record = &done.record;
	struct undo_facts facts;

	TRY(desk_lock(tx, desk));
	TRY(payment_get(tx, desk, asked->payment, payment));
	TRY(undo_facts_load(tx, desk, payment, &facts));
	if (!text_empty(asked->customer_number))
		TRY(customer_get(tx, desk, asked->customer_number, &facts.customer));
	TRY(undo_decide(&facts, &payment->state));
	*record = (struct undo_record){ .id = id_fresh(),
					.payment = payment->id,
					.entry_ref = payment->entry_ref,
					.kind = UNDO_BY_PERSON,
					.reason = asked->reason,
					.done_by = desk->who,
					.done_at = desk->now };
	TRY(book(tx, desk, payment, facts.customer, record, &payment->rest_minor));
	TRY(undo_insert(tx, desk, record, &record->allocations, &record->allocation_count));
	payment->customer = facts.customer;
	payment->rule = "undone";
	payment->evidence = evidence(tx->arena, asked->reason);
	TRY(payment_update(tx, desk, payment));
	TRY(payment_get(tx, desk, id_text(tx->arena, payment->id), payment));
	TRY(payer_unlearn(tx, desk, payment->id, &done.forgotten, &done.forgotten_count));
	TRY(announce(tx, desk, &done));
	*undone = done;
	return OK;
}
