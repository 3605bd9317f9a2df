#include "ctl/table.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/money.h"
#include "common/base/text.h"

#define COLUMN_GAP 2

struct column {
	const char *name;
	enum table_kind kind;
	bool hidden;
};

struct cell {
	bool null;
	int64_t number;
	double real;
	const char *text; /* the text, or a money cell's currency */
};

struct table {
	struct arena *arena;
	struct column *columns;
	size_t column_count;
	struct cell *cells; /* row by row */
	size_t cell_count;
	bool record;
};

struct table *table_new(struct arena *arena)
{
	struct table *table = arena_alloc(arena, sizeof *table);

	table->arena = arena;
	return table;
}

static void column_add(struct table *table, const char *name, enum table_kind kind, bool hidden)
{
	CHECK(table->cell_count == 0);
	struct column *column = ARENA_PUSH(table->arena, table->columns, table->column_count);

	*column = (struct column){ .name = name, .kind = kind, .hidden = hidden };
}

void table_column(struct table *table, const char *name, enum table_kind kind)
{
	column_add(table, name, kind, false);
}

void table_column_hidden(struct table *table, const char *name, enum table_kind kind)
{
	column_add(table, name, kind, true);
}

void table_row(struct table *table)
{
	/* The row before must be whole. */
	CHECK(table->column_count > 0 && table->cell_count % table->column_count == 0);
}

static const struct column *column_next(const struct table *table)
{
	return &table->columns[table->cell_count % table->column_count];
}

static void cell_add(struct table *table, struct cell cell)
{
	*ARENA_PUSH(table->arena, table->cells, table->cell_count) = cell;
}

void table_cell_text(struct table *table, const char *text)
{
	enum table_kind kind = column_next(table)->kind;

	CHECK(kind == TABLE_TEXT || kind == TABLE_DATE);
	bool null = text == NULL || (kind == TABLE_DATE && text[0] == '\0');

	cell_add(table, (struct cell){ .null = null, .text = text });
}

void table_cell_int(struct table *table, int64_t value)
{
	CHECK(column_next(table)->kind == TABLE_INT);
	cell_add(table, (struct cell){ .number = value });
}

void table_cell_real(struct table *table, double value)
{
	CHECK(column_next(table)->kind == TABLE_REAL);
	cell_add(table, (struct cell){ .real = value });
}

void table_cell_money(struct table *table, int64_t minor, const char *currency)
{
	CHECK(column_next(table)->kind == TABLE_MONEY);
	cell_add(table, (struct cell){ .number = minor, .text = currency ? currency : "" });
}

void table_cell_bool(struct table *table, bool value)
{
	CHECK(column_next(table)->kind == TABLE_BOOL);
	cell_add(table, (struct cell){ .number = value });
}

void table_cell_null(struct table *table)
{
	cell_add(table, (struct cell){ .null = true });
}

void table_as_record(struct table *table)
{
	table->record = true;
}

static size_t row_count(const struct table *table)
{
	return table->column_count > 0 ? table->cell_count / table->column_count : 0;
}

static const struct cell *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

/* ------------------------------------------------------------------ people */

/* Characters on the screen: the bytes that do not continue a UTF-8 character. */
static int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static bool aligns_right(enum table_kind kind)
{
	return kind == TABLE_INT || kind == TABLE_REAL || kind == TABLE_MONEY;
}

static const char *heading(struct arena *arena, const char *name)
{
	char *text = arena_copy(arena, name);

	if (text_ends(text, "_minor"))
		text[strlen(text) - strlen("_minor")] = '\0';
	for (char *at = text; *at; at++)
		if (*at == '_')
			*at = ' ';
	return text;
}

/* "-1 234 567.50 EUR": groups of three, so that a column of amounts can be compared by eye. */
static const char *money_text(struct arena *arena, int64_t minor, const char *code)
{
	struct currency currency = { .code = "" };
	char plain[MONEY_TEXT_BYTES];

	text_copy(currency.code, sizeof currency.code, code);
	money_format(minor, currency, plain);
	const char *digits = plain + (plain[0] == '-');
	size_t whole = strcspn(digits, ".");
	char *grouped = arena_alloc(arena, 2 * sizeof plain);
	char *to = grouped;

	if (plain[0] == '-')
		*to++ = '-';
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			*to++ = ' ';
		*to++ = digits[i];
	}
	return arena_format(arena, "%s%s%s%s", grouped, digits + whole, code[0] ? " " : "", code);
}

