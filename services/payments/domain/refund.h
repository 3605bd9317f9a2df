#ifndef PAYMENTS_REFUND_H
#define PAYMENTS_REFUND_H

#include "ledger/posting.h"
#include "payments/domain/payment.h"

/* Cash that is owed back to a payer, and the debits that pay it out. */

enum refund_state { REFUND_OWED, REFUND_PAID, REFUND_CANCELLED, REFUND_RECOVER, REFUND_STATE_COUNT };

const char *refund_state_name(enum refund_state state); /* "owed" */

struct refund {
	struct id id, payment, customer; /* customer zero: of unidentified cash */
	const char *number;              /* "RFD-000001" */
	struct currency currency;
	int64_t amount_minor, paid_minor;
	const char *payee_iban; /* or NULL */
	enum refund_state state;
};

/* How much of a payment's rest goes back: what is asked for, or all (0). ERR_CONFLICT "payment.no_cash",
 * "cash.too_much". */
MUST_USE struct err refund_amount(int64_t rest_minor, int64_t asked_minor, int64_t *amount_minor);

/* What is left of it to be paid out. */
int64_t refund_left_minor(const struct refund *refund);

/* May a debit of so much pay it out? Moves paid_minor and the state. ERR_CONFLICT "refund.not_owed",
 * "refund.too_much", "refund.currency". */
MUST_USE struct err refund_pay(struct refund *refund, struct currency currency, int64_t amount_minor);

/* Gives up what is not paid out: a refund that was paid in part shrinks to that, and counts as paid. ERR_CONFLICT
 * "refund.not_owed". *left_minor is the payer's cash again. */
MUST_USE struct err refund_cancel(struct refund *refund, int64_t *left_minor);

/* The refund that a debit pays out, among those that are owed, or NULL: its number stands in the text, or account and
 * amount are those of one refund only. An amount alone never is. `text`: all that the bank gives in words.
 * *evidence is a sentence. */
struct refund *refund_of_debit(struct arena *arena, struct refund *refunds, size_t count, const struct payment *debit,
			       const char *text, const char **evidence);

/* The postings: cash to what is owed back, and the reverse; what is owed back to the debit's clearing. The first two
 * bear the refund's payment as their source. */
void book_refund(struct posting_batch *batch, const struct refund *refund, struct id posting, const char *kind,
		 struct date on, int64_t minor);
void book_payout(struct posting_batch *batch, const struct refund *refund, struct id posting, struct id debit,
		 struct date on, int64_t minor);

#endif
