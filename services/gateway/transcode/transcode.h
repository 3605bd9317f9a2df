#ifndef GATEWAY_TRANSCODE_TRANSCODE_H
#define GATEWAY_TRANSCODE_TRANSCODE_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "gateway/transcode/schema.h"

/* protobuf wire bytes <-> JSON, by the schema of the message.
 * Source: protobuf.dev "ProtoJSON Format" and "Encoding".
 *
 * JSON out: lowerCamelCase names in the order of field numbers; 64-bit integers as strings, enums as names (numbers
 * where unknown), bytes as padded base64, NaN and infinities as strings; fields without presence are left out at their
 * default. JSON in: also the names of the .proto, integers as numbers or strings, base64 of either alphabet; null is
 * absent. Refused: unknown or repeated names, a second member of a oneof, numbers out of range, text that is not
 * UTF-8 or holds U+0000, more than the limits. The err's field is the path: "lines[3].amountMinor". */

#define TRANSCODE_DEPTH_MAX 16      /* messages in messages; no contract of ours has more than 5 */
#define TRANSCODE_FIELDS_MAX 200000 /* values in one message, as in the rpc layer (RPC_FIELDS_MAX) */
#define TRANSCODE_JSON_BYTES_MAX ((size_t)16 * 1024 * 1024) /* 2 MiB of wire bytes rarely make more than 12 */

/* ERR_INVALID "wire.malformed", "wire.utf8"; ERR_EXHAUSTED "wire.depth", "wire.fields", "json.too_large". Appends to
 * `json`; what it holds after an error is of no use. */
MUST_USE struct err transcode_to_json(struct arena *arena, const struct schema_message *type, const void *wire,
				      size_t length, struct buf *json);

/* ERR_INVALID "json.malformed" (field: "line 3, column 7"), "json.unknown_field", "json.duplicate", "json.type",
 * "json.range", "json.enum", "json.base64", "json.oneof"; ERR_EXHAUSTED "json.depth", "json.fields", "wire.too_large".
 * No bytes at all are the empty message. */
MUST_USE struct err transcode_to_wire(struct arena *arena, const struct schema_message *type, const char *json,
				      size_t length, struct buf *wire);

/* A JSON string with its quotes. `text` is UTF-8. */
void transcode_json_text(struct buf *to, const char *text, size_t length);

#endif
