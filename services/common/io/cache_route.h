#ifndef IO_CACHE_ROUTE_H
#define IO_CACHE_ROUTE_H

#include <hiredis.h>
#include <stdbool.h>

#include "common/io/cache.h"

/* Which server a key lives on, and the connections there: below cache.h; only the cache*.c files include this. */

#define CACHE_SEEDS_MAX 16  /* addresses in a URL */
#define CACHE_NODES_MAX 128 /* masters of a cluster */
#define CACHE_SLOTS 16384   /* of a cluster, by its specification */
#define CACHE_HOST_BYTES 256

struct cache_address {
	char host[CACHE_HOST_BYTES]; /* with port 0: the path of a Unix socket */
	int port;
};

struct cache_link {
	struct cache_address address;
	redisContext *context; /* NULL: closed */
	int owed;              /* replies that are to be taken */
};

struct cache_route {
	enum { ROUTE_SERVER, ROUTE_SENTINEL, ROUTE_CLUSTER } kind;
	struct cache_address seeds[CACHE_SEEDS_MAX]; /* the server, the sentinels, or nodes of the cluster */
	size_t seed_count;
	char master[64]; /* its name at the sentinels */
	long long database;
	struct cache_link links[CACHE_NODES_MAX]; /* the first only, unless it is a cluster */
	size_t link_count;
	bool mapped; /* `owner` is known */
	unsigned char owner[CACHE_SLOTS];
};

/* ERR_INVALID "cache.url". */
MUST_USE struct err cache_route_parse(const char *url, struct cache_route *route);
void cache_route_close(struct cache_route *route);

/* The open connection for this key; NULL: any. ERR_UNAVAILABLE "cache.unavailable". */
MUST_USE struct err cache_route_find(struct cache_route *route, const char *key, struct cache_link **link);

/* What is known of who has which slot is out of date. */
void cache_route_forget(struct cache_route *route);

void cache_link_close(struct cache_link *link);
struct err cache_unavailable(void);

/* The slot of a key: CRC-16/XMODEM of the part between the first braces, or of all of it. */
unsigned cache_slot(const char *key);

#endif
