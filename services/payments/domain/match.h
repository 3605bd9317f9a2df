#ifndef PAYMENTS_MATCH_H
#define PAYMENTS_MATCH_H

#include "payments/domain/match_rules.h"
#include "payments/domain/open_items.h"
#include "payments/domain/payment.h"
#include "payments/domain/remittance.h"

/* Cash application: from a payment to a decision. Pure, and always the same for the same payment and open items.
 *
 * What decides, in this order:
 *   1. the reference: a structured one before free text before the end-to-end id, and a name is no reference;
 *   2. the amount as witness on every path: exact, exact after early-payment discount in time, the exact sum of
 *      several; then what the creditor's rules allow (match_rules.h): charges paid along, bank charges, a small
 *      difference, a part, or more;
 *   3. who pays: an account never outranks a reference, and a third party may pay; but where the amount does not fit
 *      exactly, a payer who speaks against the reference leaves the decision to a person.
 * An amount alone never books. References that contradict each other never book. Of several solutions none books: they
 * are proposed, each a set of its own.
 *
 * An invoice in another currency is settled in its own, by the amount that the payer ordered in it. */

enum match_rule {
	RULE_REFERENCE_EXACT,
	RULE_NUMBER_EXACT,
	RULE_DISCOUNT,
	RULE_SEVERAL_EXACT,
	RULE_SEVERAL_SUBSET,
	RULE_ADVICE,
	RULE_WITH_CHARGES,
	RULE_BANK_CHARGES,
	RULE_SMALL_SHORTFALL,
	RULE_SMALL_EXCESS,
	RULE_DISCOUNT_NOT_DUE,
	RULE_PART,
	RULE_INSTALMENT,
	RULE_OVERPAYMENT,
	RULE_INSTRUCTED,
	RULE_LIST_CUT,
	RULE_MANDATE_EXACT,
	RULE_NEAR_NUMBER,
	RULE_ACCOUNT_EXACT,
	RULE_PERSON,
	RULE_PAYER_AMOUNT,
	RULE_PAYER_SUM,
	RULE_NAME_AMOUNT,
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
int match_rule_confidence_of(const char *name); /* 0 for a name that is no rule's */
const char *match_rule_sentence(enum match_rule rule);

/* What settles beside the cash: the account on which it is booked. */
enum relief { RELIEF_DISCOUNT, RELIEF_BANK_CHARGES, RELIEF_ROUNDING, RELIEF_COUNT };

/* "discount", "bank_charges", "rounding": the ledger's names. */
const char *relief_name(enum relief relief);

struct allocation {
	struct open_item *item;
	int64_t amount_minor;   /* settled by cash, in the item's currency */
	int64_t cash_minor;     /* that this takes of the payment, in its currency; the same but across currencies */
	int64_t discount_minor; /* settled beside the cash */
	enum relief relief;     /* what that is */
	int alternative;        /* of a proposal: which of several sets it belongs to, from 1 */
};

/* `minor` of the item is settled beside the cash instead of by it. */
void allocation_relieve(struct allocation *allocation, int64_t minor, enum relief relief);

struct decision {
	enum payment_state state;
	enum match_rule rule;
	const char *evidence;           /* what spoke for it, for people */
	struct allocation *allocations; /* booked in PAYMENT_ALLOCATED, proposals in PAYMENT_SUGGESTED */
	size_t allocation_count;
	int64_t rest_minor;          /* cash that is on no invoice */
	int64_t rounding_minor;      /* a small excess that the creditor keeps */
	struct customer *customer;   /* whose unapplied cash the rest is; NULL: unidentified */
	struct settlement *original; /* PAYMENT_RETURN: the payment that it takes back */
};

/* Decides. The remittance is the payment's own (remittance_read). What was missing is in items->asked
 * afterwards. */
struct decision match_decide(struct arena *arena, struct open_items *items, const struct match_rules *rules,
			     const struct payment *payment, const struct remittance *remittance);

/* Carries a decision into `items`: the next one is made on what this one leaves. */
void match_carry(struct open_items *items, const struct payment *payment, const struct decision *decision);

/* Both. */
struct decision match_payment(struct arena *arena, struct open_items *items, const struct match_rules *rules,
			      const struct payment *payment, const struct remittance *remittance);

/* Decides for the sake of what is asked for only; true if that is anything. */
bool match_rehearse(struct arena *arena, struct open_items *items, const struct match_rules *rules,
		    const struct payment *payment, const struct remittance *remittance);

#endif
