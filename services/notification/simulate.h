#ifndef NOTIFICATION_SIMULATE_H
#define NOTIFICATION_SIMULATE_H

#include "notification/domain/told.h"
#include "notification/store_plan.h"

/* Two policies lived through on the same books: what each would send, by step and by day, if nobody paid. The caps that
 * the send gate keeps (contacts a week) move reminders to later days and are not counted here. */

MUST_USE struct err simulate(struct db_tx *tx, const struct creditor *creditor, const struct policy *proposed,
			     const struct policy *in_force, int days, struct simulation *simulation);

#endif
