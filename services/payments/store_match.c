#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_rows.h"

/* What a batch is matched against: only what it names. */

/* $2 keys of references and numbers, $3 accounts, $4 mandates, $5 items that returns may reopen. */
static const struct db_stmt ITEMS_LOAD = DB_STMT(
	"payments_items_load",
	"WITH named AS MATERIALIZED ("
	"  SELECT i.id, i.customer FROM ledger.open_item i WHERE i.creditor = $1 AND i.number_key = ANY ($2::text[]) "
	"  UNION SELECT i.id, i.customer FROM ledger.open_item i "
	"         WHERE i.creditor = $1 AND i.creditor_ref = ANY ($2::text[]) "
	"  UNION SELECT i.id, i.customer FROM ledger.open_item i "
	"         WHERE i.creditor = $1 AND i.mandate = ANY ($4::text[]) AND i.open_minor > 0 "
	"  UNION SELECT i.id, i.customer FROM ledger.open_item i WHERE i.creditor = $1 AND i.id = ANY ($5::uuid[])"
	"), payers AS MATERIALIZED ("
	"  SELECT customer FROM named "
	"  UNION SELECT c.id FROM invoicing.customer c WHERE c.creditor = $1 AND c.iban = ANY ($3::text[]) "
	"  UNION SELECT c.id FROM invoicing.customer c WHERE c.creditor = $1 AND c.number = ANY ($2::text[]) "
	"  UNION SELECT p.customer FROM payments.payer_account p WHERE p.creditor = $1 AND p.iban = ANY ($3::text[])"
	"), wanted AS ("
	"  SELECT id FROM named "
	"  UNION SELECT i.id FROM payers p JOIN ledger.open_item i ON i.creditor = $1 AND i.customer = p.customer "
	"         WHERE i.open_minor > 0) "
	"SELECT i.id, i.number, i.number_key, i.customer, i.customer_number, c.name, i.creditor_ref, i.mandate, "
	"       i.currency, i.discount_until, i.amount_minor, i.open_minor, i.discount_minor, i.cancelled "
	"  FROM wanted w JOIN ledger.open_item i ON i.creditor = $1 AND i.id = w.id "
	"  LEFT JOIN invoicing.customer c ON c.creditor = $1 AND c.id = i.customer ORDER BY i.due_on, i.id");

static const struct db_stmt ACCOUNTS_LOAD = DB_STMT(
	"payments_accounts_load", "SELECT c.iban, c.id, c.number, c.name, false FROM invoicing.customer c "
				  " WHERE c.creditor = $1 AND c.iban = ANY ($2::text[]) "
				  "UNION ALL SELECT p.iban, c.id, c.number, c.name, true FROM payments.payer_account p "
				  "  JOIN invoicing.customer c ON c.creditor = p.creditor AND c.id = p.customer "
				  " WHERE p.creditor = $1 AND p.iban = ANY ($2::text[])");

/* Payments in the books that a return of one of these amounts may take back, with what they have settled. */
static const struct db_stmt ORIGINALS_LOAD = DB_STMT(
	"payments_originals_load",
	"SELECT p.id, p.amount_minor, p.currency, p.end_to_end_id, p.mandate, a.item, "
	"       a.amount_minor + a.discount_minor, i.number_key, a.posting "
	"  FROM payments.payment p "
	"  LEFT JOIN payments.allocation a ON a.creditor = p.creditor AND a.payment = p.id "
	"        AND a.state IN ('auto', 'confirmed') "
	"  LEFT JOIN ledger.open_item i ON i.creditor = a.creditor AND i.id = a.item "
	" WHERE p.creditor = $1 AND p.state IN ('allocated', 'suggested', 'unapplied', 'unidentified') "
	"   AND p.amount_minor = ANY ($2::bigint[]) "
	"   AND (p.end_to_end_id = ANY ($3::text[]) OR p.mandate = ANY ($4::text[]) OR p.id IN ("
	"        SELECT b.payment FROM payments.allocation b JOIN ledger.open_item n ON n.creditor = b.creditor "
	"               AND n.id = b.item WHERE b.creditor = $1 "
	"               AND (n.number_key = ANY ($5::text[]) OR n.creditor_ref = ANY ($5::text[])))) "
	" ORDER BY p.id");

