#include "common/base/check.h"
#include "common/base/text.h"
#include "invoicing/store.h"
#include "invoicing/store_cell.h"
#include "ledger/ledger_store.h"

static const struct db_stmt NUMBER_NEXT =
	DB_STMT("number_next", "UPDATE invoicing.number_counter SET last = last + 1, last_on = $4 "
			       "WHERE creditor = $1 AND series = $2 AND year = $3 AND last_on <= $4 RETURNING last");

static const struct db_stmt NUMBER_LAST_ON =
	DB_STMT("number_last_on", "SELECT last_on FROM invoicing.number_counter "
				  "WHERE creditor = $1 AND series = $2 AND year = $3");

/* The first number of a year follows those that were taken over in the same style. */
static const struct db_stmt NUMBER_FIRST = DB_STMT(
	"number_first",
	"INSERT INTO invoicing.number_counter (creditor, series, year, first, last, last_on) "
	"SELECT $1, $2, $3, n, n, $4 FROM (SELECT coalesce(max(substr(number, length($5) + 1)::bigint), 0) + 1 AS n "
	"FROM ledger.open_item WHERE creditor = $1 AND $2 = 'invoice' AND starts_with(number, $5) "
	"AND substr(number, length($5) + 1) ~ '^[0-9]{1,12}$') AS taken_over "
	"ON CONFLICT DO NOTHING RETURNING last");

static const struct db_stmt INVOICE_INSERT = DB_STMT(
	"invoice_insert",
	"INSERT INTO invoicing.invoice (creditor, id, number, year, sequence, customer, currency, issued_on, due_on, "
	"net_minor, vat_minor, gross_minor, interest_rule, interest_rate, compensation_minor, posting, "
	"supplied_on, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)");

static const struct db_stmt LINES_INSERT = DB_STMT(
	"invoice_lines_insert",
	"INSERT INTO invoicing.invoice_line (creditor, invoice, line, description, quantity, unit, unit_price, "
	"vat_rate, net_minor) SELECT $1, $2, l.n, l.description, l.quantity, l.unit, l.unit_price, l.vat_rate, l.net "
	"FROM unnest($3::text[], $4::numeric[], $5::text[], $6::numeric[], $7::numeric[], $8::bigint[]) "
	"WITH ORDINALITY AS l (description, quantity, unit, unit_price, vat_rate, net, n)");

static const struct db_stmt ITEM_ADD =
	DB_STMT("invoice_item_add",
		"SELECT ledger.add_items($1, jsonb_build_array(jsonb_build_object('id', $2::uuid, 'number', $3::text, "
		"'customer', $4::uuid, 'customer_number', $5::text, 'currency', $6::text, 'issued_on', $7::date, "
		"'due_on', $8::date, 'amount_minor', $9::bigint, 'discount_minor', $10::bigint, "
		"'discount_until', $11::date, 'creditor_ref', $12::text, 'order_reference', $13::text)))");

#define RECEIVABLE_COLUMNS                                                                                             \
	"i.id, i.customer, i.number, i.customer_number, c.name, i.currency, i.issued_on, i.due_on, i.amount_minor, "   \
	"i.open_minor, i.cancelled, i.disputed, "                                                                      \
	"NOT EXISTS (SELECT FROM invoicing.invoice v WHERE v.creditor = i.creditor AND v.id = i.id), "                 \
	"(SELECT d.reason FROM invoicing.dispute d WHERE d.creditor = i.creditor AND d.item = i.id "                   \
	"AND d.closed_at IS NULL ORDER BY d.opened_at DESC LIMIT 1), "                                                 \
	"i.settled_on, i.creditor_ref, i.order_reference, i.discount_minor, i.discount_until, i.disputed_minor, "      \
	"(SELECT d.owner FROM invoicing.dispute d WHERE d.creditor = i.creditor AND d.item = i.id "                    \
	"AND d.closed_at IS NULL ORDER BY d.opened_at DESC LIMIT 1) "                                                  \
	"FROM ledger.open_item i JOIN invoicing.customer c ON c.creditor = i.creditor AND c.id = i.customer "

static const struct db_stmt RECEIVABLE_GET =
	DB_STMT("receivable_get", "SELECT " RECEIVABLE_COLUMNS "WHERE i.creditor = $1 AND i.number = $2");

static const struct db_stmt RECEIVABLES_PAGE =
	DB_STMT("receivables_page",
		"SELECT " RECEIVABLE_COLUMNS "WHERE i.creditor = $1 AND i.number > $2 "
		"AND ($3 = '' OR i.customer = (SELECT id FROM invoicing.customer WHERE creditor = $1 AND number = $3)) "
		"AND ($4::int IS NULL OR $4 = CASE WHEN i.cancelled THEN 2 WHEN i.open_minor = 0 THEN 1 ELSE 0 END) "
		"AND ($5::date IS NULL OR (i.open_minor > 0 AND i.due_on < $5)) ORDER BY i.number LIMIT $6");

