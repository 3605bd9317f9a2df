#include "invoicing/store_import.h"
#include "invoicing/store_cell.h"
#include "ledger/ledger_store.h"

/* A staged file of open items is judged by statements over the whole of it, and booked in parts of
 * IMPORT_PART_ROWS_MAX rows inside one transaction: 170,000 items take some 20 s. Parameters of every statement:
 * $1 the import's creditor, $2 the import. */

#define REFRESH_ROWS_MIN 500 /* an import of so many changes what a creditor's items look like to the planner */

/* ------------------------------------------------------------------ judging */

static const struct db_stmt PLAN_WHOLE = DB_STMT("import_plan_whole", "SET LOCAL enable_nestloop = off");
static const struct db_stmt PLAN_ROWS = DB_STMT("import_plan_rows", "SET LOCAL enable_nestloop = on");

static const struct db_stmt JUDGE_CREDITOR =
	DB_STMT("import_judge_creditor", "UPDATE invoicing.import_row r SET outcome = 'bad', bad_column = 'creditor', "
					 "bad_reason = 'there is no such creditor' WHERE " ROWS_LEFT " AND NOT EXISTS "
					 "(SELECT FROM invoicing.creditor c WHERE c.code = r.row_creditor)");

static const struct db_stmt JUDGE_TWICE =
	DB_STMT("import_judge_twice",
		"UPDATE invoicing.import_row r SET outcome = 'bad', bad_column = 'invoice_number', "
		"bad_reason = 'the number stands in line ' || f.line || ' already' FROM "
		"(SELECT row_creditor, invoice_number, min(line) AS line FROM invoicing.import_row r WHERE " ROWS_OF
		" GROUP BY row_creditor, invoice_number HAVING count(*) > 1) f WHERE " ROWS_LEFT
		" AND r.row_creditor = f.row_creditor AND r.invoice_number = f.invoice_number AND r.line > f.line");

/* From here on r.id is the item's that is there. */
static const struct db_stmt JUDGE_TAKEN = DB_STMT(
	"import_judge_taken",
	"UPDATE invoicing.import_row r SET id = i.id, "
	"outcome = CASE WHEN m.item IS NULL THEN 'bad' WHEN m.fingerprint = r.fingerprint THEN 'unchanged' "
	"ELSE 'known' END, "
	"bad_column = CASE WHEN m.item IS NULL THEN 'invoice_number' END, "
	"bad_reason = CASE WHEN m.item IS NULL THEN 'the number was issued here' END "
	"FROM ledger.open_item i LEFT JOIN invoicing.imported_item m ON m.creditor = i.creditor AND m.item = i.id "
	"WHERE " ROWS_LEFT " AND i.creditor = r.row_creditor AND i.number = r.invoice_number");

static const struct db_stmt COUNT =
	DB_STMT("import_count", "SELECT count(*), count(*) FILTER (WHERE outcome = 'unchanged'), "
				"count(*) FILTER (WHERE outcome = 'bad') FROM invoicing.import_row r WHERE " ROWS_OF);

static const struct db_stmt BAD_ROWS =
	DB_STMT("import_bad_rows", "SELECT line, bad_column, bad_reason FROM invoicing.import_row r WHERE " ROWS_OF
				   " AND outcome = 'bad' ORDER BY line LIMIT $3");

/* ------------------------------------------------------------------ customers */

/* Of each column the last value that a customer's rows give. What a file leaves out stays as it is, or comes from the
 * creditor. */
