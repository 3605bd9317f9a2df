#ifndef NOTIFICATION_STORE_DELIVERED_H
#define NOTIFICATION_STORE_DELIVERED_H

#include "notification/store.h"

/* When invoices arrived, and what proves it. */

/* An invoice has arrived. *customer_number: whose it is. ERR_NOT_FOUND "invoice.unknown". */
struct delivery_record {
	const char *invoice_number, *proof, *reference, *recorded_by;
	struct date delivered_on;
};
MUST_USE struct err delivery_record(struct db_tx *tx, const struct creditor *creditor,
				    const struct delivery_record *record, const char **customer_number);

/* The customer's mail server took these invoices with the mail `message_id`; what is proved already stays as it is. */
MUST_USE struct err deliveries_by_mail(struct db_tx *tx, const struct creditor *creditor, const struct id *items,
				       size_t count, struct date on, const char *message_id);

#endif