/* Line ends and control characters in a text would break the columns. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text);

	for (char *at = copy; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	return copy;
}

static const char *cell_for_people(struct arena *arena, const struct column *column, const struct cell *cell)
{
	if (cell->null)
		return "";
	switch (column->kind) {
	case TABLE_TEXT:
	case TABLE_DATE:
		return one_line(arena, cell->text);
	case TABLE_INT:
		return arena_format(arena, "%" PRId64, cell->number);
	case TABLE_REAL:
		return arena_format(arena, "%.3f", cell->real);
	case TABLE_MONEY:
		return money_text(arena, cell->number, cell->text);
	case TABLE_BOOL:
		return cell->number ? "yes" : "no";
	}
	return "";
}

static void print_padded(FILE *to, const char *text, int width, bool right, bool last)
{
	int padding = width - text_width(text);

	if (right)
		fprintf(to, "%*s%s", padding, "", text);
	else
		fprintf(to, "%s%*s", text, last ? 0 : padding, "");
	if (!last)
		fprintf(to, "%*s", COLUMN_GAP, "");
}

static void print_lines(const struct table *table, const size_t *shown, size_t shown_count, FILE *to)
{
	size_t rows = row_count(table);
	const char **texts = arena_array(table->arena, (rows + 1) * shown_count, sizeof *texts);
	int *widths = arena_array(table->arena, shown_count, sizeof *widths);

	for (size_t row = 0; row <= rows; row++)
		for (size_t i = 0; i < shown_count; i++) {
			const struct column *column = &table->columns[shown[i]];
			const char *text =
				row == 0 ? heading(table->arena, column->name)
					 : cell_for_people(table->arena, column, cell_at(table, row - 1, shown[i]));
			int width = text_width(text);

			texts[row * shown_count + i] = text;
			if (width > widths[i])
				widths[i] = width;
		}
	for (size_t row = 0; row <= rows; row++) {
		for (size_t i = 0; i < shown_count; i++)
			print_padded(to, texts[row * shown_count + i], widths[i],
				     aligns_right(table->columns[shown[i]].kind), i + 1 == shown_count);
		fputc('\n', to);
	}
}

static void print_record(const struct table *table, const size_t *shown, size_t shown_count, FILE *to)
{
	int width = 0;

	for (size_t i = 0; i < shown_count; i++) {
		int name = text_width(heading(table->arena, table->columns[shown[i]].name));

		width = name > width ? name : width;
	}
	for (size_t i = 0; i < shown_count && row_count(table) > 0; i++) {
		const struct column *column = &table->columns[shown[i]];

		print_padded(to, heading(table->arena, column->name), width, false, false);
		fprintf(to, "%s\n", cell_for_people(table->arena, column, cell_at(table, 0, shown[i])));
	}
}

static void print_for_people(const struct table *table, FILE *to)
{
	size_t *shown = arena_array(table->arena, table->column_count, sizeof *shown);
	size_t count = 0;

	for (size_t i = 0; i < table->column_count; i++)
		if (!table->columns[i].hidden)
			shown[count++] = i;
	if (table->record)
		print_record(table, shown, count, to);
	else
		print_lines(table, shown, count, to);
}

/* ------------------------------------------------------------------ JSON */

static json_t *cell_json(const struct column *column, const struct cell *cell)
{
	if (cell->null)
		return json_null();
	switch (column->kind) {
	case TABLE_TEXT:
	case TABLE_DATE:
		return json_string(cell->text);
	case TABLE_INT:
	case TABLE_MONEY:
		return json_integer(cell->number);
	case TABLE_REAL:
		return json_real(cell->real);
	case TABLE_BOOL:
		return json_boolean(cell->number);
	}
	return NULL;
}

static json_t *row_json(const struct table *table, size_t row)
{
	json_t *object = json_object();

	for (size_t i = 0; i < table->column_count; i++) {
		json_t *value = cell_json(&table->columns[i], cell_at(table, row, i));

		/* NULL: not UTF-8 or not finite. */
		json_object_set_new(object, table->columns[i].name, value ? value : json_null());
	}
	return object;
}

/* One row a line: readable, and a diff of two outputs names the rows. */
static void print_json(const struct table *table, FILE *to)
{
	size_t rows = row_count(table);

	if (!table->record)
		fputs("[", to);
	for (size_t row = 0; row < rows; row++) {
		json_t *object = row_json(table, row);

		if (!table->record)
			fputs(row > 0 ? ",\n " : "\n ", to);
		json_dumpf(object, to, (table->record ? JSON_INDENT(2) : 0) | JSON_REAL_PRECISION(12));
		json_decref(object);
	}
	if (!table->record)
		fputs(rows > 0 ? "\n]" : "]", to);
	fputc('\n', to);
}

/* ------------------------------------------------------------------ CSV (RFC 4180) */

static void print_csv_text(FILE *to, const char *text)
{
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static void print_csv_cell(FILE *to, const struct column *column, const struct cell *cell)
{
	if (cell->null)
		return;
	switch (column->kind) {
	case TABLE_TEXT:
	case TABLE_DATE:
		print_csv_text(to, cell->text);
		break;
	case TABLE_INT:
	case TABLE_MONEY:
		fprintf(to, "%" PRId64, cell->number);
		break;
	case TABLE_REAL:
		fprintf(to, "%.10g", cell->real);
		break;
	case TABLE_BOOL:
		fputs(cell->number ? "true" : "false", to);
		break;
	}
}

static void print_csv(const struct table *table, FILE *to)
{
	for (size_t i = 0; i < table->column_count; i++)
		fprintf(to, "%s%s", i > 0 ? "," : "", table->columns[i].name);
	fputs("\r\n", to);
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t column = i % table->column_count;

		if (column > 0)
			fputc(',', to);
		print_csv_cell(to, &table->columns[column], &table->cells[i]);
		if (column + 1 == table->column_count)
			fputs("\r\n", to);
	}
}

void table_print(const struct table *table, enum table_format format, FILE *to)
{
	CHECK(table->column_count > 0 && table->cell_count % table->column_count == 0);
	switch (format) {
	case TABLE_FORMAT_PEOPLE:
		print_for_people(table, to);
		break;
	case TABLE_FORMAT_JSON:
		print_json(table, to);
		break;
	case TABLE_FORMAT_CSV:
		print_csv(table, to);
		break;
	}
}
