#ifndef IO_SERVICE_H
#define IO_SERVICE_H

#include "common/io/config.h"
#include "common/io/feed.h"
#include "common/io/rpc.h"

/* The process skeleton. A service's main.c is a manual page, its settings, its methods, its feeds, its jobs, and
 * one call of service_run, which does the rest: settings, log, signals, waiting for PostgreSQL, the admin
 * port (/livez, /readyz, /metrics), the bus with CURVE, worker threads with a connection each, feed readers,
 * jobs, and an orderly end on SIGTERM (not ready, finish what is in flight, release, exit 0). */

struct service_context {
	struct db *db;         /* the job's own connection */
	void *process;         /* whatever start() made */
	atomic_bool *stopping; /* end soon when this is true */
};

/* A job runs on a thread and connection of its own, again and again: returns the milliseconds until it wants to run
 * again (0: at once). An error is logged, and it runs again after a backoff. With `leader_key` it runs only in
 * the copy of the process that holds that advisory lock. */
struct service_job {
	const char *name;
	struct err (*run)(struct service_context *context, int64_t *again_ms);
	int64_t leader_key; /* 0: in every copy */
	int threads;        /* 0 means 1 */
};

struct service {
	const char *name; /* "invoicing": log, certificate, metrics */
	const char *summary;
	const struct setting *settings; /* its own, beside the common ones */
	size_t setting_count;
	const struct rpc_method *methods;
	size_t method_count;
	const struct feed_reader *reader; /* NULL: reads no feed */
	const struct service_job *jobs;
	size_t job_count;
	bool without_database; /* the gateway */
	/* Called once after the settings are read and before any thread: makes the process state. May be NULL. */
	struct err (*start)(void **process);
	void (*stop)(void **process);
};

/* Returns the exit code: 0 after SIGTERM or SIGINT, 64 wrong usage, 69 an address is taken, 70 our own bug, 75
 * something did not end within the grace, 78 wrong settings. Common settings: RELANCE_PG, RELANCE_KEYS, RELANCE_BIND,
 * RELANCE_ADMIN, RELANCE_WORKERS, RELANCE_LOG, RELANCE_FEED (doorbell), RELANCE_TEST_CLOCK, RELANCE_GRACE_MS. */
int service_run(const struct service *service, int argc, char **argv);

/* The settings that all processes share; clients of other services use keys and endpoints from here. */
struct service_settings {
	const char *pg, *keys, *bind, *admin, *feed;
	long long workers, grace_ms;
	bool test_clock;
};
extern struct service_settings service_settings;

#endif
