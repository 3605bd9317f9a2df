/* Invoices on a real database: numbers without gaps, cancellation, disputes, the clock, and who may write what. */
#include <pthread.h>

#include "store/invoicing/calls.h"

#include "ledger/ledger_store.h"

/* An invoice of one line, 100.00 and 20 % VAT. */
struct draft {
	PB(IssueInvoiceRequest) request;
	PB(InvoiceLine) line, *lines[1];
};

static const ProtobufCMessage *draft_of(struct draft *draft, const char *issued_on)
{
	PB_INIT(issue_invoice_request)(&draft->request);
	PB_INIT(invoice_line)(&draft->line);
	draft->line.description = "Chair";
	draft->line.unit_price = "100";
	draft->line.vat_rate = "20";
	draft->lines[0] = &draft->line;
	draft->request.customer_number = "C1";
	draft->request.issued_on = (char *)issued_on;
	draft->request.lines = draft->lines;
	draft->request.n_lines = 1;
	return &draft->request.base;
}

static const PB(Invoice) * issued(const char *issued_on)
{
	struct draft draft;
	PB(IssueInvoiceResponse) *reply = NULL;

	assert_done(run(issue_invoice, draft_of(&draft, issued_on), &reply));
	return reply->invoice;
}

/* ------------------------------------------------------------------ numbers */

static void test_issue(void **state)
{
	(void)state;
	const PB(Invoice) *invoice = issued("");

	assert_string_equal(invoice->number, "INV-2026-000001");
	assert_string_equal(invoice->creditor_ref, "RF94INV2026000001");
	assert_string_equal(invoice->due_on, "2026-04-01");
	assert_int_equal(invoice->open_minor, 12000);
	assert_string_equal(
		pg_value(here.pg, "SELECT type || ' ' || subject FROM feed.unnumbered ORDER BY position DESC LIMIT 1"),
		"relance.invoice.issued.v1 INV-2026-000001");
	assert_string_equal(issued("2026-03-02")->number, "INV-2026-000002");
	assert_books();
}

static void test_numbers_follow_the_calendar(void **state)
{
	(void)state;
	struct draft draft;

	issued("2026-03-01");
	assert_refused(run(issue_invoice, draft_of(&draft, "2026-02-28"), NULL), ERR_CONFLICT,
		       "invoice.date_before_last");
	assert_refused(run(issue_invoice, draft_of(&draft, "2026-03-03"), NULL), ERR_INVALID, "invoice.future");
	assert_string_equal(issued("2025-12-31")->number, "INV-2025-000001"); /* a year of its own */
	assert_string_equal(issued("2026-03-01")->number, "INV-2026-000002"); /* the refused took no number */
	assert_books();
}

enum { ISSUERS = 8, ISSUES_EACH = 24, RACE_TRIES = 50 };

/* Issues again and again; every third transaction is given up after its number was taken. */
static void *issuer(void *argument)
{
	struct db *db = argument;
	ARENA_SCOPE arena = arena_new(0);
	struct draft draft;
	long failures = 0;

	for (int i = 0; i < ISSUES_EACH; i++) {
		struct err err = ERR(ERR_ABORTED, "", NULL, "");

		for (int tries = 0; err.code == ERR_ABORTED && tries < RACE_TRIES; tries++)
			err = run_on(db, arena, issue_invoice, DB_WRITE, draft_of(&draft, ""), i % 3 != 0, NULL);
		failures += !err_ok(err);
	}
	return (void *)failures;
}

static void test_numbers_without_gaps(void **state)
{
	(void)state;
	pthread_t threads[ISSUERS];
	struct db *connections[ISSUERS];
	void *failures;

	for (int i = 0; i < ISSUERS; i++) {
		connections[i] = pg_connect(here.pg, "relance_invoicing");
		assert_int_equal(pthread_create(&threads[i], NULL, issuer, connections[i]), 0);
	}
	for (int i = 0; i < ISSUERS; i++) {
		pthread_join(threads[i], &failures);
		assert_null(failures);
		db_close(&connections[i]);
	}
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.invoice"), ISSUERS * ISSUES_EACH * 2 / 3);
	assert_int_equal(pg_number(here.pg, "SELECT max(sequence) FROM invoicing.invoice"),
			 ISSUERS * ISSUES_EACH * 2 / 3);
	/* Commit order: the transaction with the higher number ended later. */
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM (SELECT sequence, lag(sequence) OVER (ORDER BY "
					    "o.position) AS before FROM invoicing.invoice v JOIN feed.unnumbered o ON "
					    "o.subject = v.number) s WHERE sequence <> before + 1"),
			 0);
	assert_books();
}

