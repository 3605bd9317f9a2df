/* The import of open items on a real database: all or nothing, what changes nothing, what is refused. */
#include "store/invoicing/calls.h"

enum { ROWS_MAX = 8 };

/* A file of some rows, on its way through the three rpcs. */
struct file {
	PB(OpenItemRow) rows[ROWS_MAX], *pointers[ROWS_MAX];
	size_t count;
	const char *hash;
};

static PB(OpenItemRow) * row_add(struct file *file, const char *number, int64_t amount)
{
	PB(OpenItemRow) *row = &file->rows[file->count];

	PB_INIT(open_item_row)(row);
	row->line = (int32_t)file->count + 2;
	row->customer_number = "C7";
	row->customer_name = "Beta";
	row->invoice_number = (char *)number;
	row->issue_date = "2026-01-10";
	row->due_date = "2026-02-09";
	row->amount_minor = amount;
	row->currency = "EUR";
	file->pointers[file->count++] = row;
	return row;
}

static char *begun(const struct file *file)
{
	PB(BeginImportRequest) request;
	PB(BeginImportResponse) *reply = NULL;

	PB_INIT(begin_import_request)(&request);
	request.file_name = "items.csv";
	request.file_sha256 = (char *)file->hash;
	assert_done(run(begin_import, &request.base, &reply));
	return reply->import_id;
}

static void sent(struct file *file, char *id)
{
	PB(AddImportRowsRequest) request;

	PB_INIT(add_import_rows_request)(&request);
	request.import_id = id;
	request.rows = file->pointers;
	request.n_rows = file->count;
	assert_done(run(add_import_rows, &request.base, NULL));
}

static struct err commit(const struct file *file, char *id, bool skip_bad, PB(CommitImportResponse) * *reply)
{
	PB(CommitImportRequest) request;

	PB_INIT(commit_import_request)(&request);
	request.import_id = id;
	request.skip_bad = skip_bad;
	request.rows = (int64_t)file->count;
	return run(commit_import, &request.base, reply);
}

static const PB(CommitImportResponse) * imported(struct file *file, bool skip_bad)
{
	PB(CommitImportResponse) *reply = NULL;
	char *id = begun(file);

	sent(file, id);
	assert_done(commit(file, id, skip_bad, &reply));
	return reply;
}

static void test_import(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(OpenItemRow) *settled = row_add(&file, "A-1", 10000), *part = row_add(&file, "A-2", 5000);

	row_add(&file, "A-3", 700);
	settled->settled_date = "2026-02-20";
	settled->email = "ap@beta.example";
	settled->language = "de";
	settled->segment_code = "key-account";
	part->paid_minor = 2000;
	part->disputed = true;

	const PB(CommitImportResponse) *reply = imported(&file, false);

	assert_true(reply->committed);
	assert_int_equal(reply->imported, 3);
	assert_int_equal(reply->customers_changed, 1);
	assert_int_equal(reply->n_open, 1);
	assert_int_equal(reply->open[0]->minor, 3700);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(number || ' ' || open_minor || ' ' || "
					      "coalesce(to_char(settled_on, 'YYYY-MM-DD'), "
					      "'-') || ' ' || disputed, ', ' ORDER BY number) FROM ledger.open_item"),
			    "A-1 0 2026-02-20 false, A-2 3000 - true, A-3 700 - false");
	assert_string_equal(
		pg_value(here.pg,
			 "SELECT c.language || ' ' || c.country || ' ' || c.timezone || ' ' || t.role || ' ' || "
			 "t.email || ' ' || c.segment_code FROM invoicing.customer c "
			 "JOIN invoicing.contact t ON t.customer = c.id"),
		"de FR Europe/Paris billing ap@beta.example key-account");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.import_row"), 0);
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.outbox WHERE type = 'relance.openitems.imported.v1'"), 1);
	assert_books();
}

static void test_again(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };

	row_add(&file, "A-1", 10000);
	row_add(&file, "A-2", 5000);
	assert_int_equal(imported(&file, false)->imported, 2);
	const PB(CommitImportResponse) *again = imported(&file, false);

	assert_true(again->committed);
	assert_int_equal(again->unchanged, 2);
	assert_int_equal(again->imported, 0);
	assert_int_equal(again->customers_changed, 0);
	file.rows[1].amount_minor = 5001;
	const PB(CommitImportResponse) *other = imported(&file, false);

	assert_false(other->committed);
	assert_int_equal(other->bad, 1);
	assert_int_equal(other->bad_rows[0]->line, 3);
	assert_string_equal(other->bad_rows[0]->column, "amount");
	assert_string_equal(other->bad_rows[0]->reason,
			    "the invoice was imported with 50.00, and is 50.01 here: that never changes");
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.open_item"), 15000);
	assert_books();
}

