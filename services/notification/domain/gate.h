#ifndef NOTIFICATION_GATE_H
#define NOTIFICATION_GATE_H

#include "notification/domain/dunning.h"

/* The send gate: the last look at the position, in the transaction that claims the reminder. A reminder that the
 * planner found right a minute ago may be wrong now, because money has come in. */

enum gate_verdict {
	GATE_SEND,  /* with the items and the amount of the verdict */
	GATE_SPARE, /* never, for `reason`: its case ends with it */
	GATE_LATER, /* not before `until`, for `reason` */
	GATE_REFUSE /* it cannot reach anybody, for `reason`: a person has to act */
};

struct gate_facts {
	const struct policy *policy;
	const struct policy_step *step;
	const struct position *position; /* `listed`: what the reminder was planned for; of a step that tells of
					  * payments, only what it lists and is still paid */
	bool climbed;                    /* an earlier rung of the case has been sent */
	const char *case_closed;         /* why the case has ended meanwhile; NULL while it is open, and for notes */
	struct date today;               /* in the customer's time zone */
	const char *recipient;           /* NULL or "" where the channel has no address */
};

struct gate_outcome {
	enum gate_verdict verdict;
	const char *reason; /* "paid", "disputed", "covered_by_unapplied_cash", "below_minimum", "nothing_due",
			     * "bank_feed_stale", "not_yet_due", "no_delivery_proof", "payment_returned",
			     * "contact_cap", "no_sending_day", "no_contact",
			     * or the name of a pause ("promised") */
	struct date until;
	size_t *items; /* indices into the position: what the message lists */
	size_t item_count;
	int64_t amount_minor;
};

/* One contact a day, and so many a week, over all channels, invoices and currencies of a customer. What exceeds that is
 * caught up on a later day. */
bool gate_contact_allowed(const struct policy *policy, const struct position *position, struct date today);

/* Each invoice that is chased is known to have arrived. */
bool gate_delivery_proved(const struct position *position, struct date today);

/* Items of the outcome live in the arena. */
struct gate_outcome gate_check(struct arena *arena, const struct gate_facts *facts);

#endif
