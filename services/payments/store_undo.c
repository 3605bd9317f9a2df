#include "payments/store_undo.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_rows.h"

static const struct db_stmt POSTINGS = DB_STMT("payments_postings", PAYMENT_POSTINGS("", "$2::uuid[]"));

/* $2 the payment, $3 its payer's account. */
static const struct db_stmt FACTS = DB_STMT(
	"payments_undo_facts",
	"SELECT EXISTS (SELECT FROM payments.undo WHERE creditor = $1 AND payment = $2), "
	"       EXISTS (SELECT FROM payments.collection WHERE creditor = $1 AND payment = $2), "
	"       (SELECT min(a.invoice_number) FROM payments.allocation a JOIN ledger.open_item i "
	"            ON i.creditor = a.creditor AND i.id = a.item "
	"         WHERE a.creditor = $1 AND a.payment = $2 AND a.state IN ('auto', 'confirmed') "
	"           AND i.cancelled), "
	"       (SELECT min(id::text)::uuid FROM invoicing.customer WHERE iban || ' ' || creditor = $3 || ' ' || $1 "
	"        HAVING count(*) = 1)");

static const struct db_stmt CUSTOMER =
	DB_STMT("payments_customer", "SELECT id FROM invoicing.customer WHERE creditor = $1 AND number = $2");

static const struct db_stmt INSERT =
	DB_STMT("payments_undo_insert",
		"INSERT INTO payments.undo (creditor, id, payment, kind, postings, reversed, reason, done_by, done_at) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");

static const struct db_stmt MARK =
	DB_STMT("payments_undo_mark",
		"WITH a AS (UPDATE payments.allocation SET state = 'undone', undo = $3 WHERE creditor = $1 AND "
		"payment = $2 AND state IN ('auto', 'confirmed') RETURNING *) "
		"SELECT " ALLOCATION_COLUMNS " FROM a JOIN payments.payment p ON p.creditor = a.creditor AND p.id = "
		"a.payment JOIN ledger.open_item i ON i.creditor = a.creditor AND i.id = a.item ORDER BY a.id");

/* $2 the originals, $3 the returns that took them back, $4 the bank's reasons. */
static const struct db_stmt RETURNS = DB_STMT(
	"payments_returns_record",
	"WITH r AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS r (payment, posting, reason)), "
	"marked AS (UPDATE payments.allocation a SET undo = r.posting FROM r WHERE a.creditor = $1 "
	"    AND a.payment = r.payment AND a.state = 'returned' AND a.undo IS NULL RETURNING a.payment, a.posting) "
	"INSERT INTO payments.undo (creditor, id, payment, kind, postings, reversed, reason, done_by, done_at) "
	"SELECT $1, r.posting, r.payment, 'return', ARRAY[r.posting], "
	"       ARRAY(SELECT r.payment UNION SELECT m.posting FROM marked m WHERE m.payment = r.payment), "
	"       coalesce(r.reason, ''), 'bank', $5 FROM r");

/* What was owed back of a payment that is gone is owed no more; what was paid out is to be recovered. */
static const struct db_stmt REFUNDS_END = DB_STMT(
	"payments_refunds_end", "UPDATE payments.refund SET state = CASE WHEN paid_minor > 0 THEN 'recover' "
				"ELSE 'cancelled' END "
				"WHERE creditor = $1 AND payment = ANY ($2::uuid[]) AND state IN ('owed', 'paid')");

static const struct db_stmt PAGE =
	DB_STMT("payments_undos_page",
		"SELECT u.id, u.payment, p.entry_ref, u.kind, array_to_string(u.postings, ' '), "
		"       array_to_string(u.reversed, ' '), u.reason, u.done_by, u.done_at FROM payments.undo u "
		"  JOIN payments.payment p ON p.creditor = u.creditor AND p.id = u.payment "
		" WHERE u.creditor = $1 AND ($2::uuid IS NULL OR u.id > $2) ORDER BY u.id LIMIT $3");

