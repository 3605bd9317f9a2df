#ifndef NOTIFICATION_CLAIM_FILE_H
#define NOTIFICATION_CLAIM_FILE_H

#include "notification/domain/position.h"

/* What is claimed of a customer on a day, for whoever takes the claim over: an agency, a lawyer, a court. */

struct claim_invoice {
	const struct position_item *item;
	struct currency currency;
	const char *proof, *reference; /* of the delivery; NULL: not proved */
	struct late_charges charges;
};

struct claim_position {
	struct currency currency;
	int64_t open_minor, overdue_minor, disputed_minor, fees_minor, unapplied_minor;
	int64_t interest_minor, compensation_minor;
	int64_t claim_minor; /* overdue and undisputed, with fees, interest, compensation, less unapplied cash */
};

/* One position on day `on`; `invoices` has room for position->count. Consumers owe no compensation (letter.h).
 * ERR_RANGE "interest.…". */
MUST_USE struct err claim_position_make(const struct position *position, bool consumer, struct date on,
					struct claim_position *claim, struct claim_invoice *invoices);

#endif
