#ifndef NOTIFICATION_SETTLE_H
#define NOTIFICATION_SETTLE_H

#include "notification/store.h"

/* Before each plan of a creditor: promises and plans that have been kept, or are broken by now, are settled. A broken
 * one asks the credit service for a hold (reason "promise_broken"), and the ladder goes on. */
MUST_USE struct err settle_agreements(struct db *db, struct arena *arena, const char *creditor);

#endif
