#ifndef PAYMENTS_UNDO_H
#define PAYMENTS_UNDO_H

#include "ledger/posting.h"
#include "payments/domain/payment.h"

/* Taking a match back. Whatever rules booked it, with discounts, differences or another currency: what the payment's
 * postings moved is moved back, each by a posting of its own, but for the money on the bank account and what is owed
 * back as a refund; that money is then somebody's, or nobody's, cash. */

struct undo_facts {
	enum payment_state state;
	bool taken_back;       /* an undo of it is in the books already */
	bool collected;        /* we drew it by direct debit for what it pays */
	const char *cancelled; /* number of an invoice it pays that was cancelled since, or NULL */
	struct id customer;    /* whose cash it is to be; zero: nobody's */
};

/* May the match be taken back, and what is the payment then? ERR_CONFLICT "payment.not_matched", "payment.undone" (it
 * was taken back before), "payment.collected" (only a return takes that back: the item would be drawn again),
 * "invoice.cancelled" (the cash of it is the customer's already). */
MUST_USE struct err undo_decide(const struct undo_facts *facts, enum payment_state *after);

struct undo_booking {
	struct id payment, customer; /* whose cash it becomes; zero: nobody's */
	struct currency currency;
	struct date on;
};

/* The postings of a payment that a match made and no undo has taken back, as indices into `earlier`, which holds every
 * posting of the payment. */
void undo_reversed(struct arena *arena, const struct posting_batch *earlier, size_t **reversed, size_t *count);

/* One posting for each of them, under the ids given. *cash_minor is the cash that is left to apply then. */
void book_undo(struct posting_batch *batch, const struct posting_batch *earlier, const struct undo_booking *booking,
	       const size_t *reversed, const struct id *postings, size_t count, int64_t *cash_minor);

#endif
