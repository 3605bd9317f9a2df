#ifndef NOTIFICATION_SIMULATE_H
#define NOTIFICATION_SIMULATE_H

#include "notification/domain/told.h"
#include "notification/preview.h"

/* Two sets of policies lived through on the same books: what each would send, by step and by day, if nobody paid. */

MUST_USE struct err simulate(struct db_tx *tx, const struct creditor *creditor, const struct preview_policies *proposed,
			     const struct preview_policies *in_force, int days, struct simulation *simulation);

#endif