static const struct db_stmt POSTINGS_LOAD =
	DB_STMT("payments_postings_load",
		"SELECT p.id, p.kind, p.booked_on, p.source, e.account, e.subject, e.currency, e.amount_minor "
		"  FROM ledger.posting p JOIN ledger.entry e ON e.creditor = p.creditor AND e.posting = p.id "
		" WHERE p.creditor = $1 AND p.id = ANY ($2::uuid[]) ORDER BY p.id, e.line");

/* What the new payments of a batch name. */
struct wanted {
	const char **keys, **ibans, **mandates, **return_keys, **return_ids;
	size_t key_count, iban_count, mandate_count, return_key_count, return_id_count;
	int64_t *return_amounts;
	size_t return_count;
};

static int text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void unique(const char **texts, size_t *count)
{
	size_t kept = 0;

	if (*count > 1)
		qsort(texts, *count, sizeof *texts, text_order);
	for (size_t i = 0; i < *count; i++)
		if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0)
			texts[kept++] = texts[i];
	*count = kept;
}

static void want(struct arena *arena, const char ***texts, size_t *count, const char *text)
{
	if (!text_empty(text))
		*ARENA_PUSH(arena, *texts, *count) = text;
}

static void want_return(struct arena *arena, const struct payment_record *record, struct wanted *wanted)
{
	*ARENA_PUSH(arena, wanted->return_amounts, wanted->return_count) = -record->payment.amount_minor;
	want(arena, &wanted->return_ids, &wanted->return_id_count, record->payment.end_to_end_id);
	remittance_keys(arena, &record->remittance, &wanted->return_keys, &wanted->return_key_count);
}

static struct wanted wanted_of(const struct batch *batch)
{
	struct arena *arena = batch->arena;
	struct wanted wanted = { 0 };

	for (size_t i = 0; i < batch->payment_count; i++) {
		const struct payment_record *record = &batch->payments[i];
		const struct payment *payment = &record->payment;

		if (payment->amount_minor < 0 && !payment_is_return(payment))
			continue;
		remittance_keys(arena, &record->remittance, &wanted.keys, &wanted.key_count);
		want(arena, &wanted.ibans, &wanted.iban_count, payment->payer_iban);
		want(arena, &wanted.mandates, &wanted.mandate_count, payment->mandate);
		if (payment->amount_minor < 0)
			want_return(arena, record, &wanted);
	}
	unique(wanted.keys, &wanted.key_count);
	unique(wanted.ibans, &wanted.iban_count);
	unique(wanted.mandates, &wanted.mandate_count);
	unique(wanted.return_keys, &wanted.return_key_count);
	unique(wanted.return_ids, &wanted.return_id_count);
	return wanted;
}

/* ------------------------------------------------------------------ items and accounts */

static void item_read(const struct db_rows *rows, int row, struct arena *arena, struct open_items *items)
{
	struct customer *customer = open_items_customer(
		items, db_cell_id(rows, row, 3), db_cell_copy(rows, row, 4, arena), db_cell_copy(rows, row, 5, arena));

	open_items_add(items, &(struct open_item){
				      .id = db_cell_id(rows, row, 0),
				      .customer = customer,
				      .number = db_cell_copy(rows, row, 1, arena),
				      .number_key = db_cell_copy(rows, row, 2, arena),
				      .creditor_ref = db_cell_copy(rows, row, 6, arena),
				      .mandate = db_cell_copy(rows, row, 7, arena),
				      .currency = cell_currency(rows, row, 8),
				      .discount_until = db_cell_date(rows, row, 9),
				      .amount_minor = db_cell_int(rows, row, 10),
				      .open_minor = db_cell_int(rows, row, 11),
				      .discount_minor = db_cell_int(rows, row, 12),
				      .cancelled = db_cell_bool(rows, row, 13),
			      });
}

static struct err items_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
			     const struct wanted *wanted, const struct id *reopened, size_t reopened_count,
			     struct open_items *items)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ITEMS_LOAD,
		     DB_PARAMS(db_text(desk->creditor), db_text_array(arena, wanted->keys, wanted->key_count),
			       db_text_array(arena, wanted->ibans, wanted->iban_count),
			       db_text_array(arena, wanted->mandates, wanted->mandate_count),
			       db_id_array(arena, reopened, reopened_count)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		item_read(&rows, row, arena, items);
	return OK;
}