static const struct db_stmt ALLOCATIONS =
	DB_STMT("payments_undo_allocations",
		"SELECT " ALLOCATION_COLUMNS ", a.undo" ALLOCATION_FROM
		" WHERE a.creditor = $1 AND a.payment = ANY ($2::uuid[]) AND a.undo = ANY ($3::uuid[]) ORDER BY a.id");

/* ------------------------------------------------------------------ what is taken back */

void payment_postings_read(const struct db_rows *rows, struct arena *arena, struct posting_batch *postings)
{
	for (int row = 0; row < rows->count; row++) {
		struct id id = db_cell_id(rows, row, 0);

		if (postings->posting_count == 0 || !id_equal(postings->postings[postings->posting_count - 1].id, id))
			posting_open(postings, (struct posting){ .id = id,
								 .kind = db_cell_copy(rows, row, 1, arena),
								 .booked_on = db_cell_date(rows, row, 2),
								 .source = db_cell_id(rows, row, 3),
								 .reverses = db_cell_id(rows, row, 4) });
		posting_debit(postings, account_of(db_cell_text(rows, row, 5)), db_cell_id(rows, row, 6),
			      cell_currency(rows, row, 7), db_cell_int(rows, row, 8));
	}
}

struct err payment_postings_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				 const struct id *payments, size_t count, struct posting_batch *postings)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POSTINGS, DB_PARAMS(db_text(desk->creditor), db_id_array(arena, payments, count)), &rows));
	payment_postings_read(&rows, arena, postings);
	return OK;
}

struct err undo_facts_load(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment,
			   struct undo_facts *facts)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FACTS, DB_PARAMS(db_text(desk->creditor), db_id(payment->id), db_text(payment->payer_iban)),
		     &rows));
	*facts = (struct undo_facts){ .state = payment->state,
				      .taken_back = db_cell_bool(&rows, 0, 0),
				      .collected = db_cell_bool(&rows, 0, 1),
				      .cancelled = db_cell_copy(&rows, 0, 2, tx->arena),
				      .customer = db_cell_id(&rows, 0, 3) };
	return OK;
}

struct err customer_get(struct db_tx *tx, const struct desk *desk, const char *number, struct id *customer)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMER, DB_PARAMS(db_text(desk->creditor), db_text(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "customer.unknown", "customer_number",
				  "there is no customer '%s'", number);
	*customer = db_cell_id(&rows, 0, 0);
	return OK;
}

/* ------------------------------------------------------------------ records */

static const char *const KINDS[UNDO_KIND_COUNT] = { "undo", "return" };

const char *undo_kind_name(enum undo_kind kind)
{
	CHECK(kind < UNDO_KIND_COUNT);
	return KINDS[kind];
}

struct err undo_insert(struct db_tx *tx, const struct desk *desk, const struct undo_record *undo,
		       struct allocation_record **allocations, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_exec(tx, &INSERT,
		    DB_PARAMS(db_text(desk->creditor), db_id(undo->id), db_id(undo->payment),
			      db_text(undo_kind_name(undo->kind)),
			      db_id_array(tx->arena, undo->postings, undo->posting_count),
			      db_id_array(tx->arena, undo->reversed, undo->reversed_count),
			      db_text_or_empty(undo->reason), db_text_or_empty(undo->done_by),
			      db_time(undo->done_at))));
	TRY(db_query(tx, &MARK, DB_PARAMS(db_text(desk->creditor), db_id(undo->payment), db_id(undo->id)), &rows));
	*allocations = allocations_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}

