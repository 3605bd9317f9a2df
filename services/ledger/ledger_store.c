#include "ledger/ledger_store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

static const struct db_stmt POST = DB_STMT("ledger_post", "SELECT ledger.post($1, $2::uuid[], $3::text[], $4::date[], "
							  "$5::uuid[], $6::uuid[], $7::uuid[], $8::text[], "
							  "$9::uuid[], $10::text[], $11::bigint[], "
							  "$12::uuid[], $13::bigint[])");

static const struct db_stmt LOAD = DB_STMT(
	"ledger_load",
	"SELECT p.kind, p.booked_on, p.source, p.reverses, e.account::text, e.subject, e.currency, e.amount_minor "
	"FROM ledger.posting p JOIN ledger.entry e ON e.creditor = p.creditor AND e.posting = p.id "
	"WHERE p.creditor = $1 AND p.id = $2 ORDER BY e.line");

struct posting_columns {
	struct id *id, *source, *reverses;
	const char **kind;
	struct date *booked_on;
};

struct entry_columns {
	struct id *posting, *subject;
	const char **account, **currency;
	int64_t *amount_minor;
};

struct expected_columns {
	struct id *item;
	int64_t *open_minor;
	size_t count;
};

static struct posting_columns posting_columns(const struct posting_batch *batch)
{
	struct arena *arena = batch->arena;
	size_t count = batch->posting_count;
	struct posting_columns to = {
		.id = arena_array(arena, count, sizeof *to.id),
		.kind = arena_array(arena, count, sizeof *to.kind),
		.source = arena_array(arena, count, sizeof *to.source),
		.reverses = arena_array(arena, count, sizeof *to.reverses),
		.booked_on = arena_array(arena, count, sizeof *to.booked_on),
	};

	for (size_t i = 0; i < count; i++) {
		to.id[i] = batch->postings[i].id;
		to.kind[i] = batch->postings[i].kind;
		to.source[i] = batch->postings[i].source;
		to.reverses[i] = batch->postings[i].reverses;
		to.booked_on[i] = batch->postings[i].booked_on;
	}
	return to;
}

static struct entry_columns entry_columns(const struct posting_batch *batch)
{
	struct arena *arena = batch->arena;
	size_t count = batch->entry_count;
	struct entry_columns to = {
		.posting = arena_array(arena, count, sizeof *to.posting),
		.account = arena_array(arena, count, sizeof *to.account),
		.subject = arena_array(arena, count, sizeof *to.subject),
		.currency = arena_array(arena, count, sizeof *to.currency),
		.amount_minor = arena_array(arena, count, sizeof *to.amount_minor),
	};

	for (size_t i = 0; i < count; i++) {
		const struct posting_entry *entry = &batch->entries[i];

		to.posting[i] = batch->postings[entry->posting].id;
		to.account[i] = account_name(entry->account);
		to.subject[i] = entry->subject;
		to.currency[i] = entry->currency.code;
		to.amount_minor[i] = entry->amount_minor;
	}
	return to;
}

static int item_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id)); /* the item comes first in the struct */
}

/* Each item once. */
static struct expected_columns expected_columns(const struct posting_batch *batch)
{
	size_t count = batch->expected_count;
	struct expected_columns to = {
		.item = arena_array(batch->arena, count, sizeof *to.item),
		.open_minor = arena_array(batch->arena, count, sizeof *to.open_minor),
	};

	if (count > 0)
		qsort(batch->expected, count, sizeof *batch->expected, item_order);
	for (size_t i = 0; i < count; i++) {
		if (to.count > 0 && id_equal(to.item[to.count - 1], batch->expected[i].item))
			continue;
		to.item[to.count] = batch->expected[i].item;
		to.open_minor[to.count++] = batch->expected[i].open_minor;
	}
	return to;
}

struct err ledger_post(struct db_tx *tx, const char *creditor, const struct posting_batch *batch)
{
	size_t postings = batch->posting_count, entries = batch->entry_count;

	if (postings == 0)
		return OK;
	TRY(posting_check(batch)); /* the first of the pair of assertions; the database's trigger is the second */

	struct posting_columns p = posting_columns(batch);
	struct entry_columns e = entry_columns(batch);
	struct expected_columns x = expected_columns(batch);

	return db_exec(
		tx, &POST,
		DB_PARAMS(db_text(creditor), db_id_array(tx->arena, p.id, postings),
			  db_text_array(tx->arena, p.kind, postings), db_date_array(tx->arena, p.booked_on, postings),
			  db_id_array(tx->arena, p.source, postings), db_id_array(tx->arena, p.reverses, postings),
			  db_id_array(tx->arena, e.posting, entries), db_text_array(tx->arena, e.account, entries),
			  db_id_array(tx->arena, e.subject, entries), db_text_array(tx->arena, e.currency, entries),
			  db_int_array(tx->arena, e.amount_minor, entries), db_id_array(tx->arena, x.item, x.count),
			  db_int_array(tx->arena, x.open_minor, x.count)));
}

struct err ledger_load(struct db_tx *tx, const char *creditor, struct id posting, struct posting_batch *batch)
{
	DB_ROWS_SCOPE rows = { 0 };

	CHECK(batch->posting_count == 0);
	TRY(db_query(tx, &LOAD, DB_PARAMS(db_text(creditor), db_id(posting)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "ledger.no_such_posting", NULL, "there is no such posting");
	posting_open(batch, (struct posting){
				    .id = posting,
				    .kind = db_cell_copy(&rows, 0, 0, batch->arena),
				    .booked_on = db_cell_date(&rows, 0, 1),
				    .source = db_cell_id(&rows, 0, 2),
				    .reverses = db_cell_id(&rows, 0, 3),
			    });
	for (int row = 0; row < rows.count; row++) {
		struct currency currency;

		TRY(currency_parse(db_cell_text(&rows, row, 6), &currency));
		posting_debit(batch, account_of(db_cell_text(&rows, row, 4)), db_cell_id(&rows, row, 5), currency,
			      db_cell_int(&rows, row, 7));
	}
	return OK;
}

struct err ledger_reverse(struct db_tx *tx, const char *creditor, struct id posting, struct id reversal,
			  struct date booked_on, struct posting_batch *batch)
{
	struct posting_batch original = posting_batch_make(batch->arena);

	TRY(ledger_load(tx, creditor, posting, &original));
	posting_open(batch, (struct posting){
				    .id = reversal,
				    .kind = "reversal",
				    .booked_on = booked_on,
				    .source = original.postings[0].source,
				    .reverses = posting,
			    });
	posting_reverse_entries(batch, &original, 0);
	return OK;
}
