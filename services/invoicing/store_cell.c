#include "invoicing/store_cell.h"

#include <string.h>

#include "common/base/check.h"

struct currency cell_currency(const struct db_rows *rows, int row, int column)
{
	struct currency currency = { "" };
	struct err err = currency_parse(db_cell_text(rows, row, column), &currency);

	CHECK(err_ok(err));
	return currency;
}

struct decimal cell_decimal(const struct db_rows *rows, int row, int column)
{
	struct decimal decimal = { 0 };
	struct err err = decimal_parse(db_cell_text(rows, row, column), &decimal);

	CHECK(err_ok(err));
	return decimal;
}

const char **cell_lines(const struct db_rows *rows, int row, int column, struct arena *arena, size_t *count)
{
	const char *text = db_cell_text(rows, row, column), **lines = NULL;

	*count = 0;
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		*ARENA_PUSH(arena, lines, *count) = arena_copy_n(arena, text, length);
		text += length + (text[length] == '\n');
	}
	return lines;
}

struct db_param param_decimal(struct arena *arena, struct decimal decimal)
{
	return db_text(decimal_format(decimal, arena_alloc(arena, DECIMAL_TEXT_BYTES)));
}