static const struct db_stmt CUSTOMERS_SAVE = DB_STMT(
	"import_customers_save",
	"WITH given AS (SELECT r.row_creditor, r.customer_number, "
	"(array_agg(r.customer ORDER BY r.line DESC) FILTER (WHERE r.customer IS NOT NULL))[1] AS id, "
	"(array_agg(r.customer_name ORDER BY r.line DESC) FILTER (WHERE r.customer_name IS NOT NULL))[1] AS name, "
	"(array_agg(r.language ORDER BY r.line DESC) FILTER (WHERE r.language IS NOT NULL))[1] AS language, "
	"(array_agg(r.country ORDER BY r.line DESC) FILTER (WHERE r.country IS NOT NULL))[1] AS country, "
	"(array_agg(r.timezone ORDER BY r.line DESC) FILTER (WHERE r.timezone IS NOT NULL))[1] AS timezone, "
	"(array_agg(r.iban ORDER BY r.line DESC) FILTER (WHERE r.iban IS NOT NULL))[1] AS iban, "
	"(array_agg(r.vat_id ORDER BY r.line DESC) FILTER (WHERE r.vat_id IS NOT NULL))[1] AS vat_id, "
	"(array_agg(r.phone ORDER BY r.line DESC) FILTER (WHERE r.phone IS NOT NULL))[1] AS phone, "
	"(array_agg(r.segment_code ORDER BY r.line DESC) FILTER (WHERE r.segment_code IS NOT NULL))[1] AS segment_code "
	"FROM invoicing.import_row r WHERE " ROWS_OF " AND r.outcome IS DISTINCT FROM 'bad' "
	"GROUP BY r.row_creditor, r.customer_number) "
	"INSERT INTO invoicing.customer AS c (creditor, id, number, name, language, country, timezone, iban, vat_id, "
	"phone, segment_code) "
	"SELECT g.row_creditor, coalesce(o.id, g.id), g.customer_number, g.name, coalesce(g.language, o.language, "
	"k.language), coalesce(g.country, o.country, k.country), CASE WHEN g.country IS NULL OR g.country = o.country "
	"THEN coalesce(o.timezone, g.timezone, k.timezone) ELSE coalesce(g.timezone, o.timezone, k.timezone) END, "
	"coalesce(g.iban, o.iban), coalesce(g.vat_id, o.vat_id), coalesce(g.phone, o.phone), coalesce(g.segment_code, "
	"o.segment_code) "
	"FROM given g JOIN invoicing.creditor k ON k.code = g.row_creditor "
	"LEFT JOIN invoicing.customer o ON o.creditor = g.row_creditor AND o.number = g.customer_number "
	"ORDER BY g.row_creditor, g.customer_number "
	"ON CONFLICT (creditor, number) DO UPDATE SET name = excluded.name, language = excluded.language, "
	"country = excluded.country, timezone = excluded.timezone, iban = excluded.iban, vat_id = excluded.vat_id, "
	"phone = excluded.phone, segment_code = excluded.segment_code WHERE (c.name, c.language, c.country, "
	"c.timezone, "
	"c.iban, c.vat_id, c.phone, c.segment_code) IS DISTINCT FROM (excluded.name, excluded.language, "
	"excluded.country, excluded.timezone, excluded.iban, excluded.vat_id, excluded.phone, excluded.segment_code) "
	"RETURNING creditor, id");

/* The mail address becomes the main billing contact's. */
static const struct db_stmt CONTACTS_SAVE = DB_STMT(
	"import_contacts_save",
	"WITH given AS (SELECT c.creditor, c.id, c.language, (array_agg(r.email ORDER BY r.line DESC))[1] AS email "
	"FROM invoicing.import_row r JOIN invoicing.customer c ON c.creditor = r.row_creditor "
	"AND c.number = r.customer_number WHERE " ROWS_OF
	" AND r.outcome IS DISTINCT FROM 'bad' AND r.email IS NOT NULL "
	"GROUP BY c.creditor, c.id), placed AS (SELECT g.*, coalesce((SELECT min(t.position) FROM invoicing.contact t "
	"WHERE t.creditor = g.creditor AND t.customer = g.id AND t.role = 'billing'), (SELECT max(t.position) + 1 "
	"FROM invoicing.contact t WHERE t.creditor = g.creditor AND t.customer = g.id), 1) AS position FROM given g) "
	"INSERT INTO invoicing.contact AS t (creditor, customer, position, role, email, language) "
	"SELECT creditor, id, position, 'billing', email, language FROM placed "
	"ON CONFLICT (creditor, customer, position) DO UPDATE SET email = excluded.email "
	"WHERE t.email IS DISTINCT FROM excluded.email RETURNING creditor, customer");

