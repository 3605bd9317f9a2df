#ifndef PAYMENTS_MATCH_H
#define PAYMENTS_MATCH_H

#include "payments/domain/open_items.h"
#include "payments/domain/payment.h"
#include "payments/domain/remittance.h"

/* Cash application: from a payment to a decision. Pure, and always the same for the same payment and open items.
 *
 * What decides, in this order:
 *   1. the reference: a structured one before free text before the end-to-end id, and a name is no reference;
 *   2. the amount as witness on every path: exact, exact after early-payment discount in time, the exact sum of
 * several, a part, or more;
 *   3. who pays: an account never outranks a reference, and a third party may pay; but where the amount does not fit
 *      exactly, a payer who speaks against the reference leaves the decision to a person.
 * An amount alone never books. References that contradict each other never book. Of several solutions none books.
 *
 * Left out: tolerances for bank charges (the difference stays open), and amounts in another currency than the invoice's
 * (the cash stays unapplied). */

enum match_rule {
	RULE_REFERENCE_EXACT,
	RULE_NUMBER_EXACT,
	RULE_DISCOUNT,
	RULE_SEVERAL_EXACT,
	RULE_SEVERAL_SUBSET,
	RULE_ADVICE,
	RULE_PART,
	RULE_OVERPAYMENT,
	RULE_LIST_CUT,
	RULE_MANDATE_EXACT,
	RULE_NEAR_NUMBER,
	RULE_PERSON,
	RULE_PAYER_AMOUNT,
	RULE_PAYER_SUM,
	RULE_CONTRADICTION,
	RULE_SUM_UNCLEAR,
	RULE_ALREADY_SETTLED,
	RULE_FOREIGN_CURRENCY,
	RULE_KNOWN_PAYER,
	RULE_RETURN,
	RULE_RETURN_UNKNOWN,
	RULE_NOT_CUSTOMERS,
	RULE_NOTHING,
	RULE_COUNT
};

/* "number_exact"; thousandths of certainty that a rule's allocation is right; the sentence behind it. */
const char *match_rule_name(enum match_rule rule);
int match_rule_confidence(enum match_rule rule);
const char *match_rule_sentence(enum match_rule rule);

struct allocation {
	struct open_item *item;
	int64_t amount_minor;   /* cash */
	int64_t discount_minor; /* settled beside the cash */
};

struct decision {
	enum payment_state state;
	enum match_rule rule;
	const char *evidence;           /* what spoke for it, for people */
	struct allocation *allocations; /* booked in PAYMENT_ALLOCATED, proposals in PAYMENT_SUGGESTED */
	size_t allocation_count;
	int64_t rest_minor;          /* cash that is on no invoice */
	struct customer *customer;   /* whose unapplied cash the rest is; NULL: unidentified */
	struct settlement *original; /* PAYMENT_RETURN: the payment that it takes back */
};

/* Decides, and carries the decision into `items`. The remittance is the payment's own (remittance_read). */
struct decision match_payment(struct arena *arena, struct open_items *items, const struct payment *payment,
			      const struct remittance *remittance);

#endif
