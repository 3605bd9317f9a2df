#include "common/io/rpc_resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

#define TCP "tcp://"

static struct err malformed(void)
{
	return ERR(ERR_INVALID, "rpc.endpoint", NULL, "an endpoint is tcp://host:port, ipc://path or inproc://name");
}

static void address_add(struct rpc_addresses *addresses, const char *endpoint)
{
	for (int i = 0; i < addresses->count; i++)
		if (strcmp(addresses->endpoints[i], endpoint) == 0)
			return;
	if (addresses->count < RPC_REPLICAS_MAX)
		text_copy(addresses->endpoints[addresses->count++], BUS_ENDPOINT_BYTES, endpoint);
}

static void found_add(struct rpc_addresses *addresses, const struct addrinfo *info)
{
	char host[NI_MAXHOST], port[NI_MAXSERV], endpoint[BUS_ENDPOINT_BYTES];

	if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	int length = snprintf(endpoint, sizeof endpoint, info->ai_family == AF_INET6 ? TCP "[%s]:%s" : TCP "%s:%s",
			      host, port);

	if (length > 0 && (size_t)length < sizeof endpoint)
		address_add(addresses, endpoint);
}

/* "host:port" or "[address]:port". */
static bool host_split(const char *text, char host[static BUS_ENDPOINT_BYTES], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (length == 0 || !colon[1])
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	*port = colon + 1;
	return true;
}

static bool numeric(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static struct err tcp_resolve(const char *endpoint, struct rpc_addresses *addresses)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list = NULL;
	char host[BUS_ENDPOINT_BYTES];
	const char *port;

	if (!host_split(endpoint + strlen(TCP), host, &port))
		return malformed();
	if (numeric(host))
		hints.ai_flags = AI_NUMERICHOST;
	else
		addresses->fixed = false;
	int failed = getaddrinfo(host, port, &hints, &list);

	if (failed == EAI_SERVICE)
		return malformed();
	if (failed)
		addresses->partial = true;
	for (const struct addrinfo *info = list; info; info = info->ai_next)
		found_add(addresses, info);
	if (list)
		freeaddrinfo(list);
	return OK;
}

static struct err one_resolve(const char *endpoint, struct rpc_addresses *addresses)
{
	if (text_starts(endpoint, TCP))
		return tcp_resolve(endpoint, addresses);
	if (!text_starts(endpoint, "ipc://") && !text_starts(endpoint, "inproc://"))
		return malformed();
	address_add(addresses, endpoint);
	return OK;
}

struct err rpc_resolve(const char *endpoints, struct rpc_addresses *addresses)
{
	char endpoint[BUS_ENDPOINT_BYTES];

	addresses->count = 0;
	addresses->partial = false;
	addresses->fixed = true;
	for (const char *at = endpoints; *at;) {
		size_t length = strcspn(at, ",");

		if (length >= sizeof endpoint)
			return malformed();
		memcpy(endpoint, at, length);
		endpoint[length] = '\0';
		TRY(one_resolve(endpoint, addresses));
		at += length + (at[length] == ',');
	}
	return text_empty(endpoints) ? malformed() : OK;
}
