#include "payments/formats/csv_choose.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "payments/formats/csv_value.h"
#include "payments/formats/statement.h"

#define NAMES_SHOWN_BYTES 300 /* of a message's list */
#define SEPARATORS ";,\t|"

/* ------------------------------------------------------------------ names and columns */

bool csv_named(const char *cell, const char *name, int *shift)
{
	const char *plus = strrchr(name, '+');
	bool shifted = plus && plus > name && plus[1] >= '1' && plus[1] <= '9' && plus[2] == '\0';
	size_t length = shifted ? (size_t)(plus - name) : strlen(name);
	bool open = length > 0 && name[length - 1] == '*';

	*shift = shifted ? plus[1] - '0' : 0;
	length -= open;
	return strncasecmp(cell, name, length) == 0 && (open || cell[length] == '\0');
}

/* The place of the column in the header; row->count where it has none. */
static size_t column_find(const struct csv_row *row, const char *name, size_t from)
{
	int shift = 0;

	if (name[0] == '#') {
		size_t place = (size_t)strtoul(name + 1, NULL, 10);

		return place > from && place <= row->count ? place - 1 : row->count;
	}
	for (size_t i = from; i < row->count; i++)
		if (csv_named(csv_cell(row, i), name, &shift) && i + (size_t)shift < row->count)
			return i + (size_t)shift;
	return row->count;
}

static void cell_add(struct csv_map *map, enum csv_role role, size_t cell)
{
	for (size_t i = 0; i < map->counts[role]; i++)
		if (map->cells[role][i] == cell)
			return;
	if (map->counts[role] < CSV_ROLE_CELLS_MAX)
		map->cells[role][map->counts[role]++] = cell;
}

/* Remittance takes all columns of its names, another role the first there is. */
static void role_map(struct csv_map *map, enum csv_role role, const struct csv_row *row)
{
	const struct csv_names *names = &map->profile->columns[role];

	for (size_t i = 0; i < names->count; i++) {
		size_t at = column_find(row, names->names[i], 0);

		for (; at < row->count; at = column_find(row, names->names[i], at + 1)) {
			cell_add(map, role, at);
			if (role != CSV_REMITTANCE)
				return;
		}
	}
}

/* Whether all required columns are there; *missing is the first that is not. */
static bool columns_map(struct csv_map *map, const struct csv_row *row, enum csv_role *missing)
{
	map->score = 0;
	map->width = row->count;
	memset(map->counts, 0, sizeof map->counts);
	for (int role = 0; role < CSV_ROLE_COUNT; role++) {
		role_map(map, (enum csv_role)role, row);
		map->score += map->counts[role];
		if (map->profile->columns[role].required && map->counts[role] == 0) {
			*missing = (enum csv_role)role;
			return false;
		}
	}
	return true;
}

const char *csv_role_text(const struct csv_map *map, const struct csv_row *row, enum csv_role role)
{
	return map->counts[role] > 0 ? csv_cell(row, map->cells[role][0]) : "";
}

/* ------------------------------------------------------------------ one profile is tried */

/* The last character may be cut. */
enum codepage csv_codepage(const struct csv_profile *profile, const char *head, size_t length)
{
	bool ascii = true;
	size_t whole = length;

	for (size_t i = 0; i < length; i++)
		ascii &= head[i] >= 0;
	for (size_t cut = 0; cut < 4 && cut < length; cut++)
		if (text_utf8_valid(head, length - cut)) {
			whole = length - cut;
			break;
		}
	if (!ascii && text_utf8_valid(head, whole))
		return CODEPAGE_UTF8;
	return profile->codepage == CODEPAGE_UTF16 ? CODEPAGE_UTF8 : profile->codepage;
}

struct trial {
	struct csv_map map;
	struct arena *arena;
	const char *found; /* the longest row's cells, for the message */
	size_t rows, found_cells;
	bool fits, done;
	enum csv_role missing;
};

