#ifndef IO_SERVICE_THREAD_H
#define IO_SERVICE_THREAD_H

#include "common/io/admin.h"
#include "common/io/service.h"

/* The threads of a process beside its rpc server: its jobs, the reader of the feed, and the housekeeping that every
 * process with a database does. Each has a connection of its own, opened again after every failure. */

#define JOB_THREADS_MAX 256 /* of one process */
#define JOB_RETRY_MS 200    /* first wait after a failure */
#define JOB_RETRY_MS_MAX 10000
#define LEADER_ASK_MS 1000 /* a standby asks so often whether the place is free */
#define DATABASE_PING_MS 5000
#define KEYS_SWEEP_MS INT64_C(600000) /* old idempotency keys: looked for every ten minutes */
#define KEYS_KEPT_DAYS 7              /* no caller repeats a call after so long */
#define KEYS_SWEPT_MAX 5000           /* rows a sweep: short transactions */

/* Wakes all threads of a process for its end. */
struct service_stop {
	atomic_bool stopping;
	int fd; /* an eventfd that stays readable */
};

void service_stop_init(struct service_stop *stop);
void service_stop_set(struct service_stop *stop);
void service_stop_release(struct service_stop *stop);

/* Sleeps; false when the process is ending. `other_fd` (or -1) ends the sleep too. */
bool service_sleep(struct service_stop *stop, int64_t ms, int other_fd);

struct service_threads;

struct service_threads *service_threads_start(const struct service *service, void *process, struct service_stop *stop,
					      struct admin_health *health);
/* After service_stop_set. */
void service_threads_join(struct service_threads **threads);

#endif
