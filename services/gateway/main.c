/* relance-gateway - the HTTP edge of Relance
 *
 * Speaks the Connect protocol (connectrpc.com), unary, JSON and binary, for every rpc of every service:
 *
 *     curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{}' \
 *          http://localhost:8080/relance.invoicing.v1.InvoicingService/Aging
 *
 * Rpcs without side effects also answer to GET. The contracts are embedded as a descriptor set: a new rpc needs no
 * change here. The package chooses the backend (relance.payments.v1 -> RELANCE_PAYMENTS).
 *
 * Whoever asks shows an API key; its scopes say which services it may read or write. `relancectl apikey new` makes
 * keys, RELANCE_API_KEYS is their file, and a change of it counts within a second. `Idempotency-Key` makes a repeat
 * safe, `Connect-Timeout-Ms` is the caller's patience, `traceparent` is passed on. Refusals are Connect's errors with
 * relance.bus.v1.Error (reason, field) as their detail. /livez answers without a key.
 *
 * POST /webhooks/PROVIDER/CREDITOR takes events of Stripe and GoCardless (webhook.c): without a key, by their
 * signature.
 *
 * Keeps nothing: any number of copies may run behind a balancer, which also does TLS.
 *
 * The way of a request: head.c (who asks what, how) -> transcode/ (JSON to wire) -> backends.c (the bus) -> exchange.c
 * (the answer); http.c is the loop. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/io/service.h"
#include "gateway/http.h"
#include "gateway/transcode/protoset.h"

static const char *listen_address, *api_keys;
static struct edge edge = { .backends.each = { { .service = "invoicing" },
					       { .service = "payments" },
					       { .service = "credit" },
					       { .service = "notification" },
					       { .service = "feed" } } };

static const struct setting SETTINGS[] = {
	{ .name = "RELANCE_LISTEN",
	  .kind = SETTING_ADDRESS,
	  .fallback = "127.0.0.1:8080",
	  .help = "host:port of the HTTP server.",
	  .to.text = &listen_address },
	{ .name = "RELANCE_API_KEYS",
	  .kind = SETTING_TEXT,
	  .help = "The file of the API keys' hashes; a change counts within a second.",
	  .to.text = &api_keys },
	{ .name = "RELANCE_INVOICING",
	  .kind = SETTING_ENDPOINTS,
	  .fallback = "",
	  .help = "Where invoicing answers; without it its rpcs are unavailable.",
	  .to.text = &edge.backends.each[0].endpoints },
	{ .name = "RELANCE_PAYMENTS",
	  .kind = SETTING_ENDPOINTS,
	  .fallback = "",
	  .help = "The same of payments.",
	  .to.text = &edge.backends.each[1].endpoints },
	{ .name = "RELANCE_CREDIT",
	  .kind = SETTING_ENDPOINTS,
	  .fallback = "",
	  .help = "The same of credit.",
	  .to.text = &edge.backends.each[2].endpoints },
	{ .name = "RELANCE_NOTIFICATION",
	  .kind = SETTING_ENDPOINTS,
	  .fallback = "",
	  .help = "The same of notification's planner.",
	  .to.text = &edge.backends.each[3].endpoints },
	{ .name = "RELANCE_FEED_REPLAY",
	  .kind = SETTING_ENDPOINTS,
	  .fallback = "",
	  .help = "The same of feed (replay).",
	  .to.text = &edge.backends.each[4].endpoints },
};

struct process {
	struct arena *arena; /* of the schema */
	struct http *http;
};

static struct err start(void **process)
{
	struct process *made = calloc(1, sizeof *made);

	CHECK(made != NULL);
	*process = made;
	made->arena = arena_new(0);
	TRY(protoset_load(made->arena, &edge.schema));
	edge.keyring = keyring_new(api_keys);
	keyring_look(edge.keyring);
	return http_new(&edge, listen_address, &made->http);
}

static void stop(void **process)
{
	struct process *ended = *process;

	if (!ended)
		return;
	http_destroy(&ended->http);
	keyring_destroy(&edge.keyring);
	arena_destroy(&ended->arena);
	free(ended);
	*process = NULL;
}

/* The clients of the bus belong to the thread that opens them, so they are opened and closed here. */
static struct err serve(struct service_context *context, int64_t *again_ms)
{
	struct process *process = context->process;

	*again_ms = 0;
	backends_open(&edge.backends, service_settings.keys);
	http_run(process->http, context->stopping, service_settings.grace_ms);
	backends_close(&edge.backends);
	return OK;
}

static const struct service_job JOBS[] = { { .name = "http", .run = serve } };

int main(int argc, char **argv)
{
	const struct service service = {
		.name = "gateway",
		.summary = "the HTTP edge: Connect (JSON and binary) for every rpc, API keys",
		.settings = SETTINGS,
		.setting_count = sizeof SETTINGS / sizeof SETTINGS[0],
		.jobs = JOBS,
		.job_count = sizeof JOBS / sizeof JOBS[0],
		.without_database = true,
		.start = start,
		.stop = stop,
	};

	return service_run(&service, argc, argv);
}
