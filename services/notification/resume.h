#ifndef NOTIFICATION_RESUME_H
#define NOTIFICATION_RESUME_H

#include "notification/planner_batch.h"

/* Payments that are taken back, by a person or with the money, take back what the ladder had concluded from them: a
 * notice that a payment had voided counts again, with its fee, and a case that ended because it was paid goes on at the
 * rung that it had, with nothing repeated. A rung that was spared because of the payment leaves after all, and a
 * promise that it had kept stands again.
 *
 * Looked for in the records whenever the planner looks at a position, under its lock: nothing can be planned between
 * the undo and its consequence. */
MUST_USE struct err cases_resume(const struct pass *pass, struct db_tx *tx, const struct plan_target *targets,
				 size_t count);

#endif
