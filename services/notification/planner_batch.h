#ifndef NOTIFICATION_PLANNER_BATCH_H
#define NOTIFICATION_PLANNER_BATCH_H

#include "notification/planner.h"
#include "notification/policy_cache.h"

/* The plan of some customers of one creditor, in one transaction: what is read of them, decided and written goes in one
 * statement each. */

/* What a zone's clock says in this pass, to whom a policy applies. */
struct plan_zone {
	const char *name;
	const struct policy *policy; /* whose sending hours count */
	struct date today;
	int minute;
	struct instant leaving; /* when what is planned now leaves; INSTANT_NONE: not yet asked for */
	struct plan_zone *next;
};

/* One creditor's pass. */
struct pass {
	struct db *db;
	struct arena *arena; /* of the pass */
	struct arena *batch; /* of one batch */
	struct creditor creditor;
	struct policy_set policies; /* in force */
	struct policy_cache *kept;  /* of cases that began under others */
	const struct notification *process;
	int64_t sequence; /* newest event of the feed when the pass began */
	struct plan_zone *zones;
	struct planner_result *result;
};

MUST_USE struct err plan_batch(struct pass *pass, const struct plan_target *targets, size_t count);

#endif
