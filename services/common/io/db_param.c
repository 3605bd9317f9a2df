#include "common/io/db.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"

#define ARRAY_BYTES_MAX ((size_t)256 * 1024 * 1024) /* a quarter of what PostgreSQL takes as one value */

struct db_param db_null(void)
{
	return (struct db_param){ 0 };
}

struct db_param db_text_or_empty(const char *text)
{
	return (struct db_param){ .text = text ? text : "" };
}

struct db_param db_text(const char *text)
{
	return (struct db_param){ .text = text && *text ? text : NULL };
}

struct db_param db_int(int64_t value)
{
	struct db_param param = { .inlined = true };

	snprintf(param.small, sizeof param.small, "%" PRId64, value);
	return param;
}

struct db_param db_bool(bool value)
{
	return (struct db_param){ .text = value ? "t" : "f" };
}

struct db_param db_id(struct id id)
{
	struct db_param param = { .inlined = !id_zero(id) };

	if (param.inlined)
		id_format(id, param.small);
	return param;
}

struct db_param db_date(struct date date)
{
	struct db_param param = { .inlined = date_known(date) };

	date_format(date, param.small);
	return param;
}

struct db_param db_time(struct instant instant)
{
	struct db_param param = { .inlined = instant_known(instant) };

	instant_format(instant, param.small);
	return param;
}

struct db_param db_bytes(struct arena *arena, const void *bytes, size_t length)
{
	CHECK(length <= DB_BYTES_MAX);
	return (struct db_param){ .text = arena_copy_n(arena, bytes, length), .binary = true, .length = (int)length };
}

/* Arrays are written in PostgreSQL's input form: {1,NULL,"two \"words\""}. */
static void array_begin(struct buf *to)
{
	buf_init(to, ARRAY_BYTES_MAX);
	buf_append_char(to, '{');
}

/* One element, NULL as the word; `text` needs no quotes unless it can hold anything. */
static void array_append(struct buf *to, const char *text)
{
	if (to->length > 1)
		buf_append_char(to, ',');
	buf_append_text(to, text ? text : "NULL");
}

static void array_append_quoted(struct buf *to, const char *text)
{
	array_append(to, "\"");
	for (size_t plain; *text; text += plain) {
		plain = strcspn(text, "\"\\");
		buf_append(to, text, plain);
		if (text[plain]) {
			buf_append_char(to, '\\');
			buf_append_char(to, text[plain++]);
		}
	}
	buf_append_char(to, '"');
}

static struct db_param array_end(struct arena *arena, struct buf *to)
{
	buf_append_char(to, '}');
	CHECK(!to->full);
	return (struct db_param){ .text = arena_copy_n(arena, to->data, to->length) };
}

struct db_param db_text_array(struct arena *arena, const char *const *texts, size_t count)
{
	BUF_SCOPE to;

	array_begin(&to);
	for (size_t i = 0; i < count; i++)
		if (texts[i])
			array_append_quoted(&to, texts[i]);
		else
			array_append(&to, NULL);
	return array_end(arena, &to);
}

struct db_param db_int_array(struct arena *arena, const int64_t *values, size_t count)
{
	BUF_SCOPE to;

	array_begin(&to);
	for (size_t i = 0; i < count; i++)
		array_append(&to, db_int(values[i]).small);
	return array_end(arena, &to);
}

/* ------------------------------------------------------------------ arrays in binary form */

/* Source: PostgreSQL, array_recv: dimensions, whether one is NULL, the elements' type, then per dimension size and
 * first index; each element with its length, -1 for NULL. All in network order. */
#define TEXT_OID 25
#define UUID_OID 2950
#define HEADER_BYTES (5 * sizeof(int32_t))

static char *put_int32(char *to, int32_t value)
{
	uint32_t bits = htonl((uint32_t)value);

	memcpy(to, &bits, sizeof bits);
	return to + sizeof bits;
}

static char *put_header(char *to, int32_t type, size_t count)
{
	int32_t header[] = { count > 0, 1, type, (int32_t)count, 1 };

	for (size_t i = 0; i < (count > 0 ? 5 : 3); i++)
		to = put_int32(to, header[i]);
	return to;
}

struct db_param db_key_array(struct arena *arena, const char *const *texts, size_t count)
{
	size_t bytes = HEADER_BYTES;

	for (size_t i = 0; i < count; i++)
		bytes += sizeof(int32_t) + (texts[i] ? strlen(texts[i]) : 0);
	CHECK(bytes <= ARRAY_BYTES_MAX);
	char *start = arena_alloc(arena, bytes), *to = put_header(start, TEXT_OID, count);

	for (size_t i = 0; i < count; i++) {
		size_t length = texts[i] ? strlen(texts[i]) : 0;

		to = put_int32(to, texts[i] ? (int32_t)length : -1);
		to = mempcpy(to, texts[i] ? texts[i] : "", length);
	}
	return (struct db_param){ .text = start, .binary = true, .length = (int)(to - start) };
}

struct db_param db_id_array(struct arena *arena, const struct id *ids, size_t count)
{
	size_t bytes = HEADER_BYTES + count * (sizeof(int32_t) + sizeof ids->bytes);

	CHECK(bytes <= ARRAY_BYTES_MAX);
	char *start = arena_alloc(arena, bytes), *to = put_header(start, UUID_OID, count);

	for (size_t i = 0; i < count; i++) {
		bool null = id_zero(ids[i]);

		to = put_int32(to, null ? -1 : (int32_t)sizeof ids->bytes);
		if (!null)
			to = mempcpy(to, ids[i].bytes, sizeof ids->bytes);
	}
	return (struct db_param){ .text = start, .binary = true, .length = (int)(to - start) };
}

/* ------------------------------------------------------------------ arrays in text form */

struct db_param db_date_array(struct arena *arena, const struct date *dates, size_t count)
{
	char text[DATE_TEXT_BYTES];
	BUF_SCOPE to;

	array_begin(&to);
	for (size_t i = 0; i < count; i++)
		array_append(&to, date_known(dates[i]) ? date_format(dates[i], text) : NULL);
	return array_end(arena, &to);
}

struct db_param db_time_array(struct arena *arena, const struct instant *instants, size_t count)
{
	char text[INSTANT_TEXT_BYTES];
	BUF_SCOPE to;

	array_begin(&to);
	for (size_t i = 0; i < count; i++)
		array_append(&to, instant_known(instants[i]) ? instant_format(instants[i], text) : NULL);
	return array_end(arena, &to);
}
