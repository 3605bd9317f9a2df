#ifndef NOTIFICATION_THANK_H
#define NOTIFICATION_THANK_H

#include "notification/notification.h"
#include "notification/store.h"

/* Thanks to a customer whose last invoices were all paid on time, as many as the policy asks for, and the proposal of
 * better terms to our own people (relance.terms.proposed.v1). Once a quarter at most; never to somebody who is late
 * with anything. */
MUST_USE struct err thank_if_due(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
				 const struct customer *customer);

#endif
