#ifndef GATEWAY_CONNECT_H
#define GATEWAY_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "gateway/transcode/schema.h"

/* The Connect protocol's unary rules, as pure functions of what stands in the headers.
 * Source: connectrpc.com, "The Connect Protocol", "Unary-Request" and "Unary-Get-Request", errors. */

enum connect_codec { CONNECT_JSON, CONNECT_PROTO };

/* "application/json; charset=utf-8", "application/proto"; false: answer 415. */
bool connect_content_type(const char *header, enum connect_codec *codec);
const char *connect_content_type_name(enum connect_codec codec);
#define CONNECT_ACCEPT_POST "application/json, application/proto"

/* The encoding=… of a GET; false: answer 415. */
bool connect_get_encoding(const char *value, enum connect_codec *codec);

/* Of "/api/relance.x.v1.XService/Do" the last two parts: any prefix may stand before them. NULL where there are not
 * two. */
const char *connect_path(const char *url);

/* Absent is good; another version is ERR_INVALID "connect.version". `expected` is "1", in a GET "v1". */
MUST_USE struct err connect_version_check(const char *value, const char *expected);

/* Absent is 0. ERR_INVALID "connect.timeout": not 1 to 10 digits, or 0. More than `most_ms` is cut to that. */
MUST_USE struct err connect_timeout(const char *header, int64_t most_ms, int64_t *timeout_ms);

/* Only identity is spoken. ERR_UNIMPLEMENTED "connect.compression". */
MUST_USE struct err connect_compression_check(const char *value);

/* 1 to RPC_KEY_BYTES_MAX - prefix visible characters; the key is "<user>:<header>", so that two users never share one.
 * Absent is NULL. ERR_INVALID "connect.idempotency_key". */
MUST_USE struct err connect_idempotency_key(struct arena *arena, const char *header, const char *user, size_t most,
					    const char **key);

/* W3C Trace Context: version 00 and not all zeros. */
bool connect_trace_parent_valid(const char *header);

unsigned connect_http_status(enum err_code code);

/* {"code":…,"message":…,"details":[{"type":"relance.bus.v1.Error","value":…,"debug":{…}}]} */
void connect_error_json(struct arena *arena, const struct schema *schema, struct err err, struct buf *to);

#endif
