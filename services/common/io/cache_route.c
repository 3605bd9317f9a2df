#include "common/io/cache_route.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

#define CONNECT_TIMEOUT_S 2
#define REPLY_TIMEOUT_S 10
#define PORT_DEFAULT 6379
#define SENTINEL_PORT_DEFAULT 26379
#define DATABASE_MAX 1023

struct err cache_unavailable(void)
{
	return ERR(ERR_UNAVAILABLE, "cache.unavailable", NULL, "Redis cannot be reached");
}

static struct err url_malformed(void)
{
	return ERR(ERR_INVALID, "cache.url", NULL,
		   "a Redis address is unix:/path, redis://host[:port][/database], "
		   "sentinel://host[:port],host[:port]/name[/database] or cluster://host[:port],host[:port]");
}

/* ------------------------------------------------------------------ addresses */

/* host[:port], up to `end` */
static struct err address_parse(const char *text, size_t length, int port, struct cache_address *address)
{
	long long number = port;

	if (length == 0 || length >= sizeof address->host)
		return url_malformed();
	memcpy(address->host, text, length);
	address->host[length] = '\0';

	char *colon = strrchr(address->host, ':');

	if (colon) {
		*colon = '\0';
		if (!err_ok(text_to_int64(colon + 1, 1, 65535, &number)))
			return url_malformed();
	}
	address->port = (int)number;
	return *address->host ? OK : url_malformed();
}

static struct err addresses_parse(const char *text, size_t length, int port, struct cache_route *route)
{
	for (const char *end = text + length; text <= end;) {
		size_t one = strcspn(text, ",/");

		if (route->seed_count == CACHE_SEEDS_MAX)
			return url_malformed();
		TRY(address_parse(text, one, port, &route->seeds[route->seed_count++]));
		text += one + 1;
	}
	return OK;
}

static struct err database_parse(const char *text, long long *database)
{
	return err_ok(text_to_int64(text, 0, DATABASE_MAX, database)) ? OK : url_malformed();
}

/* host,host/name[/database] */
static struct err sentinel_parse(const char *text, struct cache_route *route)
{
	const char *name = strchr(text, '/'), *database = name ? strchr(name + 1, '/') : NULL;
	size_t length = !name ? 0 : database ? (size_t)(database - name - 1) : strlen(name + 1);

	if (length == 0 || length >= sizeof route->master)
		return url_malformed();
	memcpy(route->master, name + 1, length);
	TRY(addresses_parse(text, (size_t)(name - text), SENTINEL_PORT_DEFAULT, route));
	return database ? database_parse(database + 1, &route->database) : OK;
}

static struct err server_parse(const char *text, struct cache_route *route)
{
	size_t length = strcspn(text, "/");

	if (memchr(text, ',', length))
		return url_malformed();
	TRY(addresses_parse(text, length, PORT_DEFAULT, route));
	return text[length] ? database_parse(text + length + 1, &route->database) : OK;
}

struct err cache_route_parse(const char *url, struct cache_route *route)
{
	*route = (struct cache_route){ .kind = ROUTE_SERVER };
	if (text_starts(url, "unix:/")) {
		route->seed_count = 1;
		return text_copy(route->seeds[0].host, CACHE_HOST_BYTES, url + strlen("unix:")) ? OK : url_malformed();
	}
	if (text_starts(url, "redis://"))
		return server_parse(url + strlen("redis://"), route);
	if (text_starts(url, "sentinel://")) {
		route->kind = ROUTE_SENTINEL;
		return sentinel_parse(url + strlen("sentinel://"), route);
	}
	if (!text_starts(url, "cluster://"))
		return url_malformed();
	url += strlen("cluster://");
	route->kind = ROUTE_CLUSTER;
	return strchr(url, '/') ? url_malformed() : addresses_parse(url, strlen(url), PORT_DEFAULT, route);
}

/* ------------------------------------------------------------------ one connection */

