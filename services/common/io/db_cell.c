#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db.h"
#include "common/io/db_type.h"

bool db_cell_null(const struct db_rows *rows, int row, int column)
{
	CHECK(row < rows->count && column < PQnfields(rows->result));
	return PQgetisnull(rows->result, row, column);
}

/* Of a binary cell that is not NULL: its bytes, where it has the type. */
static const char *binary_cell(const struct db_rows *rows, int row, int column, enum db_type type)
{
	CHECK(PQftype(rows->result, column) == (Oid)type);
	return PQgetvalue(rows->result, row, column);
}

static bool is_binary(const struct db_rows *rows, int column)
{
	return PQfformat(rows->result, column) == 1;
}

static bool is_text(const struct db_rows *rows, int column)
{
	Oid type = PQftype(rows->result, column);

	return type == DB_TYPE_TEXT || type == DB_TYPE_CHAR;
}

const char *db_cell_text(const struct db_rows *rows, int row, int column)
{
	if (db_cell_null(rows, row, column))
		return NULL;
	CHECK(!is_binary(rows, column) || is_text(rows, column)); /* text is the same in both forms */
	return PQgetvalue(rows->result, row, column);
}

char *db_cell_copy(const struct db_rows *rows, int row, int column, struct arena *arena)
{
	return arena_copy(arena, db_cell_text(rows, row, column));
}

static int64_t binary_int(const struct db_rows *rows, int row, int column)
{
	uint64_t big;
	uint32_t middle;
	uint16_t small;

	switch (PQftype(rows->result, column)) {
	case DB_TYPE_BIGINT:
		memcpy(&big, PQgetvalue(rows->result, row, column), sizeof big);
		return (int64_t)be64toh(big);
	case DB_TYPE_INTEGER:
		memcpy(&middle, PQgetvalue(rows->result, row, column), sizeof middle);
		return (int32_t)be32toh(middle);
	default:
		memcpy(&small, binary_cell(rows, row, column, DB_TYPE_SMALLINT), sizeof small);
		return (int16_t)be16toh(small);
	}
}

int64_t db_cell_int(const struct db_rows *rows, int row, int column)
{
	if (is_binary(rows, column))
		return db_cell_null(rows, row, column) ? 0 : binary_int(rows, row, column);
	const char *text = db_cell_text(rows, row, column);
	long long value = 0;

	CHECK(!text || err_ok(text_to_int64(text, INT64_MIN, INT64_MAX, &value)));
	return value;
}

bool db_cell_bool(const struct db_rows *rows, int row, int column)
{
	if (is_binary(rows, column))
		return !db_cell_null(rows, row, column) && *binary_cell(rows, row, column, DB_TYPE_BOOLEAN);
	const char *text = db_cell_text(rows, row, column);

	CHECK(!text || text_equal(text, "t") || text_equal(text, "f"));
	return text && *text == 't';
}

struct id db_cell_id(const struct db_rows *rows, int row, int column)
{
	struct id id = { 0 };

	if (is_binary(rows, column)) {
		if (!db_cell_null(rows, row, column))
			memcpy(id.bytes, binary_cell(rows, row, column, DB_TYPE_UUID), sizeof id.bytes);
		return id;
	}
	const char *text = db_cell_text(rows, row, column);

	if (text) {
		struct err err = id_parse(text, &id);

		CHECK(err_ok(err));
	}
	return id;
}

struct date db_cell_date(const struct db_rows *rows, int row, int column)
{
	struct date date = DATE_NONE;

	if (is_binary(rows, column)) {
		uint32_t days;

		if (db_cell_null(rows, row, column))
			return date;
		memcpy(&days, binary_cell(rows, row, column, DB_TYPE_DATE), sizeof days);
		return (struct date){ (int32_t)be32toh(days) + DB_EPOCH_DAYS };
	}
	const char *text = db_cell_text(rows, row, column);

	if (text) {
		struct err err = date_parse(text, &date);

		CHECK(err_ok(err));
	}
	return date;
}

/* The session's form is "2026-01-31 08:00:00.123456+00"; RFC 3339 wants its zone as Z. */
struct instant db_cell_time(const struct db_rows *rows, int row, int column)
{
	CHECK(!is_binary(rows, column)); /* nobody has needed it */
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
	*length = 0;
	if (db_cell_null(rows, row, column))
		return NULL;
	const char *text = PQgetvalue(rows->result, row, column);

	if (is_binary(rows, column)) {
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
