#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "common/io/db.h"
#include "ledger/posting.h"

/* The ledger's door: whoever books, books here, inside their own transaction. Nobody writes its tables. */

/* Books a checked batch in one statement, whatever its size; an empty batch books nothing. Locks the open items in key
 * order. Errors (known at the next round trip): ERR_CONFLICT "ledger.unknown_item", "ledger.overdrawn", "ledger.moved"
 * (posting_expect), "db.refused" with field "open_item_over_allocated" (more than is open) or "balance_overdrawn"
 * (more cash than there is). */
MUST_USE struct err ledger_post(struct db_tx *tx, const char *creditor, const struct posting_batch *batch);

/* Reads one posting with its entries into an empty batch. ERR_NOT_FOUND "ledger.no_such_posting". */
MUST_USE struct err ledger_load(struct db_tx *tx, const char *creditor, struct id posting, struct posting_batch *batch);

/* Appends to `batch` the posting that takes `posting` back: the same entries with the signs turned, kind "reversal".
 * Returns the errors of ledger_load; the caller checks and posts the batch. */
MUST_USE struct err ledger_reverse(struct db_tx *tx, const char *creditor, struct id posting, struct id reversal,
				   struct date booked_on, struct posting_batch *batch);

#endif
