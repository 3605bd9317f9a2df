#include "common/base/text.h"
#include "invoicing/store_cell.h"
#include "invoicing/store_import.h"
#include "ledger/ledger_store.h"

/* Rows of items that are there with other values: read with what stands in the books, compared by the domain, and
 * written page by page. */

#define DISPUTE_REASON "disputed in the open items file"

static const struct db_stmt LOCK =
	DB_STMT("import_known_lock", "SELECT ledger.lock_items($3, (SELECT array_agg(r.id) FROM invoicing.import_row r "
				     "WHERE " ROWS_OF " AND r.outcome = 'known' AND r.row_creditor = $3))");

static const struct db_stmt PAGE = DB_STMT(
	"import_known_page",
	"SELECT r.line, r.fingerprint, r.settlement, r.invoice_number, r.customer_number, r.issued_on, r.due_on, "
	"r.amount_minor, r.currency, r.paid_minor, r.settled_on, r.disputed, r.order_reference, r.creditor_ref, "
	"r.mandate, "
	"i.id, i.customer, i.customer_number, i.issued_on, i.due_on, i.amount_minor, i.currency, i.open_minor, "
	"i.order_reference, i.creditor_ref, i.mandate, m.told_paid_minor, m.told_disputed, m.booked_minor, "
	"EXISTS (SELECT FROM invoicing.dispute d WHERE d.creditor = i.creditor AND d.item = i.id "
	"AND d.closed_at IS NULL AND d.reason <> '" DISPUTE_REASON "'), coalesce(-b.amount_minor, 0), m.waiting_since "
	"FROM (SELECT * FROM invoicing.import_row r WHERE " ROWS_OF
	" AND r.outcome = 'known' AND r.row_creditor = $3 AND r.line > $4 ORDER BY r.line LIMIT $5) r "
	"JOIN ledger.open_item i ON i.creditor = r.row_creditor AND i.id = r.id "
	"JOIN invoicing.imported_item m ON m.creditor = i.creditor AND m.item = i.id "
	"LEFT JOIN ledger.balance b ON b.creditor = i.creditor AND b.account = 'unapplied_cash' "
	"AND b.subject = i.customer AND b.currency = i.currency ORDER BY r.line");

static const struct db_stmt BANKED =
	DB_STMT("import_banked_until",
		"SELECT min(a.until) FROM (SELECT max(greatest(s.closing_on, s.last_booked_on)) AS until "
		"FROM payments.statement s WHERE s.creditor = $1 GROUP BY s.bank_account) a WHERE a.until >= $2::date "
		"- $3::int");

/* Columns that the comparison does not look at are left empty. */
static const struct db_stmt MISSING_STAGE =
	DB_STMT("import_missing_stage",
		"WITH open AS (SELECT i.*, m.told_disputed FROM invoicing.imported_item m "
		"JOIN ledger.open_item i ON i.creditor = m.creditor AND i.id = m.item WHERE m.creditor = $3 AND "
		"i.open_minor > 0), "
		"staged AS (INSERT INTO invoicing.import_row (creditor, import, line, row_creditor, id, customer, "
		"opening, settlement, "
		"fingerprint, customer_number, customer_name, invoice_number, issued_on, due_on, amount_minor, "
		"currency, paid_minor, "
		"disputed, outcome) SELECT $1, $2, $4::int + row_number() OVER (ORDER BY o.number), o.creditor, o.id, "
		"o.customer, "
		"gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), o.customer_number, '', o.number, "
		"o.issued_on, o.due_on, "
		"o.amount_minor, o.currency, o.amount_minor, o.told_disputed, 'known' FROM open o WHERE NOT EXISTS "
		"(SELECT FROM invoicing.import_row r WHERE " ROWS_OF
		" AND r.row_creditor = $3 AND r.invoice_number = o.number) "
		"RETURNING 1) SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM open)");

