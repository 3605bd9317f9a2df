#ifndef IO_RPC_SERVER_H
#define IO_RPC_SERVER_H

#include "common/io/bus.h"
#include "common/io/rpc.h"

/* The answering side: one thread owns the ROUTER socket, `workers` threads run the handlers, each with a database
 * connection of its own. A service does not call this: service_run does. */

#define RPC_WORKERS_MAX 256
#define RPC_DRAIN_MS_MAX 60000

struct rpc_server_options {
	const char *name; /* the service's certificate name */
	const char *bind; /* "tcp://127.0.0.1:5551", "tcp://[::]:*" */
	const char *keys; /* folder of certificates; "" only for ipc:// and inproc:// */
	const char *pg;   /* NULL: RPC_PURE methods only */
	const struct rpc_method *methods;
	size_t method_count;
	void *process;
	int workers;
};

struct rpc_server;

/* Binds and starts to answer. The options' texts live as long as the server. */
MUST_USE struct err rpc_server_new(const struct rpc_server_options *options, struct rpc_server **server);

/* The endpoint with its real port. */
const char *rpc_server_endpoint(const struct rpc_server *server);

/* Refuses new calls ("rpc.draining": the client goes elsewhere), and waits until those in flight are answered, at most
 * grace_ms. False if some were left. */
bool rpc_server_drain(struct rpc_server *server, int64_t grace_ms);
void rpc_server_destroy(struct rpc_server **server);

#endif
