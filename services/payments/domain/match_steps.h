#ifndef PAYMENTS_MATCH_STEPS_H
#define PAYMENTS_MATCH_STEPS_H

#include "payments/domain/match.h"
#include "payments/domain/named.h"

/* The steps of match_payment. Inside the domain only; callers use match.h. */

/* One payment on its way to a decision. Steps that decide return true. */
struct match {
	struct arena *arena;
	struct open_items *items;
	const struct payment *payment;
	const struct reading *reading;
	struct named *named; /* of `reading` */
	struct decision decision;
};

/* match_allocate.c: the decision takes shape. */
void match_allocate(struct match *match, struct open_item *item, int64_t amount_minor, int64_t discount_minor);
void match_forget(struct match *match);
bool match_done(struct match *match, enum payment_state state, enum match_rule rule);
bool match_unapplied(struct match *match, enum match_rule rule, struct customer *customer);

/* Allocates `minor` to the one set of the customer's items that sums to it and holds none allocated so far. */
bool match_complete(struct match *match, struct customer *customer, int64_t minor);

/* Does a window of the text look like this number with a slip? */
bool match_text_like(const struct match *match, const char *number_key);
void match_explain(struct match *match);

/* match_named.c: items are named, and the amount fits exactly; else, what the amount allows. */
bool match_named_exact(struct match *match);
bool match_named_otherwise(struct match *match);

/* match_return.c */
bool match_return(struct match *match, const struct remittance *remittance);

#endif
