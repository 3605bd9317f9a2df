#include "gateway/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "gateway/transcode/transcode.h"
#include "gateway/webhook.h"

#define ERROR_REPLY_BYTES_MAX ((size_t)256 * 1024)

/* ------------------------------------------------------------------ the account of each request */

#define REQUESTS(code_)                                                                                                \
	METRIC_COUNTER_INIT("relance_gateway_requests_total", "Requests by outcome", "code=\"" code_ "\"")

static struct metric requests[ERR_CODE_COUNT] = {
	[ERR_OK] = REQUESTS("ok"),
	[ERR_CANCELED] = REQUESTS("canceled"),
	[ERR_UNKNOWN] = REQUESTS("unknown"),
	[ERR_INVALID] = REQUESTS("invalid_argument"),
	[ERR_DEADLINE] = REQUESTS("deadline_exceeded"),
	[ERR_NOT_FOUND] = REQUESTS("not_found"),
	[ERR_EXISTS] = REQUESTS("already_exists"),
	[ERR_DENIED] = REQUESTS("permission_denied"),
	[ERR_EXHAUSTED] = REQUESTS("resource_exhausted"),
	[ERR_CONFLICT] = REQUESTS("failed_precondition"),
	[ERR_ABORTED] = REQUESTS("aborted"),
	[ERR_RANGE] = REQUESTS("out_of_range"),
	[ERR_UNIMPLEMENTED] = REQUESTS("unimplemented"),
	[ERR_INTERNAL] = REQUESTS("internal"),
	[ERR_UNAVAILABLE] = REQUESTS("unavailable"),
	[ERR_DATA_LOSS] = REQUESTS("data_loss"),
	[ERR_UNAUTHENTICATED] = REQUESTS("unauthenticated"),
};
static struct metric in_flight =
	METRIC_GAUGE_INIT("relance_gateway_in_flight", "Requests that wait for a service", NULL);
static struct histogram duration =
	HISTOGRAM_INIT("relance_gateway_duration_seconds", "From a request's head to the end of its answer", NULL);

static void account(const struct exchange *exchange)
{
	int64_t took_us = clock_monotonic_us() - exchange->began_us;

	if (!exchange->method)
		return; /* /livez, scanners */
	histogram_observe_us(&duration, took_us);
	metric_add(&requests[exchange->err.code < ERR_CODE_COUNT ? exchange->err.code : ERR_UNKNOWN], 1);
	log_trace(exchange->options.trace_parent);
	log_info("request", LOG_TEXT("method", exchange->method->path), LOG_TEXT("verb", exchange->verb),
		 LOG_INT("status", exchange->status), LOG_TEXT("code", err_code_name(exchange->err.code)),
		 LOG_TEXT("reason", exchange->err.reason), LOG_TEXT("user", exchange->options.user),
		 LOG_INT("ms", took_us / 1000));
	log_trace(NULL);
}

/* ------------------------------------------------------------------ life */

struct exchange *exchange_new(struct edge *edge, struct MHD_Connection *connection, const char *verb)
{
	struct exchange *exchange = calloc(1, sizeof *exchange);

	CHECK(exchange != NULL);
	exchange->edge = edge;
	exchange->connection = connection;
	exchange->arena = arena_new(0);
	exchange->began_us = clock_monotonic_us();
	exchange->verb = arena_copy(exchange->arena, verb);
	buf_init(&exchange->body, GATEWAY_BODY_BYTES_MAX);
	buf_init(&exchange->reply, TRANSCODE_JSON_BYTES_MAX);
	return exchange;
}

static void sleep_begin(struct exchange *exchange)
{
	struct edge *edge = exchange->edge;

	exchange->next = edge->asleep;
	if (edge->asleep)
		edge->asleep->previous = exchange;
	edge->asleep = exchange;
	metric_add(&in_flight, 1);
	MHD_suspend_connection(exchange->connection);
}

static void sleep_end(struct exchange *exchange)
{
	if (exchange->previous)
		exchange->previous->next = exchange->next;
	else
		exchange->edge->asleep = exchange->next;
	if (exchange->next)
		exchange->next->previous = exchange->previous;
	exchange->next = exchange->previous = NULL;
	metric_add(&in_flight, -1);
	MHD_resume_connection(exchange->connection);
}

void exchange_destroy(struct exchange **exchange)
{
	struct exchange *ended = *exchange;

	if (!ended)
		return;
	account(ended);
	buf_release(&ended->body);
	buf_release(&ended->reply);
	arena_destroy(&ended->arena);
	free(ended);
	*exchange = NULL;
}

/* ------------------------------------------------------------------ request */

bool exchange_take(struct exchange *exchange, const char *bytes, size_t length)
{
	if (exchange->status == 0 && !exchange->body.full) {
		buf_append(&exchange->body, bytes, length);
		return true;
	}
	exchange->discarded += length;
	return exchange->discarded <= GATEWAY_DISCARD_BYTES_MAX;
}

