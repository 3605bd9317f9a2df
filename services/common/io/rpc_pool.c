#include "common/io/rpc_pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/io/log.h"

static struct replica *replica_at(const struct rpc_pool *pool, const char *endpoint)
{
	struct replica *replica = pool->replicas;

	while (replica && strcmp(replica->endpoint, endpoint) != 0)
		replica = replica->next;
	return replica;
}

static struct err found_add(struct rpc_pool *pool)
{
	for (int i = 0; i < pool->found->count; i++) {
		struct replica *replica = replica_at(pool, pool->found->endpoints[i]);

		if (!replica) {
			TRY(replica_new(&pool->options, pool->found->endpoints[i], pool->epoll_fd, &replica));
			replica->next = pool->replicas;
			pool->replicas = replica;
		}
		replica->listed = true;
	}
	return OK;
}

/* A copy whose name is gone still answers what it was asked. */
static bool still_needed(const struct replica *replica)
{
	return replica->listed || (replica->state == REPLICA_READY && replica->in_flight > 0);
}

static void unlisted_forget(struct rpc_pool *pool, rpc_pool_lost lost, void *owner)
{
	for (struct replica **at = &pool->replicas; *at;) {
		struct replica *replica = *at;

		if (still_needed(replica)) {
			at = &replica->next;
			continue;
		}
		*at = replica->next;
		lost(owner, replica);
		replica_destroy(&replica, pool->epoll_fd);
	}
}

static struct err resolve(struct rpc_pool *pool, int64_t now_us)
{
	pool->resolve_at_us = now_us + (pool->replicas ? POOL_RESOLVE_US : POOL_RESOLVE_FIRST_US);
	TRY(rpc_resolve(pool->options.endpoints, pool->found));
	if (pool->found->fixed)
		pool->resolve_at_us = INT64_MAX;
	for (struct replica *replica = pool->replicas; replica && !pool->found->partial; replica = replica->next)
		replica->listed = false;
	return found_add(pool);
}

void rpc_pool_resolve(struct rpc_pool *pool, int64_t now_us, rpc_pool_lost lost, void *owner)
{
	struct err err = resolve(pool, now_us);

	if (err_ok(err))
		unlisted_forget(pool, lost, owner);
	else
		log_warn("the addresses of a service cannot be renewed", LOG_TEXT("endpoints", pool->options.endpoints),
			 LOG_ERR(err));
}

struct replica *rpc_pool_choose(const struct rpc_pool *pool)
{
	struct replica *best = NULL;

	for (struct replica *replica = pool->replicas; replica; replica = replica->next)
		if (replica->state == REPLICA_READY && replica->listed &&
		    (!best || replica->in_flight < best->in_flight))
			best = replica;
	return best;
}

struct replica *rpc_pool_refusing(const struct rpc_pool *pool)
{
	struct replica *replica = pool->replicas;

	while (replica && !replica->key_refused)
		replica = replica->next;
	return replica;
}

static const char *copy(const char *text)
{
	char *copied = strdup(text ? text : "");

	CHECK(copied != NULL);
	return copied;
}

static void copy_free(const char *text)
{
	free((char *)(uintptr_t)text);
}

struct err rpc_pool_init(struct rpc_pool *pool, const struct rpc_client_options *options, int64_t now_us)
{
	*pool = (struct rpc_pool){ .options = { .endpoints = copy(options->endpoints),
						.service = copy(options->service),
						.peer = copy(options->peer),
						.keys = copy(options->keys) },
				   .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
				   .found = calloc(1, sizeof *pool->found) };
	CHECK(pool->epoll_fd >= 0 && pool->found);
	struct err err = resolve(pool, now_us);

	if (!err_ok(err))
		rpc_pool_release(pool);
	return err;
}

void rpc_pool_release(struct rpc_pool *pool)
{
	while (pool->replicas) {
		struct replica *replica = pool->replicas;

		pool->replicas = replica->next;
		replica_destroy(&replica, pool->epoll_fd);
	}
	close(pool->epoll_fd);
	free(pool->found);
	copy_free(pool->options.keys);
	copy_free(pool->options.peer);
	copy_free(pool->options.service);
	copy_free(pool->options.endpoints);
}
