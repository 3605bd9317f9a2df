#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/transcode.h"
#include "gateway/transcode/wire.h"

/* A message's records are gathered first and put in the order of their fields, because a sender may write them in any
 * order, repeat a singular field (the last counts, messages are merged) and split a packed one. */

struct writer {
	struct arena *arena;
	struct buf *json;
	size_t values; /* so far, over all messages */
};

struct part {
	struct wire_record record;
	const struct schema_field *field;
	size_t position; /* in the message */
};

static struct err message_write(struct writer *writer, const struct schema_message *type, const void *bytes,
				size_t length, int depth);

/* ------------------------------------------------------------------ scalars */

void transcode_json_text(struct buf *to, const char *text, size_t length)
{
	static const char SHORT[] = {
		['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\b'] = 'b', ['\f'] = 'f'
	};
	size_t plain = 0; /* start of what needs no escape */

	buf_append_char(to, '"');
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		char mark = byte < sizeof SHORT ? SHORT[byte] : '\0';

		if (mark == '\0' && byte >= ' ')
			continue;
		buf_append(to, text + plain, i - plain);
		plain = i + 1;
		if (mark != '\0')
			buf_append(to, (const char[]){ '\\', mark }, 2);
		else
			buf_append_format(to, "\\u%04x", byte);
	}
	buf_append(to, text + plain, length - plain);
	buf_append_char(to, '"');
}

