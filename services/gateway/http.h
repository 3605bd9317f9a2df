#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdatomic.h>

#include "gateway/exchange.h"

/* The HTTP server: one thread, one epoll over the HTTP library's own and the descriptors of the rpc clients, so that
 * thousands of calls that wait for a service cost no thread.
 *
 * libmicrohttpd 0.9.75 as an external loop has two traps: MHD_resume_connection does nothing until the next MHD_run,
 * and a suspended connection sees no hang-up, which is why every call has a deadline. */

#define HTTP_CONNECTIONS_MAX 4000
#define HTTP_IDLE_SECONDS 75 /* of a connection without a request */
#define HTTP_BACKLOG 1024

struct http;

/* Listens on "host:port", "[::1]:port" or ":port". ERR_INVALID "http.address", ERR_UNAVAILABLE "http.listen". Field and
 * message are literals. */
MUST_USE struct err http_new(struct edge *edge, const char *address, struct http **http);
void http_destroy(struct http **http);

/* Serves until *stopping, then takes no more connections, and goes on until all calls have their answer, for grace_ms
 * at most. */
void http_run(struct http *http, const atomic_bool *stopping, int64_t grace_ms);

#endif