static void test_verify_sees_a_gap(void **state)
{
	(void)state;
	PB(VerifyRequest) request;
	PB(VerifyResponse) *reply = NULL;
	int broken = 0;

	issued("");
	issued("");
	pg_execute(here.pg, "UPDATE invoicing.number_counter SET last = 3");
	PB_INIT(verify_request)(&request);
	assert_done(run(verify, &request.base, &reply));
	for (size_t i = 0; i < reply->n_checks; i++)
		broken += !reply->checks[i]->ok;
	assert_int_equal(broken, 1);
}

/* ------------------------------------------------------------------ cancelling */

static void cancel_of(PB(CancelInvoiceRequest) * request, const char *number)
{
	PB_INIT(cancel_invoice_request)(request);
	request->number = (char *)number;
	request->reason = "wrong colour";
}

static struct id item_of(const char *number)
{
	const char *sql = arena_format(here.arena, "SELECT id FROM ledger.open_item WHERE number = '%s'", number);
	struct id item;

	assert_done(id_parse(pg_value(here.pg, sql), &item));
	return item;
}

/* The customer pays 98.00 of the first with 2.40 of discount, and 50.00 of the second with 1.00, in one transfer. */
static void pay(const char *first, const char *second)
{
	struct db *db = pg_connect(here.pg, "relance_payments");
	struct posting_batch batch = posting_batch_make(here.arena);
	const struct currency euro = { "EUR" };
	const struct id none = { 0 };
	struct date booked;

	assert_done(date_parse("2026-03-02", &booked));
	posting_open(&batch, (struct posting){ .id = { { 9 } }, .kind = "payment", .booked_on = booked });
	posting_debit(&batch, ACCOUNT_BANK, none, euro, 14800);
	posting_credit(&batch, ACCOUNT_RECEIVABLE, item_of(first), euro, 10040);
	posting_debit(&batch, ACCOUNT_DISCOUNT, none, euro, 240);
	posting_credit(&batch, ACCOUNT_RECEIVABLE, item_of(second), euro, 5100);
	posting_debit(&batch, ACCOUNT_DISCOUNT, none, euro, 100);
	DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

	assert_done(ledger_post(&tx, "MAIN", &batch));
	assert_done(db_commit(&tx));
	db_close(&db);
}

static void test_cancel(void **state)
{
	(void)state;
	PB(CancelInvoiceRequest) request;
	PB(CancelInvoiceResponse) *reply = NULL;
	const char *number = issued("")->number, *other = issued("")->number;

	pay(number, other);
	cancel_of(&request, number);
	assert_done(run(cancel_invoice, &request.base, &reply));
	assert_string_equal(reply->credit_note_number, "CN-2026-000001");
	assert_int_equal(reply->released_minor, 9800);
	assert_int_equal(reply->invoice->open_minor, 0);
	assert_int_equal(reply->invoice->state, RELANCE__INVOICING__V1__INVOICE_STATE__INVOICE_STATE_CANCELLED);
	assert_int_equal(
		pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.balance WHERE account = 'unapplied_cash'"),
		-9800);
	assert_refused(run(cancel_invoice, &request.base, NULL), ERR_CONFLICT, "invoice.already_cancelled");
	cancel_of(&request, other);
	assert_done(run(cancel_invoice, &request.base, &reply));
	assert_int_equal(reply->released_minor, 5000);
	assert_int_equal(pg_number(here.pg, "SELECT coalesce(sum(amount_minor), 0) FROM ledger.entry WHERE account IN "
					    "('revenue', 'vat', 'discount', 'receivable')"),
			 0);
	assert_books();
}

static void test_cancel_unknown(void **state)
{
	(void)state;
	PB(CancelInvoiceRequest) request;

	cancel_of(&request, "INV-2026-000099");
	assert_refused(run(cancel_invoice, &request.base, NULL), ERR_NOT_FOUND, "invoice.unknown");
	cancel_of(&request, issued("")->number);
	request.reason = "";
	assert_refused(run(cancel_invoice, &request.base, NULL), ERR_INVALID, "field.missing");
}

