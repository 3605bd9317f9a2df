#ifndef NOTIFICATION_PLANNER_H
#define NOTIFICATION_PLANNER_H

#include "common/io/service.h"
#include "notification/notification.h"
#include "notification/store_plan.h"

/* The planner: looks at the positions that may have moved, opens and closes cases, schedules reminders, and hands
 * those that are due to the workers through Redis. It keeps Redis filled, whatever Redis forgets. */

#define PLANNER_LEADER INT64_C(0x72656c616e636501) /* "relance", 1 */
#define PLANNER_PASS_MS 1000

struct planner_result {
	struct instant now;
	int64_t opened, closed, planned, queued;
};

/* One whole pass for one creditor at the creditor's now. A customer whose plan fails is logged and left to the next
 * pass; the others are planned. Without Redis everything is planned, and queued later. */
MUST_USE struct err planner_run(struct db *db, struct arena *arena, const struct notification *process,
				const char *creditor, struct planner_result *result);

/* The service's job: a pass for each creditor where something has happened, and the upkeep of Redis. */
struct err planner_pass(struct service_context *context, int64_t *again_ms);

#endif
