#ifndef GATEWAY_TRANSCODE_WIRE_H
#define GATEWAY_TRANSCODE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "gateway/transcode/schema.h"

/* The protobuf encoding, record by record. Source: protobuf.dev "Encoding". */

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire_record {
	uint32_t number;
	enum wire_type type;
	uint64_t value;       /* varint, fixed64, fixed32 */
	const uint8_t *bytes; /* WIRE_BYTES */
	size_t length;
};

struct wire_reader {
	const uint8_t *at, *end;
};

static inline struct wire_reader wire_reader_of(const void *bytes, size_t length)
{
	return (struct wire_reader){ .at = bytes, .end = length > 0 ? (const uint8_t *)bytes + length : bytes };
}

/* False at malformed bytes; ask wire_ended first. Groups are malformed here. */
bool wire_read(struct wire_reader *reader, struct wire_record *record);
/* A value without its tag: an element of a packed field. */
bool wire_read_value(struct wire_reader *reader, enum wire_type type, struct wire_record *record);

static inline bool wire_ended(const struct wire_reader *reader)
{
	return reader->at == reader->end;
}

enum wire_type wire_type_of(enum schema_kind kind);

void wire_append_varint(struct buf *to, uint64_t value);
void wire_append_tag(struct buf *to, uint32_t number, enum wire_type type);
/* The value in the kind's encoding; not for strings, bytes and messages. `value` holds the two's complement or the bits
 * of the floating number; zigzag is done here. */
void wire_append_value(struct buf *to, enum schema_kind kind, uint64_t value);

/* Puts the length of what was appended since `start` in front of it. */
void wire_prefix_length(struct buf *to, size_t start);

static inline uint64_t wire_zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t wire_unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

#endif
