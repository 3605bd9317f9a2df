#ifndef IO_RPC_RESOLVE_H
#define IO_RPC_RESOLVE_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/io/bus.h"

/* "tcp://invoicing:5551,tcp://10.0.0.7:5551" to one endpoint for each address behind each name: a Kubernetes headless
 * service and compose's --scale answer with all replicas. */

#define RPC_REPLICAS_MAX 64

struct rpc_addresses {
	char endpoints[RPC_REPLICAS_MAX][BUS_ENDPOINT_BYTES];
	int count;
	bool partial; /* a name could not be resolved now: what was known of it stays */
	bool fixed;   /* no names in it: the answer will not change */
};

/* Blocks as long as the system's resolver does. ERR_INVALID "rpc.endpoint" for what is no list of endpoints. */
MUST_USE struct err rpc_resolve(const char *endpoints, struct rpc_addresses *addresses);

#endif
