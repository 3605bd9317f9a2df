#ifndef PAYMENTS_STORE_REFUND_H
#define PAYMENTS_STORE_REFUND_H

#include "payments/domain/refund.h"
#include "payments/store.h"

/* Refunds and the debits that paid them out. */

struct refund_row {
	struct refund refund;
	const char *entry_ref, *customer_number, *payee_name, *reason, *made_by;
	struct instant made_at;
};

/* Under the desk's lock: gives it the next number, in refund.number. */
MUST_USE struct err refund_insert(struct db_tx *tx, const struct desk *desk, struct refund_row *row);

/* By number, and locked. ERR_NOT_FOUND "refund.unknown". */
MUST_USE struct err refund_get(struct db_tx *tx, const struct desk *desk, const char *number, struct refund_row *row);
/* Only looked at. */
MUST_USE struct err refunds_owed(struct db_tx *tx, const struct desk *desk, struct refund_row **list, size_t *count);

/* What a payout or a cancellation changed; `cancelling`: the posting of the latter, or zero. */
MUST_USE struct err refund_update(struct db_tx *tx, const struct desk *desk, const struct refund *refund,
				  struct id cancelling);

struct payout {
	struct id id, refund, payment; /* the debit */
	int64_t amount_minor;
	const char *evidence;
};

/* Stores it, and marks the debit. */
MUST_USE struct err payout_insert(struct db_tx *tx, const struct desk *desk, const struct payout *payout);

/* state: NULL for all. */
MUST_USE struct err refunds_page(struct db_tx *tx, const struct desk *desk, const char *state, const struct page *page,
				 struct refund_row **list, size_t *count);

#endif
