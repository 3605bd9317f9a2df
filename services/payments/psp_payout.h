#ifndef PAYMENTS_PSP_PAYOUT_H
#define PAYMENTS_PSP_PAYOUT_H

#include "payments/store_psp.h"

/* Money that a provider pays out is no customer's: what it is made of was booked when each customer paid. The entry on
 * the bank account is recognised by its amount and by the provider's name or the payout's id, whichever of the two is
 * heard of first, and moves from unidentified cash to the provider's account, with the provider's fee as a charge. */

MUST_USE struct err psp_payout_hear(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				    const struct psp_event *event, const char **outcome);

/* The payouts that are among the payments of a batch, which is saved. */
MUST_USE struct err psp_payouts_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch);

/* The account on which a provider holds our money. */
struct id psp_account(struct arena *arena, const struct desk *desk, enum psp_provider provider,
		      struct currency currency);

#endif
