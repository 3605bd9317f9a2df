#ifndef INVOICING_STORE_CELL_H
#define INVOICING_STORE_CELL_H

#include "common/base/decimal.h"
#include "common/base/money.h"
#include "common/io/db.h"

/* Cells and parameters of invoicing's own types. A cell that does not parse is our own bug. */

struct currency cell_currency(const struct db_rows *rows, int row, int column);
struct decimal cell_decimal(const struct db_rows *rows, int row, int column);

/* A text array that was read with LINES(column): the lines, in the arena. */
#define LINES(column) "array_to_string(" column ", E'\\n')"
const char **cell_lines(const struct db_rows *rows, int row, int column, struct arena *arena, size_t *count);

struct db_param param_decimal(struct arena *arena, struct decimal decimal);

#endif
