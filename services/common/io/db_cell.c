#include <libpq-fe.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db.h"

bool db_cell_null(const struct db_rows *rows, int row, int column)
{
	CHECK(row < rows->count && column < PQnfields(rows->result));
	return PQgetisnull(rows->result, row, column);
}

const char *db_cell_text(const struct db_rows *rows, int row, int column)
{
	return db_cell_null(rows, row, column) ? NULL : PQgetvalue(rows->result, row, column);
}

char *db_cell_copy(const struct db_rows *rows, int row, int column, struct arena *arena)
{
	return arena_copy(arena, db_cell_text(rows, row, column));
}

int64_t db_cell_int(const struct db_rows *rows, int row, int column)
{
	const char *text = db_cell_text(rows, row, column);
	long long value = 0;

	CHECK(!text || err_ok(text_to_int64(text, INT64_MIN, INT64_MAX, &value)));
	return value;
}

bool db_cell_bool(const struct db_rows *rows, int row, int column)
{
	const char *text = db_cell_text(rows, row, column);

	CHECK(!text || text_equal(text, "t") || text_equal(text, "f"));
	return text && *text == 't';
}

struct id db_cell_id(const struct db_rows *rows, int row, int column)
{
	const char *text = db_cell_text(rows, row, column);
	struct id id = { 0 };

	if (text) {
		struct err err = id_parse(text, &id);

		CHECK(err_ok(err));
	}
	return id;
}

struct date db_cell_date(const struct db_rows *rows, int row, int column)
{
	const char *text = db_cell_text(rows, row, column);
	struct date date = DATE_NONE;

	if (text) {
		struct err err = date_parse(text, &date);

		CHECK(err_ok(err));
	}
	return date;
}

/* The session's form is "2026-01-31 08:00:00.123456+00"; RFC 3339 wants its zone as Z. */
struct instant db_cell_time(const struct db_rows *rows, int row, int column)
{
	const char *text = db_cell_text(rows, row, column);
	char rfc[INSTANT_TEXT_BYTES + 2];
	struct instant instant = INSTANT_NONE;

	if (!text)
		return instant;
	bool fits = text_copy(rfc, sizeof rfc, text);

	CHECK(fits && text_ends(rfc, "+00"));
	text_copy(strrchr(rfc, '+'), 2, "Z");
	struct err err = instant_parse(rfc, &instant);

	CHECK(err_ok(err));
	return instant;
}

static unsigned hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

const void *db_cell_bytes(const struct db_rows *rows, int row, int column, struct arena *arena, size_t *length)
{
	const char *text = db_cell_text(rows, row, column);

	*length = 0;
	if (!text)
		return NULL;
	if (PQfformat(rows->result, column) == 1) {
		*length = (size_t)PQgetlength(rows->result, row, column);
		return memcpy(arena_alloc(arena, *length + 1), text, *length);
	}
	CHECK(text_starts(text, "\\x"));
	*length = ((size_t)PQgetlength(rows->result, row, column) - 2) / 2;
	unsigned char *bytes = arena_alloc(arena, *length + 1);

	for (size_t i = 0; i < *length; i++)
		bytes[i] = (unsigned char)(hex_digit(text[2 + 2 * i]) << 4 | hex_digit(text[3 + 2 * i]));
	return bytes;
}
