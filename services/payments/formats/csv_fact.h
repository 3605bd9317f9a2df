#ifndef FORMATS_CSV_FACT_H
#define FORMATS_CSV_FACT_H

#include "payments/formats/csv_choose.h"

/* What a CSV file says beside its table: "IBAN;DE11…" above it, "Endsaldo" below. */

/* In UTF-8 without blanks at both ends; NULL where it is empty. */
const char *csv_text(struct arena *arena, const char *text);

bool csv_one_of(const struct csv_names *names, const char *text);

/* Whether the row states a fact of the profile; the first of a kind is kept in `facts`, its text in `arena`. Among the
 * entries (`data`) only balances are facts: other names may be texts there. */
bool csv_fact_take(struct arena *arena, const struct csv_map *map, bool data, const struct csv_row *row,
		   const char *facts[static CSV_FACT_COUNT]);

#endif