static void test_dispute(void **state)
{
	(void)state;
	PB(SetDisputeRequest) request;
	PB(SetDisputeResponse) *reply = NULL;

	PB_INIT(set_dispute_request)(&request);
	request.number = (char *)issued("")->number;
	request.disputed = true;
	assert_refused(run(set_dispute, &request.base, NULL), ERR_INVALID, "field.missing");
	request.reason = "wrong colour";
	assert_done(run(set_dispute, &request.base, &reply));
	assert_true(reply->invoice->disputed);
	assert_string_equal(reply->invoice->dispute_reason, "wrong colour");
	request.disputed = false;
	assert_done(run(set_dispute, &request.base, &reply));
	assert_false(reply->invoice->disputed);
	assert_string_equal(reply->invoice->dispute_reason, "");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.dispute WHERE closed_at IS NOT NULL"), 1);
}

/* ------------------------------------------------------------------ terms, charges, clock */

static void test_terms_and_charges(void **state)
{
	(void)state;
	PB(SetPaymentTermsRequest) terms;
	PB(PaymentTerms) of;
	PB(QuoteLateChargesRequest) quote;
	PB(QuoteLateChargesResponse) *quoted = NULL;
	const PB(Invoice) *invoice = NULL;

	PB_INIT(set_payment_terms_request)(&terms);
	PB_INIT(payment_terms)(&of);
	of.days = 10;
	of.discount_percent = "2";
	of.discount_days = 5;
	terms.customer_number = "C1";
	terms.terms = &of;
	assert_done(run(set_payment_terms, &terms.base, NULL));
	assert_done(run(set_payment_terms, &terms.base, NULL)); /* again: the same */
	invoice = issued("2026-01-05");
	assert_string_equal(invoice->due_on, "2026-01-15");
	assert_int_equal(invoice->discount_minor, 240);
	assert_string_equal(invoice->discount_until, "2026-01-10");
	PB_INIT(quote_late_charges_request)(&quote);
	quote.customer_number = "C1";
	assert_done(run(quote_late_charges, &quote.base, &quoted));
	assert_int_equal(quoted->n_charges, 1);
	assert_int_equal(quoted->charges[0]->days_past_due, 46);
	assert_int_equal(quoted->charges[0]->interest_minor, 184); /* 120.00 at 12.15 % for 46 days: 1.8374 */
	assert_int_equal(quoted->charges[0]->compensation_minor, 4000);
	assert_string_equal(quoted->charges[0]->periods[0]->rate, "12.15");
}

static const struct {
	const char *sentence, *zone, *local;
	int days;
	const char *now, *today, *midnight, *ahead;
} CLOCKS[] = {
	{ "a date is the local midnight", "Europe/Paris", "2026-06-01", 1, "2026-05-31T22:00:00Z", "2026-06-01",
	  "2026-06-01T22:00:00Z", "2026-06-01T22:00:00Z" },
	{ "west of Greenwich", "America/New_York", "2026-06-01", 2, "2026-06-01T04:00:00Z", "2026-06-01",
	  "2026-06-02T04:00:00Z", "2026-06-03T04:00:00Z" },
	{ "where the day begins", "Pacific/Auckland", "2026-06-01", 0, "2026-05-31T12:00:00Z", "2026-06-01",
	  "2026-06-01T12:00:00Z", "2026-05-31T12:00:00Z" },
	{ "half an hour off", "Asia/Kolkata", "2026-06-01T09:30:15", 1, "2026-06-01T04:00:15Z", "2026-06-01",
	  "2026-06-01T18:30:00Z", "2026-06-02T04:00:15Z" },
	{ "ten days over the end of summer time are ten local days", "Europe/Paris", "2026-10-20", 10,
	  "2026-10-19T22:00:00Z", "2026-10-20", "2026-10-20T22:00:00Z", "2026-10-29T23:00:00Z" },
};

