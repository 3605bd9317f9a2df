#ifndef NOTIFICATION_CORRECTION_H
#define NOTIFICATION_CORRECTION_H

#include <stddef.h>

#include "common/base/id.h"
#include "notification/domain/policy.h"

/* Money that had arrived before a reminder left, and was booked after it: the reminder was wrong. What was wrong about
 * it is for here to say.
 *
 * Where a part had been paid, the reminder was right about the rest: it stands, and the debtor is told the part.
 *
 * Source: lesson 10, "a payment value-dated before the notice voids fee and level and queues a correction". */

/* An invoice as a reminder listed it. */
struct corrected_item {
	struct id item;
	const char *number;
	struct date base; /* from which its lateness counts */
	int64_t open_minor;
	struct date paid_on; /* value date of what paid the whole of it before the reminder left; else DATE_NONE */
};

/* True where the reminder would not have left on `sent_on` without the invoices that were paid: no other had reached
 * the step's day. Its rung and its fee do not count then. Where another had, only those invoices were wrong. */
bool correction_voids(const struct policy *policy, const struct policy_step *step, const char *country,
		      const struct corrected_item *items, size_t count, struct date sent_on);

/* Of rungs that still count, by name, the highest of the policy; NULL: none. */
const struct policy_step *correction_rung(const struct policy *policy, const char *const *names, size_t count);

#endif
