#ifndef PAYMENTS_STORE_PLAN_H
#define PAYMENTS_STORE_PLAN_H

#include "payments/store.h"

/* Adds the instalment plans that stand (notification keeps them) of the customers in `items`. */
MUST_USE struct err plans_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
			       struct open_items *items);

#endif
