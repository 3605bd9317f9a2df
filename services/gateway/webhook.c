#include "gateway/webhook.h"

#include <string.h>

#include "common/base/text.h"
#include "gateway/transcode/wire.h"

#define PREFIX "/webhooks/"
#define METHOD "relance.payments.v1.PspService/ReceivePspEvent"
#define WEBHOOK_DEADLINE_MS 10000 /* Stripe waits 10 to 20 s */

/* Numbers of relance.payments.v1.PspProvider. */
static const struct {
	const char *name, *header;
	uint64_t number;
} PROVIDERS[] = {
	{ "stripe", "Stripe-Signature", 1 },
	{ "gocardless", "Webhook-Signature", 2 },
};

static bool creditor_code(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 16 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static bool provider_find(struct exchange *exchange, const char *path)
{
	for (size_t i = 0; i < sizeof PROVIDERS / sizeof PROVIDERS[0]; i++) {
		size_t length = strlen(PROVIDERS[i].name);

		if (strncmp(path, PROVIDERS[i].name, length) != 0 || path[length] != '/' ||
		    !creditor_code(path + length + 1))
			continue;
		const char *signature =
			MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, PROVIDERS[i].header);

		exchange->webhook =
			(struct webhook){ .provider = PROVIDERS[i].number,
					  .creditor = arena_copy(exchange->arena, path + length + 1),
					  .signature = arena_copy(exchange->arena, signature ? signature : "") };
		return true;
	}
	return false;
}

bool webhook_judge(struct exchange *exchange, const char *url)
{
	if (!text_starts(url, PREFIX))
		return false;
	if (!provider_find(exchange, url + strlen(PREFIX))) {
		exchange_say(exchange, MHD_HTTP_NOT_FOUND, "there is no such webhook\n");
	} else if (strcmp(exchange->verb, MHD_HTTP_METHOD_POST) != 0) {
		exchange->allow = "POST";
		exchange_say(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "webhooks are posted\n");
	} else {
		exchange->method = schema_method_find(exchange->edge->schema, METHOD);
		exchange->codec = CONNECT_JSON;
		exchange->options.deadline_ms = WEBHOOK_DEADLINE_MS;
		exchange->options.fail_fast = true;
		exchange->options.user = "webhook";
	}
	return true;
}

static void append_bytes(struct buf *wire, uint32_t number, const void *bytes, size_t length)
{
	wire_append_tag(wire, number, WIRE_BYTES);
	wire_append_varint(wire, length);
	buf_append(wire, bytes, length);
}

void webhook_wire(const struct exchange *exchange, struct buf *wire)
{
	const struct webhook *webhook = &exchange->webhook;

	append_bytes(wire, 1, webhook->creditor, strlen(webhook->creditor));
	wire_append_tag(wire, 2, WIRE_VARINT);
	wire_append_varint(wire, webhook->provider);
	append_bytes(wire, 3, buf_text(&exchange->body), exchange->body.length);
	append_bytes(wire, 4, webhook->signature, strlen(webhook->signature));
}
