#ifndef NOTIFICATION_WORKER_H
#define NOTIFICATION_WORKER_H

#include "common/io/service.h"
#include "notification/notification.h"

/* A worker thread: takes a batch of ids from Redis, claims the reminders in one transaction that reads the positions
 * again, delivers them, and records what came of them. Any number of threads, on any number of machines, may run. */

#define WORKER_AGAIN_MS 50 /* after a failure that ended its work */
#define WORKER_BACKOFF_BASE_MS 2000
#define WORKER_BACKOFF_MAX_MS 600000
#define WORKER_AWAY_MAX_MS 15000 /* between tries of a mail server that is away */

/* Messages a minute: generous, so that they only stop what nobody wants. The mail server's own is a setting. */
#define RATE_RECIPIENT 60
#define RATE_DOMAIN 6000
#define RATE_CREDITOR 300000
#define RATE_CHANNEL 600000
#define RATE_PROVIDER 60000 /* of what is no mail */

/* The service's job: works until the process stops. */
struct err worker_run(struct service_context *context, int64_t *again_ms);

#endif
