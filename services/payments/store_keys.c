#include "common/base/text.h"
#include "payments/store_rows.h"

/* The keys under which a creditor's records can be named, read once for a large file. */

#define ENTRY_BYTES_LEAST 250 /* of the shortest formats; camt has 1,000 */
#define KEYS_AN_ENTRY 12      /* windows of a remittance that could be a number */
#define KEYS_FETCHED "10000"  /* some 500 KB of rows at a time */
#define LOOKUPS_MANY 50000    /* of a file of 1 MB: what a page too many costs is nothing beside them */

/* No more are counted than would be read. */
static const struct db_stmt COUNT =
	DB_STMT("payments_keys_count",
		"SELECT (SELECT count(*) FROM (SELECT FROM ledger.open_item WHERE creditor = $1 LIMIT $2) i) + "
		"       (SELECT count(*) FROM (SELECT FROM invoicing.customer WHERE creditor = $1 LIMIT $2) c)");

/* Whatever ITEMS_LOAD and NUMBERS_LOAD (store_match.c) look up by key has to be here, each in its column. */
static const struct db_stmt KEYS_DECLARE = DB_STMT(
	"payments_keys_declare", "DECLARE payments_keys NO SCROLL CURSOR FOR "
				 "SELECT number_key, creditor_ref, NULL FROM ledger.open_item WHERE creditor = $1 "
				 "UNION ALL SELECT NULL, NULL, number FROM invoicing.customer "
				 "           WHERE creditor = $1");
static const struct db_stmt KEYS_FETCH = DB_STMT("payments_keys_fetch", "FETCH " KEYS_FETCHED " FROM payments_keys");
static const struct db_stmt KEYS_CLOSE = DB_STMT("payments_keys_close", "CLOSE payments_keys");

enum { NUMBERS, REFERENCES, CUSTOMERS, COLUMNS };

/* A filter is made for so many keys, which are known only once all were read: their hashes wait in pieces. */
#define HASHES_A_PIECE 8000

struct hashes {
	struct hashes *before;
	size_t count;
	uint64_t list[HASHES_A_PIECE];
};

struct collected {
	struct arena *arena;
	struct hashes *last[COLUMNS];
	size_t count[COLUMNS];
};

static void collect(struct collected *collected, int column, const char *key)
{
	struct hashes *piece = collected->last[column];

	if (!piece || piece->count == HASHES_A_PIECE) {
		piece = arena_alloc(collected->arena, sizeof *piece);
		piece->before = collected->last[column];
		piece->count = 0;
		collected->last[column] = piece;
	}
	piece->list[piece->count++] = key_filter_hash(key);
	collected->count[column]++;
}

static struct key_filter filter_of(struct arena *arena, const struct collected *collected, int column)
{
	struct key_filter filter = key_filter_make(arena, collected->count[column]);

	for (const struct hashes *piece = collected->last[column]; piece; piece = piece->before)
		for (size_t i = 0; i < piece->count; i++)
			key_filter_add_hash(&filter, piece->list[i]);
	return filter;
}

static struct err page_collect(struct db_tx *tx, struct collected *collected, bool *more)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &KEYS_FETCH, DB_NO_PARAMS, &rows));
	for (int row = 0; row < rows.count; row++)
		for (int column = 0; column < COLUMNS; column++)
			if (!db_cell_null(&rows, row, column))
				collect(collected, column, db_cell_text(&rows, row, column));
	*more = rows.count > 0;
	return OK;
}

/* Of a small file, whether reading them all is worth it is found out first. */
static struct err worth_it(struct db_tx *tx, const struct desk *desk, size_t lookups, bool *worth)
{
	DB_ROWS_SCOPE rows = { 0 };

	*worth = lookups >= LOOKUPS_MANY;
	if (*worth)
		return OK;
	TRY(db_query(tx, &COUNT, DB_PARAMS(db_text(desk->creditor), db_int((int64_t)lookups)), &rows));
	*worth = db_cell_int(&rows, 0, 0) < (int64_t)lookups;
	return OK;
}

struct err known_keys_load(struct db_tx *tx, const struct desk *desk, int64_t file_bytes, struct arena *arena,
			   const struct known_keys **known)
{
	size_t lookups = (size_t)(file_bytes / ENTRY_BYTES_LEAST * KEYS_AN_ENTRY);
	ARENA_SCOPE scratch = arena_new(0);
	struct collected collected = { .arena = scratch };
	bool worth, more = true;

	*known = NULL;
	TRY(worth_it(tx, desk, lookups, &worth));
	if (!worth)
		return OK;
	TRY(db_exec(tx, &KEYS_DECLARE, DB_PARAMS(db_text(desk->creditor))));
	while (more && collected.count[NUMBERS] + collected.count[CUSTOMERS] < lookups)
		TRY(page_collect(tx, &collected, &more));
	if (!more) {
		struct known_keys *keys = arena_alloc(arena, sizeof *keys);

		*keys = (struct known_keys){ .numbers = filter_of(arena, &collected, NUMBERS),
					     .references = filter_of(arena, &collected, REFERENCES),
					     .customers = filter_of(arena, &collected, CUSTOMERS) };
		*known = keys;
	}
	return db_exec(tx, &KEYS_CLOSE, DB_NO_PARAMS);
}