static const struct db_stmt ENTRIES_OF =
	DB_STMT("receivable_entries",
		"SELECT p.booked_on, p.kind, e.amount_minor FROM ledger.entry e "
		"JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting "
		"WHERE e.creditor = $1 AND e.subject = $2 AND e.account = 'receivable' ORDER BY p.recorded_at, e.line");

static const struct db_stmt INVOICE_FIND =
	DB_STMT("invoice_find",
		"SELECT v.net_minor, v.vat_minor, v.gross_minor, v.interest_rule, v.interest_rate, "
		"v.compensation_minor, v.posting, n.number, v.supplied_on, v.note FROM invoicing.invoice v LEFT JOIN "
		"invoicing.credit_note n ON n.creditor = v.creditor AND n.invoice = v.id "
		"WHERE v.creditor = $1 AND v.id = $2");

static const struct db_stmt LINES_OF =
	DB_STMT("invoice_lines", "SELECT description, unit, quantity, unit_price, vat_rate, net_minor "
				 "FROM invoicing.invoice_line WHERE creditor = $1 AND invoice = $2 ORDER BY line");

/* A relief belongs to the receivable before it in its posting, or where there is none to the next (ledger/posting.h).
 */
static const struct db_stmt RELIEFS = DB_STMT(
	"invoice_reliefs",
	"SELECT e.account::text, sum(e.amount_minor)::bigint FROM ledger.entry e CROSS JOIN LATERAL "
	"(SELECT r.subject FROM ledger.entry r WHERE r.creditor = $1 AND r.posting = e.posting "
	"AND r.account = 'receivable' ORDER BY r.line > e.line, abs(r.line - e.line) LIMIT 1) relieved "
	"WHERE e.creditor = $1 AND e.posting IN (SELECT t.posting FROM ledger.entry t WHERE t.creditor = $1 "
	"AND t.subject = $2 AND t.account = 'receivable') AND e.account IN ('discount', 'bank_charges', 'rounding', "
	"'write_off', 'in_kind', 'bad_debt') AND relieved.subject = $2 "
	"GROUP BY e.account HAVING sum(e.amount_minor) <> 0 ORDER BY e.account");

static const struct db_stmt NOTE_INSERT = DB_STMT(
	"credit_note_insert",
	"INSERT INTO invoicing.credit_note (creditor, id, number, year, sequence, invoice, issued_on, gross_minor, "
	"released_minor, reason, posting) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");

static const struct db_stmt ITEM_MARK = DB_STMT("item_mark", "SELECT ledger.mark_item($1, $2, $3, $4)");

static const struct db_stmt ITEM_OPEN =
	DB_STMT("item_open", "SELECT open_minor FROM ledger.open_item WHERE creditor = $1 AND id = $2");

static const struct db_stmt DISPUTE_CLOSE =
	DB_STMT("dispute_close", "UPDATE invoicing.dispute SET closed_at = $3 "
				 "WHERE creditor = $1 AND item = $2 AND closed_at IS NULL");

static const struct db_stmt DISPUTE_OPEN = DB_STMT(
	"dispute_open", "INSERT INTO invoicing.dispute (creditor, item, opened_at, reason, amount_minor, owner) "
			"VALUES ($1, $2, $3, $4, nullif($5::bigint, 0), $6) "
			"ON CONFLICT (creditor, item, opened_at) DO UPDATE SET reason = excluded.reason, "
			"amount_minor = excluded.amount_minor, owner = excluded.owner, closed_at = NULL");

static const struct db_stmt DISPUTE_PART = DB_STMT("dispute_part", "SELECT ledger.dispute_part($1, $2, $3)");

/* ------------------------------------------------------------------ numbers */

static const char *series_name(enum series series)
{
	return series == SERIES_INVOICE ? "invoice" : "credit_note";
}

static struct err number_begin(struct db_tx *tx, const struct desk *desk, enum series series, struct date day, int year,
			       int64_t *sequence)
{
	DB_ROWS_SCOPE rows = { 0 };
	const char *stem = arena_format(tx->arena, "%s-%04d-", desk->creditor.invoice_prefix, year);

	TRY(db_query(tx, &NUMBER_FIRST,
		     DB_PARAMS(db_text(desk->creditor.code), db_text(series_name(series)), db_int(year), db_date(day),
			       db_text(stem)),
		     &rows));
	if (rows.count == 0)
		return ERR(ERR_ABORTED, "invoice.race", NULL, "the year's first number was given at the same time");
	*sequence = db_cell_int(&rows, 0, 0);
	return OK;
}

