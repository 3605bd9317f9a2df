#ifndef GATEWAY_BACKENDS_H
#define GATEWAY_BACKENDS_H

#include "common/io/rpc.h"

/* The services behind the gateway: a client of each, chosen by the package of the rpc. For one thread. */

enum { BACKEND_COUNT = 5 };

struct backend {
	const char *service;   /* "invoicing": the package's part and the certificate */
	const char *endpoints; /* RELANCE_INVOICING; "" where the firm does not run it */
	struct rpc_client *client;
};

struct backends {
	struct backend each[BACKEND_COUNT];
	const char *keys; /* folder of certificates */
	int epoll_fd;     /* readable when backends_take may have something */
};

/* Opens a client for each service that has endpoints. One that cannot be opened, since its certificate is missing, is
 * logged, and tried again with each call to it: the others are served meanwhile. */
void backends_open(struct backends *backends, const char *keys);
void backends_close(struct backends *backends);

/* rpc_start with the client of `service`. ERR_UNAVAILABLE "gateway.no_backend". */
MUST_USE struct err backends_start(struct backends *backends, const char *service, const char *method, const void *body,
				   size_t length, const struct rpc_options *options, uint64_t tag);

/* The next answer of any of them; false when there is none now. */
bool backends_take(struct backends *backends, struct arena *arena, struct rpc_answer *answer);

#endif
