#ifndef NOTIFICATION_EFFECTS_H
#define NOTIFICATION_EFFECTS_H

#include "notification/delivery.h"

/* What a step brings about beside its message, in the transaction that records it as sent: the fee, the instalment plan
 * that its message proposes, the request to the credit service to deliver against cash only. */
MUST_USE struct err effects_carry_out(const struct delivery *delivery, struct db_tx *tx);

#endif