static const struct db_stmt CUSTOMERS_NAME =
	DB_STMT("import_customers_name",
		"UPDATE invoicing.import_row r SET customer = c.id FROM invoicing.customer c WHERE " ROWS_LEFT
		" AND c.creditor = r.row_creditor AND c.number = r.customer_number AND c.id <> r.customer");

static const struct db_stmt CUSTOMERS_BY_ID = DB_STMT(
	"import_customers_by_id",
	"SELECT c.creditor, c.id, c.number, c.name, c.language, c.country FROM invoicing.customer c WHERE "
	"(c.creditor, c.id) IN (SELECT w.creditor, w.id FROM unnest($1::text[], $2::uuid[]) AS w (creditor, id)) "
	"ORDER BY c.creditor, c.number");

/* ------------------------------------------------------------------ items */

static const struct db_stmt OWNERS = DB_STMT(
	"import_owners", "SELECT DISTINCT row_creditor FROM invoicing.import_row r WHERE " ROWS_OF " ORDER BY 1");

static const struct db_stmt PART = DB_STMT(
	"import_part",
	"SELECT line, id, opening, settlement, issued_on, due_on, amount_minor, currency, paid_minor, settled_on "
	"FROM invoicing.import_row r WHERE " ROWS_LEFT " AND row_creditor = $3 AND line > $4 ORDER BY line LIMIT $5");

/* The early-payment discount comes from the customer's terms, else the creditor's, by the rule of
 * payment_terms_discount. */
static const struct db_stmt PART_ADD = DB_STMT(
	"import_part_add",
	"WITH items AS (SELECT r.*, coalesce(own.discount_percent, base.discount_percent) AS percent, "
	"coalesce(own.discount_days, base.discount_days) AS days FROM invoicing.import_row r "
	"LEFT JOIN invoicing.payment_terms own ON own.creditor = r.row_creditor AND own.customer = r.customer "
	"LEFT JOIN invoicing.payment_terms base ON base.creditor = r.row_creditor AND base.customer IS NULL "
	"WHERE " ROWS_LEFT " AND r.row_creditor = $3 AND r.line BETWEEN $4 AND $5) "
	"SELECT ledger.add_items($3, (SELECT jsonb_agg(jsonb_build_object('id', id, 'number', invoice_number, "
	"'customer', customer, 'customer_number', customer_number, 'currency', currency, 'issued_on', issued_on, "
	"'due_on', due_on, 'amount_minor', amount_minor, 'creditor_ref', creditor_ref, 'order_reference', "
	"order_reference, 'mandate', mandate, 'disputed', disputed, "
	"'discount_minor', round(amount_minor * percent / 100)::bigint, 'discount_until', "
	"CASE WHEN percent > 0 THEN least(issued_on + days, due_on) END) ORDER BY line) FROM items))");

static const struct db_stmt PART_REMEMBER = DB_STMT(
	"import_part_remember",
	"INSERT INTO invoicing.imported_item (creditor, item, import, line, fingerprint, told_disputed, "
	"told_paid_minor, booked_minor) SELECT r.row_creditor, r.id, r.import, r.line, r.fingerprint, r.disputed, "
	"r.paid_minor, r.paid_minor FROM invoicing.import_row r WHERE " ROWS_LEFT
	" AND r.row_creditor = $3 AND r.line BETWEEN $4 AND $5 ORDER BY r.line");

static const struct db_stmt REFRESH = DB_STMT("import_refresh", "SELECT invoicing.refresh_statistics()");

static const struct db_stmt CLOSE = DB_STMT(
	"import_close", "UPDATE invoicing.import SET state = $3, row_count = $4, imported = $5, unchanged = $6, "
			"bad = $7, updated = $8 WHERE creditor = $1 AND id = $2");

