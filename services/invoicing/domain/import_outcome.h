#ifndef INVOICING_DOMAIN_IMPORT_OUTCOME_H
#define INVOICING_DOMAIN_IMPORT_OUTCOME_H

#include "invoicing/domain/known_item.h"

/* What became of the rows of an open items file. */

#define IMPORT_ROW_NOTES_MAX 10000 /* rows of one kind that a reply lists */

/* A file that is said to be complete settles what it lacks; one that lacks more than so much of what is open is taken
 * for cut off, or for another kind of file. */
#define MISSING_PERCENT_MAX 50
#define MISSING_ITEMS_MIN 10    /* so few may go at any rate */
#define MISSING_LINE 1000000000 /* behind all lines of a file: rows of items that it lacks */

/* A row of which something is to be said. */
struct row_note {
	int line;
	const char *column, *reason;
};

struct row_notes {
	struct row_note *items; /* at most IMPORT_ROW_NOTES_MAX */
	size_t count;
};

struct import_outcome {
	bool committed; /* false: refused, because of bad rows */
	int64_t rows, imported, updated, unchanged, bad;
	int64_t missing;                   /* items that the file lacks, and that count as paid for it */
	int64_t changes[ITEM_FIELD_COUNT]; /* updated rows, by what changed */
	struct row_notes bad_rows;
	struct row_notes withheld; /* said to be paid, but not booked; counted as updated or unchanged besides */
	int64_t customers_changed;
	struct currency_amount {
		struct currency currency;
		int64_t minor;
	} * open; /* what is open of the imported rows */
	size_t open_count;
};

void import_outcome_add_open(struct arena *arena, struct import_outcome *outcome, struct currency currency,
			     int64_t minor);

/* ERR_CONFLICT "import.not_complete". */
MUST_USE struct err import_missing_check(struct arena *arena, int64_t missing, int64_t open);

/* Counts a row of a known item. A note of one that the file lacks has the line 0. */
void import_outcome_add_news(struct arena *arena, struct import_outcome *outcome, const struct open_item *given,
			     const struct item_day *day, const struct item_news *news);

/* Adds what was imported of one creditor's rows to the whole. */
void import_outcome_add(struct arena *arena, struct import_outcome *outcome, const struct import_outcome *part);

#endif
