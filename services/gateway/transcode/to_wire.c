#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/transcode.h"
#include "gateway/transcode/wire.h"

#define PATH_BYTES_MAX 512
#define REAL_EXACT_MAX 9007199254740992.0 /* 2^53: above it a double has no unit digit */

struct reader {
	struct arena *arena;
	struct buf *wire;
	size_t values; /* so far, over all messages */
};

/* Where we are, for the error: a chain from the leaf up to the message that was sent. */
struct path {
	const struct path *up;
	const char *name; /* a field or map key; NULL: an element of an array */
	size_t index;
};

static struct err message_read(struct reader *reader, const struct schema_message *type, const json_t *json,
			       const struct path *path, int depth);

/* ------------------------------------------------------------------ errors with the path */

static void path_append(struct buf *to, const struct path *path)
{
	if (!path)
		return;
	path_append(to, path->up);
	if (path->name)
		buf_append_format(to, "%s%s", to->length > 0 ? "." : "", path->name);
	else
		buf_append_format(to, "[%zu]", path->index);
}

static struct err refuse(struct reader *reader, const struct path *path, enum err_code code, const char *reason,
			 const char *message)
{
	BUF_SCOPE text;

	buf_init(&text, PATH_BYTES_MAX);
	path_append(&text, path);
	/* A path that does not fit ends at a byte of our choosing: keep it UTF-8. */
	return ERR(code, reason, text_to_utf8(reader->arena, buf_text(&text), text.length), message);
}

static struct err refuse_type(struct reader *reader, const struct path *path, const char *wanted)
{
	return refuse(
		reader, path, ERR_INVALID, "json.type",
		arena_format(reader->arena, "%s %s is expected here", strchr("aeiou", wanted[0]) ? "an" : "a", wanted));
}

static struct err refuse_range(struct reader *reader, const struct path *path)
{
	return refuse(reader, path, ERR_INVALID, "json.range", "the number is out of range");
}

/* ------------------------------------------------------------------ integers: a number or a text */

struct integer {
	bool negative;
	uint64_t magnitude;
};

struct range {
	int64_t least;
	uint64_t most;
	bool listed;
};

static const struct range RANGES[] = {
	[SCHEMA_INT32] = { INT32_MIN, INT32_MAX, true },    [SCHEMA_SINT32] = { INT32_MIN, INT32_MAX, true },
	[SCHEMA_SFIXED32] = { INT32_MIN, INT32_MAX, true }, [SCHEMA_UINT32] = { 0, UINT32_MAX, true },
	[SCHEMA_FIXED32] = { 0, UINT32_MAX, true },         [SCHEMA_INT64] = { INT64_MIN, INT64_MAX, true },
	[SCHEMA_SINT64] = { INT64_MIN, INT64_MAX, true },   [SCHEMA_SFIXED64] = { INT64_MIN, INT64_MAX, true },
	[SCHEMA_UINT64] = { 0, UINT64_MAX, true },          [SCHEMA_FIXED64] = { 0, UINT64_MAX, true },
};

static bool integer_of_text(const char *text, struct integer *integer)
{
	const char *digits = text + (text[0] == '-');

	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	*integer = (struct integer){ .negative = digits != text, .magnitude = strtoull(digits, NULL, 10) };
	return errno == 0;
}

/* 1.0 and 1e3 are whole numbers too. */
static bool integer_of_real(double value, struct integer *integer)
{
	if (value != trunc(value) || fabs(value) > REAL_EXACT_MAX)
		return false;
	*integer = (struct integer){ .negative = value < 0, .magnitude = (uint64_t)fabs(value) };
	return true;
}

static struct integer integer_of_number(int64_t value)
{
	return (struct integer){ .negative = value < 0, .magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value };
}

static bool in_range(struct integer integer, const struct range *range)
{
	if (!integer.negative)
		return integer.magnitude <= range->most;
	return integer.magnitude <= -(uint64_t)range->least;
}

static struct err integer_store(struct reader *reader, enum schema_kind kind, struct integer integer,
				const struct path *path, uint64_t *bits)
{
	if (!in_range(integer, &RANGES[kind]))
		return refuse_range(reader, path);
	*bits = integer.negative ? -integer.magnitude : integer.magnitude;
	return OK;
}

static struct err integer_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			       const struct path *path, uint64_t *bits)
{
	struct integer integer;

	if (json_is_integer(json))
		integer = integer_of_number(json_integer_value(json));
	else if (json_is_real(json) ? !integer_of_real(json_real_value(json), &integer)
				    : !json_is_string(json) || !integer_of_text(json_string_value(json), &integer))
		return json_is_number(json) ? refuse_range(reader, path) : refuse_type(reader, path, "whole number");
	return integer_store(reader, field->kind, integer, path, bits);
}

/* ------------------------------------------------------------------ other scalars */

static bool real_of_text(const char *text, double *value)
{
	char *end;

	if (strcmp(text, "NaN") == 0)
		*value = (double)NAN;
	else if (strcmp(text, "Infinity") == 0 || strcmp(text, "-Infinity") == 0)
		*value = text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
	else if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
		return false;
	else
		return *value = strtod(text, &end), *end == '\0' && isfinite(*value);
	return true;
}