static const struct db_stmt REFUSE = DB_STMT(
	"import_known_refuse",
	"UPDATE invoicing.import_row r SET outcome = 'bad', bad_column = w.bad_column, bad_reason = w.bad_reason "
	"FROM unnest($3::int[], $4::text[], $5::text[]) AS w (line, bad_column, bad_reason) "
	"WHERE " ROWS_OF " AND r.line = w.line");

static const struct db_stmt CHANGE = DB_STMT(
	"import_known_change",
	"SELECT ledger.change_items($1, jsonb_agg(jsonb_build_object('id', w.id, 'due_on', w.due_on, "
	"'order_reference', w.order_reference, 'creditor_ref', w.creditor_ref, 'mandate', w.mandate, 'disputed', "
	"w.disputed::boolean))) FROM unnest($2::uuid[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[]) "
	"AS w (id, due_on, order_reference, creditor_ref, mandate, disputed)");

static const struct db_stmt DISPUTES_END =
	DB_STMT("import_disputes_end", "UPDATE invoicing.dispute SET closed_at = $3 WHERE creditor = $1 "
				       "AND item = ANY ($2::uuid[]) AND closed_at IS NULL");

static const struct db_stmt DISPUTES_OPEN =
	DB_STMT("import_disputes_open",
		"INSERT INTO invoicing.dispute (creditor, item, opened_at, reason) "
		"SELECT $1, w.item, $3, '" DISPUTE_REASON "' FROM unnest($2::uuid[]) AS w (item) "
		"ON CONFLICT (creditor, item, opened_at) DO UPDATE SET reason = excluded.reason, closed_at = NULL");

static const struct db_stmt HISTORY = DB_STMT(
	"import_history", "INSERT INTO invoicing.item_change (creditor, item, import, field, was, becomes, changed_at) "
			  "SELECT $1, w.item, $2, w.field, w.was, w.becomes, $7 FROM unnest($3::uuid[], $4::text[], "
			  "$5::text[], $6::text[]) "
			  "AS w (item, field, was, becomes)");

static const struct db_stmt CHANGES = DB_STMT(
	"item_changes", "SELECT c.changed_at, c.field, c.was, c.becomes, i.file_name FROM invoicing.item_change c "
			"JOIN invoicing.import i ON i.id = c.import WHERE c.creditor = $1 AND c.item = $2 "
			"ORDER BY c.changed_at, c.import, c.field");

/* A row of which something was withheld keeps its old fingerprint and last word: it is looked at again. */
static const struct db_stmt REMEMBER =
	DB_STMT("import_known_remember",
		"UPDATE invoicing.imported_item m SET fingerprint = coalesce(w.fingerprint, m.fingerprint), "
		"told_paid_minor = w.told_paid, told_disputed = w.told_disputed <> 0, booked_minor = m.booked_minor + "
		"w.booked, "
		"waiting_since = CASE WHEN w.fingerprint IS NULL THEN coalesce(m.waiting_since, $7) END "
		"FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::int[], $6::bigint[]) "
		"AS w (item, fingerprint, told_paid, told_disputed, booked) WHERE m.creditor = $1 AND m.item = w.item");

/* ------------------------------------------------------------------ what the file lacks */

struct err import_missing_stage(struct db_tx *tx, const struct desk *desk, const struct import *import,
				const char *owner, int64_t *missing, int64_t *open)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(import_plan_whole(tx));
	TRY(db_query(tx, &MISSING_STAGE,
		     DB_PARAMS(db_text(desk->creditor.code), db_id(import->id), db_text(owner), db_int(MISSING_LINE)),
		     &rows));
	TRY(import_plan_rows(tx));
	*missing = db_cell_int(&rows, 0, 0);
	*open = db_cell_int(&rows, 0, 1);
	return OK;
}

/* ------------------------------------------------------------------ reading */

struct err import_known_lock(struct db_tx *tx, const struct desk *desk, const struct import *import, const char *owner)
{
	return db_exec(tx, &LOCK, DB_PARAMS(db_text(desk->creditor.code), db_id(import->id), db_text(owner)));
}