struct err number_next(struct db_tx *tx, const struct desk *desk, enum series series, struct date day, int *year,
		       int64_t *sequence)
{
	DB_ROWS_SCOPE rows = { 0 };
	DB_ROWS_SCOPE last = { 0 };
	struct db_param creditor = db_text(desk->creditor.code), name = db_text(series_name(series));
	int month, day_of_month;

	date_parts(day, year, &month, &day_of_month);
	TRY(db_query(tx, &NUMBER_NEXT, DB_PARAMS(creditor, name, db_int(*year), db_date(day)), &rows));
	if (rows.count > 0) {
		*sequence = db_cell_int(&rows, 0, 0);
		return OK;
	}
	TRY(db_query(tx, &NUMBER_LAST_ON, DB_PARAMS(creditor, name, db_int(*year)), &last));
	if (last.count > 0)
		return err_format(tx->arena, ERR_CONFLICT, "invoice.date_before_last", "issued_on",
				  "numbers follow the calendar, and the newest document of the year is of %s",
				  db_cell_text(&last, 0, 0));
	return number_begin(tx, desk, series, day, *year, sequence);
}

/* ------------------------------------------------------------------ issuing */

struct line_columns {
	const char **description, **quantity, **unit, **unit_price, **vat_rate;
	int64_t *net;
};

static const char *decimal_text(struct arena *arena, struct decimal decimal)
{
	return decimal_format(decimal, arena_alloc(arena, DECIMAL_TEXT_BYTES));
}

static struct err lines_insert(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice)
{
	struct arena *arena = tx->arena;
	size_t count = invoice->line_count;
	struct line_columns to = {
		.description = arena_array(arena, count, sizeof *to.description),
		.quantity = arena_array(arena, count, sizeof *to.quantity),
		.unit = arena_array(arena, count, sizeof *to.unit),
		.unit_price = arena_array(arena, count, sizeof *to.unit_price),
		.vat_rate = arena_array(arena, count, sizeof *to.vat_rate),
		.net = arena_array(arena, count, sizeof *to.net),
	};

	for (size_t i = 0; i < count; i++) {
		const struct invoice_line *line = &invoice->lines[i];

		to.description[i] = line->description;
		to.quantity[i] = decimal_text(arena, line->quantity);
		to.unit[i] = text_empty(line->unit) ? NULL : line->unit;
		to.unit_price[i] = decimal_text(arena, line->unit_price);
		to.vat_rate[i] = decimal_text(arena, line->vat_rate);
		to.net[i] = line->net_minor;
	}
	return db_exec(tx, &LINES_INSERT,
		       DB_PARAMS(db_text(desk->creditor.code), db_id(invoice->id),
				 db_text_array(arena, to.description, count), db_text_array(arena, to.quantity, count),
				 db_text_array(arena, to.unit, count), db_text_array(arena, to.unit_price, count),
				 db_text_array(arena, to.vat_rate, count), db_int_array(arena, to.net, count)));
}

static struct err invoice_write(struct db_tx *tx, const struct desk *desk, const struct invoice *i)
{
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct db_param creditor = db_text(desk->creditor.code);

	TRY(db_exec(tx, &INVOICE_INSERT,
		    DB_PARAMS(creditor, db_id(i->id), db_text(i->number), db_int(i->year), db_int(i->sequence),
			      db_id(i->customer), db_text(i->currency.code), db_date(i->issued_on), db_date(i->due_on),
			      db_int(i->net_minor), db_int(i->vat_minor), db_int(i->gross_minor),
			      db_text(interest_rule_name(i->late.rule)), param_decimal(tx->arena, i->late.rate),
			      db_int(i->late.compensation_minor), db_id(i->posting), db_date(i->supplied_on),
			      db_text(i->note))));
	TRY(lines_insert(tx, desk, i));
	TRY(db_exec(tx, &ITEM_ADD,
		    DB_PARAMS(creditor, db_id(i->id), db_text(i->number), db_id(i->customer),
			      db_text(i->customer_number), db_text(i->currency.code), db_date(i->issued_on),
			      db_date(i->due_on), db_int(i->gross_minor), db_int(i->discount_minor),
			      db_date(i->discount_until), db_text(i->creditor_ref), db_text(i->order_reference))));
	invoice_post(&batch, i);
	TRY(ledger_post(tx, desk->creditor.code, &batch));
	return db_flush(tx);
}

