#include "payments/psp_receive.h"

#include "common/base/text.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/domain/booking.h"
#include "payments/import_batch.h"
#include "payments/psp_payout.h"
#include "payments/store_debit.h"
#include "payments/store_rule.h"

/* One movement of money at the provider. */
struct movement {
	int64_t amount_minor; /* negative: taken back */
	struct date on;
	struct id event; /* stands where a statement's entry does */
};

/* "stripe:pi_1", "stripe:pi_1/2": unique, so that people can name it. */
static const char *entry_ref_make(struct arena *arena, const struct psp_payment *payment)
{
	const char *provider = psp_provider_name(payment->provider);

	return payment->bookings == 1
		       ? arena_format(arena, "%s:%s", provider, payment->object_id)
		       : arena_format(arena, "%s:%s/%d", provider, payment->object_id, payment->bookings);
}

static struct payment_record *record_make(struct arena *arena, const struct psp_payment *payment,
					  const struct movement *movement)
{
	struct payment_record *record = arena_alloc(arena, sizeof *record);
	const char **pieces = arena_alloc(arena, sizeof *pieces);

	pieces[0] = payment->reference;
	record->payment = (struct payment){ .id = id_fresh(),
					    .amount_minor = movement->amount_minor,
					    .currency = payment->currency,
					    .booked_on = movement->on,
					    .value_on = movement->on,
					    .pieces = pieces,
					    .piece_count = !text_empty(payment->reference),
					    .end_to_end_id = payment->object_id,
					    .payer_name = payment->payer_name };
	if (movement->amount_minor < 0)
		record->payment.return_reason = payment->refunded_minor + payment->refunds_minor > 0
							? "refunded"
							: psp_standing_name(payment->standing);
	record->entry = movement->event;
	record->entry_ref = entry_ref_make(arena, payment);
	record->text = payment->reference;
	return record;
}

static struct err book_movement(struct db_tx *tx, const struct desk *desk, struct psp_payment *payment,
				const struct movement *movement, const char *trace_parent)
{
	struct arena *arena = tx->arena;
	struct posting_batch postings = posting_batch_make(arena);
	struct match_rules *list;
	size_t count;

	payment->bookings++;
	struct payment_record *record = record_make(arena, payment, movement);
	BATCH_SCOPE batch = { .arena = arena, .payments = record, .payment_count = 1 };

	remittance_read(arena, &record->payment, &record->remittance);
	TRY(batch_load(tx, desk, &batch));
	TRY(match_rules_load(tx, desk, arena, &list, &count));
	struct match_rules rules = match_rules_find(list, count, record->payment.currency);

	record->decision = match_payment(arena, &batch.items, &rules, &record->payment, &record->remittance);
	book_payment(&postings, &batch.earlier, &record->payment, &record->decision,
		     psp_account(arena, desk, payment->provider, payment->currency));
	record->allocation_ids = arena_array(arena, record->decision.allocation_count, sizeof *record->allocation_ids);
	for (size_t i = 0; i < record->decision.allocation_count; i++)
		record->allocation_ids[i] = id_fresh();
	TRY(posting_check(&postings));
	TRY(ledger_post(tx, desk->creditor, &postings));
	TRY(batch_save(tx, desk, &batch));
	return batch_announce(tx, desk, &batch, trace_parent);
}

/* Brings the books to what should stand in them. */
static struct err settle(struct db_tx *tx, const struct desk *desk, struct psp_payment *payment, struct instant at,
			 struct id event, const char *trace_parent, const char **outcome)
{
	int64_t due = psp_payment_due_minor(payment);
	struct date on = instant_known(at) ? instant_utc_date(at) : instant_utc_date(desk->now);

	*outcome = "noted";
	if (due == payment->booked_minor)
		return OK;
	if (payment->booked_minor > 0)
		TRY(book_movement(
			tx, desk, payment,
			&(struct movement){ .amount_minor = -payment->booked_minor, .on = on, .event = event },
			trace_parent));
	bool first = payment->booked_minor == 0 && payment->bookings == 0 && date_known(payment->paid_on);

	if (due > 0)
		TRY(book_movement(
			tx, desk, payment,
			&(struct movement){ .amount_minor = due, .on = first ? payment->paid_on : on, .event = event },
			trace_parent));
	*outcome = due > payment->booked_minor ? "booked" : "taken_back";
	payment->booked_minor = due;
	return OK;
}

/* A mandate that we know by the provider's id is not collected from while the provider says that it has ended; what
 * the bank or a person blocked stays blocked. */
static struct err mandate_hear(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			       const struct psp_event *event, const char **outcome)
{
	const char *name = psp_provider_name(provider);
	struct mandate mandate;
	bool newest;
	struct err err = mandate_get(tx, desk, event->object_id, &mandate);

	*outcome = "ignored";
	if (err.code == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	TRY(psp_event_is_newest(tx, desk, provider, event, &newest));
	bool ends = event->mandate == PSP_MANDATE_ENDS;

	if (!newest || (!ends && !text_equal(mandate.reason, name)) ||
	    !err_ok(mandate_move(&mandate, ends ? MANDATE_BLOCK : MANDATE_RELEASE, ends ? name : NULL)))
		return OK;
	*outcome = "noted";
	return mandate_update(tx, desk, &mandate);
}

struct err psp_receive(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
		       const struct psp_event *event, const void *body, size_t length, const char *trace_parent,
		       bool *fresh)
{
	struct id id = id_fresh();
	struct psp_payment payment;
	const char *outcome;

	TRY(psp_event_insert(tx, desk, provider, event, id, body, length, fresh));
	if (!*fresh)
		return OK;
	if (!event->object_id)
		return psp_event_outcome(tx, desk, provider, event->id, "ignored");
	if (event->payout != PSP_NO_PAYOUT) {
		TRY(psp_payout_hear(tx, desk, provider, event, &outcome));
		return psp_event_outcome(tx, desk, provider, event->id, outcome);
	}
	if (event->mandate != PSP_NO_MANDATE) {
		TRY(mandate_hear(tx, desk, provider, event, &outcome));
		return psp_event_outcome(tx, desk, provider, event->id, outcome);
	}
	TRY(psp_payment_load(tx, desk, provider, event->object_id, &payment));
	psp_payment_learn(&payment, event);
	if (event->part.kind != PSP_NO_PART)
		TRY(psp_part_save(tx, desk, &payment, &event->part, event->at));
	TRY(settle(tx, desk, &payment, event->at, id, trace_parent, &outcome));
	TRY(psp_payment_save(tx, desk, &payment));
	return psp_event_outcome(tx, desk, provider, event->id, outcome);
}

struct err psp_register(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			const struct psp_event *told, const char *trace_parent, struct psp_payment *payment)
{
	struct psp_payment found;
	const char *outcome;

	TRY(psp_payment_load(tx, desk, provider, told->object_id, &found));
	psp_payment_learn(&found, told);
	TRY(settle(tx, desk, &found, found.standing_at, id_fresh(), trace_parent, &outcome));
	TRY(psp_payment_save(tx, desk, &found));
	*payment = found;
	return OK;
}