/* ------------------------------------------------------------------ committing */

struct err import_plan_whole(struct db_tx *tx)
{
	return db_exec(tx, &PLAN_WHOLE, DB_NO_PARAMS);
}

struct err import_plan_rows(struct db_tx *tx)
{
	return db_exec(tx, &PLAN_ROWS, DB_NO_PARAMS);
}

static struct err bad_rows_read(struct db_tx *tx, struct db_param creditor, struct db_param id,
				struct import_outcome *outcome)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &BAD_ROWS, DB_PARAMS(creditor, id, db_int(IMPORT_ROW_NOTES_MAX)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, outcome->bad_rows.items, outcome->bad_rows.count) = (struct row_note){
			.line = (int)db_cell_int(&rows, row, 0),
			.column = db_cell_copy(&rows, row, 1, tx->arena),
			.reason = db_cell_copy(&rows, row, 2, tx->arena),
		};
	return OK;
}

struct err import_judge(struct db_tx *tx, const struct desk *desk, const struct import *import,
			struct import_outcome *outcome)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param creditor = db_text(desk->creditor.code), id = db_id(import->id);

	TRY(import_plan_whole(tx));
	TRY(db_exec(tx, &JUDGE_CREDITOR, DB_PARAMS(creditor, id)));
	TRY(db_exec(tx, &JUDGE_TWICE, DB_PARAMS(creditor, id)));
	TRY(db_exec(tx, &JUDGE_TAKEN, DB_PARAMS(creditor, id)));
	TRY(import_known_judge(tx, desk, import));
	TRY(db_query(tx, &COUNT, DB_PARAMS(creditor, id), &rows));
	outcome->rows = db_cell_int(&rows, 0, 0);
	outcome->unchanged = db_cell_int(&rows, 0, 1);
	outcome->bad = db_cell_int(&rows, 0, 2);
	return outcome->bad > 0 ? bad_rows_read(tx, creditor, id, outcome) : OK;
}

/* Creditors and ids of changed customers; one may stand twice. */
struct touched {
	const char **creditors;
	struct id *ids;
	size_t creditor_count, count;
};

static struct err touched_read(struct db_tx *tx, const struct db_stmt *stmt, const struct desk *desk,
			       const struct import *import, struct touched *touched)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, stmt, DB_PARAMS(db_text(desk->creditor.code), db_id(import->id)), &rows));
	for (int row = 0; row < rows.count; row++) {
		*ARENA_PUSH(tx->arena, touched->creditors, touched->creditor_count) =
			db_cell_copy(&rows, row, 0, tx->arena);
		*ARENA_PUSH(tx->arena, touched->ids, touched->count) = db_cell_id(&rows, row, 1);
	}
	return OK;
}

