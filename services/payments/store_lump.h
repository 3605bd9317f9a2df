#ifndef PAYMENTS_STORE_LUMP_H
#define PAYMENTS_STORE_LUMP_H

#include "payments/store.h"

/* A batch booking that a statement brought as one sum, and that lies on no invoice yet. */
struct lump {
	size_t entry; /* of the batch that brings its transactions */
	struct id entry_id, payment;
};

/* Known entries of the batch that come with their transactions now, and were lumps so far; locks these. */
MUST_USE struct err lumps_find(struct db_tx *tx, const struct desk *desk, struct id bank_account,
			       const struct batch *batch, struct lump **lumps, size_t *count);

/* Their money is that of other payments now: nothing is left of the sum, and what it was proposed for is withdrawn. */
MUST_USE struct err lumps_empty(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				const struct lump *lumps, size_t count);

#endif
