#ifndef NOTIFICATION_WIRE_DEBIT_H
#define NOTIFICATION_WIRE_DEBIT_H

#include "notification/wire.h"

/* relance.debit.returned.v1 of payments, as a struct; texts live in the arena. */
struct debit_returned {
	struct id customer;
	const char *customer_number, *invoice_number, *currency, *reason, *meaning;
	int64_t amount_minor;
	bool retried, mandate_blocked;
};

/* ERR_DATA_LOSS "event.malformed". */
MUST_USE struct err wire_event_debit_returned(struct arena *arena, const struct feed_event *event,
					      struct debit_returned *debit);

#endif
