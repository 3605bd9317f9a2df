#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "invoicing/store_import.h"

/* An import begins, and its rows are staged by COPY. */

/* Two at once with the same file: the second waits here, and then finds the import of the first. */
static const struct db_stmt ONE_AT_A_TIME = DB_STMT(
	"import_one_at_a_time", "SELECT pg_advisory_xact_lock(hashtextextended('import:' || $1 || ':' || $2, 0))");

static const struct db_stmt REOPEN =
	DB_STMT("import_reopen", "SELECT id FROM invoicing.import WHERE creditor = $1 AND file_sha256 = $2 "
				 "AND state = 'open' FOR UPDATE");

static const struct db_stmt BEGIN = DB_STMT(
	"import_begin", "INSERT INTO invoicing.import (creditor, id, file_name, file_sha256) VALUES ($1, $2, $3, $4)");

/* What nobody came back for within a day. */
static const struct db_stmt ABANDON =
	DB_STMT("import_abandon",
		"WITH old AS (UPDATE invoicing.import SET state = 'abandoned' WHERE creditor = $1 AND state = 'open' "
		"AND begun_at < clock_timestamp() - interval '1 day' RETURNING id) "
		"DELETE FROM invoicing.import_row r USING old WHERE r.creditor = $1 AND r.import = old.id");

static const struct db_stmt GET = DB_STMT(
	"import_get", "SELECT state, file_name FROM invoicing.import WHERE creditor = $1 AND id = $2 FOR UPDATE");

/* The range lets the key's index find the lines, whatever the statistics of a table that has just been filled. */
static const struct db_stmt ROWS_REPLACE =
	DB_STMT("import_rows_replace", "DELETE FROM invoicing.import_row r WHERE " ROWS_OF
				       " AND r.line BETWEEN $3 AND $4 AND r.line = ANY ($5::int[])");

static const char STAGE_COPY[] =
	"COPY invoicing.import_row (creditor, import, line, row_creditor, id, customer, opening, settlement, "
	"fingerprint, customer_number, customer_name, invoice_number, issued_on, due_on, amount_minor, currency, "
	"email, "
	"language, country, timezone, iban, vat_id, phone, paid_minor, settled_on, disputed, order_reference, "
	"creditor_ref, mandate, segment_code, outcome, bad_column, bad_reason) FROM STDIN";

static const struct db_stmt ROWS_FORGET =
	DB_STMT("import_rows_forget", "DELETE FROM invoicing.import_row r WHERE " ROWS_OF);

struct err import_rows_forget(struct db_tx *tx, const struct desk *desk, struct id import)
{
	return db_exec(tx, &ROWS_FORGET, DB_PARAMS(db_text(desk->creditor.code), db_id(import)));
}

struct err import_begin(struct db_tx *tx, const struct desk *desk, const char *file_name, const char *sha256,
			struct import *import)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param creditor = db_text(desk->creditor.code);
	struct import begun = { .id = id_fresh(), .file_name = file_name };

	TRY(db_exec(tx, &ABANDON, DB_PARAMS(creditor)));
	TRY(db_exec(tx, &ONE_AT_A_TIME, DB_PARAMS(creditor, db_text_or_empty(sha256))));
	TRY(db_query(tx, &REOPEN, DB_PARAMS(creditor, db_text_or_empty(sha256)), &rows));
	if (rows.count > 0)
		begun.id = db_cell_id(&rows, 0, 0);
	*import = begun;
	if (rows.count > 0)
		return import_rows_forget(tx, desk, begun.id);
	return db_exec(tx, &BEGIN,
		       DB_PARAMS(creditor, db_id(begun.id), db_text_or_empty(file_name), db_text_or_empty(sha256)));
}

