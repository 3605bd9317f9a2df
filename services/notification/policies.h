#ifndef NOTIFICATION_POLICIES_H
#define NOTIFICATION_POLICIES_H

#include "notification/notification.h"
#include "notification/store.h"

/* The policies that creditors have applied, read; the default where there is none. */

struct policy_version {
	int version; /* 0: the default, not yet stored for this creditor */
	const char *text;
	struct instant applied_at;
	struct policy policy;
};

/* The version asked for, the one in force for 0. ERR_NOT_FOUND "policy.unknown_version". */
MUST_USE struct err policies_find(struct db_tx *tx, const struct notification *process, const char *creditor,
				  int version, struct policy_version *policy);

/* The one in force; the default becomes version 1 where the creditor has none. */
MUST_USE struct err policies_settle(struct db_tx *tx, const struct notification *process,
				    const struct creditor *creditor, struct policy_version *policy);

#endif