struct err invoice_insert(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice)
{
	struct err err = invoice_write(tx, desk, invoice);

	if (err.code == ERR_EXISTS && text_equal(err.field, "open_item_number"))
		return err_format(tx->arena, ERR_CONFLICT, "invoice.number_taken", "number",
				  "an imported item has the number %s: this creditor needs a prefix of its own",
				  invoice->number);
	return err;
}

/* ------------------------------------------------------------------ reading */

static struct receivable receivable_read(const struct db_rows *rows, int row, struct arena *arena)
{
	return (struct receivable){
		.id = db_cell_id(rows, row, 0),
		.customer = db_cell_id(rows, row, 1),
		.number = db_cell_copy(rows, row, 2, arena),
		.customer_number = db_cell_copy(rows, row, 3, arena),
		.customer_name = db_cell_copy(rows, row, 4, arena),
		.currency = cell_currency(rows, row, 5),
		.issued_on = db_cell_date(rows, row, 6),
		.due_on = db_cell_date(rows, row, 7),
		.amount_minor = db_cell_int(rows, row, 8),
		.open_minor = db_cell_int(rows, row, 9),
		.cancelled = db_cell_bool(rows, row, 10),
		.disputed = db_cell_bool(rows, row, 11),
		.imported = db_cell_bool(rows, row, 12),
		.dispute_reason = db_cell_copy(rows, row, 13, arena),
		.disputed_minor = db_cell_int(rows, row, 19),
		.dispute_owner = db_cell_copy(rows, row, 20, arena),
		.settled_on = db_cell_date(rows, row, 14),
		.creditor_ref = db_cell_copy(rows, row, 15, arena),
		.order_reference = db_cell_copy(rows, row, 16, arena),
		.discount_minor = db_cell_int(rows, row, 17),
		.discount_until = db_cell_date(rows, row, 18),
	};
}

struct err receivable_get(struct db_tx *tx, const struct desk *desk, const char *number, struct receivable *receivable)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &RECEIVABLE_GET, DB_PARAMS(db_text(desk->creditor.code), db_text_or_empty(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "invoice.unknown", "number", "there is no invoice '%s'",
				  number);
	*receivable = receivable_read(&rows, 0, tx->arena);
	return OK;
}

struct err receivables_page(struct db_tx *tx, const struct desk *desk, const struct receivable_filter *filter,
			    struct receivable **receivables, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct receivable *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &RECEIVABLES_PAGE,
		     DB_PARAMS(db_text(desk->creditor.code), db_text_or_empty(filter->after),
			       db_text_or_empty(filter->customer_number),
			       filter->state < 0 ? db_null() : db_int(filter->state),
			       db_date(filter->overdue ? desk->today : DATE_NONE), db_int(filter->limit)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = receivable_read(&rows, row, tx->arena);
	*receivables = found;
	*count = number;
	return OK;
}

static struct err entries_read(struct db_tx *tx, const struct desk *desk, struct receivable_detail *detail)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ENTRIES_OF, DB_PARAMS(db_text(desk->creditor.code), db_id(detail->head.id)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, detail->entries, detail->entry_count) = (struct receivable_entry){
			.booked_on = db_cell_date(&rows, row, 0),
			.kind = db_cell_copy(&rows, row, 1, tx->arena),
			.amount_minor = db_cell_int(&rows, row, 2),
		};
	return OK;
}

static struct err lines_read(struct db_tx *tx, const struct desk *desk, struct invoice *invoice)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &LINES_OF, DB_PARAMS(db_text(desk->creditor.code), db_id(invoice->id)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, invoice->lines, invoice->line_count) = (struct invoice_line){
			.description = db_cell_copy(&rows, row, 0, tx->arena),
			.unit = db_cell_copy(&rows, row, 1, tx->arena),
			.quantity = cell_decimal(&rows, row, 2),
			.unit_price = cell_decimal(&rows, row, 3),
			.vat_rate = cell_decimal(&rows, row, 4),
			.net_minor = db_cell_int(&rows, row, 5),
		};
	return invoice_vat(invoice);
}

