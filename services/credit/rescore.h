#ifndef CREDIT_RESCORE_H
#define CREDIT_RESCORE_H

#include "common/io/feed.h"
#include "common/io/service.h"
#include "credit/store.h"

/* Keeping the recorded scores and the holds up to what the ledger says: when an event concerns a customer, and for
 * everybody once a day and after an import. What changed materially becomes events in the same transaction. */

#define RESCORE_POLL_MS 1000
#define RESCORE_LEADER INT64_C(0x637265646974) /* "credit": the advisory lock of the daily round */

/* Scores these customers, records what changed, ends holds that are over. */
MUST_USE struct err rescore_customers(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers);

/* Places a hold of the dunning ladder unless nothing is overdue by now: money may have come in between. */
MUST_USE struct err rescore_and_hold(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers);

/* Scores, and puts back the ladder's hold that a payment had ended which is taken back now. */
MUST_USE struct err rescore_and_put_back(struct db_tx *tx, const struct desk *desk,
					 const struct customer_list *customers);

/* Appends relance.credit.held.v1 and relance.credit.released.v1. */
MUST_USE struct err hold_placed_append(struct db_tx *tx, const struct desk *desk, const struct hold *hold);
MUST_USE struct err holds_ended_append(struct db_tx *tx, const struct desk *desk, const struct hold_list *ended);

/* The feed's reader and the daily round, for main.c. */
extern const struct feed_reader CREDIT_READER;
struct err rescore_round(struct service_context *context, int64_t *again_ms);

#endif