void cache_link_close(struct cache_link *link)
{
	if (link->context)
		redisFree(link->context);
	link->context = NULL;
}

static struct err link_fail(struct cache_link *link, const char *what)
{
	log_warn("Redis not reached", LOG_TEXT("host", link->address.host), LOG_TEXT("error", what));
	cache_link_close(link);
	return cache_unavailable();
}

static struct err link_connect(struct cache_link *link)
{
	const struct timeval connect = { .tv_sec = CONNECT_TIMEOUT_S }, reply = { .tv_sec = REPLY_TIMEOUT_S };
	const struct cache_address *address = &link->address;

	link->context = address->port ? redisConnectWithTimeout(address->host, address->port, connect)
				      : redisConnectUnixWithTimeout(address->host, connect);
	CHECK(link->context != NULL);
	if (link->context->err || redisSetTimeout(link->context, reply) != REDIS_OK)
		return link_fail(link, link->context->errstr);
	return OK;
}

/* One command on a connection of which nothing is owed; NULL where it broke. */
static redisReply *link_ask(struct cache_link *link, const char *command)
{
	return redisCommand(link->context, command);
}

static struct err link_select(struct cache_link *link, long long database)
{
	char command[32];

	if (database == 0)
		return OK;
	snprintf(command, sizeof command, "SELECT %lld", database);

	CACHE_REPLY_SCOPE reply = link_ask(link, command);

	return reply && reply->type == REDIS_REPLY_STATUS ? OK : link_fail(link, "the database cannot be selected");
}