static struct err invoice_read(struct db_tx *tx, const struct desk *desk, struct receivable_detail *detail)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct invoice *invoice = &detail->invoice;

	TRY(db_query(tx, &INVOICE_FIND, DB_PARAMS(db_text(desk->creditor.code), db_id(detail->head.id)), &rows));
	CHECK(rows.count == 1);
	invoice->id = detail->head.id;
	invoice->customer = detail->head.customer;
	invoice->number = detail->head.number;
	invoice->customer_number = detail->head.customer_number;
	invoice->currency = detail->head.currency;
	invoice->issued_on = detail->head.issued_on;
	invoice->due_on = detail->head.due_on;
	invoice->late.rule = interest_rule_of(db_cell_text(&rows, 0, 3));
	invoice->late.rate = cell_decimal(&rows, 0, 4);
	invoice->late.compensation_minor = db_cell_int(&rows, 0, 5);
	invoice->posting = db_cell_id(&rows, 0, 6);
	detail->credit_note_number = db_cell_copy(&rows, 0, 7, tx->arena);
	invoice->supplied_on = db_cell_date(&rows, 0, 8);
	invoice->note = db_cell_copy(&rows, 0, 9, tx->arena);
	TRY(lines_read(tx, desk, invoice));
	CHECK(invoice->net_minor == db_cell_int(&rows, 0, 0) && invoice->vat_minor == db_cell_int(&rows, 0, 1) &&
	      invoice->gross_minor == db_cell_int(&rows, 0, 2));
	return OK;
}

struct err receivable_detail_get(struct db_tx *tx, const struct desk *desk, const char *number,
				 struct receivable_detail *detail)
{
	struct receivable_detail found = { 0 };

	TRY(receivable_get(tx, desk, number, &found.head));
	TRY(entries_read(tx, desk, &found));
	if (!found.head.imported)
		TRY(invoice_read(tx, desk, &found));
	*detail = found;
	return OK;
}

/* ------------------------------------------------------------------ cancelling and disputing */

struct err reliefs_list(struct db_tx *tx, const struct desk *desk, struct id invoice, struct relief **reliefs,
			size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct relief *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &RELIEFS, DB_PARAMS(db_text(desk->creditor.code), db_id(invoice)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) =
			(struct relief){ .account = account_of(db_cell_text(&rows, row, 0)),
					 .minor = db_cell_int(&rows, row, 1) };
	*reliefs = found;
	*count = number;
	return OK;
}

static struct err credit_note_write(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice,
				    const struct credit_note *n, const struct posting_batch *batch)
{
	struct db_param creditor = db_text(desk->creditor.code);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_exec(tx, &NOTE_INSERT,
		    DB_PARAMS(creditor, db_id(n->id), db_text(n->number), db_int(n->year), db_int(n->sequence),
			      db_id(invoice->id), db_date(n->issued_on), db_int(invoice->gross_minor),
			      db_int(n->released_minor), db_text(n->reason), db_id(n->posting))));
	TRY(ledger_post(tx, desk->creditor.code, batch));
	TRY(db_exec(tx, &ITEM_MARK, DB_PARAMS(creditor, db_id(invoice->id), db_null(), db_bool(true))));
	/* ledger.post has locked the item: what is open now stays so until we commit. */
	TRY(db_query(tx, &ITEM_OPEN, DB_PARAMS(creditor, db_id(invoice->id)), &rows));
	if (rows.count != 1 || db_cell_int(&rows, 0, 0) != 0)
		return ERR(ERR_ABORTED, "invoice.race", NULL, "a payment of the invoice was booked at the same time");
	return OK;
}

struct err credit_note_insert(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice,
			      const struct credit_note *note, const struct posting_batch *batch)
{
	struct err err = credit_note_write(tx, desk, invoice, note, batch);

	if (err.code == ERR_EXISTS && text_equal(err.field, "credit_note_invoice"))
		return ERR(ERR_CONFLICT, "invoice.already_cancelled", NULL, "the invoice is cancelled already");
	if (err.code == ERR_CONFLICT && text_equal(err.field, "open_item_over_allocated"))
		return ERR(ERR_ABORTED, "invoice.race", NULL, "a payment of the invoice was booked at the same time");
	return err;
}

struct err dispute_save(struct db_tx *tx, const struct desk *desk, struct id item, const struct dispute *dispute)
{
	bool whole = dispute->disputed && dispute->amount_minor == 0;
	struct db_param creditor = db_text(desk->creditor.code), now = db_time(desk->now);

	TRY(db_exec(tx, &DISPUTE_CLOSE, DB_PARAMS(creditor, db_id(item), now)));
	if (dispute->disputed)
		TRY(db_exec(tx, &DISPUTE_OPEN,
			    DB_PARAMS(creditor, db_id(item), now, db_text(dispute->reason),
				      db_int(dispute->amount_minor), db_text(dispute->owner))));
	TRY(db_exec(tx, &DISPUTE_PART,
		    DB_PARAMS(creditor, db_id(item), db_int(dispute->disputed ? dispute->amount_minor : 0))));
	return db_exec(tx, &ITEM_MARK, DB_PARAMS(creditor, db_id(item), db_bool(whole), db_null()));
}