struct err import_customers(struct db_tx *tx, const struct desk *desk, const struct import *import,
			    struct changed_customer **changed, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct touched touched = { 0 };
	struct changed_customer *found = NULL;
	size_t number = 0;

	TRY(touched_read(tx, &CUSTOMERS_SAVE, desk, import, &touched));
	TRY(touched_read(tx, &CONTACTS_SAVE, desk, import, &touched));
	TRY(db_exec(tx, &CUSTOMERS_NAME, DB_PARAMS(db_text(desk->creditor.code), db_id(import->id))));
	TRY(db_query(tx, &CUSTOMERS_BY_ID,
		     DB_PARAMS(db_text_array(tx->arena, touched.creditors, touched.count),
			       db_id_array(tx->arena, touched.ids, touched.count)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = (struct changed_customer){
			.creditor = db_cell_copy(&rows, row, 0, tx->arena),
			.customer = { .id = db_cell_id(&rows, row, 1),
				      .number = db_cell_copy(&rows, row, 2, tx->arena),
				      .name = db_cell_copy(&rows, row, 3, tx->arena),
				      .language = db_cell_copy(&rows, row, 4, tx->arena),
				      .country = db_cell_copy(&rows, row, 5, tx->arena) },
		};
	*changed = found;
	*count = number;
	return OK;
}

struct err import_creditors(struct db_tx *tx, const struct desk *desk, const struct import *import, const char ***codes,
			    size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	const char **found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &OWNERS, DB_PARAMS(db_text(desk->creditor.code), db_id(import->id)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = db_cell_copy(&rows, row, 0, tx->arena);
	*codes = found;
	*count = number;
	return OK;
}

/* Appends the postings of a part's rows; the last line that it held. */
static int part_read(const struct db_rows *rows, struct date today, struct posting_batch *batch,
		     struct import_outcome *outcome)
{
	for (int row = 0; row < rows->count; row++) {
		struct open_item_ids ids = {
			.item = db_cell_id(rows, row, 1),
			.opening = db_cell_id(rows, row, 2),
			.settlement = db_cell_id(rows, row, 3),
		};
		struct open_item item = {
			.issued_on = db_cell_date(rows, row, 4),
			.due_on = db_cell_date(rows, row, 5),
			.amount_minor = db_cell_int(rows, row, 6),
			.currency = cell_currency(rows, row, 7),
			.paid_minor = db_cell_int(rows, row, 8),
			.settled_on = db_cell_date(rows, row, 9),
		};

		open_item_post(batch, &item, &ids, today);
		import_outcome_add_open(batch->arena, outcome, item.currency,
					item.amount_minor - open_item_paid(&item));
	}
	return rows->count > 0 ? (int)db_cell_int(rows, rows->count - 1, 0) : 0;
}

static struct err part_book(struct db_tx *tx, const struct desk *desk, const struct import *import,
			    const struct desk *owner, int *after, int *count, struct import_outcome *outcome)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct db_param creditor = db_text(desk->creditor.code), id = db_id(import->id);
	struct db_param code = db_text(owner->creditor.code);

	TRY(db_query(tx, &PART, DB_PARAMS(creditor, id, code, db_int(*after), db_int(IMPORT_PART_ROWS_MAX)), &rows));
	*count = rows.count;
	if (rows.count == 0)
		return OK;
	struct db_param first = db_int(*after + 1), last = db_int(part_read(&rows, owner->today, &batch, outcome));

	TRY(import_plan_whole(tx));
	TRY(db_exec(tx, &PART_ADD, DB_PARAMS(creditor, id, code, first, last)));
	TRY(import_plan_rows(tx));
	TRY(ledger_post(tx, owner->creditor.code, &batch));
	TRY(db_exec(tx, &PART_REMEMBER, DB_PARAMS(creditor, id, code, first, last)));
	*after = (int)db_cell_int(&rows, rows.count - 1, 0);
	outcome->imported += rows.count;
	return db_flush(tx);
}

struct err import_items(struct db_tx *tx, const struct desk *desk, const struct import *import,
			const struct desk *owner, struct import_outcome *outcome)
{
	int after = 0, count = 1;

	while (count > 0) {
		struct err err = part_book(tx, desk, import, owner, &after, &count, outcome);

		if (err.code == ERR_EXISTS)
			return ERR(ERR_ABORTED, "import.race", NULL,
				   "another import brought the same invoices meanwhile");
		TRY(err);
	}
	return OK;
}

struct err import_close(struct db_tx *tx, const struct desk *desk, const struct import *import,
			const struct import_outcome *outcome)
{
	struct db_param creditor = db_text(desk->creditor.code), id = db_id(import->id);

	TRY(import_rows_forget(tx, desk, import->id));
	if (outcome->imported >= REFRESH_ROWS_MIN)
		TRY(db_exec(tx, &REFRESH, DB_NO_PARAMS));
	return db_exec(tx, &CLOSE,
		       DB_PARAMS(creditor, id, db_text(outcome->committed ? "committed" : "refused"),
				 db_int(outcome->rows), db_int(outcome->imported), db_int(outcome->unchanged),
				 db_int(outcome->bad), db_int(outcome->updated)));
}
