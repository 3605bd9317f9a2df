#ifndef NOTIFICATION_STORE_THANKS_H
#define NOTIFICATION_STORE_THANKS_H

#include "notification/domain/correction.h"
#include "notification/store.h"

/* Who pays well. */

#define THANKS_EVERY_DAYS 90 /* a customer is thanked once a quarter at most */

struct paid_well {
	struct currency currency;
	struct corrected_item *items; /* paid_on is known of each */
	size_t count;                 /* as many as were asked for, or 0 */
};

/* The customer's last `count` invoices by due date, if all were paid on time, nothing is late, and nobody has thanked
 * them lately; else none. */
MUST_USE struct err paid_well_find(struct db_tx *tx, const struct creditor *creditor, struct id customer, int count,
				   struct paid_well *paid);

MUST_USE struct err thanks_remember(struct db_tx *tx, const struct creditor *creditor, struct id customer);

#endif
