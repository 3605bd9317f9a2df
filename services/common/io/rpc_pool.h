#ifndef IO_RPC_POOL_H
#define IO_RPC_POOL_H

#include "common/io/rpc_replica.h"

/* All copies of a service that a client knows: as many as its endpoints' names resolve to, looked up again and again.
 */

#define POOL_RESOLVE_US INT64_C(5000000)
#define POOL_RESOLVE_FIRST_US INT64_C(500000) /* while no address is known */

struct rpc_pool {
	struct rpc_client_options options; /* its texts are the pool's own */
	int epoll_fd;                      /* of all sockets and monitors; see REPLICA_TAG_MONITOR */
	struct replica *replicas;
	struct rpc_addresses *found; /* the last ones resolved */
	int64_t resolve_at_us;
};

/* Resolves once, and fails where rpc_client_new is said to fail. */
MUST_USE struct err rpc_pool_init(struct rpc_pool *pool, const struct rpc_client_options *options, int64_t now_us);
void rpc_pool_release(struct rpc_pool *pool);

/* Before a copy that no name resolves to any more is forgotten, `lost` hears of it. A failure leaves what there is, and
 * is logged here. */
typedef void (*rpc_pool_lost)(void *owner, struct replica *replica);
void rpc_pool_resolve(struct rpc_pool *pool, int64_t now_us, rpc_pool_lost lost, void *owner);

/* The ready copy with the least in flight; NULL where none is ready. */
struct replica *rpc_pool_choose(const struct rpc_pool *pool);

/* A copy that refuses our key; NULL where none does. */
struct replica *rpc_pool_refusing(const struct rpc_pool *pool);

#endif
