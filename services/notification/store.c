#include "notification/store.h"

#include "common/base/text.h"
#include "common/io/books.h"
#include "notification/store_report.h"

static const struct db_stmt CREDITOR_CODES =
	DB_STMT("notification_creditor_codes", "SELECT code FROM invoicing.creditor ORDER BY code");

/* Without an IBAN of its own, a creditor is paid to the account whose statements it adopted first. */
static const struct db_stmt CREDITOR_FIND =
	DB_STMT("notification_creditor_find",
		"SELECT c.code, c.name, c.legal_name, c.language, c.country, coalesce(c.iban, a.account), "
		"       CASE WHEN c.iban IS NOT NULL THEN c.bic END, c.vat_id, c.email, c.phone, "
		"       array_to_string(c.address_lines, E'\\n'), s.payment_link "
		"  FROM invoicing.creditor c LEFT JOIN invoicing.stationery s ON s.creditor = c.code "
		"  LEFT JOIN LATERAL (SELECT b.account FROM payments.bank_account b WHERE b.creditor = c.code "
		"    AND b.currency = c.currency AND b.account ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' "
		"    ORDER BY b.made_at, b.id LIMIT 1) a ON true WHERE c.code = $1");

static const struct db_stmt CURRENCIES = DB_STMT(
	"notification_customer_currencies", "SELECT DISTINCT currency FROM ledger.open_item WHERE creditor = $1 "
					    "AND customer = $2 AND open_minor > 0 AND NOT cancelled ORDER BY currency");

/* ------------------------------------------------------------------ creditors */

static struct letter_creditor read_creditor(const struct db_rows *rows, struct arena *arena)
{
	struct letter_creditor creditor = {
		.code = db_cell_copy(rows, 0, 0, arena),
		.name = db_cell_copy(rows, 0, 1, arena),
		.legal_name = db_cell_copy(rows, 0, 2, arena),
		.language = db_cell_copy(rows, 0, 3, arena),
		.country = db_cell_copy(rows, 0, 4, arena),
		.iban = db_cell_copy(rows, 0, 5, arena),
		.bic = db_cell_copy(rows, 0, 6, arena),
		.vat_id = db_cell_copy(rows, 0, 7, arena),
		.email = db_cell_copy(rows, 0, 8, arena),
		.phone = db_cell_copy(rows, 0, 9, arena),
		.payment_link = db_cell_copy(rows, 0, 11, arena),
	};

	lines_split(arena, db_cell_text(rows, 0, 10), &creditor.address, &creditor.address_count);
	return creditor;
}

struct err creditor_find(struct db_tx *tx, const char *code, struct creditor *creditor)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct books books;

	TRY(books_open(tx, code, &books));
	TRY(db_query(tx, &CREDITOR_FIND, DB_PARAMS(db_text(books.creditor)), &rows));
	*creditor = (struct creditor){
		.letter = read_creditor(&rows, tx->arena),
		.timezone = books.timezone,
		.now = books.now,
		.today = books.today,
	};
	return OK;
}

struct err creditors_list(struct db_tx *tx, const char ***codes, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CREDITOR_CODES, DB_NO_PARAMS, &rows));
	*codes = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **codes);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		(*codes)[row] = db_cell_copy(&rows, row, 0, tx->arena);
	return OK;
}

/* ------------------------------------------------------------------ customers */

struct err customer_currencies(struct db_tx *tx, const char *creditor, struct id customer, struct currency **currencies,
			       size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CURRENCIES, DB_PARAMS(db_text(creditor), db_id(customer)), &rows));
	*currencies = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **currencies);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		text_copy((*currencies)[row].code, sizeof(*currencies)[row].code, db_cell_text(&rows, row, 0));
	return OK;
}