static struct err accounts_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				const struct wanted *wanted, struct open_items *items)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ACCOUNTS_LOAD,
		     DB_PARAMS(db_text(desk->creditor), db_text_array(arena, wanted->ibans, wanted->iban_count)),
		     &rows));
	for (int row = 0; row < rows.count; row++) {
		struct customer *customer =
			open_items_customer(items, db_cell_id(&rows, row, 1), db_cell_copy(&rows, row, 2, arena),
					    db_cell_copy(&rows, row, 3, arena));

		open_items_add_account(items, db_cell_copy(&rows, row, 0, arena), customer,
				       db_cell_bool(&rows, row, 4));
	}
	return OK;
}

/* ------------------------------------------------------------------ what returns may take back */

struct originals {
	struct db_rows *rows;
	struct id *items, *postings;
	size_t item_count, posting_count;
};

static void originals_collect(struct arena *arena, struct originals *originals)
{
	for (int row = 0; row < originals->rows->count; row++) {
		*ARENA_PUSH(arena, originals->postings, originals->posting_count) = db_cell_id(originals->rows, row, 0);
		if (db_cell_null(originals->rows, row, 5))
			continue;
		*ARENA_PUSH(arena, originals->items, originals->item_count) = db_cell_id(originals->rows, row, 5);
		*ARENA_PUSH(arena, originals->postings, originals->posting_count) = db_cell_id(originals->rows, row, 8);
	}
}

/* A row an item settled; the rows of one payment stand together. */
static void originals_add(struct arena *arena, const struct db_rows *rows, struct open_items *items)
{
	struct settlement *settlement = NULL;

	for (int row = 0; row < rows->count; row++) {
		struct id id = db_cell_id(rows, row, 0);

		if (!settlement || !id_equal(settlement->payment, id))
			settlement = open_items_add_settlement(
				items,
				&(struct settlement){ .payment = id,
						      .amount_minor = db_cell_int(rows, row, 1),
						      .currency = cell_currency(rows, row, 2) },
				db_cell_copy(rows, row, 3, arena), db_cell_copy(rows, row, 4, arena));
		if (db_cell_null(rows, row, 5))
			continue;
		struct open_item *item = open_items_find(items, db_cell_id(rows, row, 5), db_cell_text(rows, row, 7));

		CHECK(item);
		settlement_add_item(items, settlement, item, db_cell_int(rows, row, 6));
	}
}

static enum account account_get(const char *name)
{
	int account = 0;

	while (account < ACCOUNT_COUNT && !text_equal(account_name((enum account)account), name))
		account++;
	CHECK(account < ACCOUNT_COUNT);
	return (enum account)account;
}

static struct err postings_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
				const struct originals *originals, struct posting_batch *earlier)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(
		tx, &POSTINGS_LOAD,
		DB_PARAMS(db_text(desk->creditor), db_id_array(arena, originals->postings, originals->posting_count)),
		&rows));
	for (int row = 0; row < rows.count; row++) {
		struct id id = db_cell_id(&rows, row, 0);

		if (earlier->posting_count == 0 || !id_equal(earlier->postings[earlier->posting_count - 1].id, id))
			posting_open(earlier, (struct posting){ .id = id,
								.kind = db_cell_copy(&rows, row, 1, arena),
								.booked_on = db_cell_date(&rows, row, 2),
								.source = db_cell_id(&rows, row, 3) });
		posting_debit(earlier, account_get(db_cell_text(&rows, row, 4)), db_cell_id(&rows, row, 5),
			      cell_currency(&rows, row, 6), db_cell_int(&rows, row, 7));
	}
	return OK;
}

struct err batch_load(struct db_tx *tx, const struct desk *desk, const struct batch *batch, struct open_items *items,
		      struct posting_batch *earlier)
{
	struct arena *arena = batch->arena;
	struct wanted wanted = wanted_of(batch);
	DB_ROWS_SCOPE rows = { 0 };
	struct originals originals = { .rows = &rows };

	if (wanted.return_count > 0)
		TRY(db_query(tx, &ORIGINALS_LOAD,
			     DB_PARAMS(db_text(desk->creditor),
				       db_int_array(arena, wanted.return_amounts, wanted.return_count),
				       db_text_array(arena, wanted.return_ids, wanted.return_id_count),
				       db_text_array(arena, wanted.mandates, wanted.mandate_count),
				       db_text_array(arena, wanted.return_keys, wanted.return_key_count)),
			     &rows));
	originals_collect(arena, &originals);
	TRY(items_load(tx, desk, arena, &wanted, originals.items, originals.item_count, items));
	TRY(accounts_load(tx, desk, arena, &wanted, items));
	originals_add(arena, &rows, items);
	return originals.posting_count == 0 ? OK : postings_load(tx, desk, arena, &originals, earlier);
}
