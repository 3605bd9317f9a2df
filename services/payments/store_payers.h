#ifndef PAYMENTS_STORE_PAYERS_H
#define PAYMENTS_STORE_PAYERS_H

#include "payments/store.h"

/* Whom accounts, names and numbers belong to. What is asked for is added to batch->items when it is taken. Inside the
 * store only: store_match.c. */

MUST_USE struct err accounts_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
void accounts_take(struct batch *batch);

/* Whose the numbers are that batch->items.asked has. */
MUST_USE struct err customer_numbers_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
void customer_numbers_take(struct batch *batch);

/* Who bears the names that batch->items.asked has. */
MUST_USE struct err bearers_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
void bearers_take(struct batch *batch);

/* The names of the customers that batch->items.asked has. */
MUST_USE struct err owners_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch);
void owners_take(struct batch *batch);

#endif
