#ifndef PAYMENTS_BOOKING_H
#define PAYMENTS_BOOKING_H

#include "ledger/posting.h"
#include "payments/domain/match.h"

/* From a decision to the ledger: one posting a payment, with the payment's id as its id and source.
 *
 *     allocated     bank / receivables, less what relieves them (discount, bank charges, rounding); a small excess to
 *                   rounding, the rest to unapplied cash. Across currencies bank / exchange, exchange / receivables
 *     suggested     bank / unapplied cash of the customer, or unidentified cash of the payment
 *     clearing      bank / clearing, either sign
 *     return        every posting of the original with the signs turned
 *
 * batch: what has been booked so far of this batch; a return's original may be in it. earlier: the postings of
 * originals that were in the books before, whose `source` is the payment; may be empty. */
void book_payment(struct posting_batch *batch, const struct posting_batch *earlier, const struct payment *payment,
		  const struct decision *decision, struct id bank_account);

/* What was paid beside what it settles, each in its own currency; nothing where that is the same one. */
void book_exchange(struct posting_batch *batch, struct currency paid, int64_t cash_minor, struct currency owed,
		   int64_t amount_minor);

#endif
