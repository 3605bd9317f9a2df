#include "gateway/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"

#define EVENTS_MAX 2 /* the HTTP library's epoll and the backends' */
#define HOST_BYTES 256

struct http {
	struct edge *edge;
	struct MHD_Daemon *daemon;
	int listener, epoll_fd;
	struct arena *arena; /* of one answer */
};

/* ------------------------------------------------------------------ the HTTP library's callbacks */

static enum MHD_Result on_request(void *process, struct MHD_Connection *connection, const char *url, const char *verb,
				  const char *version, const char *bytes, size_t *length, void **state)
{
	struct exchange *exchange = *state;

	(void)version;
	if (!exchange) { /* the head has come */
		*state = exchange = exchange_new(process, connection, verb);
		exchange_judge(exchange, url);
		/* Who waits for "100 Continue" gets the refusal in its place; all others send their body first. */
		return exchange->status != 0 && exchange->expects_continue ? exchange_send(exchange) : MHD_YES;
	}
	if (*length > 0) {
		bool taken = exchange_take(exchange, bytes, *length);

		*length = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	if (exchange->status == 0)
		exchange_start(exchange);
	return exchange->status != 0 ? exchange_send(exchange) : MHD_YES;
}

static void on_completed(void *process, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode why)
{
	(void)process;
	(void)connection;
	(void)why;
	exchange_destroy((struct exchange **)state);
}

/* ------------------------------------------------------------------ listening */

static struct err address_parse(const char *address, char host[static HOST_BYTES], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;

	if (!colon || colon[1] == '\0' || length >= HOST_BYTES)
		return ERR(ERR_INVALID, "http.address", "RELANCE_LISTEN", "the address is not of the form host:port");
	if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
		address++;
		length -= 2;
	}
	memcpy(host, address, length);
	host[length] = '\0';
	*port = colon + 1;
	return OK;
}

static int socket_listen(const struct addrinfo *at)
{
	int one = 1;
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, HTTP_BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct err listener_new(const char *address, int *listener)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	char host[HOST_BYTES];
	const char *port;
	struct addrinfo *found = NULL;
	int fd = -1;

	TRY(address_parse(address, host, &port));
	if (getaddrinfo(host[0] ? host : NULL, port, &hints, &found) != 0)
		return ERR(ERR_INVALID, "http.address", "RELANCE_LISTEN", "the address is not known");
	for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
		fd = socket_listen(at);
	freeaddrinfo(found);
	if (fd < 0)
		return ERR(ERR_UNAVAILABLE, "http.listen", "RELANCE_LISTEN", "the address cannot be listened on");
	*listener = fd;
	return OK;
}

/* A connection is a descriptor; the usual soft limit of 1024 would end us before HTTP_CONNECTIONS_MAX does. */
static unsigned connections_max(void)
{
	struct rlimit limit = { .rlim_cur = 0 };
	const rlim_t ours = 256; /* sockets of the bus, log, epoll */

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= HTTP_CONNECTIONS_MAX + ours)
		return HTTP_CONNECTIONS_MAX;
	return limit.rlim_cur > 2 * ours ? (unsigned)(limit.rlim_cur - ours) : (unsigned)ours;
}

/* ------------------------------------------------------------------ life */

static bool watch(const struct http *http, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static struct err daemon_start(struct http *http)
{
	http->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, http->edge,
					MHD_OPTION_LISTEN_SOCKET, http->listener, MHD_OPTION_NOTIFY_COMPLETED,
					on_completed, http, MHD_OPTION_CONNECTION_LIMIT, connections_max(),
					MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_SECONDS, MHD_OPTION_END);
	const union MHD_DaemonInfo *info =
		http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;

	if (!info || !watch(http, info->epoll_fd))
		return ERR(ERR_UNAVAILABLE, "http.start", NULL, "the HTTP server does not start");
	return OK;
}

struct err http_new(struct edge *edge, const char *address, struct http **http)
{
	int listener;

	TRY(listener_new(address, &listener));
	struct http *made = calloc(1, sizeof *made);

	CHECK(made != NULL);
	*made = (struct http){ .edge = edge, .listener = listener, .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	CHECK(made->epoll_fd >= 0);
	made->arena = arena_new(0);
	struct err err = daemon_start(made);

	if (err_ok(err))
		*http = made;
	else
		http_destroy(&made);
	return err;
}

void http_destroy(struct http **http)
{
	struct http *ended = *http;

	if (!ended)
		return;
	if (ended->daemon) {
		MHD_quiesce_daemon(ended->daemon); /* the listener stays ours to close */
		MHD_stop_daemon(ended->daemon);
	}
	close(ended->listener);
	close(ended->epoll_fd);
	arena_destroy(&ended->arena);
	free(ended);
	*http = NULL;
}

/* ------------------------------------------------------------------ the loop */

static int wait_ms(const struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	if (MHD_get_timeout(http->daemon, &ms) != MHD_YES || ms > RPC_TICK_MS)
		return RPC_TICK_MS;
	return (int)ms;
}

/* Wakes the exchanges whose answers have come. Returns how many. */
static int answers_take(struct http *http)
{
	struct rpc_answer answer;
	int count = 0;

	while (backends_take(&http->edge->backends, http->arena, &answer)) {
		exchange_answer((struct exchange *)(uintptr_t)answer.tag, &answer);
		arena_reset(http->arena);
		count++;
	}
	return count;
}

static void turn(struct http *http)
{
	struct epoll_event events[EVENTS_MAX];

	if (epoll_wait(http->epoll_fd, events, EVENTS_MAX, wait_ms(http)) < 0)
		CHECK(errno == EINTR);
	keyring_look(http->edge->keyring);
	do
		MHD_run(http->daemon);
	while (answers_take(http) > 0);
}

static void refuse_all(struct http *http)
{
	const struct rpc_answer answer = { .err = ERR(ERR_UNAVAILABLE, "gateway.stopping", NULL,
						      "the gateway is being stopped; repeat with the same key") };

	while (http->edge->asleep)
		exchange_answer(http->edge->asleep, &answer);
	MHD_run(http->daemon);
}

void http_run(struct http *http, const atomic_bool *stopping, int64_t grace_ms)
{
	CHECK(watch(http, http->edge->backends.epoll_fd));
	while (!atomic_load(stopping))
		turn(http);
	int64_t end_us = clock_monotonic_us() + 1000 * grace_ms;

	MHD_quiesce_daemon(http->daemon);
	while (http->edge->asleep && clock_monotonic_us() < end_us)
		turn(http);
	refuse_all(http);
}
