#include "gateway/backends.h"

#include <string.h>

#include "common/base/text.h"
#include "common/io/log.h"

struct err backends_open(struct backends *backends, const char *keys)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++) {
		struct backend *backend = &backends->each[i];
		const struct rpc_client_options options = {
			.endpoints = backend->endpoints, .service = backend->service, .peer = "gateway", .keys = keys
		};

		if (!text_empty(backend->endpoints) && !backend->client)
			TRY(rpc_client_new(&options, &backend->client));
	}
	return OK;
}

void backends_close(struct backends *backends)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++)
		rpc_client_destroy(&backends->each[i].client);
}

struct err backends_start(struct backends *backends, const char *service, const char *method, const void *body,
			  size_t length, const struct rpc_options *options, uint64_t tag)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++) {
		struct backend *backend = &backends->each[i];

		if (backend->client && strcmp(backend->service, service) == 0)
			return rpc_start(backend->client, method, body, length, options, tag);
	}
	return ERR(ERR_UNAVAILABLE, "gateway.no_backend", NULL, "this gateway has no endpoint of the service");
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
