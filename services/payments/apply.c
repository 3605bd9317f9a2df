#include "payments/apply.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/announce.h"
#include "payments/domain/cash.h"
#include "payments/domain/match.h"
#include "payments/store_learned.h"
#include "payments/views.h"

static struct cash cash_of(const struct payment_row *payment)
{
	return (struct cash){ .payment = payment->id,
			      .currency = payment->currency,
			      .state = payment->state,
			      .customer = payment->customer,
			      .rest_minor = payment->rest_minor,
			      .value_on = payment->value_on };
}

/* Reliefs are named after the accounts that bear them. */
static enum account relief_of(const struct allocation_record *proposed)
{
	return text_empty(proposed->relief) ? ACCOUNT_DISCOUNT : account_of(proposed->relief);
}

/* Posts one allocation and moves the payment. */
static struct err put(struct db_tx *tx, const struct desk *desk, struct payment_row *payment, struct cash_use *use,
		      struct allocation_record *allocation)
{
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct cash cash = cash_of(payment);

	TRY(cash_apply(&cash, use, &allocation->amount_minor));
	allocation->cash_minor = cash_used(&cash, use, allocation->amount_minor);
	allocation->state = "confirmed";
	allocation->posting = id_fresh();
	book_cash(&batch, &cash, use, allocation->amount_minor, allocation->posting);
	TRY(posting_check(&batch));
	TRY(ledger_post(tx, desk->creditor, &batch));
	TRY(allocation_save(tx, desk, allocation));
	TRY(payer_learn(tx, desk, payment, allocation->customer));
	payment->state = PAYMENT_ALLOCATED;
	payment->rest_minor -= allocation->cash_minor;
	return OK;
}

/* What else was proposed for it is decided otherwise. */
static struct err finish(struct db_tx *tx, const struct desk *desk, const struct applied *applied)
{
	TRY(suggestions_withdraw(tx, desk, applied->payment.id));
	TRY(payment_update(tx, desk, &applied->payment));
	return allocations_announce(
		tx, desk, "relance.payment.allocated.v1", wire_event_allocated,
		&(struct payment_news){ .payment = payment_view_of(tx->arena, desk, &applied->payment) },
		applied->allocations, applied->count);
}

static bool wanted(const struct allocation_record *proposed, const char *invoice_number, int32_t alternative)
{
	return (text_empty(invoice_number) || text_equal(proposed->invoice_number, invoice_number)) &&
	       (alternative == 0 || proposed->alternative == alternative);
}

/* The set that is meant: only one can be booked. */
static struct err alternative_choose(const struct allocation_record *proposed, size_t count, const char *invoice_number,
				     int32_t *alternative)
{
	int32_t chosen = 0;

	for (size_t i = 0; i < count; i++) {
		if (!wanted(&proposed[i], invoice_number, *alternative) || proposed[i].alternative == chosen)
			continue;
		if (chosen != 0 && text_empty(invoice_number))
			return ERR(ERR_CONFLICT, "payment.alternatives", "alternative",
				   "several sets of invoices are proposed: name one of them, or an invoice");
		chosen = chosen == 0 ? proposed[i].alternative : chosen;
	}
	*alternative = chosen;
	return OK;
}

struct err suggestion_confirm(struct db_tx *tx, const struct desk *desk, const char *payment,
			      const char *invoice_number, int32_t alternative, struct applied *applied)
{
	struct applied done = { 0 };
	struct allocation_record *proposed;
	size_t count;

	TRY(desk_lock(tx, desk));
	TRY(payment_get(tx, desk, payment, &done.payment));
	TRY(payment_suggestions(tx, desk, done.payment.id, &proposed, &count));
	TRY(alternative_choose(proposed, count, invoice_number, &alternative));
	for (size_t i = 0; i < count; i++) {
		struct item_row item;

		if (!wanted(&proposed[i], invoice_number, alternative))
			continue;
		TRY(item_get(tx, desk, proposed[i].invoice_number, &item));
		struct cash_use use = { .item = item.id,
					.currency = item.currency,
					.open_minor = item.open_minor,
					.asked_minor = proposed[i].amount_minor,
					.cash_minor = proposed[i].cash_minor,
					.discount_minor = proposed[i].discount_minor,
					.relief = relief_of(&proposed[i]) };

		TRY(put(tx, desk, &done.payment, &use, &proposed[i]));
		*ARENA_PUSH(tx->arena, done.allocations, done.count) = proposed[i];
	}
	if (done.count == 0)
		return ERR(ERR_CONFLICT, "payment.no_suggestion", "payment", "nothing is proposed for this payment");
	TRY(finish(tx, desk, &done));
	*applied = done;
	return OK;
}

/* One share: an allocation that a person made. */
static struct err share_put(struct db_tx *tx, const struct desk *desk, const struct cash_share *share,
			    struct applied *done)
{
	struct item_row item;

	TRY(item_get(tx, desk, share->invoice_number, &item));
	struct allocation_record *allocation = ARENA_PUSH(tx->arena, done->allocations, done->count);

	*allocation =
		(struct allocation_record){ .id = id_fresh(),
					    .payment = done->payment.id,
					    .item = item.id,
					    .customer = item.customer,
					    .entry_ref = done->payment.entry_ref,
					    .invoice_number = item.number,
					    .customer_number = item.customer_number,
					    .currency = item.currency,
					    .discount_minor = share->discount_minor,
					    .relief = share->discount_minor > 0 ? account_name(ACCOUNT_DISCOUNT) : NULL,
					    .rule = match_rule_name(RULE_PERSON),
					    .evidence = match_rule_sentence(RULE_PERSON),
					    .confidence = match_rule_confidence(RULE_PERSON),
					    .alternative = 1,
					    .value_on = done->payment.value_on };
	struct cash_use use = { .item = item.id,
				.currency = item.currency,
				.open_minor = item.open_minor,
				.asked_minor = share->amount_minor,
				.discount_minor = share->discount_minor,
				.relief = ACCOUNT_DISCOUNT };

	return put(tx, desk, &done->payment, &use, allocation);
}

struct err cash_put(struct db_tx *tx, const struct desk *desk, const char *payment, const struct cash_share *shares,
		    size_t count, struct applied *applied)
{
	struct applied done = { 0 };

	TRY(desk_lock(tx, desk));
	TRY(payment_get(tx, desk, payment, &done.payment));
	for (size_t i = 0; i < count; i++)
		TRY(share_put(tx, desk, &shares[i], &done));
	TRY(finish(tx, desk, &done));
	*applied = done;
	return OK;
}

struct err suggestion_reject(struct db_tx *tx, const struct desk *desk, const char *asked, struct payment_row *payment)
{
	struct payment_row found;

	TRY(desk_lock(tx, desk));
	TRY(payment_get(tx, desk, asked, &found));
	enum payment_state to = id_zero(found.customer) ? PAYMENT_UNIDENTIFIED : PAYMENT_UNAPPLIED;

	if (found.state != PAYMENT_SUGGESTED)
		return ERR(ERR_CONFLICT, "payment.no_suggestion", "payment", "nothing is proposed for this payment");
	CHECK(payment_may_become(found.state, to));
	found.state = to;
	found.rule = "rejected";
	found.evidence = "a person rejected what was proposed";
	TRY(suggestions_withdraw(tx, desk, found.id));
	TRY(payment_update(tx, desk, &found));
	*payment = found;
	return OK;
}
