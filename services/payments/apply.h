#ifndef PAYMENTS_APPLY_H
#define PAYMENTS_APPLY_H

#include "payments/domain/cash.h"
#include "payments/store.h"

/* What a person decides about a payment that is in the books: cash goes on invoices, is posted, and the payer's account
 * is learned, all in the caller's transaction. */

struct applied {
	struct payment_row payment; /* as it stands afterwards */
	struct allocation_record *allocations;
	size_t count;
};

/* Books what was proposed for the payment, or its proposal for one invoice ("": all). Of several sets it is the one
 * asked for, or for 0 the first that holds the invoice. ERR_CONFLICT "payment.no_suggestion", "payment.alternatives"
 * (several sets, and none is asked for), and the errors of cash_apply. */
MUST_USE struct err suggestion_confirm(struct db_tx *tx, const struct desk *desk, const char *payment,
				       const char *invoice_number, int32_t alternative, struct applied *applied);

/* Puts shares of the payment's cash on invoices, all or none. The errors of cash_apply. */
MUST_USE struct err cash_put(struct db_tx *tx, const struct desk *desk, const char *payment,
			     const struct cash_share *shares, size_t count, struct applied *applied);

/* What was proposed for the payment is not meant: its cash waits for another decision. ERR_CONFLICT
 * "payment.no_suggestion". */
MUST_USE struct err suggestion_reject(struct db_tx *tx, const struct desk *desk, const char *asked,
				      struct payment_row *payment);

#endif
