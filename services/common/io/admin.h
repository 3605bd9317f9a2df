#ifndef IO_ADMIN_H
#define IO_ADMIN_H

#include <stdatomic.h>

#include "common/base/err.h"

/* The port for those who run the process: GET /livez (it answers at all), /readyz (200 while it takes calls and has its
 * database, else 503), /metrics (Prometheus' text format). Plain HTTP: bind it where only they can reach it. */

#define ADMIN_CONNECTIONS_MAX 64
#define ADMIN_TIMEOUT_SECONDS 10
#define METRICS_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct admin;

struct admin_health {
	atomic_bool serving;  /* set up, and not yet ending */
	atomic_bool database; /* reached when last tried; true where there is none */
};

/* `address` is "host:port"; "127.0.0.1:0" takes a free port. The real one is logged. ERR_INVALID "admin.address",
 * ERR_UNAVAILABLE "admin.bind". */
MUST_USE struct err admin_start(const char *address, const struct admin_health *health, struct admin **admin);
void admin_stop(struct admin **admin);
unsigned admin_port(const struct admin *admin);

#endif
