#ifndef PAYMENTS_ANNOUNCE_H
#define PAYMENTS_ANNOUNCE_H

#include "payments/store.h"
#include "payments/wire.h"

typedef struct payload (*news_encoder)(struct arena *arena, const struct payment_news *news);

/* One event of the type for each customer whose invoices are among the allocations; `news` is what they have in
 * common. */
MUST_USE struct err allocations_announce(struct db_tx *tx, const struct desk *desk, const char *type,
					 news_encoder encode, const struct payment_news *news,
					 const struct allocation_record *allocations, size_t count);

#endif
