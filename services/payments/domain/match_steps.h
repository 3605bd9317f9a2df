#ifndef PAYMENTS_MATCH_STEPS_H
#define PAYMENTS_MATCH_STEPS_H

#include "payments/domain/match.h"
#include "payments/domain/named.h"

/* The steps of match_payment. Inside the domain only; callers use match.h. */

/* One payment on its way to a decision. Steps that decide return true. */
struct match {
	struct arena *arena;
	struct open_items *items;
	const struct match_rules *rules;
	const struct payment *payment;
	const struct reading *reading;
	struct named *named; /* of `reading` */
	struct decision decision;
	int alternative; /* the set that allocations are added to, from 0 */
};

/* Items that can be paid with this payment's money. */
struct payables {
	struct open_item *items[2 * NAMED_MAX];
	size_t count;
	int64_t sum;
};

/* match_allocate.c: the decision takes shape. */

/* Open, and in the payment's currency. */
bool match_payable(const struct match *match, const struct open_item *item);
/* The allocation's address holds until the next one is added. */
struct allocation *match_allocate(struct match *match, struct open_item *item, int64_t amount_minor);
void match_allocate_all(struct match *match, const struct payables *payables);
void match_forget(struct match *match);
bool match_done(struct match *match, enum payment_state state, enum match_rule rule);
bool match_unapplied(struct match *match, enum match_rule rule, struct customer *customer);
/* Slips between this number and the part of the text that is most like it (likeness.h). */
int match_text_slips(const struct match *match, const char *number_key);
bool match_payer_against(const struct match *match, struct customer *customer);
/* What the payer says of the debtor whose items are allocated. */
enum witness match_payer(const struct match *match);
void match_explain(struct match *match);

/* match_sums.c: sets of a customer's items that sum to an amount. */

/* Allocates `minor` to the one set of the customer's items that sums to it and holds none allocated so far. */
bool match_complete(struct match *match, struct customer *customer, int64_t minor);
/* The same among the customer's interest and fees only. */
bool match_complete_charges(struct match *match, struct customer *customer, int64_t minor);
/* Proposes each set of the customer's items that sums to the payment, as an alternative of its own; where sums fit by
 * the dozen, only single items. True if there is one at least. */
bool match_propose_sums(struct match *match, struct customer *customer);
/* Proposes each set among the named items that sums to the payment. */
bool match_propose_subsets(struct match *match, const struct payables *payables);

/* match_named.c: items are named, and the amount fits exactly; else, what the amount allows. */
bool match_named_exact(struct match *match);
bool match_named_otherwise(struct match *match);

/* match_instalment.c: plans. */

/* The one plan that stands with an instalment of the payment's amount, and as much still open; with `first`, of those
 * that hold it. NULL for none or several. */
const struct plan *match_plan(const struct match *match, struct customer *customer, const struct open_item *first);
/* Puts the payment on `first`, if any, then on the plan's items, the earliest due first. */
void match_allocate_plan(struct match *match, const struct plan *plan, struct open_item *first);
/* The one item named is in such a plan. */
bool match_instalment(struct match *match, struct open_item *first);

/* match_amount.c: one customer's items are named beyond doubt, and the amount is another. */
bool match_amount_rules(struct match *match, const struct payables *payables);
/* Named items in one other currency, in which the payer ordered a fitting amount. */
bool match_instructed(struct match *match);
/* Proposes the named items, all in one other currency, for the whole payment. */
bool match_propose_foreign(struct match *match);

/* match_payer.c: no item is named. */
bool match_by_mandate(struct match *match);
bool match_by_payer(struct match *match);
/* Proposes the one open item of exactly this amount whose number is one slip away from what was written, among the
 * items of whoever may be paying; false where there is none, or it is named itself. */
bool match_propose_slip(struct match *match);
/* There is such an item: the payer's, or of anybody's whose invoices are named. */
enum slip_of { SLIP_OF_PAYER, SLIP_OF_ANYBODY };
bool match_slip_explains(const struct match *match, enum slip_of of);

/* match_return.c */
bool match_return(struct match *match, const struct remittance *remittance);

#endif
