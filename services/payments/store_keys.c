#include "common/base/text.h"
#include "payments/store_rows.h"

/* The keys under which a creditor's records can be named, read once for a large file. */

#define ENTRY_BYTES_LEAST 250 /* of the shortest formats; camt has 1,000 */
#define KEYS_AN_ENTRY 12      /* windows of a remittance that could be a number */
#define KEYS_FETCHED "10000"  /* some 500 KB of rows at a time */

/* No more are counted than would be read. */
static const struct db_stmt COUNT =
	DB_STMT("payments_keys_count",
		"SELECT (SELECT count(*) FROM (SELECT FROM ledger.open_item WHERE creditor = $1 LIMIT $2) i), "
		"       (SELECT count(*) FROM (SELECT FROM invoicing.customer WHERE creditor = $1 LIMIT $2) c)");

/* Whatever ITEMS_LOAD and NUMBERS_LOAD (store_match.c) look up by key has to be here, each in its column. */
static const struct db_stmt KEYS_DECLARE = DB_STMT(
	"payments_keys_declare", "DECLARE payments_keys NO SCROLL CURSOR FOR "
				 "SELECT number_key, creditor_ref, NULL FROM ledger.open_item WHERE creditor = $1 "
				 "UNION ALL SELECT NULL, NULL, number FROM invoicing.customer "
				 "           WHERE creditor = $1");
static const struct db_stmt KEYS_FETCH = DB_STMT("payments_keys_fetch", "FETCH " KEYS_FETCHED " FROM payments_keys");
static const struct db_stmt KEYS_CLOSE = DB_STMT("payments_keys_close", "CLOSE payments_keys");

static struct err keys_add(struct db_tx *tx, struct known_keys *known, bool *more)
{
	struct key_filter *const columns[] = { &known->numbers, &known->references, &known->customers };
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &KEYS_FETCH, DB_NO_PARAMS, &rows));
	for (int row = 0; row < rows.count; row++)
		for (int column = 0; column < 3; column++)
			if (!db_cell_null(&rows, row, column))
				key_filter_add(columns[column], db_cell_text(&rows, row, column));
	*more = rows.count > 0;
	return OK;
}

struct err known_keys_load(struct db_tx *tx, const struct desk *desk, int64_t file_bytes, struct arena *arena,
			   const struct known_keys **known)
{
	int64_t lookups = file_bytes / ENTRY_BYTES_LEAST * KEYS_AN_ENTRY;
	DB_ROWS_SCOPE rows = { 0 };
	bool more = true;

	*known = NULL;
	TRY(db_query(tx, &COUNT, DB_PARAMS(db_text(desk->creditor), db_int(lookups)), &rows));
	int64_t items = db_cell_int(&rows, 0, 0), customers = db_cell_int(&rows, 0, 1);

	if (items + customers >= lookups)
		return OK;
	struct known_keys *keys = arena_alloc(arena, sizeof *keys);

	*keys = (struct known_keys){ .numbers = key_filter_make(arena, (size_t)items),
				     .references = key_filter_make(arena, (size_t)items),
				     .customers = key_filter_make(arena, (size_t)customers) };
	TRY(db_exec(tx, &KEYS_DECLARE, DB_PARAMS(db_text(desk->creditor))));
	while (more)
		TRY(keys_add(tx, keys, &more));
	*known = keys;
	return db_exec(tx, &KEYS_CLOSE, DB_NO_PARAMS);
}