/* The shortest text that reads back as the same number. */
static void real_write(struct buf *to, double value, bool single)
{
	char text[32];

	if (!isfinite(value)) {
		buf_append_text(to, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
		return;
	}
	for (int digits = single ? FLT_DIG : DBL_DIG; digits <= (single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG);
	     digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		double back = strtod(text, NULL);

		if (single ? (float)back == (float)value : back == value)
			break;
	}
	buf_append_text(to,
			strcmp(text, "-0") == 0 ? "-0.0" : text); /* "-0" is read as a whole number: without its sign */
}

static double single_of(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value;

	memcpy(&value, &low, sizeof value);
	return (double)value;
}

static double double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static void enum_write(struct buf *to, const struct schema_enum *type, int32_t number)
{
	for (size_t i = 0; i < type->value_count; i++)
		if (type->values[i].number == number) {
			transcode_json_text(to, type->values[i].name, strlen(type->values[i].name));
			return;
		}
	buf_append_format(to, "%" PRId32, number);
}

static void number_write(struct buf *to, const struct schema_field *field, uint64_t value)
{
	switch (field->kind) {
	case SCHEMA_DOUBLE:
		real_write(to, double_of(value), false);
		break;
	case SCHEMA_FLOAT:
		real_write(to, single_of(value), true);
		break;
	case SCHEMA_INT64:
	case SCHEMA_SFIXED64:
		buf_append_format(to, "\"%" PRId64 "\"", (int64_t)value);
		break;
	case SCHEMA_SINT64:
		buf_append_format(to, "\"%" PRId64 "\"", wire_unzigzag(value));
		break;
	case SCHEMA_UINT64:
	case SCHEMA_FIXED64:
		buf_append_format(to, "\"%" PRIu64 "\"", value);
		break;
	case SCHEMA_UINT32:
	case SCHEMA_FIXED32:
		buf_append_format(to, "%" PRIu32, (uint32_t)value);
		break;
	case SCHEMA_SINT32:
		buf_append_format(to, "%" PRId32, (int32_t)wire_unzigzag((uint32_t)value));
		break;
	case SCHEMA_BOOL:
		buf_append_text(to, value ? "true" : "false");
		break;
	case SCHEMA_ENUM:
		enum_write(to, field->enumeration, (int32_t)(uint32_t)value);
		break;
	default:
		buf_append_format(to, "%" PRId32, (int32_t)(uint32_t)value);
	}
}

static struct err value_write(struct writer *writer, const struct schema_field *field, const struct wire_record *record,
			      int depth)
{
	const char *bytes = (const char *)record->bytes;

	if (++writer->values > TRANSCODE_FIELDS_MAX)
		return ERR(ERR_EXHAUSTED, "wire.fields", field->name, "the message has too many values");
	if (field->kind == SCHEMA_MESSAGE)
		return message_write(writer, field->message, bytes, record->length, depth + 1);
	if (field->kind == SCHEMA_BYTES) {
		buf_append_char(writer->json, '"');
		base64_append(writer->json, bytes, record->length, true);
		buf_append_char(writer->json, '"');
	} else if (field->kind == SCHEMA_STRING) {
		if (!text_utf8_valid(bytes, record->length))
			return ERR(ERR_INVALID, "wire.utf8", field->name, "a text is not UTF-8");
		transcode_json_text(writer->json, bytes, record->length);
	} else {
		number_write(writer->json, field, record->value);
	}
	return OK;
}

/* ------------------------------------------------------------------ repeated fields and maps */

static struct err packed_write(struct writer *writer, const struct schema_field *field,
			       const struct wire_record *packed, bool *first)
{
	struct wire_reader reader = wire_reader_of(packed->bytes, packed->length);
	struct wire_record value = { .number = field->number };

	while (!wire_ended(&reader)) {
		if (!wire_read_value(&reader, wire_type_of(field->kind), &value))
			return ERR(ERR_INVALID, "wire.malformed", field->name, "a packed field is cut off");
		if (!*first)
			buf_append_char(writer->json, ',');
		*first = false;
		TRY(value_write(writer, field, &value, 0));
	}
	return OK;
}

static struct err array_write(struct writer *writer, const struct part *parts, size_t count, int depth)
{
	const struct schema_field *field = parts->field;
	bool first = true;

	buf_append_char(writer->json, '[');
	for (size_t i = 0; i < count; i++) {
		const struct wire_record *record = &parts[i].record;

		if (record->type == WIRE_BYTES && wire_type_of(field->kind) != WIRE_BYTES) {
			TRY(packed_write(writer, field, record, &first));
			continue;
		}
		if (!first)
			buf_append_char(writer->json, ',');
		first = false;
		TRY(value_write(writer, field, record, depth));
	}
	buf_append_char(writer->json, ']');
	return OK;
}

/* JSON wants texts as keys: numbers and bools are put in quotes. */
static struct err key_write(struct writer *writer, const struct schema_field *key, const struct wire_record *record)
{
	if (key->kind == SCHEMA_STRING)
		return value_write(writer, key, record, 0);
	struct buf *json = writer->json;
	size_t start = json->length;

	number_write(json, key, record->value);
	if (json->full || json->data[start] == '"')
		return OK;
	char text[32];

	text_copy(text, sizeof text, json->data + start);
	json->length = start;
	transcode_json_text(json, text, strlen(text));
	return OK;
}

static struct err entry_write(struct writer *writer, const struct schema_field *map, const struct wire_record *entry,
			      int depth)
{
	struct wire_reader reader = wire_reader_of(entry->bytes, entry->length);
	struct wire_record key = { .bytes = entry->bytes }, value = key, record;
	const struct schema_field *fields = map->message->fields;

	while (!wire_ended(&reader)) {
		if (!wire_read(&reader, &record))
			return ERR(ERR_INVALID, "wire.malformed", map->name, "a map entry is cut off");
		if (record.number > 2)
			continue;
		if (record.type != wire_type_of(fields[record.number - 1].kind))
			return ERR(ERR_INVALID, "wire.malformed", map->name, "a map entry is of another type");
		*(record.number == 1 ? &key : &value) = record;
	}
	TRY(key_write(writer, &fields[0], &key));
	buf_append_char(writer->json, ':');
	return value_write(writer, &fields[1], &value, depth);
}

/* A key that is sent twice is written twice: whoever reads the JSON takes the last, as the rule is. */
static struct err map_write(struct writer *writer, const struct part *parts, size_t count, int depth)
{
	buf_append_char(writer->json, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(writer->json, ',');
		TRY(entry_write(writer, parts->field, &parts[i].record, depth + 1));
	}
	buf_append_char(writer->json, '}');
	return OK;
}

/* ------------------------------------------------------------------ messages */

static int part_compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->record.number != y->record.number)
		return x->record.number < y->record.number ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

static bool type_fits(const struct schema_field *field, enum wire_type type)
{
	enum wire_type wanted = wire_type_of(field->kind);

	return type == wanted || (field->repeated && wanted != WIRE_BYTES && type == WIRE_BYTES);
}

static struct err parts_read(struct writer *writer, const struct schema_message *type, const void *bytes, size_t length,
			     struct part **parts, size_t *count)
{
	struct wire_reader reader = wire_reader_of(bytes, length);
	struct wire_record record;
	bool sorted = true;

