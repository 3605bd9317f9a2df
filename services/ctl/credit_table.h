#ifndef CTL_CREDIT_TABLE_H
#define CTL_CREDIT_TABLE_H

#include "credit/domain/scorecard.h"
#include "ctl/ctl.h"

/* A CSV file as a table of numbers, for `credit scorecard`. Empty cells, "?", and texts such as "NA" are missing; a
 * column in which most filled cells are no numbers is text and left out. */

#define CREDIT_FILE_BYTES_MAX ((size_t)1 << 30)

struct credit_table {
	const char **names; /* of all columns of the file */
	size_t column_count, rows;
	const char ***texts; /* texts[column][row], as in the file */
	double **numbers;    /* numbers[column][row], NAN where missing */
	bool *is_text;
};

MUST_USE struct err credit_table_read(struct ctl *ctl, const char *path, struct credit_table *table);

/* -1 where there is none. */
int credit_table_find(const struct credit_table *table, const char *name);

#endif