struct err returns_record(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	struct arena *arena = batch->arena;
	struct id *originals = arena_array(arena, batch->payment_count, sizeof *originals);
	struct id *returns = arena_array(arena, batch->payment_count, sizeof *returns);
	const char **reasons = arena_array(arena, batch->payment_count, sizeof *reasons);
	size_t count = 0;

	for (size_t i = 0; i < batch->payment_count; i++) {
		const struct payment_record *record = &batch->payments[i];

		if (!record->decision.original)
			continue;
		originals[count] = record->decision.original->payment;
		returns[count] = record->payment.id;
		reasons[count++] = record->payment.return_reason;
	}
	if (count == 0)
		return OK;
	TRY(db_exec(tx, &REFUNDS_END, DB_PARAMS(db_text(desk->creditor), db_id_array(arena, originals, count))));
	return db_exec(tx, &RETURNS,
		       DB_PARAMS(db_text(desk->creditor), db_id_array(arena, originals, count),
				 db_id_array(arena, returns, count), db_text_array(arena, reasons, count),
				 db_time(desk->now)));
}

/* ------------------------------------------------------------------ pages */

static struct id *ids_read(struct arena *arena, const char *text, size_t *count)
{
	struct id *ids = NULL;
	char one[ID_TEXT_BYTES];

	*count = 0;
	while (!text_empty(text)) {
		text_copy(one, sizeof one, text); /* ids have one length: what is behind it is cut off */
		CHECK(err_ok(id_parse(one, ARENA_PUSH(arena, ids, *count))));
		text += strlen(one);
		text += *text == ' ';
	}
	return ids;
}

static enum undo_kind kind_of(const char *name)
{
	return text_equal(name, KINDS[UNDO_BY_PERSON]) ? UNDO_BY_PERSON : UNDO_BY_RETURN;
}

static void undo_read(const struct db_rows *rows, int row, struct arena *arena, struct undo_record *undo)
{
	*undo = (struct undo_record){ .id = db_cell_id(rows, row, 0),
				      .payment = db_cell_id(rows, row, 1),
				      .entry_ref = db_cell_copy(rows, row, 2, arena),
				      .kind = kind_of(db_cell_text(rows, row, 3)),
				      .reason = db_cell_copy(rows, row, 6, arena),
				      .done_by = db_cell_copy(rows, row, 7, arena),
				      .done_at = db_cell_time(rows, row, 8) };
	undo->postings = ids_read(arena, db_cell_text(rows, row, 4), &undo->posting_count);
	undo->reversed = ids_read(arena, db_cell_text(rows, row, 5), &undo->reversed_count);
}

/* Gives each undo its allocations. */
static struct err allocations_add(struct db_tx *tx, const struct desk *desk, struct undo_record *list, size_t count)
{
	struct id *payments = arena_array(tx->arena, count, sizeof *payments);
	struct id *undos = arena_array(tx->arena, count, sizeof *undos);
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++) {
		payments[i] = list[i].payment;
		undos[i] = list[i].id;
	}
	TRY(db_query(tx, &ALLOCATIONS,
		     DB_PARAMS(db_text(desk->creditor), db_id_array(tx->arena, payments, count),
			       db_id_array(tx->arena, undos, count)),
		     &rows));
	struct allocation_record *allocations = allocations_read(&rows, tx->arena);

	for (int row = 0; row < rows.count; row++) {
		struct id undo = db_cell_id(&rows, row, ALLOCATION_COLUMN_COUNT);

		for (size_t i = 0; i < count; i++)
			if (id_equal(list[i].id, undo))
				*ARENA_PUSH(tx->arena, list[i].allocations, list[i].allocation_count) =
					allocations[row];
	}
	return OK;
}

struct err undos_page(struct db_tx *tx, const struct desk *desk, const struct page *page, struct undo_record **list,
		      size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAGE, DB_PARAMS(db_text(desk->creditor), db_text(page->after), db_int(page->size)), &rows));
	struct undo_record *found = arena_array(tx->arena, (size_t)rows.count, sizeof *found);

	for (int i = 0; i < rows.count; i++)
		undo_read(&rows, i, tx->arena, &found[i]);
	TRY(allocations_add(tx, desk, found, (size_t)rows.count));
	*list = found;
	*count = (size_t)rows.count;
	return OK;
}