	while (!wire_ended(&reader)) {
		if (!wire_read(&reader, &record))
			return ERR(ERR_INVALID, "wire.malformed", type->name, "the message is cut off or broken");
		const struct schema_field *field = schema_field_find(type, record.number);

		if (!field)
			continue; /* of a newer version of the contract */
		if (!type_fits(field, record.type))
			return ERR(ERR_INVALID, "wire.malformed", field->name, "a field is of another type");
		if (*count >= TRANSCODE_FIELDS_MAX)
			return ERR(ERR_EXHAUSTED, "wire.fields", type->name, "the message has too many values");
		sorted = sorted && (*count == 0 || (*parts)[*count - 1].record.number <= record.number);
		size_t position = *count;
		struct part *part = ARENA_PUSH(writer->arena, *parts, *count);

		*part = (struct part){ .record = record, .field = field, .position = position };
	}
	if (!sorted)
		qsort(*parts, *count, sizeof **parts, part_compare);
	return OK;
}

/* Of the members of a oneof the one sent last counts. */
static size_t *oneof_winners(struct writer *writer, const struct schema_message *type, const struct part *parts,
			     size_t count)
{
	size_t *winners = arena_array(writer->arena, type->oneof_count, sizeof *winners);

	for (size_t i = 0; i < count; i++)
		if (parts[i].field->oneof >= 0 && parts[i].position >= winners[parts[i].field->oneof])
			winners[parts[i].field->oneof] = parts[i].position;
	return winners;
}

static bool is_default(const struct schema_field *field, const struct wire_record *record)
{
	return !field->presence && (wire_type_of(field->kind) == WIRE_BYTES ? record->length == 0 : record->value == 0);
}

/* What is to be written of a singular field: the last record, or all of a message's records one after the other. */
static struct wire_record singular(struct writer *writer, const struct part *parts, size_t count)
{
	struct wire_record last = parts[count - 1].record;

	if (parts->field->kind != SCHEMA_MESSAGE || count == 1)
		return last;
	last.length = 0;
	for (size_t i = 0; i < count; i++)
		last.length += parts[i].record.length;
	uint8_t *joined = arena_alloc(writer->arena, last.length), *to = joined;

	for (size_t i = 0; i < count; i++) {
		memcpy(to, parts[i].record.bytes, parts[i].record.length);
		to += parts[i].record.length;
	}
	last.bytes = joined;
	return last;
}

/* A packed field without elements. */
static bool is_empty_list(const struct part *parts, size_t count)
{
	if (wire_type_of(parts->field->kind) == WIRE_BYTES)
		return false;
	for (size_t i = 0; i < count; i++)
		if (parts[i].record.type != WIRE_BYTES || parts[i].record.length > 0)
			return false;
	return true;
}

static struct err field_write(struct writer *writer, const struct part *parts, size_t count, bool *first, int depth)
{
	const struct schema_field *field = parts->field;
	struct wire_record single = { 0 };

	if (!field->repeated) {
		single = singular(writer, parts, count);
		if (is_default(field, &single))
			return OK;
	} else if (is_empty_list(parts, count)) {
		return OK;
	}
	if (!*first)
		buf_append_char(writer->json, ',');
	*first = false;
	transcode_json_text(writer->json, field->json_name, strlen(field->json_name));
	buf_append_char(writer->json, ':');
	if (field->map)
		return map_write(writer, parts, count, depth);
	return field->repeated ? array_write(writer, parts, count, depth) : value_write(writer, field, &single, depth);
}

static struct err message_write(struct writer *writer, const struct schema_message *type, const void *bytes,
				size_t length, int depth)
{
	struct part *parts = NULL;
	size_t count = 0, run;
	bool first = true;

	if (depth > TRANSCODE_DEPTH_MAX)
		return ERR(ERR_EXHAUSTED, "wire.depth", type->name, "the message is nested too deep");
	TRY(parts_read(writer, type, bytes, length, &parts, &count));
	const size_t *winners = oneof_winners(writer, type, parts, count);

	buf_append_char(writer->json, '{');
	for (size_t i = 0; i < count; i += run) {
		const struct schema_field *field = parts[i].field;

		for (run = 1; i + run < count && parts[i + run].field == field;)
			run++;
		if (field->oneof >= 0 && parts[i + run - 1].position != winners[field->oneof])
			continue;
		TRY(field_write(writer, parts + i, run, &first, depth));
	}
	buf_append_char(writer->json, '}');
	return OK;
}

struct err transcode_to_json(struct arena *arena, const struct schema_message *type, const void *wire, size_t length,
			     struct buf *json)
{
	struct writer writer = { .arena = arena, .json = json };

	TRY(message_write(&writer, type, wire, length, 0));
	return json->full ? ERR(ERR_EXHAUSTED, "json.too_large", NULL, "the answer is too large as JSON; ask for less")
			  : OK;
}