/* ------------------------------------------------------------------ the daily export */

static const char ITEM_LINE[] = "SELECT to_char(due_on, 'MM-DD') || ' ' || open_minor || ' ' || disputed || ' ' || "
				"coalesce(order_reference, '-') "
				"FROM ledger.open_item WHERE number = 'A-1'";

static void due_later(PB(OpenItemRow) * row)
{
	row->due_date = "2026-02-28";
}

static void now_disputed(PB(OpenItemRow) * row)
{
	row->disputed = true;
}

static void ordered(PB(OpenItemRow) * row)
{
	row->order_reference = "PO-7";
}

static void part_paid(PB(OpenItemRow) * row)
{
	row->paid_minor = 4000;
}

static void settled(PB(OpenItemRow) * row)
{
	row->settled_date = "2026-02-20";
}

static void renamed(PB(OpenItemRow) * row)
{
	row->customer_name = "Beta & Sons";
	row->email = "new@beta.example";
}

static const struct {
	const char *sentence;
	void (*change)(PB(OpenItemRow) *);
	const char *line, *column;
	int customers;
} EXPORTED[] = {
	{ "a due date is put off", due_later, "02-28 10000 false -", "due_date", 0 },
	{ "a dispute", now_disputed, "02-09 10000 true -", "disputed", 0 },
	{ "an order reference", ordered, "02-09 10000 false PO-7", "order_reference", 0 },
	{ "a part is paid", part_paid, "02-09 6000 false -", "paid_amount", 0 },
	{ "all is paid", settled, "02-09 0 false -", "paid_amount", 0 },
	{ "another name and mail address are the customer's", renamed, "02-09 10000 false -", NULL, 1 },
};

static void test_daily_export(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(EXPORTED); i++) {
		struct file file = { .hash = "a" };

		SAY(EXPORTED[i].sentence);
		books_open(NULL);
		row_add(&file, "A-1", 10000);
		row_add(&file, "A-2", 5000);
		imported(&file, false);
		EXPORTED[i].change(&file.rows[0]);
		const PB(CommitImportResponse) *reply = imported(&file, false);

		assert_true(reply->committed);
		assert_int_equal(reply->imported, 0);
		assert_int_equal(reply->updated, EXPORTED[i].column ? 1 : 0);
		assert_int_equal(reply->unchanged, EXPORTED[i].column ? 1 : 2);
		assert_int_equal(reply->customers_changed, EXPORTED[i].customers);
		assert_string_equal(pg_value(here.pg, ITEM_LINE), EXPORTED[i].line);
		if (EXPORTED[i].column) {
			assert_int_equal(reply->n_updated_columns, 1);
			assert_string_equal(reply->updated_columns[0]->column, EXPORTED[i].column);
			assert_string_equal(
				pg_value(here.pg, "SELECT string_agg(field, ',') FROM invoicing.item_change"),
				EXPORTED[i].column);
			assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.outbox "
							    "WHERE type = 'relance.openitem.changed.v1'"),
					 1);
		}
		const PB(CommitImportResponse) *again = imported(&file, false);

		assert_int_equal(again->unchanged, 2);
		assert_int_equal(again->updated + again->customers_changed, 0);
		assert_string_equal(pg_value(here.pg, ITEM_LINE), EXPORTED[i].line);
		assert_books();
	}
}

/* Pays A-1 as relance-payments would: so much from the bank to the invoice; or to the customer's unapplied cash. */
static void bank_pays(int64_t minor, bool applied)
{
	char sql[1024];

	snprintf(sql, sizeof sql,
		 "SELECT ledger.post('MAIN', ARRAY[p], ARRAY['payment'], ARRAY[date '2026-02-20'], ARRAY[NULL::uuid], "
		 "ARRAY[NULL::uuid], ARRAY[p, p], ARRAY['bank', '%s'], ARRAY[NULL, %s], ARRAY['EUR', 'EUR'], "
		 "ARRAY[%lld, -%lld]) FROM ledger.open_item i, gen_random_uuid() AS p WHERE i.number = 'A-1'",
		 applied ? "receivable" : "unapplied_cash", applied ? "i.id" : "i.customer", (long long)minor,
		 (long long)minor);
	pg_execute(here.pg, sql);
}