static struct err real_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			    const struct path *path, uint64_t *bits)
{
	double value = json_number_value(json);

	if (!json_is_number(json) && !(json_is_string(json) && real_of_text(json_string_value(json), &value)))
		return refuse_type(reader, path, "number");
	*bits = 0;
	if (field->kind == SCHEMA_DOUBLE) {
		memcpy(bits, &value, sizeof value);
		return OK;
	}
	float single = (float)value;
	uint32_t low;

	if (isfinite(value) && !isfinite(single))
		return refuse_range(reader, path);
	memcpy(&low, &single, sizeof low);
	*bits = low;
	return OK;
}

static struct err enum_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			    const struct path *path, uint64_t *bits)
{
	const struct schema_enum *type = field->enumeration;

	if (json_is_integer(json))
		return integer_store(reader, SCHEMA_INT32, integer_of_number(json_integer_value(json)), path, bits);
	if (!json_is_string(json))
		return refuse_type(reader, path, "name of a value");
	for (size_t i = 0; i < type->value_count; i++)
		if (strcmp(type->values[i].name, json_string_value(json)) == 0) {
			*bits = (uint64_t)(int64_t)type->values[i].number;
			return OK;
		}
	return refuse(reader, path, ERR_INVALID, "json.enum",
		      arena_format(reader->arena, "%s has no such value", type->name));
}

static struct err number_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			      const struct path *path, uint64_t *bits)
{
	switch (field->kind) {
	case SCHEMA_DOUBLE:
	case SCHEMA_FLOAT:
		return real_read(reader, field, json, path, bits);
	case SCHEMA_ENUM:
		return enum_read(reader, field, json, path, bits);
	case SCHEMA_BOOL:
		if (!json_is_boolean(json))
			return refuse_type(reader, path, "true or false");
		*bits = json_is_true(json);
		return OK;
	default:
		return integer_read(reader, field, json, path, bits);
	}
}

/* Strings, bytes and messages: the bytes with their length in front. */
static struct err bytes_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			     const struct path *path, int depth)
{
	struct buf *wire = reader->wire;
	size_t start = wire->length;

	if (field->kind == SCHEMA_MESSAGE) {
		TRY(message_read(reader, field->message, json, path, depth + 1));
	} else if (!json_is_string(json)) {
		return refuse_type(reader, path, field->kind == SCHEMA_BYTES ? "base64 text" : "text");
	} else if (field->kind == SCHEMA_STRING) {
		buf_append(wire, json_string_value(json), json_string_length(json));
	} else if (!base64_decode(wire, json_string_value(json), json_string_length(json))) {
		return refuse(reader, path, ERR_INVALID, "json.base64", "the text is no base64");
	}
	wire_prefix_length(wire, start);
	return OK;
}

static struct err count_value(struct reader *reader, const struct path *path)
{
	if (++reader->values <= TRANSCODE_FIELDS_MAX)
		return OK;
	return refuse(reader, path, ERR_EXHAUSTED, "json.fields", "the message has too many values");
}

/* One value with its tag. */
static struct err value_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			     const struct path *path, int depth)
{
	TRY(count_value(reader, path));
	if (wire_type_of(field->kind) == WIRE_BYTES) {
		wire_append_tag(reader->wire, field->number, WIRE_BYTES);
		return bytes_read(reader, field, json, path, depth);
	}
	uint64_t bits = 0;

	TRY(number_read(reader, field, json, path, &bits));
	if (bits == 0 && !field->presence)
		return OK;
	wire_append_tag(reader->wire, field->number, wire_type_of(field->kind));
	wire_append_value(reader->wire, field->kind, bits);
	return OK;
}

/* ------------------------------------------------------------------ repeated fields and maps */

static struct err packed_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			      const struct path *path)
{
	wire_append_tag(reader->wire, field->number, WIRE_BYTES);
	size_t start = reader->wire->length;

	for (size_t i = 0; i < json_array_size(json); i++) {
		const struct path element = { .up = path, .index = i };
		uint64_t bits = 0;

		TRY(count_value(reader, &element));
		TRY(number_read(reader, field, json_array_get(json, i), &element, &bits));
		wire_append_value(reader->wire, field->kind, bits);
	}
	wire_prefix_length(reader->wire, start);
	return OK;
}

static struct err array_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			     const struct path *path, int depth)
{
	if (!json_is_array(json))
		return refuse_type(reader, path, "list");
	if (json_array_size(json) == 0)
		return OK;
	if (wire_type_of(field->kind) != WIRE_BYTES)
		return packed_read(reader, field, json, path);
	for (size_t i = 0; i < json_array_size(json); i++) {
		const struct path element = { .up = path, .index = i };

		TRY(value_read(reader, field, json_array_get(json, i), &element, depth));
	}
	return OK;
}

