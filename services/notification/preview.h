#ifndef NOTIFICATION_PREVIEW_H
#define NOTIFICATION_PREVIEW_H

#include "notification/domain/told.h"
#include "notification/policy_cache.h"
#include "notification/store_plan.h"

/* What would be sent if nobody paid: the planner's own decisions, day after day, on the books as they are. */

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

/* Appends the reminders of one position from the creditor's today on, `days` days ahead. Only reads. */
MUST_USE struct err preview_position(struct db_tx *tx, const struct creditor *creditor,
				     const struct preview_policies *policies, const struct plan_target *target,
				     int days, struct preview *preview);

#endif