struct err banked_until(struct db_tx *tx, const struct desk *desk, struct date *until)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &BANKED,
		     DB_PARAMS(db_text(desk->creditor.code), db_date(desk->today), db_int(STATEMENT_DAYS_MAX)), &rows));
	*until = db_cell_date(&rows, 0, 0);
	return OK;
}

static struct open_item given_read(const struct db_rows *rows, int row, struct arena *arena)
{
	return (struct open_item){
		.line = (int)db_cell_int(rows, row, 0),
		.invoice_number = db_cell_copy(rows, row, 3, arena),
		.customer_number = db_cell_copy(rows, row, 4, arena),
		.issued_on = db_cell_date(rows, row, 5),
		.due_on = db_cell_date(rows, row, 6),
		.amount_minor = db_cell_int(rows, row, 7),
		.currency = cell_currency(rows, row, 8),
		.paid_minor = db_cell_int(rows, row, 9),
		.settled_on = db_cell_date(rows, row, 10),
		.disputed = db_cell_bool(rows, row, 11),
		.order_reference = db_cell_copy(rows, row, 12, arena),
		.creditor_ref = db_cell_copy(rows, row, 13, arena),
		.mandate = db_cell_copy(rows, row, 14, arena),
	};
}

static struct known_item known_read(const struct db_rows *rows, int row, struct arena *arena)
{
	return (struct known_item){
		.id = db_cell_id(rows, row, 15),
		.customer = db_cell_id(rows, row, 16),
		.customer_number = db_cell_copy(rows, row, 17, arena),
		.issued_on = db_cell_date(rows, row, 18),
		.due_on = db_cell_date(rows, row, 19),
		.amount_minor = db_cell_int(rows, row, 20),
		.currency = cell_currency(rows, row, 21),
		.open_minor = db_cell_int(rows, row, 22),
		.order_reference = db_cell_copy(rows, row, 23, arena),
		.creditor_ref = db_cell_copy(rows, row, 24, arena),
		.mandate = db_cell_copy(rows, row, 25, arena),
		.told_paid_minor = db_cell_int(rows, row, 26),
		.told_disputed = db_cell_bool(rows, row, 27),
		.booked_minor = db_cell_int(rows, row, 28),
		.disputed_here = db_cell_bool(rows, row, 29),
		.unapplied_minor = db_cell_int(rows, row, 30),
		.waiting_since = db_cell_date(rows, row, 31),
	};
}

struct err import_known_page(struct db_tx *tx, const struct desk *desk, const struct import *import, const char *owner,
			     int after, struct known_row **page, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct known_row *found = NULL;
	size_t number = 0;

	TRY(import_plan_whole(tx));
	TRY(db_query(tx, &PAGE,
		     DB_PARAMS(db_text(desk->creditor.code), db_id(import->id), db_text(owner), db_int(after),
			       db_int(IMPORT_PART_ROWS_MAX)),
		     &rows));
	TRY(import_plan_rows(tx));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = (struct known_row){
			.fingerprint = db_cell_id(&rows, row, 1),
			.posting = db_cell_id(&rows, row, 2),
			.given = given_read(&rows, row, tx->arena),
			.known = known_read(&rows, row, tx->arena),
		};
	*page = found;
	*count = number;
	return OK;
}

/* ------------------------------------------------------------------ judging */