/* A key is always a text in JSON. */
static struct err key_read(struct reader *reader, const struct schema_field *field, const char *key,
			   const struct path *path)
{
	uint64_t bits = 0;
	struct integer integer;

	if (field->kind == SCHEMA_STRING) {
		wire_append_tag(reader->wire, field->number, WIRE_BYTES);
		wire_append_varint(reader->wire, strlen(key));
		buf_append_text(reader->wire, key);
		return OK;
	}
	if (field->kind == SCHEMA_BOOL) {
		if (strcmp(key, "true") != 0 && strcmp(key, "false") != 0)
			return refuse_type(reader, path, "key true or false");
		bits = key[0] == 't';
	} else {
		if (!integer_of_text(key, &integer))
			return refuse_type(reader, path, "whole number as key");
		TRY(integer_store(reader, field->kind, integer, path, &bits));
	}
	wire_append_tag(reader->wire, field->number, wire_type_of(field->kind));
	wire_append_value(reader->wire, field->kind, bits);
	return OK;
}

static struct err map_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			   const struct path *path, int depth)
{
	const struct schema_field *entry = field->message->fields;
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return refuse_type(reader, path, "object");
	json_object_foreach((json_t *)json, key, value)
	{
		const struct path element = { .up = path, .name = key };

		wire_append_tag(reader->wire, field->number, WIRE_BYTES);
		size_t start = reader->wire->length;

		TRY(key_read(reader, &entry[0], key, &element));
		TRY(value_read(reader, &entry[1], value, &element, depth + 1));
		wire_prefix_length(reader->wire, start);
	}
	return OK;
}

/* ------------------------------------------------------------------ messages */

struct seen {
	bool *fields, *oneofs;
};

/* A field may come under either of its names, but once; of a oneof one member. */
static struct err seen_mark(struct reader *reader, const struct schema_message *type, const struct schema_field *field,
			    const struct path *path, struct seen *seen)
{
	size_t index = (size_t)(field - type->fields);

	if (seen->fields[index])
		return refuse(reader, path, ERR_INVALID, "json.duplicate", "the field is given twice");
	if (field->oneof >= 0 && seen->oneofs[field->oneof])
		return refuse(reader, path, ERR_INVALID, "json.oneof", "another field of the same choice is given");
	seen->fields[index] = true;
	if (field->oneof >= 0)
		seen->oneofs[field->oneof] = true;
	return OK;
}

static struct err field_read(struct reader *reader, const struct schema_field *field, const json_t *json,
			     const struct path *path, int depth)
{
	if (field->map)
		return map_read(reader, field, json, path, depth);
	if (field->repeated)
		return array_read(reader, field, json, path, depth);
	return value_read(reader, field, json, path, depth);
}

static struct err message_read(struct reader *reader, const struct schema_message *type, const json_t *json,
			       const struct path *path, int depth)
{
	struct seen seen = { .fields = arena_array(reader->arena, type->field_count, sizeof *seen.fields),
			     .oneofs = arena_array(reader->arena, type->oneof_count, sizeof *seen.oneofs) };
	const char *name;
	json_t *value;

	if (depth > TRANSCODE_DEPTH_MAX)
		return refuse(reader, path, ERR_EXHAUSTED, "json.depth", "the message is nested too deep");
	if (!json_is_object(json))
		return refuse_type(reader, path, "object");
	json_object_foreach((json_t *)json, name, value)
	{
		const struct path below = { .up = path, .name = name };
		const struct schema_field *field = schema_field_named(type, name);

		if (!field)
			return refuse(reader, &below, ERR_INVALID, "json.unknown_field",
				      arena_format(reader->arena, "%s has no such field", type->name));
		if (json_is_null(value))
			continue;
		TRY(seen_mark(reader, type, field, &below, &seen));
		TRY(field_read(reader, field, value, &below, depth));
	}
	return OK;
}

static struct err json_load(struct arena *arena, const char *text, size_t length, json_t **json)
{
	json_error_t error;

	*json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (*json)
		return OK;
	const char *message = text_to_utf8(arena, error.text, strlen(error.text));
	const char *field = arena_format(arena, "line %d, column %d", error.line, error.column);

	if (json_error_code(&error) == json_error_duplicate_key)
		return ERR(ERR_INVALID, "json.duplicate", field, message);
	if (json_error_code(&error) == json_error_stack_overflow)
		return ERR(ERR_EXHAUSTED, "json.depth", field, message);
	return ERR(ERR_INVALID, "json.malformed", field, message);
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

struct err transcode_to_wire(struct arena *arena, const struct schema_message *type, const char *text, size_t length,
			     struct buf *wire)
{
	struct reader reader = { .arena = arena, .wire = wire };
	json_t *json;

	if (is_blank(text, length))
		return OK;
	TRY(json_load(arena, text, length, &json));
	struct err err = message_read(&reader, type, json, NULL, 0);

	json_decref(json);
	if (err_ok(err) && wire->full)
		return ERR(ERR_EXHAUSTED, "wire.too_large", NULL, "the message is too large");
	return err;
}