static struct err body_start(struct exchange *exchange)
{
	const struct schema_method *method = exchange->method;
	const struct buf *body = &exchange->body;
	BUF_SCOPE wire;

	buf_init(&wire, RPC_BODY_BYTES_MAX);
	if (body->full || (exchange->codec == CONNECT_PROTO && body->length > RPC_BODY_BYTES_MAX))
		return ERR(ERR_EXHAUSTED, "gateway.body_too_large", NULL, "the body is too large; send files in parts");
	if (exchange->webhook.provider != 0) {
		webhook_wire(exchange, &wire);
		if (wire.full)
			return ERR(ERR_EXHAUSTED, "gateway.body_too_large", NULL,
				   "no provider sends so large an event");
		body = &wire;
	} else if (exchange->codec == CONNECT_JSON) {
		TRY(transcode_to_wire(exchange->arena, method->input, buf_text(body), body->length, &wire));
		body = &wire;
	}
	return backends_start(&exchange->edge->backends, method->service, method->path, buf_text(body), body->length,
			      &exchange->options, (uint64_t)(uintptr_t)exchange);
}

void exchange_start(struct exchange *exchange)
{
	struct err err = body_start(exchange);

	exchange->started = true;
	buf_release(&exchange->body);
	if (err_ok(err))
		sleep_begin(exchange);
	else
		exchange_refuse(exchange, err);
}

/* ------------------------------------------------------------------ answer */

void exchange_say(struct exchange *exchange, unsigned status, const char *text)
{
	exchange->status = status;
	exchange->content_type = "text/plain; charset=utf-8";
	buf_append_text(&exchange->reply, text);
	exchange->err.code = status == MHD_HTTP_OK ? ERR_OK : ERR_UNIMPLEMENTED;
}

void exchange_refuse(struct exchange *exchange, struct err err)
{
	buf_clear(&exchange->reply);
	exchange->err = err;
	/* The account is written when the connection has sent it all: keep what may live in another arena. */
	exchange->err.reason = arena_copy(exchange->arena, err.reason);
	exchange->status = connect_http_status(err.code);
	exchange->content_type = connect_content_type_name(CONNECT_JSON);
	connect_error_json(exchange->arena, exchange->edge->schema, err, &exchange->reply);
}

/* What went wrong between us and the service is not the caller's fault, and our endpoints and certificates are not the
 * caller's business: they go to the log. */
static struct err answer_err(const struct exchange *exchange, struct err err)
{
	if (!text_equal(err.reason, "rpc.unreachable") && !text_starts(err.reason ? err.reason : "", "bus."))
		return err;
	log_warn("service not reached", LOG_TEXT("backend", exchange->method->service), LOG_ERR(err));
	return err_format(exchange->arena, ERR_UNAVAILABLE, err.reason, NULL,
			  "%s cannot be reached; a repeat with the same Idempotency-Key is safe",
			  exchange->method->service);
}

static struct err reply_write(struct exchange *exchange, const struct rpc_answer *answer)
{
	TRY(answer_err(exchange, answer->err));
	if (exchange->codec == CONNECT_PROTO) {
		buf_append(&exchange->reply, answer->body, answer->length);
		return OK;
	}
	return transcode_to_json(exchange->arena, exchange->method->output, answer->body, answer->length,
				 &exchange->reply);
}

void exchange_answer(struct exchange *exchange, const struct rpc_answer *answer)
{
	struct err err = reply_write(exchange, answer);

	if (!err_ok(err)) {
		exchange_refuse(exchange, err);
	} else {
		exchange->status = MHD_HTTP_OK;
		exchange->content_type = connect_content_type_name(exchange->codec);
	}
	sleep_end(exchange);
}

static struct MHD_Response *response_new(struct exchange *exchange)
{
	struct buf *reply = &exchange->reply;
	struct MHD_Response *response =
		reply->data ? MHD_create_response_from_buffer(reply->length, reply->data, MHD_RESPMEM_MUST_FREE)
			    : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);

	if (response)
		*reply = (struct buf){ .limit = reply->limit }; /* the response owns it now */
	return response;
}

enum MHD_Result exchange_send(struct exchange *exchange)
{
	struct MHD_Response *response = response_new(exchange);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", exchange->content_type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (exchange->allow)
		MHD_add_response_header(response, "Allow", exchange->allow);
	if (exchange->status == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE)
		MHD_add_response_header(response, "Accept-Post", CONNECT_ACCEPT_POST);
	if (exchange->status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
	enum MHD_Result queued = MHD_queue_response(exchange->connection, exchange->status, response);

	MHD_destroy_response(response);
	return queued;
}
