#ifndef PAYMENTS_PSP_RECEIVE_H
#define PAYMENTS_PSP_RECEIVE_H

#include "payments/store_psp.h"

/* What providers tell, into the books: by the same cash application as bank statements, with the provider as the
 * account on which the money came. Money that is taken back (charged back, failed after all, refunded) is a return of
 * that payment; a part refund takes the whole back and books what is left. Everything happens in the caller's
 * transaction, under the desk's lock.
 *
 * Left out: the provider's fees and payouts. What it owes us stands in the ledger until the payout's line on the bank
 * statement is put against it. */

/* Keeps the event, and acts on what it tells. *fresh is false for one that came before, which changes nothing. */
MUST_USE struct err psp_receive(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				const struct psp_event *event, const void *body, size_t length,
				const char *trace_parent, bool *fresh);

/* Adds what a person tells of a payment, and books what was waiting for it. */
MUST_USE struct err psp_register(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				 const struct psp_event *told, const char *trace_parent, struct psp_payment *payment);

#endif
