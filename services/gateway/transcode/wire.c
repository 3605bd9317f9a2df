#include "gateway/transcode/wire.h"

#include <string.h>

#define VARINT_BYTES_MAX 10
#define NUMBER_MAX ((UINT32_C(1) << 29) - 1)

static bool read_varint(struct wire_reader *reader, uint64_t *value)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX && reader->at < reader->end; i++) {
		uint8_t byte = *reader->at++;

		if (i == VARINT_BYTES_MAX - 1 && byte > 1)
			return false; /* more than 64 bits */
		sum |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			*value = sum;
			return true;
		}
	}
	return false;
}

static bool read_fixed(struct wire_reader *reader, size_t bytes, uint64_t *value)
{
	uint64_t sum = 0;

	if ((size_t)(reader->end - reader->at) < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		sum |= (uint64_t)reader->at[i] << (8 * i);
	reader->at += bytes;
	*value = sum;
	return true;
}

static bool read_bytes(struct wire_reader *reader, struct wire_record *record)
{
	uint64_t length;

	if (!read_varint(reader, &length) || length > (size_t)(reader->end - reader->at))
		return false;
	record->bytes = reader->at;
	record->length = (size_t)length;
	reader->at += length;
	return true;
}

bool wire_read_value(struct wire_reader *reader, enum wire_type type, struct wire_record *record)
{
	record->type = type;
	switch (type) {
	case WIRE_VARINT:
		return read_varint(reader, &record->value);
	case WIRE_FIXED64:
		return read_fixed(reader, 8, &record->value);
	case WIRE_FIXED32:
		return read_fixed(reader, 4, &record->value);
	case WIRE_BYTES:
		return read_bytes(reader, record);
	}
	return false;
}

bool wire_read(struct wire_reader *reader, struct wire_record *record)
{
	uint64_t tag;

	if (!read_varint(reader, &tag) || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
		return false;
	*record = (struct wire_record){ .number = (uint32_t)(tag >> 3) };
	return wire_read_value(reader, (enum wire_type)(tag & 7), record);
}

enum wire_type wire_type_of(enum schema_kind kind)
{
	switch (kind) {
	case SCHEMA_DOUBLE:
	case SCHEMA_FIXED64:
	case SCHEMA_SFIXED64:
		return WIRE_FIXED64;
	case SCHEMA_FLOAT:
	case SCHEMA_FIXED32:
	case SCHEMA_SFIXED32:
		return WIRE_FIXED32;
	case SCHEMA_STRING:
	case SCHEMA_BYTES:
	case SCHEMA_MESSAGE:
		return WIRE_BYTES;
	default:
		return WIRE_VARINT;
	}
}

void wire_append_varint(struct buf *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_append_char(to, (char)(value | 0x80));
	buf_append_char(to, (char)value);
}

void wire_append_tag(struct buf *to, uint32_t number, enum wire_type type)
{
	wire_append_varint(to, (uint64_t)number << 3 | type);
}

static void append_fixed(struct buf *to, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		buf_append_char(to, (char)(value >> (8 * i) & 0xff));
}

void wire_append_value(struct buf *to, enum schema_kind kind, uint64_t value)
{
	switch (wire_type_of(kind)) {
	case WIRE_FIXED64:
		append_fixed(to, 8, value);
		break;
	case WIRE_FIXED32:
		append_fixed(to, 4, value);
		break;
	default:
		if (kind == SCHEMA_SINT32 || kind == SCHEMA_SINT64)
			value = wire_zigzag((int64_t)value);
		wire_append_varint(to, value);
	}
}

void wire_prefix_length(struct buf *to, size_t start)
{
	size_t length = to->length - start;

	wire_append_varint(to, length);
	if (to->full)
		return;
	size_t prefix = to->length - start - length;
	char bytes[VARINT_BYTES_MAX];

	memcpy(bytes, to->data + start + length, prefix);
	memmove(to->data + start + prefix, to->data + start, length);
	memcpy(to->data + start, bytes, prefix);
}