static void bank_returns(int64_t minor)
{
	char sql[1024];

	snprintf(sql, sizeof sql,
		 "SELECT ledger.post('MAIN', ARRAY[p], ARRAY['return'], ARRAY[date '2026-02-24'], ARRAY[NULL::uuid], "
		 "ARRAY[NULL::uuid], ARRAY[p, p], ARRAY['bank', 'receivable'], ARRAY[NULL, i.id], ARRAY['EUR', 'EUR'], "
		 "ARRAY[-%lld, %lld]) FROM ledger.open_item i, gen_random_uuid() AS p WHERE i.number = 'A-1'",
		 (long long)minor, (long long)minor);
	pg_execute(here.pg, sql);
}

static const struct {
	const char *sentence;
	int64_t applied, unapplied; /* by the bank import, before the export */
	int64_t told;               /* by the export */
	int64_t open, withheld;     /* afterwards */
} PAID[] = {
	{ "the bank import was first: nothing to book", 4000, 0, 4000, 6000, 0 },
	{ "the export knows less than the ledger", 4000, 0, 1000, 6000, 0 },
	{ "the export knows more: the rest was paid outside", 4000, 0, 10000, 0, 0 },
	{ "the payment lies unapplied here: withheld", 0, 4000, 4000, 10000, 1 },
	{ "more than what lies unapplied: the rest was paid outside", 0, 4000, 10000, 4000, 1 },
};

static void test_paid_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(PAID); i++) {
		struct file file = { .hash = "a" };

		SAY(PAID[i].sentence);
		books_open(NULL);
		PB(OpenItemRow) *row = row_add(&file, "A-1", 10000);

		imported(&file, false);
		if (PAID[i].applied > 0)
			bank_pays(PAID[i].applied, true);
		if (PAID[i].unapplied > 0)
			bank_pays(PAID[i].unapplied, false);
		row->paid_minor = PAID[i].told;
		for (int times = 0; times < 2; times++) {
			const PB(CommitImportResponse) *reply = imported(&file, false);

			assert_int_equal(reply->n_withheld_rows, PAID[i].withheld);
			assert_int_equal(pg_number(here.pg, "SELECT open_minor FROM ledger.open_item"), PAID[i].open);
		}
		assert_books();
	}
}

static void test_a_returned_payment_is_not_booked_again(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(OpenItemRow) *row = row_add(&file, "A-1", 10000);

	imported(&file, false);
	bank_pays(10000, true);
	row->settled_date = "2026-02-20";
	assert_int_equal(imported(&file, false)->unchanged, 1);
	bank_returns(10000); /* and the other system has not heard of it yet */
	row->order_reference = "PO-7";
	imported(&file, false);
	assert_int_equal(pg_number(here.pg, "SELECT open_minor FROM ledger.open_item"), 10000);
	row->settled_date = "";
	imported(&file, false);
	row->settled_date = "2026-02-28"; /* paid anew, and not through the bank */
	imported(&file, false);
	assert_int_equal(pg_number(here.pg, "SELECT open_minor FROM ledger.open_item"), 0);
	assert_books();
}

static void test_a_person_s_dispute_stays(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(OpenItemRow) *row = row_add(&file, "A-1", 10000);
	PB(SetDisputeRequest) dispute;

	row->disputed = true;
	imported(&file, false);
	PB_INIT(set_dispute_request)(&dispute);
	dispute.number = "A-1";
	dispute.disputed = true;
	dispute.reason = "two chairs are broken";
	dispute.amount_minor = 2000;
	assert_done(run(set_dispute, &dispute.base, NULL));
	row->disputed = false;
	assert_int_equal(imported(&file, false)->updated, 0);
	assert_int_equal(pg_number(here.pg, "SELECT disputed_minor FROM ledger.open_item"), 2000);
	assert_books();
}

/* ------------------------------------------------------------------ bad rows */

static void no_amount(PB(OpenItemRow) * row)
{
	row->amount_minor = 0;
}

static void no_such_day(PB(OpenItemRow) * row)
{
	row->due_date = "2026-02-30";
}

static void no_such_creditor(PB(OpenItemRow) * row)
{
	row->creditor = "NOBODY";
}

static void number_twice(PB(OpenItemRow) * row)
{
	row->invoice_number = "A-1";
}

static const struct {
	const char *sentence, *column;
	void (*spoil)(PB(OpenItemRow) *);
} SPOILED[] = {
	{ "no amount", "amount", no_amount },
	{ "no such day", "due_date", no_such_day },
	{ "no such creditor", "creditor", no_such_creditor },
	{ "a number that stands twice", "invoice_number", number_twice },
};

