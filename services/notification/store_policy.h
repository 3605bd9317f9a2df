#ifndef NOTIFICATION_STORE_POLICY_H
#define NOTIFICATION_STORE_POLICY_H

#include "notification/store.h"

/* Policies as they are stored: versions count by creditor, over all names. policies.h reads them. */

struct policy_text {
	int version; /* 0: there is none */
	int edition; /* of what its text does not say (policy_file.h) */
	const char *name, *text;
	struct instant applied_at, retired_at;
	int64_t open_cases; /* policy_texts_list only */
};

/* The version asked for. ERR_NOT_FOUND "policy.unknown_version". */
MUST_USE struct err policy_text_load(struct db_tx *tx, const char *creditor, int version, struct policy_text *policy);

/* The newest of each name that is not retired, the newest first. */
MUST_USE struct err policy_texts_in_force(struct db_tx *tx, const char *creditor, struct policy_text **policies,
					  size_t *count);

/* All versions, the newest first. */
MUST_USE struct err policy_texts_list(struct db_tx *tx, const char *creditor, struct policy_text **policies,
				      size_t *count);

/* Two that change policies at once: the second waits, and then sees the first one's. */
MUST_USE struct err policies_lock(struct db_tx *tx, const char *creditor);

/* Makes `text` the creditor's next version; the same text again as the newest of its name, in the same edition, keeps
 * its version. The caller has checked it, under policies_lock. */
MUST_USE struct err policy_save(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
				const char *text, int edition, int *version);

/* No version of that name is in force any more; cases keep theirs. ERR_NOT_FOUND "policy.unknown". */
MUST_USE struct err policy_retire(struct db_tx *tx, const struct creditor *creditor, const char *name);

/* Open cases give up the version that they began under; the planner chooses anew. */
MUST_USE struct err cases_release_policy(struct db_tx *tx, const struct creditor *creditor);

#endif
