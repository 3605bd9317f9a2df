#include "gateway/backends.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

static bool client_open(struct backends *backends, struct backend *backend)
{
	const struct rpc_client_options options = {
		.endpoints = backend->endpoints, .service = backend->service, .peer = "gateway", .keys = backends->keys
	};
	struct epoll_event event = { .events = EPOLLIN };

	if (backend->client)
		return true;
	if (text_empty(backend->endpoints))
		return false;
	struct err err = rpc_client_new(&options, &backend->client);

	if (!err_ok(err)) {
		log_error("backend not opened", LOG_TEXT("backend", backend->service), LOG_ERR(err));
		return false;
	}
	CHECK(epoll_ctl(backends->epoll_fd, EPOLL_CTL_ADD, rpc_client_fd(backend->client), &event) == 0);
	return true;
}

void backends_open(struct backends *backends, const char *keys)
{
	backends->keys = keys;
	backends->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	CHECK(backends->epoll_fd >= 0);
	for (size_t i = 0; i < BACKEND_COUNT; i++)
		client_open(backends, &backends->each[i]);
}

void backends_close(struct backends *backends)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++)
		rpc_client_destroy(&backends->each[i].client);
	close(backends->epoll_fd);
	backends->epoll_fd = -1;
}

struct err backends_start(struct backends *backends, const char *service, const char *method, const void *body,
			  size_t length, const struct rpc_options *options, uint64_t tag)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++) {
		struct backend *backend = &backends->each[i];

		if (strcmp(backend->service, service) == 0 && client_open(backends, backend))
			return rpc_start(backend->client, method, body, length, options, tag);
	}
	return ERR(ERR_UNAVAILABLE, "gateway.no_backend", NULL, "this gateway does not reach the service");
}

bool backends_take(struct backends *backends, struct arena *arena, struct rpc_answer *answer)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++) {
		struct backend *backend = &backends->each[i];
		struct err err = backend->client ? rpc_poll(backend->client, arena, 0, answer) : OK;

		if (!backend->client)
			continue;
		if (err_ok(err))
			return true;
		if (!text_equal(err.reason, "rpc.nothing"))
			log_error("backend not reached", LOG_TEXT("backend", backend->service), LOG_ERR(err));
	}
	return false;
}
