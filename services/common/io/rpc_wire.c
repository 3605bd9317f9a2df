#include "common/io/rpc_wire.h"

#include <string.h>

#include "common/base/text.h"
#include "common/io/rpc.h"

#define NUMBER_MAX 536870911U /* of a field, by the language's definition */

bool wire_take_varint(struct wire_reader *reader, uint64_t *value)
{
	uint64_t result = 0;

	for (unsigned shift = 0; shift < 70 && reader->at < reader->end; shift += 7) {
		uint8_t byte = *reader->at++;

		if (shift == 63 && byte > 1)
			return false;
		result |= (uint64_t)(byte & 0x7F) << shift;
		if (!(byte & 0x80)) {
			*value = result;
			return true;
		}
	}
	return false;
}

static bool read_fixed(struct wire_reader *reader, size_t bytes, uint64_t *value)
{
	if ((size_t)(reader->end - reader->at) < bytes)
		return false;
	*value = 0;
	for (size_t i = 0; i < bytes; i++)
		*value |= (uint64_t)reader->at[i] << (8 * i);
	reader->at += bytes;
	return true;
}

static bool read_bytes(struct wire_reader *reader, struct wire_field *field)
{
	uint64_t length;

	if (!wire_take_varint(reader, &length) || length > (uint64_t)(reader->end - reader->at))
		return false;
	field->bytes = reader->at;
	field->length = (size_t)length;
	reader->at += length;
	return true;
}

static bool read_value(struct wire_reader *reader, unsigned type, struct wire_field *field)
{
	field->type = (enum wire_type)type;
	switch (type) {
	case WIRE_VARINT:
		return wire_take_varint(reader, &field->value);
	case WIRE_64:
		return read_fixed(reader, 8, &field->value);
	case WIRE_BYTES:
		return read_bytes(reader, field);
	case WIRE_32:
		return read_fixed(reader, 4, &field->value);
	default:
		return false;
	}
}

bool wire_next(struct wire_reader *reader, struct wire_field *field, bool *broken)
{
	uint64_t tag;

	*broken = false;
	if (reader->at == reader->end)
		return false;
	*field = (struct wire_field){ 0 };
	*broken = !wire_take_varint(reader, &tag) || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX;
	if (*broken)
		return false;
	field->number = (uint32_t)(tag >> 3);
	*broken = !read_value(reader, (unsigned)(tag & 7), field);
	return !*broken;
}

/* ------------------------------------------------------------------ writing */

size_t wire_varint_size(uint64_t value)
{
	size_t size = 1;

	while (value >= 0x80) {
		value >>= 7;
		size++;
	}
	return size;
}

size_t wire_number_size(uint32_t number, uint64_t value)
{
	return value == 0 ? 0 : wire_varint_size((uint64_t)number << 3) + wire_varint_size(value);
}

size_t wire_bytes_size(uint32_t number, size_t length)
{
	return length == 0 ? 0 : wire_varint_size((uint64_t)number << 3) + wire_varint_size(length) + length;
}

uint8_t *wire_put_varint(uint8_t *to, uint64_t value)
{
	while (value >= 0x80) {
		*to++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*to++ = (uint8_t)value;
	return to;
}

uint8_t *wire_put_number(uint8_t *to, uint32_t number, uint64_t value)
{
	if (value == 0)
		return to;
	return wire_put_varint(wire_put_varint(to, (uint64_t)number << 3 | WIRE_VARINT), value);
}

uint8_t *wire_put_bytes(uint8_t *to, uint32_t number, const void *bytes, size_t length)
{
	if (length == 0)
		return to;
	to = wire_put_varint(wire_put_varint(to, (uint64_t)number << 3 | WIRE_BYTES), length);
	memcpy(to, bytes, length);
	return to + length;
}

/* ------------------------------------------------------------------ the check before unpack */

/* An unpacked element takes up to this many times its bytes: the number of elements is what is bounded. */
struct wire_check {
	size_t fields;
};

static struct err malformed(const char *message)
{
	return ERR(ERR_INVALID, "rpc.malformed", NULL, message);
}

static size_t packed_elements(const ProtobufCFieldDescriptor *descriptor, const struct wire_field *field)
{
	size_t elements = 0;

	switch (descriptor->type) {
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return field->length / 4;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return field->length / 8;
	default:
		for (size_t i = 0; i < field->length; i++)
			elements += field->bytes[i] < 0x80;
		return elements;
	}
}

static struct err check_message(struct wire_check *check, const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
				size_t length, int depth);

static struct err check_bytes(struct wire_check *check, const ProtobufCFieldDescriptor *descriptor,
			      const struct wire_field *field, int depth)
{
	if (descriptor->type == PROTOBUF_C_TYPE_MESSAGE)
		return check_message(check, descriptor->descriptor, field->bytes, field->length, depth + 1);
	if (descriptor->type == PROTOBUF_C_TYPE_BYTES)
		return OK;
	if (descriptor->type == PROTOBUF_C_TYPE_STRING) {
		if (memchr(field->bytes, 0, field->length) ||
		    !text_utf8_valid((const char *)field->bytes, field->length))
			return ERR(ERR_INVALID, "rpc.malformed", descriptor->name,
				   "a text is not valid UTF-8 or holds a zero byte");
		return OK;
	}
	check->fields += packed_elements(descriptor, field);
	return OK;
}

static struct err check_message(struct wire_check *check, const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
				size_t length, int depth)
{
	struct wire_reader reader = { .at = bytes, .end = length ? bytes + length : bytes };
	struct wire_field field;
	bool broken;

	if (depth >= RPC_DEPTH_MAX)
		return malformed("the message is nested too deeply");
	while (wire_next(&reader, &field, &broken)) {
		const ProtobufCFieldDescriptor *descriptor =
			field.type == WIRE_BYTES ? protobuf_c_message_descriptor_get_field(type, field.number) : NULL;

		check->fields++;
		if (descriptor)
			TRY(check_bytes(check, descriptor, &field, depth));
		if (check->fields > RPC_FIELDS_MAX)
			return malformed("the message has too many fields");
	}
	return broken ? malformed("the message is not well-formed") : OK;
}

struct err rpc_wire_check(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length)
{
	struct wire_check check = { 0 };

	return check_message(&check, type, bytes, length, 0);
}

/* ------------------------------------------------------------------ protobuf-c on an arena */

static void *allocate(void *arena, size_t bytes)
{
	return arena_alloc(arena, bytes);
}

static void keep(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

ProtobufCAllocator rpc_allocator(struct arena *arena)
{
	return (ProtobufCAllocator){ .alloc = allocate, .free = keep, .allocator_data = arena };
}
