#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/arena.h"

/* One row model for the three ways in which relancectl prints: columns aligned for people, JSON, and CSV of
 * RFC 4180. A column has the name that programs see ("amount_minor"); people see it without the underscores and
 * without "_minor". Cells are added in the order of the columns.
 *
 *     struct table *table = table_new(ctl->arena);
 *     table_column(table, "invoice_number", TABLE_TEXT);
 *     table_column(table, "open_minor", TABLE_MONEY);
 *     table_column_hidden(table, "currency", TABLE_TEXT);
 *     …
 *     table_row(table);
 *     table_cell_text(table, item->invoice_number);
 *     table_cell_money(table, item->open_minor, item->currency);
 *     table_cell_text(table, item->currency);
 *     return ctl_table(ctl, table);
 *
 * Texts are not copied: they live in the arena, or longer. */

struct table;

enum table_kind {
	TABLE_TEXT,
	TABLE_DATE,  /* YYYY-MM-DD; "" is null */
	TABLE_INT,   /* right-aligned */
	TABLE_REAL,  /* right-aligned; for people with 3 decimals */
	TABLE_MONEY, /* an integer of minor units; for people "1 234.50 EUR", right-aligned */
	TABLE_BOOL,  /* true, false; for people "yes", "no" */
};

enum table_format { TABLE_FORMAT_PEOPLE, TABLE_FORMAT_JSON, TABLE_FORMAT_CSV };

struct table *table_new(struct arena *arena);

/* All columns come before the first row; `name` is a literal. */
void table_column(struct table *table, const char *name, enum table_kind kind);
/* Only in JSON and CSV: a currency that people already see beside the amount. */
void table_column_hidden(struct table *table, const char *name, enum table_kind kind);

void table_row(struct table *table);
void table_cell_text(struct table *table, const char *text); /* TABLE_TEXT, TABLE_DATE; NULL is null */
void table_cell_int(struct table *table, int64_t value);
void table_cell_real(struct table *table, double value);
void table_cell_money(struct table *table, int64_t minor, const char *currency);
void table_cell_bool(struct table *table, bool value);
void table_cell_null(struct table *table); /* any kind: null, or an empty cell */

/* A record is one row that people read from top to bottom ("customer show"), and a JSON object rather than an
 * array of one. */
void table_as_record(struct table *table);

void table_print(const struct table *table, enum table_format format, FILE *to);

#endif
