#ifndef FEED_PURGE_H
#define FEED_PURGE_H

#include "common/io/service.h"

/* The log is kept for RELANCE_FEED_DAYS, and longer where one of our own readers has not come so far: what is older
 * goes from its beginning, in batches that hold nobody up. The one copy that holds PURGE_LEADER_KEY does it. */

#define PURGE_LEADER_KEY INT64_C(7002)
#define PURGE_EVERY_MS (INT64_C(10) * 60 * 1000) /* a day's 100,000 events in 144 looks */
#define PURGE_BATCH_MAX 5000                     /* events of one transaction: some 50 ms */
#define PURGE_PAUSE_MS 200                       /* between batches, where there are more */

#define FEED_DAYS_DEFAULT "90" /* a quarter: other systems come back within it, or start anew */
#define FEED_DAYS_MAX 36500

/* The job; the process state is a struct relay. */
struct err purge_run(struct service_context *context, int64_t *again_ms);

#endif
