#ifndef PAYMENTS_STORE_PSP_PAYOUT_H
#define PAYMENTS_STORE_PSP_PAYOUT_H

#include "payments/store_psp.h"

/* Keeps what the newest event tells; sets the payout as it is known now. *expected: it is on its way, its amount is
 * known, and it is not among the payments yet. */
MUST_USE struct err payout_save(struct db_tx *tx, const struct desk *desk, const struct psp_event *event,
				struct psp_payout *payout, bool *expected);

/* Unidentified money of the payout's amount, the oldest first; locked. */
struct arrival {
	struct id payment;
	struct date value_on;
	const char *words; /* all that the bank says */
};
MUST_USE struct err arrivals_find(struct db_tx *tx, const struct desk *desk, const struct psp_payout *payout,
				  struct arrival **arrivals, size_t *count);

/* Expected payouts of the batch's unidentified amounts, the oldest first; locked. */
MUST_USE struct err payouts_expected(struct db_tx *tx, const struct desk *desk, const struct batch *batch,
				     struct psp_payout **payouts, size_t *count);

MUST_USE struct err payout_arrived(struct db_tx *tx, const struct desk *desk, const struct psp_payout *payout,
				   struct id payment);

#endif
