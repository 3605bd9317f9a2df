#include "payments/formats/csv_fact.h"

#include <string.h>

#include "common/base/text.h"

#define NAME_BYTES_MAX 64

const char *csv_text(struct arena *arena, const char *text)
{
	const char *kept = text_trim(arena, text_to_utf8(arena, text, strlen(text)));

	return kept[0] ? kept : NULL;
}

bool csv_one_of(const struct csv_names *names, const char *text)
{
	int shift;

	for (size_t i = 0; i < names->count; i++)
		if (csv_named(text, names->names[i], &shift))
			return true;
	return false;
}

/* "Konto:" and "Konto" are the same. */
static bool fact_named(const struct csv_names *names, const char *cell)
{
	size_t length = strlen(cell);
	char name[NAME_BYTES_MAX];

	length -= length > 0 && cell[length - 1] == ':';
	if (length == 0 || length >= sizeof name)
		return false;
	memcpy(name, cell, length);
	name[length] = '\0';
	return csv_one_of(names, name);
}

static bool is_balance(int fact)
{
	return fact == CSV_FACT_OPENING || fact == CSV_FACT_CLOSING;
}

/* The amount of a balance stands in the amounts' column with its mark, else in the next cell that is not empty. */
static const char *fact_value(struct arena *arena, const struct csv_map *map, bool in_table, const struct csv_row *row,
			      size_t name_at)
{
	const char *amount = csv_role_text(map, row, CSV_AMOUNT);
	bool debit = csv_one_of(&map->profile->debit_marks, csv_role_text(map, row, CSV_MARK));

	if (in_table && amount[0])
		return arena_format(arena, "%s%s", debit ? "-" : "", amount);
	for (size_t i = name_at + 1; i < row->count; i++)
		if (csv_cell(row, i)[0])
			return csv_text(arena, csv_cell(row, i));
	return NULL;
}

static size_t fact_find(const struct csv_names *names, const struct csv_row *row)
{
	size_t at = 0;

	while (names->count > 0 && at < row->count && !fact_named(names, csv_cell(row, at)))
		at++;
	return names->count > 0 ? at : row->count;
}

bool csv_fact_take(struct arena *arena, const struct csv_map *map, bool data, const struct csv_row *row,
		   const char *facts[static CSV_FACT_COUNT])
{
	for (int fact = 0; fact < CSV_FACT_COUNT; fact++) {
		if (data && !is_balance(fact))
			continue;
		size_t at = fact_find(&map->profile->facts[fact], row);

		if (at == row->count)
			continue;
		if (!facts[fact])
			facts[fact] = fact_value(arena, map, data && is_balance(fact), row, at);
		return true;
	}
	return false;
}
