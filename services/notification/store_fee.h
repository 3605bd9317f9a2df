#ifndef NOTIFICATION_STORE_FEE_H
#define NOTIFICATION_STORE_FEE_H

#include "notification/domain/told.h"
#include "notification/store.h"

/* Fees that steps charge: documents of their own, booked in the transaction that records the step as sent. */

#define FEE_DUE_DAYS 8 /* after it is charged */

/* Once a reminder, however often it is asked for. */
MUST_USE struct err fee_charge(struct db_tx *tx, const struct creditor *creditor, const struct reminder_view *reminder,
			       int64_t amount_minor, struct date today);

/* Takes back what the reminder charged; nothing where it charged nothing. */
MUST_USE struct err fee_void(struct db_tx *tx, const struct creditor *creditor, struct id reminder);

#endif
