/* Documents on a real database: made after the issue, kept, and the same bytes whoever asks and whatever changes. */
#include "store/invoicing/calls.h"

#include "common/document/sheet.h"
#include "invoicing/printer.h"

#define IBAN "FR1420041010050500013M02606"

static const char *issued(void)
{
	PB(IssueInvoiceRequest) request;
	PB(InvoiceLine) line, *lines[] = { &line };
	PB(IssueInvoiceResponse) *reply = NULL;

	PB_INIT(issue_invoice_request)(&request);
	PB_INIT(invoice_line)(&line);
	line.description = "Chair";
	line.unit_price = "100";
	line.vat_rate = "20";
	request.customer_number = "C1";
	request.note = "Delivered to the yard.";
	request.lines = lines;
	request.n_lines = 1;
	assert_done(run(issue_invoice, &request.base, &reply));
	return reply->invoice->number;
}

static PB(RenderInvoiceResponse) * rendered(const char *number)
{
	PB(RenderInvoiceRequest) request;
	PB(RenderInvoiceResponse) *reply = NULL;

	PB_INIT(render_invoice_request)(&request);
	request.number = (char *)number;
	assert_done(run(render_invoice, &request.base, &reply));
	assert_memory_equal(reply->pdf.data, "%PDF-", 5);
	return reply;
}

static int64_t printed(void)
{
	atomic_bool stopping = false;
	struct service_context context = { .db = here.db, .stopping = &stopping };
	int64_t again_ms;

	assert_done(printer_round(&context, &again_ms));
	return again_ms;
}

static struct err stationery(const char *payment_link)
{
	PB(SetStationeryRequest) request;
	PB(Stationery) body;

	PB_INIT(set_stationery_request)(&request);
	PB_INIT(stationery)(&body);
	body.registration = "SAS, RCS Lyon 303 265 045";
	body.payment_link = (char *)payment_link;
	request.stationery = &body;
	return run(set_stationery, &request.base, NULL);
}

static PB(GetInvoiceResponse) * shown(const char *number)
{
	PB(GetInvoiceRequest) request;
	PB(GetInvoiceResponse) *reply = NULL;

	PB_INIT(get_invoice_request)(&request);
	request.number = (char *)number;
	assert_done(run(get_invoice, &request.base, &reply));
	return reply;
}

static void test_made_after_the_issue_and_kept(void **state)
{
	(void)state;
	const char *number = issued();

	assert_string_equal(pg_value(here.pg, "SELECT count(*) FROM invoicing.document WHERE pdf IS NULL"), "1");
	assert_int_equal(printed(), 0);
	assert_int_equal(printed(), PRINTER_REST_MS);
	assert_string_equal(
		pg_value(here.pg, "SELECT (sha256 = encode(sha256(pdf), 'hex'))::text FROM invoicing.document"),
		"true");

	const PB(RenderInvoiceResponse) *first = rendered(number);

	/* What changes later is not on an invoice that was sent. */
	assert_done(stationery("https://pay.example.com/{reference}"));
	pg_execute(here.pg, "UPDATE invoicing.customer SET name = 'Omega'");

	const PB(RenderInvoiceResponse) *again = rendered(number);

	assert_string_equal(first->sha256, again->sha256);
	assert_int_equal(first->pdf.len, again->pdf.len);
	assert_memory_equal(first->pdf.data, again->pdf.data, first->pdf.len);
	assert_int_equal(first->kind, 1);
}

static void test_made_when_asked_for(void **state)
{
	(void)state;
	const PB(RenderInvoiceResponse) *made = rendered(issued());

	assert_int_equal(made->pages, 1);
	assert_int_equal(printed(), PRINTER_REST_MS); /* nothing is wanted any more */
}

static void test_credit_note(void **state)
{
	PB(CancelInvoiceRequest) request;
	PB(CancelInvoiceResponse) *reply = NULL;

	(void)state;
	PB_INIT(cancel_invoice_request)(&request);
	request.number = (char *)issued();
	request.reason = "Returned";
	assert_done(run(cancel_invoice, &request.base, &reply));
	assert_int_equal(rendered(reply->credit_note_number)->kind, 2);
	assert_int_equal(rendered(request.number)->kind, 1);
}

static void test_a_name_without_a_font_is_tried_once(void **state)
{
	(void)state;
	issued();
	pg_execute(here.pg, "UPDATE invoicing.customer SET name = U&'\\+012000'"); /* cuneiform */
	assert_int_equal(printed(), 0);
	assert_int_equal(printed(), PRINTER_REST_MS);
	assert_string_equal(pg_value(here.pg, "SELECT problem FROM invoicing.document"), "document.missing_glyphs");
}

static void test_an_imported_item_gives_a_statement(void **state)
{
	(void)state;
	pg_execute(here.pg,
		   "SELECT ledger.add_items('MAIN', jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), "
		   "'number', 'ERP-7', 'customer', (SELECT id FROM invoicing.customer), 'customer_number', 'C1', "
		   "'currency', 'EUR', 'issued_on', '2026-02-01', 'due_on', '2026-03-01', 'amount_minor', 5000)))");

	const PB(RenderInvoiceResponse) *statement = rendered("ERP-7");

	assert_int_equal(statement->kind, 3);
	assert_string_equal(statement->sha256, "");
	assert_string_equal(pg_value(here.pg, "SELECT count(*) FROM invoicing.document"), "0");
}

static void test_unknown(void **state)
{
	PB(RenderInvoiceRequest) request;

	(void)state;
	PB_INIT(render_invoice_request)(&request);
	request.number = "NONE";
	assert_refused(run(render_invoice, &request.base, NULL), ERR_NOT_FOUND, "invoice.unknown");
}

static void test_how_to_pay(void **state)
{
	(void)state;
	const char *number = issued();

	assert_string_equal(shown(number)->iban, "");
	assert_string_equal(shown(number)->invoice->payment_link, "");
	/* The account that the creditor adopted with its statements; not that of another currency. */
	pg_execute(here.pg, "INSERT INTO payments.bank_account (creditor, id, account, currency, origin) VALUES "
			    "('MAIN', gen_random_uuid(), 'GB33BUKB20201555555555', 'GBP', 'adopted'), "
			    "('MAIN', gen_random_uuid(), '" IBAN "', 'EUR', 'adopted')");
	assert_done(stationery("https://pay.example.com/{reference}?a={amount_minor}"));
	assert_string_equal(shown(number)->iban, IBAN);
	assert_string_equal(shown(number)->invoice->payment_link, "https://pay.example.com/RF94INV2026000001?a=12000");
	assert_refused(stationery("http://pay.example.com/{reference}"), ERR_INVALID, "payment_link.template");
	pg_execute(here.pg, "DELETE FROM payments.bank_account");
}

static int end(void **state)
{
	sheet_fonts_release();
	return stop(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_made_after_the_issue_and_kept, books_open),
		cmocka_unit_test_setup(test_made_when_asked_for, books_open),
		cmocka_unit_test_setup(test_credit_note, books_open),
		cmocka_unit_test_setup(test_a_name_without_a_font_is_tried_once, books_open),
		cmocka_unit_test_setup(test_an_imported_item_gives_a_statement, books_open),
		cmocka_unit_test_setup(test_unknown, books_open),
		cmocka_unit_test_setup(test_how_to_pay, books_open),
	};

	return cmocka_run_group_tests(tests, start, end);
}