/* Marks the bad rows of a page; gives its last line, 0 where the page is empty. */
static struct err page_judge(struct db_tx *tx, const struct desk *desk, const struct import *import, const char *owner,
			     int after, int *last)
{
	struct known_row *page;
	size_t count, bad = 0;

	TRY(import_known_page(tx, desk, import, owner, after, &page, &count));
	int64_t *lines = arena_array(tx->arena, count, sizeof *lines);
	const char **columns = arena_array(tx->arena, count, sizeof *columns);
	const char **reasons = arena_array(tx->arena, count, sizeof *reasons);

	for (size_t i = 0; i < count; i++) {
		struct err err = known_item_check(tx->arena, &page[i].known, &page[i].given);

		lines[bad] = page[i].given.line;
		columns[bad] = err.field;
		reasons[bad] = err.message;
		bad += !err_ok(err);
	}
	*last = count > 0 ? page[count - 1].given.line : 0;
	if (bad == 0)
		return OK;
	return db_exec(tx, &REFUSE,
		       DB_PARAMS(db_text(desk->creditor.code), db_id(import->id), db_int_array(tx->arena, lines, bad),
				 db_text_array(tx->arena, columns, bad), db_text_array(tx->arena, reasons, bad)));
}

struct err import_known_judge(struct db_tx *tx, const struct desk *desk, const struct import *import)
{
	const char **owners;
	size_t count;

	TRY(import_creditors(tx, desk, import, &owners, &count));
	for (size_t i = 0; i < count; i++)
		for (int after = 0, last = 1; last > 0; after = last)
			TRY(page_judge(tx, desk, import, owners[i], after, &last));
	return OK;
}

/* ------------------------------------------------------------------ saving */

/* The value of a field that changes, else NULL: it stays. */
static const char *becomes(const struct item_news *news, enum item_field field)
{
	for (size_t i = 0; i < news->count; i++)
		if (news->changes[i].field == field)
			return news->changes[i].becomes;
	return NULL;
}

static struct err items_change(struct db_tx *tx, const char *creditor, const struct known_row *rows, size_t count)
{
	static const enum item_field FIELDS[] = { ITEM_ORDER_REFERENCE, ITEM_CREDITOR_REF, ITEM_MANDATE_ID };
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);
	struct date *due = arena_array(tx->arena, count, sizeof *due);
	const char **texts[3], **disputed = arena_array(tx->arena, count, sizeof *disputed);

	for (size_t k = 0; k < 3; k++)
		texts[k] = arena_array(tx->arena, count, sizeof **texts);
	for (size_t i = 0; i < count; i++) {
		ids[i] = rows[i].known.id;
		due[i] = rows[i].given.due_on;
		disputed[i] = rows[i].news.dispute_changes ? (rows[i].given.disputed ? "t" : "f") : NULL;
		for (size_t k = 0; k < 3; k++)
			texts[k][i] = becomes(&rows[i].news, FIELDS[k]);
	}
	return db_exec(tx, &CHANGE,
		       DB_PARAMS(db_text(creditor), db_id_array(tx->arena, ids, count),
				 db_date_array(tx->arena, due, count), db_text_array(tx->arena, texts[0], count),
				 db_text_array(tx->arena, texts[1], count), db_text_array(tx->arena, texts[2], count),
				 db_text_array(tx->arena, disputed, count)));
}

static struct err disputes_save(struct db_tx *tx, const struct desk *owner, const struct known_row *rows, size_t count)
{
	struct id *open = NULL, *ended = NULL;
	size_t open_count = 0, ended_count = 0;
	struct db_param creditor = db_text(owner->creditor.code), now = db_time(owner->now);

	for (size_t i = 0; i < count; i++) {
		if (!rows[i].news.dispute_changes)
			continue;
		if (rows[i].given.disputed)
			*ARENA_PUSH(tx->arena, open, open_count) = rows[i].known.id;
		else
			*ARENA_PUSH(tx->arena, ended, ended_count) = rows[i].known.id;
	}
	if (ended_count > 0)
		TRY(db_exec(tx, &DISPUTES_END, DB_PARAMS(creditor, db_id_array(tx->arena, ended, ended_count), now)));
	if (open_count > 0)
		TRY(db_exec(tx, &DISPUTES_OPEN, DB_PARAMS(creditor, db_id_array(tx->arena, open, open_count), now)));
	return OK;
}

