#include "ledger/ledger_store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/io/db_records.h"

static const struct db_stmt POST =
	DB_STMT("ledger_post", "SELECT ledger.post($1, $2::ledger.new_simple_posting[], $3::ledger.new_posting[], "
			       "$4::ledger.new_entry[])");

#define SIMPLE_COLUMNS 13
#define POSTING_COLUMNS 5
#define ENTRY_COLUMNS 8

static const struct db_stmt LOAD = DB_STMT(
	"ledger_load",
	"SELECT p.kind, p.booked_on, p.source, p.reverses, e.account::text, e.subject, e.currency, e.amount_minor "
	"FROM ledger.posting p JOIN ledger.entry e ON e.creditor = p.creditor AND e.posting = p.id "
	"WHERE p.creditor = $1 AND p.id = $2 ORDER BY e.line");

static int item_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id)); /* the item comes first in the struct */
}

/* What must be open on the entry's item, or -1. */
static int64_t expected_open(const struct posting_batch *batch, const struct posting_entry *entry)
{
	const struct posting_expected *found =
		entry->account != ACCOUNT_RECEIVABLE || batch->expected_count == 0
			? NULL
			: bsearch(&entry->subject, batch->expected, batch->expected_count, sizeof *batch->expected,
				  item_order);

	return found ? found->open_minor : -1;
}

static void put_posting(struct db_records *to, const struct posting *posting)
{
	db_record_begin(to);
	db_put_id(to, posting->id);
	db_put_text(to, posting->kind);
	db_put_date(to, posting->booked_on);
	db_put_id(to, posting->source);
	db_put_id(to, posting->reverses);
}

/* Of two entries, which sum to zero: one of them is the debit, the other the credit. */
static void put_simple(struct db_records *to, const struct posting_batch *batch, const struct posting *posting,
		       const struct posting_entry *entries)
{
	const struct posting_entry *debit = &entries[entries[0].amount_minor > 0 ? 0 : 1];
	const struct posting_entry *credit = &entries[entries[0].amount_minor > 0 ? 1 : 0];
	int64_t debit_open = expected_open(batch, debit), credit_open = expected_open(batch, credit);

	put_posting(to, posting);
	db_put_text(to, account_name(debit->account));
	db_put_id(to, debit->subject);
	db_put_text(to, account_name(credit->account));
	db_put_id(to, credit->subject);
	db_put_text(to, debit->currency.code);
	db_put_bigint(to, debit->amount_minor);
	db_put_bigint_or_null(to, debit_open, debit_open < 0);
	db_put_bigint_or_null(to, credit_open, credit_open < 0);
}

static void put_entry(struct db_records *to, const struct posting_batch *batch, const struct posting *posting,
		      const struct posting_entry *entry, size_t line)
{
	int64_t open_minor = expected_open(batch, entry);

	db_record_begin(to);
	db_put_id(to, posting->id);
	db_put_smallint(to, (int16_t)line);
	db_put_date(to, posting->booked_on);
	db_put_text(to, account_name(entry->account));
	db_put_id(to, entry->subject);
	db_put_text(to, entry->currency.code);
	db_put_bigint(to, entry->amount_minor);
	db_put_bigint_or_null(to, open_minor, open_minor < 0);
}

struct err ledger_post(struct db_tx *tx, const char *creditor, const struct posting_batch *batch)
{
	if (batch->posting_count == 0)
		return OK;
	TRY(posting_check(batch)); /* the first of the pair of assertions; the database's trigger is the second */
	DB_RECORDS_SCOPE simple = { 0 }, postings = { 0 }, entries = { 0 };

	TRY(db_records_begin(tx, &simple, "ledger.new_simple_posting", SIMPLE_COLUMNS));
	TRY(db_records_begin(tx, &postings, "ledger.new_posting", POSTING_COLUMNS));
	TRY(db_records_begin(tx, &entries, "ledger.new_entry", ENTRY_COLUMNS));
	if (batch->expected_count > 0)
		qsort(batch->expected, batch->expected_count, sizeof *batch->expected, item_order);
	for (size_t i = 0, from = 0, to = 0; i < batch->posting_count; i++, from = to) {
		while (to < batch->entry_count && batch->entries[to].posting == i)
			to++;
		if (to - from == 2) {
			put_simple(&simple, batch, &batch->postings[i], &batch->entries[from]);
			continue;
		}
		put_posting(&postings, &batch->postings[i]);
		for (size_t at = from; at < to; at++)
			put_entry(&entries, batch, &batch->postings[i], &batch->entries[at], at - from + 1);
	}
	return db_exec(tx, &POST,
		       DB_PARAMS(db_text(creditor), db_records(&simple), db_records(&postings), db_records(&entries)));
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