static void test_local_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(CLOCKS); i++) {
		char sql[100];
		PB(SetClockRequest) set;
		PB(SetClockResponse) *moved = NULL;
		PB(GetClockRequest) get;
		PB(GetClockResponse) *clock = NULL;

		SAY(CLOCKS[i].sentence);
		books_open(NULL);
		snprintf(sql, sizeof sql, "UPDATE invoicing.creditor SET timezone = '%s'", CLOCKS[i].zone);
		pg_execute(here.pg, sql);
		PB_INIT(set_clock_request)(&set);
		set.local = (char *)CLOCKS[i].local;
		assert_done(run(set_clock, &set.base, &moved));
		assert_string_equal(moved->now, CLOCKS[i].now);
		assert_string_equal(moved->today, CLOCKS[i].today);
		assert_string_equal(moved->next_midnight, CLOCKS[i].midnight);
		PB_INIT(get_clock_request)(&get);
		get.days_ahead = CLOCKS[i].days;
		assert_done(run(get_clock, &get.base, &clock));
		assert_string_equal(clock->ahead, CLOCKS[i].ahead);
		assert_string_equal(clock->today, CLOCKS[i].today);
	}
}

static void test_clock(void **state)
{
	(void)state;
	PB(SetClockRequest) request;
	PB(SetClockResponse) *reply = NULL;

	PB_INIT(set_clock_request)(&request);
	request.local = "2026-03-29T02:30"; /* is skipped in Paris: daylight saving begins */
	assert_done(run(set_clock, &request.base, &reply));
	assert_string_equal(reply->now, "2026-03-29T01:30:00Z");
	assert_string_equal(reply->next_midnight, "2026-03-29T22:00:00Z");
	request.local = "2026-03-28";
	assert_refused(run(set_clock, &request.base, NULL), ERR_CONFLICT, "clock.backwards");
	request.local = "2026-3-30";
	assert_refused(run(set_clock, &request.base, NULL), ERR_INVALID, "clock.local");
	service_settings.test_clock = false;
	assert_refused(run(set_clock, &request.base, NULL), ERR_INVALID, "clock.local");
	request.local = "2026-03-30";
	assert_refused(run(set_clock, &request.base, NULL), ERR_CONFLICT, "clock.not_enabled");
	service_settings.test_clock = true;
}

/* ------------------------------------------------------------------ who may write what */

static const struct {
	const char *sentence, *role, *sql;
} FORBIDDEN[] = {
	{ "invoicing writes no open item by itself", "relance_invoicing",
	  "UPDATE ledger.open_item SET open_minor = 0" },
	{ "invoicing writes no entry by itself", "relance_invoicing", "DELETE FROM ledger.compound_entry" },
	{ "an issued invoice never changes", "relance_invoicing", "UPDATE invoicing.invoice SET gross_minor = 1" },
	{ "nor its lines", "relance_invoicing", "DELETE FROM invoicing.invoice_line" },
	{ "payments reads customers, and writes none", "relance_payments", "UPDATE invoicing.customer SET name = 'x'" },
	{ "notification gives no numbers", "relance_notification", "UPDATE invoicing.number_counter SET last = 9" },
	{ "credit does not see what is being imported", "relance_credit", "SELECT 1 FROM invoicing.import_row" },
};

static void test_permissions(void **state)
{
	(void)state;
	issued("");
	for (size_t i = 0; i < ROWS(FORBIDDEN); i++) {
		struct db *db = pg_connect(here.pg, FORBIDDEN[i].role);
		const struct db_stmt stmt = DB_STMT("forbidden", FORBIDDEN[i].sql);
		DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);
		DB_ROWS_SCOPE rows = { 0 };

		SAY(FORBIDDEN[i].sentence);
		struct err err = db_query(&tx, &stmt, DB_NO_PARAMS, &rows);

		assert_int_equal(err.code, ERR_INTERNAL);
		assert_non_null(strstr(err.message, "permission denied"));
		db_rollback(&tx);
		db_close(&db);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_issue, books_open),
		cmocka_unit_test_setup(test_numbers_follow_the_calendar, books_open),
		cmocka_unit_test_setup(test_numbers_without_gaps, books_open),
		cmocka_unit_test_setup(test_verify_sees_a_gap, books_open),
		cmocka_unit_test_setup(test_cancel, books_open),
		cmocka_unit_test_setup(test_cancel_unknown, books_open),
		cmocka_unit_test_setup(test_dispute, books_open),
		cmocka_unit_test_setup(test_terms_and_charges, books_open),
		cmocka_unit_test_setup(test_clock, books_open),
		cmocka_unit_test_setup(test_local_days, books_open),
		cmocka_unit_test_setup(test_permissions, books_open),
	};
	return cmocka_run_group_tests_name("invoicing", tests, start, stop);
}
