#ifndef PAYMENTS_STORE_PLAN_H
#define PAYMENTS_STORE_PLAN_H

#include "payments/store.h"

/* The instalment plans that stand (notification keeps them) of customers (an array of their ids), who are in `items`
 * when they are added. */
MUST_USE struct err plans_ask(struct db_tx *tx, const struct desk *desk, struct db_param customers,
			      struct db_rows *rows);
void plans_take(const struct db_rows *rows, struct arena *arena, struct open_items *items);

#endif
