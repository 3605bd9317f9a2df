#include <string.h>

#include "common/base/text.h"
#include "common/io/random.h"
#include "gateway/exchange.h"
#include "gateway/transcode/base64.h"
#include "gateway/webhook.h"

#define LIVEZ "/livez"

static const char *header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static const char *argument(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ------------------------------------------------------------------ what is asked: 404, 405, 415 */

static bool method_find(struct exchange *exchange, const char *url)
{
	const char *path = connect_path(url);

	exchange->method = path ? schema_method_find(exchange->edge->schema, path) : NULL;
	if (exchange->method && !exchange->method->streaming)
		return true;
	exchange->method = NULL;
	exchange_say(exchange, MHD_HTTP_NOT_FOUND, "there is no such rpc\n");
	return false;
}

static bool verb_check(struct exchange *exchange)
{
	bool get = strcmp(exchange->verb, MHD_HTTP_METHOD_GET) == 0;

	if (strcmp(exchange->verb, MHD_HTTP_METHOD_POST) == 0 || (get && exchange->method->reads))
		return true;
	exchange->allow = exchange->method->reads ? "GET, POST" : "POST";
	exchange_say(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "this rpc is not asked for with this verb\n");
	return false;
}

static bool is_get(const struct exchange *exchange)
{
	return strcmp(exchange->verb, MHD_HTTP_METHOD_GET) == 0;
}

static bool codec_find(struct exchange *exchange)
{
	if (is_get(exchange) ? connect_get_encoding(argument(exchange, "encoding"), &exchange->codec)
			     : connect_content_type(header(exchange, "Content-Type"), &exchange->codec))
		return true;
	exchange_say(exchange, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "spoken here: " CONNECT_ACCEPT_POST "\n");
	return false;
}

/* ------------------------------------------------------------------ who asks */

static struct err user_find(struct exchange *exchange)
{
	const struct schema_method *method = exchange->method;
	const struct apikey *key = NULL;

	TRY(keyring_find(exchange->edge->keyring, header(exchange, "Authorization"), &key));
	exchange->options.user = arena_copy(exchange->arena, key->name);
	if (apikey_allows(key, method->service, method->reads))
		return OK;
	return err_format(exchange->arena, ERR_DENIED, "apikey.scope", NULL, "the API key %s lacks the scope %s:%s",
			  key->name, method->service, method->reads ? "read" : "write");
}

/* ------------------------------------------------------------------ under which conditions */

static const char *trace_parent_new(struct arena *arena)
{
	uint8_t random[24];
	char hex[2 * sizeof random + 1];

	random_bytes(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++) {
		hex[2 * i] = "0123456789abcdef"[random[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[random[i] & 15];
	}
	hex[sizeof hex - 1] = '\0';
	return arena_format(arena, "00-%.32s-%.16s-01", hex, hex + 32);
}

static struct err conditions_read(struct exchange *exchange)
{
	const char *trace = header(exchange, "traceparent");
	bool get = is_get(exchange);

	TRY(connect_version_check(header(exchange, "Connect-Protocol-Version"), "1"));
	TRY(connect_version_check(get ? argument(exchange, "connect") : NULL, "v1"));
	TRY(connect_compression_check(get ? argument(exchange, "compression") : header(exchange, "Content-Encoding")));
	TRY(connect_timeout(header(exchange, "Connect-Timeout-Ms"), GATEWAY_DEADLINE_MS_MAX,
			    &exchange->options.deadline_ms));
	TRY(connect_idempotency_key(exchange->arena, header(exchange, "Idempotency-Key"), exchange->options.user,
				    RPC_KEY_BYTES_MAX, &exchange->options.idempotency_key));
	exchange->options.trace_parent = connect_trace_parent_valid(trace) ? arena_copy(exchange->arena, trace)
									   : trace_parent_new(exchange->arena);
	exchange->options.fail_fast = true;
	return OK;
}

/* The message of a GET stands in the query; it is put where a POST's body goes. */
static struct err query_take(struct exchange *exchange)
{
	static const char NAME[] = "message";
	const char *message = NULL, *base64 = argument(exchange, "base64");
	size_t length = 0;

	if (!is_get(exchange))
		return OK;
	MHD_lookup_connection_value_n(exchange->connection, MHD_GET_ARGUMENT_KIND, NAME, strlen(NAME), &message,
				      &length);
	if (base64 && strcmp(base64, "1") == 0) {
		if (!base64_decode(&exchange->body, message ? message : "", length))
			return ERR(ERR_INVALID, "connect.base64", NAME, "the message is no base64");
	} else {
		buf_append(&exchange->body, message ? message : "", length);
	}
	return OK;
}

static struct err request_read(struct exchange *exchange)
{
	TRY(user_find(exchange));
	TRY(conditions_read(exchange));
	return query_take(exchange);
}

void exchange_judge(struct exchange *exchange, const char *url)
{
	exchange->expects_continue = header(exchange, "Expect") != NULL;
	if (strcmp(url, LIVEZ) == 0) {
		exchange_say(exchange, MHD_HTTP_OK, "ok\n");
		return;
	}
	if (webhook_judge(exchange, url))
		return;
	if (!method_find(exchange, url) || !verb_check(exchange) || !codec_find(exchange))
		return;
	struct err err = request_read(exchange);

	if (!err_ok(err))
		exchange_refuse(exchange, err);
}