/* Redis owes nothing and yet there is something to read: it has hung up while nobody was looking. */
static bool link_stale(const struct cache_link *link)
{
	struct pollfd ready = { .fd = link->context->fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

/* ------------------------------------------------------------------ sentinels */

static bool is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
}

static bool read_address(const redisReply *host, const redisReply *port, struct cache_address *address)
{
	long long number = port->integer;

	if (!is_text(host) || !text_copy(address->host, sizeof address->host, host->str))
		return false;
	if (is_text(port) && !err_ok(text_to_int64(port->str, 1, 65535, &number)))
		return false;
	address->port = (int)number;
	return true;
}

static struct err sentinel_ask(const struct cache_route *route, const struct cache_address *seed,
			       struct cache_address *master)
{
	struct cache_link sentinel = { .address = *seed };
	char command[128];

	snprintf(command, sizeof command, "SENTINEL get-master-addr-by-name %s", route->master);
	TRY(link_connect(&sentinel));

	CACHE_REPLY_SCOPE reply = link_ask(&sentinel, command);
	bool told = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
		    read_address(reply->element[0], reply->element[1], master);

	cache_link_close(&sentinel);
	return told ? OK : cache_unavailable();
}

/* A sentinel may be the last to hear of a fail-over. */
static struct err master_check(struct cache_link *link)
{
	CACHE_REPLY_SCOPE reply = link_ask(link, "ROLE");
	bool master = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && is_text(reply->element[0]) &&
		      text_equal(reply->element[0]->str, "master");

	return master ? OK : link_fail(link, "it is no master");
}

static struct err master_open(struct cache_route *route, struct cache_link *link)
{
	struct err err = cache_unavailable();

	for (size_t i = 0; i < route->seed_count && !err_ok(err); i++) {
		err = sentinel_ask(route, &route->seeds[i], &link->address);
		if (err_ok(err))
			err = link_connect(link);
		if (err_ok(err))
			err = master_check(link);
	}
	return err;
}

/* ------------------------------------------------------------------ clusters */

unsigned cache_slot(const char *key)
{
	const char *open = strchr(key, '{'), *close = open ? strchr(open + 1, '}') : NULL;
	bool tagged = close && close > open + 1;
	const char *from = tagged ? open + 1 : key, *end = tagged ? close : key + strlen(key);
	unsigned crc = 0;

	for (; from < end; from++) {
		crc ^= (unsigned)(unsigned char)*from << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
	}
	return crc % CACHE_SLOTS;
}

static bool address_equal(const struct cache_address *a, const struct cache_address *b)
{
	return a->port == b->port && text_equal(a->host, b->host);
}

static size_t link_of(struct cache_route *route, const struct cache_address *address)
{
	size_t at = 0;

	while (at < route->link_count && !address_equal(&route->links[at].address, address))
		at++;
	if (at == route->link_count && at < CACHE_NODES_MAX)
		route->links[route->link_count++] = (struct cache_link){ .address = *address };
	return at;
}

/* An entry of CLUSTER SLOTS: first, last, master, replicas. */
static void range_read(struct cache_route *route, const struct cache_address *asked, const redisReply *range)
{
	struct cache_address address;

	if (range->type != REDIS_REPLY_ARRAY || range->elements < 3)
		return;

	const redisReply *node = range->element[2];

	if (node->type != REDIS_REPLY_ARRAY || node->elements < 2 ||
	    !read_address(node->element[0], node->element[1], &address))
		return;
	if (!*address.host) /* one that does not know its own name: it is where we asked */
		address = *asked;

	size_t owner = link_of(route, &address);

	for (long long slot = range->element[0]->integer; slot <= range->element[1]->integer; slot++) {
		if (owner < CACHE_NODES_MAX && slot >= 0 && slot < CACHE_SLOTS)
			route->owner[slot] = (unsigned char)owner;
	}
}

static struct err map_ask(struct cache_route *route, const struct cache_address *seed)
{
	struct cache_link node = { .address = *seed };

	TRY(link_connect(&node));

	CACHE_REPLY_SCOPE reply = link_ask(&node, "CLUSTER SLOTS");

	cache_link_close(&node);
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return cache_unavailable();
	for (size_t i = 0; i < reply->elements; i++)
		range_read(route, seed, reply->element[i]);
	route->mapped = route->link_count > 0;
	return route->mapped ? OK : cache_unavailable();
}

/* Who is known may tell who else there is: the nodes so far, then those that the operator named. */
static struct err map_load(struct cache_route *route)
{
	struct err err = cache_unavailable();
	size_t known = route->link_count;

	for (size_t i = 0; i < known && !err_ok(err); i++)
		err = map_ask(route, &route->links[i].address);
	for (size_t i = 0; i < route->seed_count && !err_ok(err); i++)
		err = map_ask(route, &route->seeds[i]);
	return err;
}

void cache_route_forget(struct cache_route *route)
{
	route->mapped = false;
}

/* ------------------------------------------------------------------ the way to a key */

static struct err link_choose(struct cache_route *route, const char *key, struct cache_link **link)
{
	if (route->kind == ROUTE_CLUSTER && !route->mapped)
		TRY(map_load(route));
	if (route->link_count == 0)
		route->links[route->link_count++] = (struct cache_link){ .address = route->seeds[0] };
	*link = &route->links[route->kind == ROUTE_CLUSTER && key ? route->owner[cache_slot(key)] : 0];
	return OK;
}

static struct err link_open(struct cache_route *route, struct cache_link *link)
{
	if (link->context && link_stale(link))
		cache_link_close(link);
	if (link->context)
		return OK;
	TRY(route->kind == ROUTE_SENTINEL ? master_open(route, link) : link_connect(link));
	return link_select(link, route->database);
}

/* A pipeline that is being filled stays on its connection. */
struct err cache_route_find(struct cache_route *route, const char *key, struct cache_link **link)
{
	struct cache_link *chosen;

	TRY(link_choose(route, key, &chosen));
	if (chosen->owed == 0) {
		struct err err = link_open(route, chosen);

		if (!err_ok(err))
			cache_route_forget(route); /* a node that is gone may have a successor */
		TRY(err);
	}
	*link = chosen;
	return OK;
}

void cache_route_close(struct cache_route *route)
{
	for (size_t i = 0; i < route->link_count; i++)
		cache_link_close(&route->links[i]);
}
