#ifndef PAYMENTS_STORE_WANTED_H
#define PAYMENTS_STORE_WANTED_H

#include "payments/store.h"

/* What a batch names, and how it is looked up. Inside the store only: store_match.c, store_originals.c. */

/* The planner would read all items of a creditor that it has no statistics of, or all items there are: the creditor
 * comes as a column beside each key, a lateral join behind OFFSET 0 looks each key up, and open_minor + 0 keeps the
 * planner from guessing how many are open. */
#define EACH(array) "unnest(" array ", array_fill($1::text, ARRAY[cardinality(" array ")])) AS w (k, creditor) "
#define LOOK_UP(query) "CROSS JOIN LATERAL (" query " OFFSET 0) i "

/* A text of a creditor's row, as its hash index has it (deploy/schema/0064_indexes.sql). */
#define KEY_OF(text, row) "(" text " || ' ' || " row ".creditor)"
#define KEY_IS(text, row) KEY_OF(text, row) " = " KEY_OF("w.k", "w")

/* What the new payments of a batch name. */
struct wanted {
	const char **ibans, **return_keys, **return_ids, **return_mandates;
	size_t iban_count, return_key_count, return_id_count, return_mandate_count;
	const char **numbers, **references; /* which what is written may be */
	size_t number_count, reference_count;
	int64_t *return_amounts;
	size_t return_count;
};

/* The order of the texts, which are there once each. */
int wanted_order(const void *a, const void *b);

/* Asks for items by id. */
MUST_USE struct err items_by_id_ask(struct db_tx *reads, const struct desk *desk, struct arena *arena,
				    const struct id *ids, size_t count, struct db_rows *rows);

/* Adds the items that were asked for to batch->items. */
void items_read(const struct db_rows *rows, struct batch *batch);

#endif
