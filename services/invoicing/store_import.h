#ifndef INVOICING_STORE_IMPORT_H
#define INVOICING_STORE_IMPORT_H

#include "invoicing/store.h"

/* What store_import.c, store_import_stage.c and store_import_known.c share. */

/* Conditions on invoicing.import_row r: $1 is the import's creditor, $2 the import. */
#define ROWS_OF "r.creditor = $1 AND r.import = $2"
#define ROWS_LEFT ROWS_OF " AND r.outcome IS NULL"

/* Statements over many rows join sets of which a file just staged has no statistics: a nested loop over them would take
 * hours. The ledger looks single rows up. */
MUST_USE struct err import_plan_whole(struct db_tx *tx);
MUST_USE struct err import_plan_rows(struct db_tx *tx);

MUST_USE struct err import_rows_forget(struct db_tx *tx, const struct desk *desk, struct id import);

/* Marks known items as bad whose fixed values differ. */
MUST_USE struct err import_known_judge(struct db_tx *tx, const struct desk *desk, const struct import *import);

#endif
