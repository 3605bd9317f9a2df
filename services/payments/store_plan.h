#ifndef PAYMENTS_STORE_PLAN_H
#define PAYMENTS_STORE_PLAN_H

#include "payments/store.h"

/* Adds the instalment plans that stand (notification keeps them) of customers in `items` (an array of their ids). */
MUST_USE struct err plans_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
			       struct db_param customers, struct open_items *items);

#endif