static const char *cells_text(struct arena *arena, const struct csv_row *row)
{
	const char *all = "";

	for (size_t i = 0; i < row->count && strlen(all) < NAMES_SHOWN_BYTES; i++)
		if (csv_cell(row, i)[0])
			all = arena_format(arena, "%s%s%.60s", all, all[0] ? " | " : "", csv_cell(row, i));
	return text_to_utf8(arena, all, strlen(all));
}

static size_t cells_filled(const struct csv_row *row)
{
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += csv_cell(row, i)[0] != '\0';
	return count;
}

/* Date and amount can be read as the profile says. */
static bool entry_reads(const struct csv_map *map, const struct csv_row *row)
{
	static const enum csv_role AMOUNTS[] = { CSV_AMOUNT, CSV_DEBIT, CSV_CREDIT };
	const struct currency currency = { "EUR" };
	struct date date;
	int64_t minor;
	size_t amounts = 0;

	if (!err_ok(csv_date(map->profile, csv_role_text(map, row, CSV_BOOKED), &date)))
		return false;
	for (size_t i = 0; i < sizeof AMOUNTS / sizeof AMOUNTS[0]; i++) {
		const char *text = csv_role_text(map, row, AMOUNTS[i]);
		struct err err = text[0] ? csv_amount(map->profile, text, currency, &minor) : OK;

		amounts += text[0] != '\0';
		if (!err_ok(err) && !text_equal(err.reason, "money.fraction"))
			return false;
	}
	return amounts > 0;
}

static bool is_entry(const struct csv_map *map, const struct csv_row *row)
{
	return csv_role_text(map, row, CSV_AMOUNT)[0] || csv_role_text(map, row, CSV_DEBIT)[0] ||
	       csv_role_text(map, row, CSV_CREDIT)[0];
}

/* A file without header is known by the number of its columns and by an entry among its first rows. */
static void headless_try(struct trial *trial, const struct csv_row *row)
{
	enum csv_role missing;

	if (row->count != (size_t)trial->map.profile->cells || !columns_map(&trial->map, row, &missing))
		return;
	trial->fits = trial->done = trial->map.reads = entry_reads(&trial->map, row);
}

static struct err row_try(void *context, struct csv_row *row)
{
	struct trial *trial = context;
	size_t filled = cells_filled(row);

	if (trial->done || ++trial->rows > CSV_HEADER_ROWS_MAX)
		return OK;
	if (!trial->fits && filled > trial->found_cells) {
		trial->found_cells = filled;
		trial->found = cells_text(trial->arena, row);
	}
	if (!trial->map.profile)
		return OK;
	if (trial->map.profile->cells > 0) {
		headless_try(trial, row);
	} else if (!trial->fits) {
		trial->fits = columns_map(&trial->map, row, &trial->missing);
		trial->map.header = trial->fits;
		trial->map.header_line = row->line;
	} else if (is_entry(&trial->map, row)) {
		trial->done = true;
		trial->map.reads = entry_reads(&trial->map, row);
	}
	return OK;
}

/* A row that the first bytes cut off counts only where they are the whole file. */
static void trial_run(struct trial *trial, char separator, const char *head, size_t length)
{
	struct csv_splitter splitter;
	BUF_SCOPE text = { 0 };

	trial->map.separator = separator;
	buf_init(&text, length * 3 + 1);
	struct decoder decoder =
		decoder_make(trial->map.profile ? csv_codepage(trial->map.profile, head, length) : CODEPAGE_UTF8);
	decoder_feed(&decoder, head, length, &text);
	csv_splitter_init(&splitter, separator, row_try, trial);
	struct err err = csv_splitter_feed(&splitter, buf_text(&text), text.length);

	if (err_ok(err) && length < FORMAT_DETECT_BYTES)
		err = csv_splitter_finish(&splitter);
	if (!err_ok(err) && !trial->done) /* what is wrong is told when the file is read */
		trial->map.reads = false;
	csv_splitter_release(&splitter);
}

static struct trial profile_try(struct arena *arena, const struct csv_profile *profile, const char *head, size_t length)
{
	struct trial best = { .map = { .profile = profile } };

