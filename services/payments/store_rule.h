#ifndef PAYMENTS_STORE_RULE_H
#define PAYMENTS_STORE_RULE_H

#include "payments/store.h"

/* The amount rules of a creditor, a row a currency (deploy/schema/0021_match_rules.sql). The list lives in `arena`. */
MUST_USE struct err match_rules_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				     struct match_rules **list, size_t *count);
MUST_USE struct err match_rules_save(struct db_tx *tx, const struct desk *desk, const struct match_rules *rules);

#endif
