#ifndef PAYMENTS_LUMP_H
#define PAYMENTS_LUMP_H

#include "payments/store.h"

/* A statement often books a batch as one sum; a notice (camt.054) tells its transactions, before or after. Where it
 * comes after, and nobody has put the sum on invoices meanwhile, the transactions take its place: the sum's posting is
 * reversed, and the batch's entry is marked `divided`, so that its payments are booked as those of the entry that is
 * in the books. */
MUST_USE struct err lumps_divide(struct db_tx *tx, const struct desk *desk, struct id bank_account,
				 struct batch *batch);

#endif
