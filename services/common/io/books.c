#include "common/io/books.h"

#include "common/base/text.h"
#include "common/io/clock.h"

/* A creditor's clock stands still only where test clocks are on; all others are the process's. */
static const struct db_stmt BOOKS =
	DB_STMT("books_open",
		"SELECT c.code, c.timezone, n.now, n.local::date, "
		"extract(hour FROM n.local)::int * 60 + extract(minute FROM n.local)::int "
		"FROM invoicing.creditor c LEFT JOIN ledger.test_clock t ON $2 AND t.creditor = c.code, "
		"LATERAL (SELECT coalesce(t.at, $3) AS now, coalesce(t.at, $3) AT TIME ZONE c.timezone AS local) n "
		"WHERE $1 IN ('', c.code) ORDER BY c.code");

static struct err creditor_refused(struct arena *arena, const char *asked, const struct db_rows *rows)
{
	const char *codes = "";

	if (rows->count == 0 && text_empty(asked))
		return ERR(ERR_NOT_FOUND, "creditor.none", "creditor", "there is no creditor yet");
	if (rows->count == 0)
		return err_format(arena, ERR_NOT_FOUND, "creditor.unknown", "creditor", "there is no creditor '%s'",
				  asked);
	for (int row = 0; row < rows->count; row++)
		codes = arena_format(arena, "%s%s%s", codes, row > 0 ? ", " : "", db_cell_text(rows, row, 0));
	return err_format(arena, ERR_INVALID, "creditor.ambiguous", "creditor", "name the creditor: one of %s", codes);
}

struct err books_open(struct db_tx *tx, const char *asked, struct books *books)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &BOOKS,
		     DB_PARAMS(db_text_or_empty(asked), db_bool(clock_test_used()), db_time(clock_system())), &rows));
	if (rows.count != 1)
		return creditor_refused(tx->arena, asked, &rows);
	*books = (struct books){
		.creditor = db_cell_copy(&rows, 0, 0, tx->arena),
		.timezone = db_cell_copy(&rows, 0, 1, tx->arena),
		.now = db_cell_time(&rows, 0, 2),
		.today = db_cell_date(&rows, 0, 3),
		.minute = (int)db_cell_int(&rows, 0, 4),
	};
	return OK;
}
