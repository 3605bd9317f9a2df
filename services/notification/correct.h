#ifndef NOTIFICATION_CORRECT_H
#define NOTIFICATION_CORRECT_H

#include "common/io/feed.h"

/* Reads the feed as "notification": a payment whose value date lies before reminders that were sent voids those, their
 * rungs and fees, and the debtor gets one message that says so; a direct debit that came back makes a task
 * (debit_task.h); whoever pays well is thanked (thank.h). */
extern const struct feed_reader NOTIFICATION_READER;

#endif
