#include "payments/domain/booking.h"

#include "common/base/check.h"

static void book_rest(struct posting_batch *batch, const struct payment *payment, const struct decision *decision)
{
	if (decision->customer)
		posting_credit(batch, ACCOUNT_UNAPPLIED_CASH, decision->customer->id, payment->currency,
			       decision->rest_minor);
	else
		posting_credit(batch, ACCOUNT_UNIDENTIFIED_CASH, payment->id, payment->currency, decision->rest_minor);
}

static enum account relief_account(enum relief relief)
{
	static const enum account ACCOUNTS[RELIEF_COUNT] = { ACCOUNT_DISCOUNT, ACCOUNT_BANK_CHARGES, ACCOUNT_ROUNDING };

	CHECK(relief < RELIEF_COUNT);
	return ACCOUNTS[relief];
}

void book_exchange(struct posting_batch *batch, struct currency paid, int64_t cash_minor, struct currency owed,
		   int64_t amount_minor)
{
	if (currency_equal(paid, owed))
		return;
	posting_credit(batch, ACCOUNT_EXCHANGE, (struct id){ 0 }, paid, cash_minor);
	posting_debit(batch, ACCOUNT_EXCHANGE, (struct id){ 0 }, owed, amount_minor);
}

static void book_allocations(struct posting_batch *batch, const struct payment *payment,
			     const struct decision *decision)
{
	for (size_t i = 0; i < decision->allocation_count; i++) {
		const struct allocation *allocation = &decision->allocations[i];

		posting_credit(batch, ACCOUNT_RECEIVABLE, allocation->item->id, allocation->item->currency,
			       allocation->amount_minor + allocation->discount_minor);
		posting_debit(batch, relief_account(allocation->relief), (struct id){ 0 }, allocation->item->currency,
			      allocation->discount_minor);
		book_exchange(batch, payment->currency, allocation->cash_minor, allocation->item->currency,
			      allocation->amount_minor);
	}
	posting_credit(batch, ACCOUNT_ROUNDING, (struct id){ 0 }, payment->currency, decision->rounding_minor);
}

static void book_reversal(struct posting_batch *batch, const struct posting_batch *from, struct id original,
			  size_t postings)
{
	for (size_t i = 0; i < postings; i++)
		if (id_equal(from->postings[i].source, original))
			posting_reverse_entries(batch, from, i);
}

static void book_return(struct posting_batch *batch, const struct posting_batch *earlier, const struct payment *payment,
			struct id original)
{
	size_t before = batch->posting_count;

	posting_open(batch, (struct posting){ .id = payment->id,
					      .kind = "return",
					      .booked_on = payment->value_on,
					      .source = payment->id,
					      .reverses = original });
	book_reversal(batch, batch, original, before);
	book_reversal(batch, earlier, original, earlier->posting_count);
}

void book_payment(struct posting_batch *batch, const struct posting_batch *earlier, const struct payment *payment,
		  const struct decision *decision, struct id bank_account)
{
	if (decision->state == PAYMENT_RETURN) {
		book_return(batch, earlier, payment, decision->original->payment);
		return;
	}
	posting_open(batch, (struct posting){ .id = payment->id,
					      .kind = "payment",
					      .booked_on = payment->value_on,
					      .source = payment->id });
	posting_debit(batch, ACCOUNT_BANK, bank_account, payment->currency, payment->amount_minor);
	if (decision->state == PAYMENT_CLEARING) {
		posting_credit(batch, ACCOUNT_CLEARING, (struct id){ 0 }, payment->currency, payment->amount_minor);
		return;
	}
	if (decision->state == PAYMENT_ALLOCATED)
		book_allocations(batch, payment, decision);
	book_rest(batch, payment, decision);
}
