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

/* Whatever ITEMS_LOAD, NUMBERS_LOAD and EXACT_ITEMS_LOAD (store_match.c, store_payers.c) look up by key has to be here,
 * each in its column, and of the last the amount beside it. */
static const struct db_stmt KEYS_DECLARE = DB_STMT(
	"payments_keys_declare", "DECLARE payments_keys NO SCROLL CURSOR FOR "
				 "SELECT number_key, creditor_ref, NULL, CASE WHEN open_minor > 0 THEN customer END, "
				 "       open_minor FROM ledger.open_item WHERE creditor = $1 "
				 "UNION ALL SELECT NULL, NULL, number, NULL, NULL FROM invoicing.customer "
				 "           WHERE creditor = $1");
static const struct db_stmt KEYS_FETCH =
	DB_STMT_BINARY("payments_keys_fetch", "FETCH " KEYS_FETCHED " FROM payments_keys");
static const struct db_stmt KEYS_CLOSE = DB_STMT("payments_keys_close", "CLOSE payments_keys");

/* $1's customers with plans that store_plan.c would load. */
static const struct db_stmt PLANNERS_LOAD =
	DB_STMT_BINARY("payments_planners_load", "SELECT DISTINCT customer FROM notification.agreement "
						 " WHERE creditor = $1 AND state = 'stands' AND kind = 'plan'");

static const struct db_stmt OWED_COUNT =
	DB_STMT("payments_owed_count", "SELECT count(*) FROM ledger.open_item WHERE creditor = $1 AND open_minor > 0");

enum { NUMBERS, REFERENCES, CUSTOMERS, PLANNERS, COLUMNS };

#define AMOUNT_OF 3 /* columns of a page: whose amount, and how much */
#define AMOUNT 4

/* A filter is made for so many keys, which are known only once all were read: their hashes wait in pieces. */
#define HASHES_A_PIECE 8000

struct hashes {
	struct hashes *before;
	size_t count;
	uint64_t list[HASHES_A_PIECE];
};

struct collected {
	struct arena *arena;
	struct key_filter *amounts; /* made beforehand; NULL: a file of LARGE_FILE_BYTES leaves no room for it */
	struct hashes *last[COLUMNS];
	size_t count[COLUMNS];
};

static void collect(struct collected *collected, int column, uint64_t hash)
{
	struct hashes *piece = collected->last[column];

	if (!piece || piece->count == HASHES_A_PIECE) {
		piece = arena_alloc(collected->arena, sizeof *piece);
		piece->before = collected->last[column];
		piece->count = 0;
		collected->last[column] = piece;
	}
	piece->list[piece->count++] = hash;
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

static void page_collect(const struct db_rows *rows, struct collected *collected)
{
	for (int row = 0; row < rows->count; row++) {
		for (int column = NUMBERS; column <= CUSTOMERS; column++)
			if (!db_cell_null(rows, row, column))
				collect(collected, column, key_filter_hash(db_cell_text(rows, row, column)));
		if (collected->amounts && !db_cell_null(rows, row, AMOUNT_OF))
			key_filter_add_hash(collected->amounts, open_amount_hash(db_cell_id(rows, row, AMOUNT_OF),
										 db_cell_int(rows, row, AMOUNT)));
	}
}

/* How many there will be. */
static struct err amounts_make(struct db_tx *tx, const struct desk *desk, struct arena *arena,
			       struct key_filter **amounts)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &OWED_COUNT, DB_PARAMS(db_text(desk->creditor)), &rows));
	*amounts = arena_alloc(arena, sizeof **amounts);
	**amounts = key_filter_make(arena, (size_t)db_cell_int(&rows, 0, 0));
	return OK;
}

static struct err page_ask(struct db_tx *tx, struct db_rows *rows)
{
	TRY(db_ask(tx, &KEYS_FETCH, DB_NO_PARAMS, rows));
	return db_push(tx);
}

/* Until `most` were read, or all. The server reads one page while another is looked at. */
static struct err pages_collect(struct db_tx *tx, size_t most, struct collected *collected, bool *all)
{
	DB_ROWS_SCOPE first = { 0 };
	DB_ROWS_SCOPE second = { 0 };
	struct db_rows *page = &first, *next = &second;

	*all = false;
	TRY(page_ask(tx, page));
	while (!*all && collected->count[NUMBERS] + collected->count[CUSTOMERS] < most) {
		struct db_rows *read = page;

		TRY(db_await(tx, read));
		TRY(page_ask(tx, next));
		page_collect(read, collected);
		*all = read->count == 0;
		db_rows_release(read);
		page = next;
		next = read;
	}
	return db_flush(tx);
}

static struct err planners_collect(struct db_tx *tx, const struct desk *desk, struct collected *collected)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PLANNERS_LOAD, DB_PARAMS(db_text(desk->creditor)), &rows));
	for (int row = 0; row < rows.count; row++)
		collect(collected, PLANNERS, id_hash(db_cell_id(&rows, row, 0)));
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
	bool worth, all;

	*known = NULL;
	TRY(worth_it(tx, desk, lookups, &worth));
	if (!worth)
		return OK;
	if (file_bytes < LARGE_FILE_BYTES)
		TRY(amounts_make(tx, desk, arena, &collected.amounts));
	TRY(db_exec(tx, &KEYS_DECLARE, DB_PARAMS(db_text(desk->creditor))));
	TRY(pages_collect(tx, lookups, &collected, &all));
	TRY(planners_collect(tx, desk, &collected));
	if (all) {
		struct known_keys *keys = arena_alloc(arena, sizeof *keys);

		*keys = (struct known_keys){ .numbers = filter_of(arena, &collected, NUMBERS),
					     .references = filter_of(arena, &collected, REFERENCES),
					     .customers = filter_of(arena, &collected, CUSTOMERS),
					     .amounts = collected.amounts,
					     .planners = filter_of(arena, &collected, PLANNERS) };
		*known = keys;
	}
	return db_exec(tx, &KEYS_CLOSE, DB_NO_PARAMS);
}
