#include "ctl/credit_table.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/base/csv.h"
#include "common/base/text.h"

/* A number as C writes it, alone in its cell; anything else, infinities included, is missing. */
static double number_of(const char *text)
{
	char *end;

	if (text[0] == '\0')
		return NAN;
	double number = strtod(text, &end);
	while (*end == ' ')
		end++;
	return *end == '\0' && isfinite(number) ? number : NAN;
}

struct cells {
	const char **items; /* row after row */
	size_t count;
};

static struct err rows_read(struct ctl *ctl, const char *path, struct csv *csv, struct credit_table *table,
			    struct cells *cells)
{
	bool more;

	for (;;) {
		struct err err = csv_next(csv, &more);
		if (!err_ok(err))
			return err_format(ctl->arena, err.code, err.reason, path, "%s, line %d: %s", path,
					  csv_line(csv), err.message);
		if (!more)
			return OK;
		if ((size_t)csv_count(csv) != table->column_count)
			return err_format(ctl->arena, ERR_INVALID, "csv.columns", path,
					  "%s, line %d: %d fields where the header has %zu", path, csv_line(csv),
					  csv_count(csv), table->column_count);
		for (size_t i = 0; i < table->column_count; i++)
			*ARENA_PUSH(ctl->arena, cells->items, cells->count) =
				arena_copy(ctl->arena, csv_field(csv, (int)i));
		table->rows++;
	}
}

static void columns_fill(struct arena *arena, const struct cells *cells, struct credit_table *table)
{
	CHECK(cells->items != NULL || table->rows == 0);
	table->texts = arena_array(arena, table->column_count, sizeof *table->texts);
	table->numbers = arena_array(arena, table->column_count, sizeof *table->numbers);
	table->is_text = arena_array(arena, table->column_count, sizeof *table->is_text);
	for (size_t column = 0; column < table->column_count; column++) {
		size_t filled = 0, numeric = 0;
		table->texts[column] = arena_array(arena, table->rows, sizeof **table->texts);
		table->numbers[column] = arena_array(arena, table->rows, sizeof **table->numbers);
		for (size_t row = 0; row < table->rows; row++) {
			const char *text = cells->items[row * table->column_count + column];
			table->texts[column][row] = text;
			table->numbers[column][row] = number_of(text);
			filled += text[0] != '\0' && !text_equal(text, "?");
			numeric += isnan(table->numbers[column][row]) ? 0 : 1;
		}
		table->is_text[column] = 2 * numeric < filled;
	}
}

static struct err header_read(struct ctl *ctl, const char *path, struct csv *csv, struct credit_table *table)
{
	bool more;

	struct err err = csv_next(csv, &more);
	if (!err_ok(err))
		return err_format(ctl->arena, err.code, err.reason, path, "%s, line %d: %s", path, csv_line(csv),
				  err.message);
	if (!more)
		return err_format(ctl->arena, ERR_INVALID, "csv.empty", path, "%s is empty", path);
	table->column_count = (size_t)csv_count(csv);
	table->names = arena_array(ctl->arena, table->column_count, sizeof *table->names);
	for (size_t i = 0; i < table->column_count; i++)
		table->names[i] = text_trim(ctl->arena, csv_field(csv, (int)i));
	return OK;
}

static struct err table_read(struct ctl *ctl, const char *path, struct csv *csv, struct credit_table *table)
{
	struct cells cells = { 0 };

	TRY(header_read(ctl, path, csv, table));
	TRY(rows_read(ctl, path, csv, table, &cells));
	columns_fill(ctl->arena, &cells, table);
	return OK;
}

struct err credit_table_read(struct ctl *ctl, const char *path, struct credit_table *table)
{
	struct credit_table result = { 0 };
	struct csv_memory memory = { 0 };
	struct csv csv;
	char *bytes;

	TRY(ctl_read_file(ctl, path, CREDIT_FILE_BYTES_MAX, &bytes, &memory.length));
	memory.bytes = bytes;
	csv_init(&csv, csv_from_memory, &memory);
	struct err err = table_read(ctl, path, &csv, &result);
	csv_release(&csv);
	if (err_ok(err))
		*table = result;
	return err;
}

int credit_table_find(const struct credit_table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++) {
		if (text_equal_nocase(table->names[i], name))
			return (int)i;
	}
	return -1;
}
