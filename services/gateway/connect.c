#include "gateway/connect.h"

#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/transcode.h"
#include "gateway/transcode/wire.h"

#define ERROR_TYPE "relance.bus.v1.Error"
#define ERROR_BYTES_MAX ((size_t)64 * 1024) /* message and field of an error */
#define TIMEOUT_DIGITS_MAX 10
#define TRACE_PARENT_BYTES 55

/* ------------------------------------------------------------------ what stands in the headers */

static const char *const TYPES[] = { [CONNECT_JSON] = "application/json", [CONNECT_PROTO] = "application/proto" };
static const char *const ENCODINGS[] = { [CONNECT_JSON] = "json", [CONNECT_PROTO] = "proto" };

#define CODEC_COUNT (sizeof TYPES / sizeof TYPES[0])

bool connect_content_type(const char *header, enum connect_codec *codec)
{
	size_t length = header ? strcspn(header, "; \t") : 0;

	for (size_t i = 0; i < CODEC_COUNT; i++)
		if (strlen(TYPES[i]) == length && strncasecmp(TYPES[i], header, length) == 0) {
			*codec = (enum connect_codec)i;
			return true;
		}
	return false;
}

const char *connect_content_type_name(enum connect_codec codec)
{
	return TYPES[codec];
}

bool connect_get_encoding(const char *value, enum connect_codec *codec)
{
	for (size_t i = 0; value && i < CODEC_COUNT; i++)
		if (strcmp(ENCODINGS[i], value) == 0) {
			*codec = (enum connect_codec)i;
			return true;
		}
	return false;
}

const char *connect_path(const char *url)
{
	const char *last = strrchr(url, '/');

	if (!last || last == url)
		return NULL;
	const char *start = last;

	while (start > url && start[-1] != '/')
		start--;
	return start > url && start < last ? start : NULL;
}

struct err connect_version_check(const char *value, const char *expected)
{
	if (!value || strcmp(value, expected) == 0)
		return OK;
	return ERR(ERR_INVALID, "connect.version", "Connect-Protocol-Version", "only version 1 of Connect is spoken");
}

struct err connect_timeout(const char *header, int64_t most_ms, int64_t *timeout_ms)
{
	long long ms = 0;

	if (header && (strlen(header) > TIMEOUT_DIGITS_MAX || header[strspn(header, "0123456789")] != '\0' ||
		       !err_ok(text_to_int64(header, 1, INT64_MAX, &ms))))
		return ERR(ERR_INVALID, "connect.timeout", "Connect-Timeout-Ms", "1 to 10 digits are expected");
	*timeout_ms = ms < most_ms ? ms : most_ms;
	return OK;
}

struct err connect_compression_check(const char *value)
{
	if (text_empty(value) || strcasecmp(value, "identity") == 0)
		return OK;
	return ERR(ERR_UNIMPLEMENTED, "connect.compression", "Content-Encoding",
		   "this compression is not supported; supported encodings: identity");
}

struct err connect_idempotency_key(struct arena *arena, const char *header, const char *user, size_t most,
				   const char **key)
{
	size_t length = header ? strlen(header) : 0;
	const char *at = header;

	while (at && *at > ' ' && *at < 0x7f)
		at++;
	if (header && (length == 0 || *at != '\0' || strlen(user) + 1 + length > most))
		return ERR(ERR_INVALID, "connect.idempotency_key", "Idempotency-Key",
			   "the key is empty, too long, or has other than visible ASCII characters");
	*key = header ? arena_format(arena, "%s:%s", user, header) : NULL;
	return OK;
}

static bool hex_run(const char *text, size_t length, bool zeros_too)
{
	return strspn(text, "0123456789abcdef") >= length && (zeros_too || strspn(text, "0") < length);
}

bool connect_trace_parent_valid(const char *header)
{
	return header && strlen(header) == TRACE_PARENT_BYTES && memcmp(header, "00-", 3) == 0 && header[35] == '-' &&
	       header[52] == '-' && hex_run(header + 3, 32, false) && hex_run(header + 36, 16, false) &&
	       hex_run(header + 53, 2, true);
}

/* ------------------------------------------------------------------ errors */

unsigned connect_http_status(enum err_code code)
{
	static const unsigned STATUS[ERR_CODE_COUNT] = {
		[ERR_OK] = 200,
		[ERR_CANCELED] = 499,
		[ERR_UNKNOWN] = 500,
		[ERR_INVALID] = 400,
		[ERR_DEADLINE] = 504,
		[ERR_NOT_FOUND] = 404,
		[ERR_EXISTS] = 409,
		[ERR_DENIED] = 403,
		[ERR_EXHAUSTED] = 429,
		[ERR_CONFLICT] = 400,
		[ERR_ABORTED] = 409,
		[ERR_RANGE] = 400,
		[ERR_UNIMPLEMENTED] = 501,
		[ERR_INTERNAL] = 500,
		[ERR_UNAVAILABLE] = 503,
		[ERR_DATA_LOSS] = 500,
		[ERR_UNAUTHENTICATED] = 401,
	};

	return (unsigned)code < ERR_CODE_COUNT ? STATUS[code] : STATUS[ERR_UNKNOWN];
}

static void append_text_field(struct buf *wire, uint32_t number, const char *text)
{
	if (text_empty(text))
		return;
	wire_append_tag(wire, number, WIRE_BYTES);
	wire_append_varint(wire, strlen(text));
	buf_append_text(wire, text);
}

/* The message Error of bus.proto. */
static void error_wire(struct err err, struct buf *wire)
{
	wire_append_tag(wire, 1, WIRE_VARINT);
	wire_append_value(wire, SCHEMA_INT32, (uint64_t)err.code);
	append_text_field(wire, 2, err.reason);
	append_text_field(wire, 3, err.message);
	append_text_field(wire, 4, err.field);
}

static void append_detail(struct arena *arena, const struct schema *schema, struct err err, struct buf *to)
{
	const struct schema_message *type = schema_message_find(schema, ERROR_TYPE);
	BUF_SCOPE wire, debug;

	buf_init(&wire, ERROR_BYTES_MAX);
	buf_init(&debug, 2 * ERROR_BYTES_MAX);
	error_wire(err, &wire);
	buf_append_text(to, ",\"details\":[{\"type\":\"" ERROR_TYPE "\",\"value\":\"");
	base64_append(to, wire.data, wire.length, false);
	buf_append_text(to, "\"");
	if (type && err_ok(transcode_to_json(arena, type, wire.data, wire.length, &debug))) {
		buf_append_text(to, ",\"debug\":");
		buf_append(to, debug.data, debug.length);
	}
	buf_append_text(to, "}]");
}

/* The sentence for people names the field at fault, as most clients show nothing else. */
static const char *error_text(struct arena *arena, const char *code, struct err err)
{
	const char *message = text_empty(err.message) ? code : text_to_utf8(arena, err.message, strlen(err.message));

	if (err.code != ERR_INVALID || text_empty(err.field))
		return message;
	return arena_format(arena, "%s: %s", text_to_utf8(arena, err.field, strlen(err.field)), message);
}

void connect_error_json(struct arena *arena, const struct schema *schema, struct err err, struct buf *to)
{
	const char *code = err_code_name(err_ok(err) ? ERR_UNKNOWN : err.code);
	const char *message = error_text(arena, code, err);

	buf_append_format(to, "{\"code\":\"%s\",\"message\":", code);
	transcode_json_text(to, message, strlen(message));
	if (!text_empty(err.reason))
		append_detail(arena, schema, err, to);
	buf_append_char(to, '}');
}
