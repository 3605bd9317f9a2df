#ifndef PAYMENTS_MATCH_UNDO_H
#define PAYMENTS_MATCH_UNDO_H

#include "payments/store_undo.h"

/* A person takes a match back: one step, in the caller's transaction. */

struct undo_asked {
	const char *payment;         /* id or entry_ref */
	const char *reason;          /* may be "" */
	const char *customer_number; /* whose cash it becomes; "": the payer's own, else nobody's */
};

struct undone {
	struct undo_record record;  /* with its allocations */
	struct payment_row payment; /* as it stands afterwards */
	const char **forgotten;
	size_t forgotten_count;
};

/* The errors of payment_get, customer_get and undo_decide. */
MUST_USE struct err match_undo(struct db_tx *tx, const struct desk *desk, const struct undo_asked *asked,
			       struct undone *undone);

#endif
