/* What people decide after the import: proposals are confirmed, cash is applied, payers are learned. */
#include "desk.h"
#include "payments/apply.h"

#define PAYER "NL91ABNA0417164300"

static void import(const struct line *lines, size_t count)
{
	struct import_result result;

	assert_done(take("x.xml", statement_text("S1", 0, lines, count, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
}

static struct err confirm(const char *payment, const char *invoice)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct applied applied;
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	TRY(suggestion_confirm(&tx, &desk, payment, invoice, 0, &applied));
	return db_commit(&tx);
}

static struct err apply(const char *payment, const char *invoice, int64_t minor)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct applied applied;
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	TRY(cash_put(&tx, &desk, payment, &(struct cash_share){ invoice, minor, 0 }, 1, &applied));
	return db_commit(&tx);
}

static void a_proposal_is_booked_when_somebody_confirms_it(void **state)
{
	const struct line line = { "B1", 2, 15000, "INV-2026-000001 INV-2026-000003", NULL, NULL };

	(void)state;
	import(&line, 1);
	assert_int_equal(open_of(1) + open_of(3), 20000);
	assert_done(confirm("B1", ""));
	assert_int_equal(open_of(1), 0);
	assert_int_equal(open_of(3), 5000);
	assert_refused(confirm("B1", ""), ERR_CONFLICT, "payment.no_suggestion");
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(DISTINCT state, ' ') FROM payments.allocation"),
			    "confirmed");
	assert_books_hold();
}

static void one_of_several_proposals_is_confirmed_the_rest_withdrawn(void **state)
{
	const struct line line = { "B1", 2, 15000, "INV-2026-000001 INV-2026-000003", NULL, NULL };

	(void)state;
	import(&line, 1);
	assert_done(confirm("B1", "INV-2026-000003"));
	assert_int_equal(open_of(1), 10000);
	assert_int_equal(open_of(3), 5000);
	assert_int_equal(pg_number(here.pg, "SELECT rest_minor FROM payments.payment"), 10000);
	assert_string_equal(
		pg_value(here.pg, "SELECT string_agg(state, ' ' ORDER BY invoice_number) FROM payments.allocation"),
		"withdrawn confirmed");
	assert_books_hold();
}

static void unidentified_cash_is_put_on_an_invoice(void **state)
{
	const struct line line = { "B1", 2, 12000, "Zahlung", NULL, NULL };

	(void)state;
	import(&line, 1);
	pg_execute(here.pg, "UPDATE payments.payment SET payer_iban = '" PAYER "'");
	assert_done(apply("B1", "INV-2026-000007", 0));
	assert_int_equal(open_of(7), 0);
	assert_refused(apply("B1", "INV-2026-000009", 2001), ERR_CONFLICT, "cash.too_much");
	assert_done(apply("B1", "INV-2026-000009", 1500));
	assert_int_equal(open_of(9), 8500);
	assert_int_equal(pg_number(here.pg, "SELECT rest_minor FROM payments.payment"), 500);
	assert_string_equal(pg_value(here.pg, "SELECT iban FROM payments.payer_account"), PAYER);
	assert_refused(apply("B1", "INV-2026-999999", 0), ERR_NOT_FOUND, "invoice.unknown");
	assert_refused(apply("B7", "INV-2026-000007", 0), ERR_NOT_FOUND, "payment.unknown");
	assert_books_hold();
}

static void a_return_takes_back_what_people_applied_too(void **state)
{
	const struct line paid = { "B1", 2, 12000, "INV-2026-000001", "E2E-1", NULL };
	const struct line back = { "B2", 9, -12000, "return", "E2E-1", "AC04" };
	struct import_result result;

	(void)state;
	import(&paid, 1);
	assert_done(apply("B1", "INV-2026-000003", 2000));
	assert_int_equal(open_of(1), 0);
	assert_int_equal(open_of(3), 8000);
	assert_done(take("back.xml", statement_text("S2", 12000, &back, 1, 0), &result));
	assert_int_equal(open_of(1) + open_of(3), 20000);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM ledger.balance WHERE amount_minor <> 0"), 0);
	assert_refused(apply("B1", "INV-2026-000003", 0), ERR_CONFLICT, "payment.no_cash");
	assert_books_hold();
}

static void one_reference_of_several_payments_is_ambiguous(void **state)
{
	const struct line lines[] = { { "SAME", 2, 100, "Zahlung", NULL, NULL },
				      { "SAME", 3, 200, "Zahlung", NULL, NULL } };

	(void)state;
	import(lines, 2);
	assert_refused(apply("SAME", "INV-2026-000001", 0), ERR_INVALID, "payment.ambiguous");
	assert_done(apply(pg_value(here.pg, "SELECT id FROM payments.payment WHERE amount_minor = 200"),
			  "INV-2026-000001", 0));
	assert_int_equal(open_of(1), 9800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_proposal_is_booked_when_somebody_confirms_it, desk_reset),
		cmocka_unit_test_setup(one_of_several_proposals_is_confirmed_the_rest_withdrawn, desk_reset),
		cmocka_unit_test_setup(unidentified_cash_is_put_on_an_invoice, desk_reset),
		cmocka_unit_test_setup(a_return_takes_back_what_people_applied_too, desk_reset),
		cmocka_unit_test_setup(one_reference_of_several_payments_is_ambiguous, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