	for (const char *separator = profile->separators; *separator; separator++) {
		struct trial trial = { .map = { .profile = profile }, .arena = arena };

		trial_run(&trial, *separator, head, length);
		if (separator == profile->separators || (trial.fits && !best.fits) ||
		    (trial.fits == best.fits && trial.map.reads && !best.map.reads))
			best = trial;
	}
	return best;
}

/* ------------------------------------------------------------------ the choice */

static struct err no_profile(struct arena *arena, const struct csv_profiles *profiles, const char *head, size_t length)
{
	const char *found = "", *tried = "";
	size_t most = 1;

	for (const char *separator = SEPARATORS; *separator; separator++) {
		struct trial trial = { .arena = arena };

		trial_run(&trial, *separator, head, length);
		if (trial.found_cells <= most)
			continue;
		most = trial.found_cells;
		found = trial.found;
	}
	if (!found[0])
		return ERR(ERR_INVALID, "statement.unknown_format", NULL,
			   "the file is no bank statement of a known format, and has no columns as CSV would");
	for (size_t i = 0; i < profiles->count; i++)
		if (!profiles->list[i].manual)
			tried = arena_format(arena, "%s%s%s", tried, tried[0] ? ", " : "", profiles->list[i].name);
	return err_format(arena, ERR_INVALID, "csv.no_profile", NULL,
			  "no CSV profile fits a file with the columns: %s. Tried: %s", found,
			  tried[0] ? tried : "none, there are no profiles");
}

static int better(const struct csv_map *a, const struct csv_map *b)
{
	if (a->profile->fallback != b->profile->fallback)
		return a->profile->fallback ? -1 : 1;
	if (a->header != b->header) /* names say more than a number of columns */
		return a->header ? 1 : -1;
	if (a->reads != b->reads)
		return a->reads ? 1 : -1;
	return (a->score > b->score) - (a->score < b->score);
}

static struct err choose_best(struct arena *arena, const struct csv_profiles *profiles, const char *head, size_t length,
			      struct csv_map *map)
{
	const struct csv_profile *rival = NULL;
	struct csv_map best = { .profile = NULL };

	for (size_t i = 0; i < profiles->count; i++) {
		if (profiles->list[i].manual)
			continue;
		struct trial trial = profile_try(arena, &profiles->list[i], head, length);

		if (!trial.fits)
			continue;
		int order = best.profile ? better(&trial.map, &best) : 1;

		rival = order == 0 ? trial.map.profile : order > 0 ? NULL : rival;
		if (order > 0)
			best = trial.map;
	}
	if (!best.profile)
		return no_profile(arena, profiles, head, length);
	if (rival)
		return err_format(arena, ERR_INVALID, "csv.ambiguous_profile", NULL,
				  "the CSV profiles %s and %s fit this file equally well: name one", best.profile->name,
				  rival->name);
	*map = best;
	return OK;
}

static struct err choose_named(struct arena *arena, const struct csv_profile *profile, const char *head, size_t length,
			       struct csv_map *map)
{
	struct trial trial = profile_try(arena, profile, head, length);
	const struct csv_names *names = &profile->columns[trial.missing];

	if (!trial.fits && profile->cells > 0)
		return err_format(arena, ERR_INVALID, "csv.missing_column", NULL,
				  "no row has the %d columns of profile %s with a date and an amount", profile->cells,
				  profile->name);
	if (!trial.fits)
		return err_format(arena, ERR_INVALID, "csv.missing_column", NULL,
				  "the file has no column '%s', which profile %s needs; it has: %s",
				  names->count > 0 ? names->names[0] : "", profile->name,
				  trial.found ? trial.found : "none");
	*map = trial.map;
	return OK;
}

struct err csv_choose(struct arena *arena, const struct csv_profiles *profiles, const char *head, size_t length,
		      struct csv_map *map)
{
	if (!profiles->only)
		return choose_best(arena, profiles, head, length, map);
	for (size_t i = 0; i < profiles->count; i++)
		if (text_equal(profiles->list[i].name, profiles->only))
			return choose_named(arena, &profiles->list[i], head, length, map);
	return err_format(arena, ERR_INVALID, "csv.unknown_profile", NULL, "there is no CSV profile '%s'",
			  profiles->only);
}