struct err import_get(struct db_tx *tx, const struct desk *desk, struct id id, struct import *import)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &GET, DB_PARAMS(db_text(desk->creditor.code), db_id(id)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "import.unknown", "import_id", "there is no such import");
	if (!text_equal(db_cell_text(&rows, 0, 0), "open"))
		return ERR(ERR_CONFLICT, "import.closed", "import_id",
			   "the import was committed, refused or abandoned");
	*import = (struct import){ .id = id, .file_name = db_cell_copy(&rows, 0, 1, tx->arena) };
	return OK;
}

static void copy_column(struct buf *row, const char *text)
{
	buf_append_char(row, '\t');
	db_copy_text(row, text_empty(text) ? NULL : text);
}

static void copy_id(struct buf *row, struct id id)
{
	char text[ID_TEXT_BYTES];

	copy_column(row, id_format(id, text));
}

static void copy_date(struct buf *row, struct date date)
{
	char text[DATE_TEXT_BYTES];

	copy_column(row, date_format(date, text));
}

/* A text that must be there; a bad row may lack it. */
static void copy_required(struct buf *row, const char *text)
{
	buf_append_char(row, '\t');
	db_copy_text(row, text ? text : "");
}

static void copy_item(struct buf *row, struct arena *arena, const struct open_item *item)
{
	copy_required(row, item->creditor);
	for (int i = 0; i < 4; i++)
		copy_id(row, id_fresh());
	copy_id(row, open_item_fingerprint(arena, item));
	copy_required(row, item->customer_number);
	copy_required(row, item->customer_name);
	copy_required(row, item->invoice_number);
	copy_date(row, item->issued_on);
	copy_date(row, item->due_on);
	buf_append_format(row, "\t%lld", (long long)item->amount_minor);
	copy_required(row, item->currency.code);
	copy_column(row, item->email);
	copy_column(row, item->language);
	copy_column(row, item->country);
	copy_column(row, country_timezone(item->country));
	copy_column(row, item->iban);
	copy_column(row, item->vat_id);
	copy_column(row, item->phone);
	buf_append_format(row, "\t%lld", (long long)open_item_paid(item));
	copy_date(row, item->settled_on);
	buf_append_text(row, item->disputed ? "\tt" : "\tf");
	copy_column(row, item->order_reference);
	copy_column(row, item->creditor_ref);
	copy_column(row, item->mandate);
	copy_column(row, item->segment_code);
}

#define STAGE_BYTES_MAX ((size_t)32 * 1024 * 1024) /* IMPORT_PART_ROWS_MAX rows with every column at its limit */

struct err import_stage(struct db_tx *tx, const struct desk *desk, const struct import *import,
			const struct open_item *items, const struct err *verdicts, size_t count)
{
	int64_t *lines = arena_array(tx->arena, count, sizeof *lines), first = INT32_MAX, last = 0;
	char id[ID_TEXT_BYTES];
	struct db_copy copy;
	BUF_SCOPE row;

	buf_init(&row, STAGE_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		bool bad = !err_ok(verdicts[i]);

		lines[i] = items[i].line;
		first = lines[i] < first ? lines[i] : first;
		last = lines[i] > last ? lines[i] : last;
		buf_append_format(&row, "%s\t%s\t%d", desk->creditor.code, id_format(import->id, id), items[i].line);
		copy_item(&row, tx->arena, &items[i]);
		copy_column(&row, bad ? "bad" : NULL);
		copy_column(&row, bad ? verdicts[i].field : NULL);
		copy_column(&row, bad ? verdicts[i].message : NULL);
		buf_append_char(&row, '\n');
	}
	CHECK(!row.full);
	TRY(db_exec(tx, &ROWS_REPLACE,
		    DB_PARAMS(db_text(desk->creditor.code), db_id(import->id), db_int(first), db_int(last),
			      db_int_array(tx->arena, lines, count))));
	TRY(db_copy_begin(tx, STAGE_COPY, &copy));
	TRY(db_copy_put(&copy, row.data, row.length));
	return db_copy_end(&copy);
}
