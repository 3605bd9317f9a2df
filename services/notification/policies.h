#ifndef NOTIFICATION_POLICIES_H
#define NOTIFICATION_POLICIES_H

#include "notification/notification.h"
#include "notification/store_policy.h"

/* The policies that creditors have applied, read; the default where there is none for everybody. */

struct policy_version {
	const char *text;
	struct instant applied_at;
	struct policy policy;
};

/* The version asked for, the one for everybody that is in force for 0. ERR_NOT_FOUND "policy.unknown_version". */
MUST_USE struct err policies_find(struct db_tx *tx, const struct notification *process, const char *creditor,
				  int version, struct policy_version *policy);

/* All that are in force. */
MUST_USE struct err policies_in_force(struct db_tx *tx, const struct notification *process, const char *creditor,
				      struct policy_set *set);

/* The same; the default is stored where the creditor has no policy for everybody. */
MUST_USE struct err policies_settle(struct db_tx *tx, const struct notification *process,
				    const struct creditor *creditor, struct policy_set *set);

/* Makes `text` the creditor's next version. ERR_INVALID "policy.ambiguous" where a customer may fit it as well as
 * another policy in force: both are named with their lines. */
MUST_USE struct err policies_apply(struct db_tx *tx, const struct notification *process,
				   const struct creditor *creditor, const struct policy *policy, const char *text,
				   const char *file_name, int *version);

/* Only the check. */
MUST_USE struct err policies_check(struct db_tx *tx, const struct notification *process, const char *creditor,
				   const struct policy *policy, const char *file_name);

/* When what is to be said now may leave: within the policy's sending hours of the customer's day, never before now. */
MUST_USE struct err policy_leaving(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
				   const struct policy *policy, struct instant *due_at);

#endif