static void test_bad_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(SPOILED); i++) {
		struct file file = { .hash = "a" };

		SAY(SPOILED[i].sentence);
		books_open(NULL);
		row_add(&file, "A-1", 10000);
		SPOILED[i].spoil(row_add(&file, "A-2", 5000));
		row_add(&file, "A-3", 700);

		const PB(CommitImportResponse) *strict = imported(&file, false);

		assert_false(strict->committed);
		assert_int_equal(strict->n_bad_rows, 1);
		assert_int_equal(strict->bad_rows[0]->line, 3);
		assert_string_equal(strict->bad_rows[0]->column, SPOILED[i].column);
		assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM ledger.open_item"), 0);
		assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.customer WHERE number = 'C7'"), 0);

		const PB(CommitImportResponse) *skipping = imported(&file, true);

		assert_true(skipping->committed);
		assert_int_equal(skipping->imported, 2);
		assert_int_equal(skipping->bad, 1);
		assert_books();
	}
}

static void test_parts(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(CommitImportResponse) *reply = NULL;

	row_add(&file, "A-1", 10000);
	row_add(&file, "A-2", 5000);
	char *id = begun(&file);

	sent(&file, id);
	assert_string_equal(begun(&file), id); /* the same file begun afresh: nothing is staged any more */
	assert_refused(commit(&file, id, false, &reply), ERR_CONFLICT, "import.incomplete");
	sent(&file, id);
	sent(&file, id); /* a part sent again counts once */
	assert_done(commit(&file, id, false, &reply));
	assert_int_equal(reply->imported, 2);
	assert_refused(commit(&file, id, false, &reply), ERR_CONFLICT, "import.closed");
	assert_books();
}

static void test_abandoned(void **state)
{
	(void)state;
	struct file file = { .hash = "a" }, other = { .hash = "b" };
	PB(CommitImportResponse) *reply = NULL;

	row_add(&file, "A-1", 10000);
	row_add(&other, "A-2", 10000);
	char *id = begun(&file);

	sent(&file, id);
	pg_execute(here.pg, "UPDATE invoicing.import SET begun_at = begun_at - interval '25 hours'");
	imported(&other, false);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.import_row"), 0);
	assert_refused(commit(&file, id, false, &reply), ERR_CONFLICT, "import.closed");
}

static void test_terms_give_the_discount(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(SetPaymentTermsRequest) terms;
	PB(PaymentTerms) of;

	PB_INIT(set_payment_terms_request)(&terms);
	PB_INIT(payment_terms)(&of);
	of.days = 30;
	of.discount_percent = "2";
	of.discount_days = 14;
	terms.customer_number = "C1";
	terms.terms = &of;
	assert_done(run(set_payment_terms, &terms.base, NULL));
	row_add(&file, "A-1", 22995)->customer_number = "C1";
	row_add(&file, "A-2", 22995);
	imported(&file, false);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(number || ' ' || discount_minor || ' ' || "
					      "coalesce(to_char(discount_until, 'YYYY-MM-DD'), '-'), ', ' ORDER BY "
					      "number) FROM ledger.open_item"),
			    "A-1 460 2026-01-24, A-2 0 -");
}

static void test_numbers_follow_the_taken_over(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(IssueInvoiceRequest) request;
	PB(IssueInvoiceResponse) *reply = NULL;
	PB(InvoiceLine) line, *lines[] = { &line };

	row_add(&file, "INV-2026-000041", 10000);
	row_add(&file, "INV-2026-A", 10000);
	imported(&file, false);
	PB_INIT(issue_invoice_request)(&request);
	PB_INIT(invoice_line)(&line);
	line.description = "Chair";
	line.unit_price = "100";
	line.vat_rate = "20";
	request.customer_number = "C1";
	request.lines = lines;
	request.n_lines = 1;
	assert_done(run(issue_invoice, &request.base, &reply));
	assert_string_equal(reply->invoice->number, "INV-2026-000042");
	assert_books();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_import, books_open),
		cmocka_unit_test_setup(test_again, books_open),
		cmocka_unit_test_setup(test_daily_export, books_open),
		cmocka_unit_test_setup(test_paid_once, books_open),
		cmocka_unit_test_setup(test_a_returned_payment_is_not_booked_again, books_open),
		cmocka_unit_test_setup(test_a_person_s_dispute_stays, books_open),
		cmocka_unit_test_setup(test_bad_rows, books_open),
		cmocka_unit_test_setup(test_parts, books_open),
		cmocka_unit_test_setup(test_abandoned, books_open),
		cmocka_unit_test_setup(test_terms_give_the_discount, books_open),
		cmocka_unit_test_setup(test_numbers_follow_the_taken_over, books_open),
	};
	return cmocka_run_group_tests_name("invoicing/import", tests, start, stop);
}
