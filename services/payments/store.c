#include "payments/store.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/books.h"
#include "common/io/random.h"
#include "payments/domain/bank_account.h"

static const struct db_stmt LOCK =
	DB_STMT("payments_lock", "SELECT pg_advisory_xact_lock(hashtextextended('payments.desk/' || $1, 0))");

static const struct db_stmt LOCK_SHARED = DB_STMT(
	"payments_lock_shared", "SELECT pg_advisory_xact_lock_shared(hashtextextended('payments.desk/' || $1, 0))");

static const struct db_stmt FILE_LOCK = DB_STMT(
	"payments_file_lock", "SELECT pg_advisory_xact_lock(hashtextextended('payments.file/' || $1 || '/' || $2, 0))");

/* Where a statement stands in its account's chain can be said once those before it are in the books. */
static const struct db_stmt ACCOUNT_LOCK = DB_STMT(
	"payments_account_lock", "SELECT pg_advisory_xact_lock(hashtextextended('payments.account/' || $1::uuid, 0))");

static const struct db_stmt ACCOUNT_FIND = DB_STMT(
	"payments_account_find", "SELECT a.creditor, a.id, a.currency, (SELECT max(e.booked_on) FROM payments.entry e "
				 "WHERE e.bank_account = a.id) FROM payments.bank_account a "
				 "WHERE a.account = ANY (ARRAY[$1, $2]) AND ($3::text IS NULL OR a.currency = $3) "
				 "ORDER BY (a.account = $1) DESC, a.id LIMIT 1");

static const struct db_stmt ACCOUNT_OWN = DB_STMT(
	"payments_account_own", "SELECT coalesce(iban = $2, false), currency FROM invoicing.creditor WHERE code = $1");

static const struct db_stmt ACCOUNT_INSERT = DB_STMT(
	"payments_account_insert",
	"INSERT INTO payments.bank_account (creditor, id, account, currency, origin) VALUES ($1, $2, $3, $4, $5)");

static const struct db_stmt STATEMENT_INSERT =
	DB_STMT("payments_statement_insert",
		"INSERT INTO payments.statement (creditor, id, bank_account, file, statement_id, sequence, currency, "
		"opening_on, opening_minor, imported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

static const struct db_stmt STATEMENT_CLOSE = DB_STMT(
	"payments_statement_close",
	"UPDATE payments.statement SET opening_on = $5, opening_minor = $6, closing_on = $3, closing_minor = $4, "
	"       entries = $7, entries_minor = $8, duplicates = $9, duplicates_minor = $10, last_booked_on = $11, "
	"       balance = $12, kind = $13 WHERE creditor = $1 AND id = $2");

/* As it stands now; a statement that comes later may close a gap, which the lists then show. */
static const struct db_stmt STATEMENT_LINK =
	DB_STMT("payments_statement_link",
		"UPDATE payments.statement s SET chain = l.chain FROM payments.statement_link($1, $2) l "
		"WHERE s.creditor = $1 AND s.id = $2 "
		"RETURNING l.chain, l.missing, l.difference_minor, l.out_of_order");

/* ------------------------------------------------------------------ the desk */

struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk)
{
	struct books books;

	TRY(books_open(tx, asked, &books));
	*desk = (struct desk){ .creditor = books.creditor, .now = books.now };
	return OK;
}

struct err desk_lock(struct db_tx *tx, const struct desk *desk)
{
	DB_ROWS_SCOPE rows = { 0 };

	return db_query(tx, &LOCK, DB_PARAMS(db_text(desk->creditor)), &rows);
}

struct err desk_share(struct db_tx *tx, const struct desk *desk)
{
	DB_ROWS_SCOPE rows = { 0 };

	return db_query(tx, &LOCK_SHARED, DB_PARAMS(db_text(desk->creditor)), &rows);
}

struct err file_lock(struct db_tx *tx, const struct desk *desk, const char *sha256)
{
	return db_exec(tx, &FILE_LOCK, DB_PARAMS(db_text(desk->creditor), db_text(sha256)));
}

/* ------------------------------------------------------------------ accounts */

static void currency_cell(const struct db_rows *rows, int column, struct currency *currency)
{
	struct currency found;

	CHECK(err_ok(currency_parse(db_cell_text(rows, 0, column), &found)));
	*currency = found;
}

