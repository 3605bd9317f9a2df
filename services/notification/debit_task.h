#ifndef NOTIFICATION_DEBIT_TASK_H
#define NOTIFICATION_DEBIT_TASK_H

#include "common/io/feed.h"

/* relance.debit.returned.v1: a direct debit that came back and is not simply tried again becomes a task, once. */
MUST_USE struct err on_debit_returned(struct feed_context *context, const struct feed_event *event);

#endif
