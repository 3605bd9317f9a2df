#ifndef FORMATS_CSV_CHOOSE_H
#define FORMATS_CSV_CHOOSE_H

#include "common/base/arena.h"
#include "payments/formats/csv_row.h"

/* Which profile a CSV file is of, and which of its cells mean what. */

struct csv_map {
	const struct csv_profile *profile;
	char separator;
	bool header;         /* the file has one */
	int64_t header_line; /* where */
	size_t width;        /* columns of the header, or of each row where there is none */
	size_t cells[CSV_ROLE_COUNT][CSV_ROLE_CELLS_MAX];
	size_t counts[CSV_ROLE_COUNT];
	size_t score; /* columns that the profile knows */
	bool reads;   /* the first entry has a date and an amount */
};

/* Whether a row's cell is of that name ("Verwendung *" for any rest); `shift` is N of "+N". */
bool csv_named(const char *cell, const char *name, int *shift);

/* The encoding of a file of that profile: UTF-8 where the first bytes can be nothing else, whatever the profile says.
 */
enum codepage csv_codepage(const struct csv_profile *profile, const char *head, size_t length);

/* The profile that knows most of the columns; among those that know as many, the one that can read the first entry;
 * `fallback` ones only where no other fits. `head` are the first bytes of the file, in its own encoding. Errors:
 * ERR_INVALID "csv.no_profile" (with the columns found and the profiles tried), "csv.ambiguous_profile" (with the
 * names), "csv.unknown_profile" (profiles->only is none), "csv.missing_column" (profiles->only lacks one). */
MUST_USE struct err csv_choose(struct arena *arena, const struct csv_profiles *profiles, const char *head,
			       size_t length, struct csv_map *map);

/* The first cell of that role; "" where there is none. */
const char *csv_role_text(const struct csv_map *map, const struct csv_row *row, enum csv_role role);

#endif