/* `iban` is another name of the account, or NULL. */
static struct err account_add(struct db_tx *tx, const struct desk *desk, const char *account, const char *iban,
			      struct currency *currency, bool adopt, struct id *id)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id fresh = id_fresh();

	TRY(db_query(tx, &ACCOUNT_OWN, DB_PARAMS(db_text(desk->creditor), db_text(iban ? iban : account)), &rows));
	bool own = db_cell_bool(&rows, 0, 0);

	if (!own && !adopt)
		return err_format(tx->arena, ERR_CONFLICT, "account.unknown", "account",
				  "no creditor owns the account %s; adopt it, or name it as the creditor's", account);
	if (!currency_known(*currency))
		currency_cell(&rows, 1, currency);
	TRY(db_exec(tx, &ACCOUNT_INSERT,
		    DB_PARAMS(db_text(desk->creditor), db_id(fresh), db_text(own && iban ? iban : account),
			      db_text(currency->code), db_text(own ? "creditor" : "adopted"))));
	*id = fresh;
	return OK;
}

struct err bank_account_get(struct db_tx *tx, const struct desk *desk, const char *account, struct currency *currency,
			    bool adopt, struct id *id, struct date *known_until)
{
	DB_ROWS_SCOPE rows = { 0 };

	*known_until = DATE_NONE;
	if (text_empty(account))
		return ERR(ERR_INVALID, "account.missing", "account", "the statement names no account");
	const char *iban = bank_account_iban(tx->arena, account);

	TRY(db_query(tx, &ACCOUNT_FIND, DB_PARAMS(db_text(account), db_text(iban), db_text(currency->code)), &rows));
	if (rows.count == 0)
		return account_add(tx, desk, account, iban, currency, adopt, id);
	if (!text_equal(db_cell_text(&rows, 0, 0), desk->creditor))
		return err_format(tx->arena, ERR_CONFLICT, "account.other_creditor", "account",
				  "the account %s belongs to the creditor %s", account, db_cell_text(&rows, 0, 0));
	*id = db_cell_id(&rows, 0, 1);
	currency_cell(&rows, 2, currency);
	*known_until = db_cell_date(&rows, 0, 3);
	return OK;
}

/* ------------------------------------------------------------------ statements */

static struct db_param balance_param(struct date on, int64_t minor)
{
	return date_known(on) ? db_int(minor) : db_null();
}

struct err statement_insert(struct db_tx *tx, const struct desk *desk, const struct statement_record *statement)
{
	return db_exec(tx, &STATEMENT_INSERT,
		       DB_PARAMS(db_text(desk->creditor), db_id(statement->id), db_id(statement->bank_account),
				 db_id(statement->file), db_text(statement->statement_id),
				 statement->sequence < 0 ? db_null() : db_int(statement->sequence),
				 db_text(statement->currency.code), db_date(statement->opening_on),
				 balance_param(statement->opening_on, statement->opening_minor), db_time(desk->now)));
}

struct err statement_close(struct db_tx *tx, const struct desk *desk, struct arena *arena,
			   struct statement_record *statement)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_exec(tx, &ACCOUNT_LOCK, DB_PARAMS(db_id(statement->bank_account))));
	TRY(db_exec(tx, &STATEMENT_CLOSE,
		    DB_PARAMS(db_text(desk->creditor), db_id(statement->id), db_date(statement->closing_on),
			      balance_param(statement->closing_on, statement->closing_minor),
			      db_date(statement->opening_on),
			      balance_param(statement->opening_on, statement->opening_minor),
			      db_int(statement->entries), db_int(statement->entries_minor),
			      db_int(statement->duplicates), db_int(statement->duplicates_minor),
			      db_date(statement->last_booked_on), db_text(statement->balanced ? "ok" : "unknown"),
			      db_text(statement->kind))));
	TRY(db_query(tx, &STATEMENT_LINK, DB_PARAMS(db_text(desk->creditor), db_id(statement->id)), &rows));
	statement->chain = db_cell_copy(&rows, 0, 0, arena);
	statement->missing = db_cell_int(&rows, 0, 1);
	statement->difference_minor = db_cell_int(&rows, 0, 2);
	statement->out_of_order = db_cell_bool(&rows, 0, 3);
	return OK;
}
