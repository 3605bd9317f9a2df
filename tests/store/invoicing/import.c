/* The import of open items on a real database: all or nothing, what changes nothing, what is refused. */
#include "store/invoicing/import_file.h"

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
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.openitems.imported.v1'"),
		1);
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
		cmocka_unit_test_setup(test_bad_rows, books_open),
		cmocka_unit_test_setup(test_parts, books_open),
		cmocka_unit_test_setup(test_abandoned, books_open),
		cmocka_unit_test_setup(test_terms_give_the_discount, books_open),
		cmocka_unit_test_setup(test_numbers_follow_the_taken_over, books_open),
	};
	return cmocka_run_group_tests_name("invoicing/import", tests, start, stop);
}
