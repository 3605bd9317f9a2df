#ifndef NOTIFICATION_PREVIEW_H
#define NOTIFICATION_PREVIEW_H

#include "notification/domain/told.h"
#include "notification/policy_cache.h"
#include "notification/store_plan.h"

/* What would be sent if nobody paid: the planner's own decisions and the gate's caps, day after day, on the books as
 * they are. Only reads. */

struct preview {
	struct preview_view *reminders;
	size_t count;
};

/* Under which policies; `kept` NULL: cases do not keep those that they began under. */
struct preview_policies {
	const struct policy_set *set;
	struct policy_cache *kept;
	const struct notification *process;
};

/* What stands on the schedule already: reminders that wait for their time, or for what their `why` names. */
MUST_USE struct err preview_scheduled(struct db_tx *tx, const struct creditor *creditor, const char *customer_number,
				      struct preview *preview);

/* Appends those of them that belong to none of the targets, or tell of payments: they are in no walk. */
void preview_apart(struct arena *arena, const struct preview *scheduled, const struct plan_targets *targets,
		   struct preview *preview);

/* Appends what positions would get, `days` days ahead of the creditor's today, and when what is scheduled for them may
 * leave. `scheduled` may be NULL: then what is scheduled is taken to leave today. Read in one statement each: a hundred
 * or so at a time, of whole customers (targets_whole). */
#define PREVIEW_BATCH 100
MUST_USE struct err preview_positions(struct db_tx *tx, const struct creditor *creditor,
				      const struct preview_policies *policies, const struct preview *scheduled,
				      const struct plan_target *targets, size_t count, int days,
				      struct preview *preview);

#endif