static struct err history_save(struct db_tx *tx, const struct desk *owner, const struct import *import,
			       const struct known_row *rows, size_t count)
{
	enum { FIELD, WAS, BECOMES, TEXTS };
	size_t most = count * ITEM_FIELD_COUNT, number = 0;
	struct id *items = arena_array(tx->arena, most, sizeof *items);
	const char **texts[TEXTS];

	for (size_t k = 0; k < TEXTS; k++)
		texts[k] = arena_array(tx->arena, most, sizeof **texts);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < rows[i].news.count; k++, number++) {
			const struct item_change *change = &rows[i].news.changes[k];

			items[number] = rows[i].known.id;
			texts[FIELD][number] = item_field_name(change->field);
			texts[WAS][number] = change->was;
			texts[BECOMES][number] = change->becomes;
		}
	if (number == 0)
		return OK;
	return db_exec(tx, &HISTORY,
		       DB_PARAMS(db_text(owner->creditor.code), db_id(import->id),
				 db_id_array(tx->arena, items, number), db_text_array(tx->arena, texts[FIELD], number),
				 db_text_array(tx->arena, texts[WAS], number),
				 db_text_array(tx->arena, texts[BECOMES], number), db_time(owner->now)));
}

static struct err words_remember(struct db_tx *tx, const struct desk *owner, const struct known_row *rows, size_t count)
{
	struct id *items = arena_array(tx->arena, count, sizeof *items);
	struct id *fingerprints = arena_array(tx->arena, count, sizeof *fingerprints);
	int64_t *paid = arena_array(tx->arena, count, sizeof *paid);
	int64_t *disputed = arena_array(tx->arena, count, sizeof *disputed);
	int64_t *booked = arena_array(tx->arena, count, sizeof *booked);

	for (size_t i = 0; i < count; i++) {
		bool withheld = rows[i].news.withheld_minor > 0;

		items[i] = rows[i].known.id;
		fingerprints[i] = withheld ? (struct id){ 0 } : rows[i].fingerprint;
		paid[i] = withheld ? rows[i].known.told_paid_minor : open_item_paid(&rows[i].given);
		disputed[i] = rows[i].given.disputed;
		booked[i] = rows[i].news.paid_minor;
	}
	return db_exec(tx, &REMEMBER,
		       DB_PARAMS(db_text(owner->creditor.code), db_id_array(tx->arena, items, count),
				 db_id_array(tx->arena, fingerprints, count), db_int_array(tx->arena, paid, count),
				 db_int_array(tx->arena, disputed, count), db_int_array(tx->arena, booked, count),
				 db_date(owner->today)));
}

struct err import_known_save(struct db_tx *tx, const struct desk *owner, const struct import *import,
			     const struct known_row *rows, size_t count)
{
	const char *creditor = owner->creditor.code;
	struct posting_batch batch = posting_batch_make(tx->arena);

	for (size_t i = 0; i < count; i++)
		known_item_post(&batch, &rows[i].known, &rows[i].given, &rows[i].news, rows[i].posting, owner->today);
	TRY(ledger_post(tx, creditor, &batch));
	TRY(import_plan_whole(tx));
	TRY(items_change(tx, creditor, rows, count));
	TRY(words_remember(tx, owner, rows, count));
	TRY(import_plan_rows(tx));
	TRY(disputes_save(tx, owner, rows, count));
	TRY(history_save(tx, owner, import, rows, count));
	return db_flush(tx);
}

/* ------------------------------------------------------------------ the history */

struct err item_changes_list(struct db_tx *tx, const struct desk *desk, struct id item,
			     struct recorded_change **changes, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct recorded_change *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &CHANGES, DB_PARAMS(db_text(desk->creditor.code), db_id(item)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = (struct recorded_change){
			.at = db_cell_time(&rows, row, 0),
			.column = db_cell_copy(&rows, row, 1, tx->arena),
			.was = db_cell_copy(&rows, row, 2, tx->arena),
			.becomes = db_cell_copy(&rows, row, 3, tx->arena),
			.file_name = db_cell_copy(&rows, row, 4, tx->arena),
		};
	*changes = found;
	*count = number;
	return OK;
}
