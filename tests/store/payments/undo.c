/* Matches are taken back, by people and with the money: books, records and what was learned. */
#include "payments/undo.h"
#include "desk.h"
#include "payments/apply.h"

#define STRANGER "NL91ABNA0417164300"
#define OWN "FR7630006000011234567890189"

static void import(const char *id, int64_t opening, const struct line *lines, size_t count)
{
	struct import_result result;

	assert_done(take(id, statement_text(id, opening, lines, count, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
}

static struct err undo_of(const char *payment, const char *customer, struct undone *undone)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	desk.who = "Anne";
	TRY(match_undo(
		&tx, &desk,
		&(struct undo_asked){ .payment = payment, .reason = "wrong debtor", .customer_number = customer },
		undone));
	return db_commit(&tx);
}

static struct err apply(const char *payment, const char *invoice, int64_t minor)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct applied applied;
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	desk.who = "Anne";
	TRY(cash_put(&tx, &desk, payment, &(struct cash_share){ invoice, minor, 0 }, 1, &applied));
	return db_commit(&tx);
}

static int64_t cash(const char *account)
{
	return pg_number(here.pg, arena_format(here.arena,
					       "SELECT coalesce(-sum(amount_minor), 0) FROM ledger.balance "
					       "WHERE account = '%s'",
					       account));
}

static void a_match_is_taken_back_whole(void **state)
{
	const struct line line = { "B1", 2, 20000, "INV-2026-000001 INV-2026-000002", NULL, NULL };
	struct undone undone;

	(void)state;
	import("S1", 0, &line, 1);
	assert_int_equal(open_of(1) + open_of(2), 0);
	assert_done(undo_of("B1", "", &undone));
	assert_int_equal(open_of(1) + open_of(2), 20000);
	assert_int_equal(cash("unidentified_cash"), 20000);
	assert_int_equal(cash("unapplied_cash"), 0);
	assert_int_equal(undone.payment.state, PAYMENT_UNIDENTIFIED);
	assert_int_equal(undone.payment.rest_minor, 20000);
	assert_string_equal(pg_value(here.pg,
				     "SELECT string_agg(format('%s %s %s', a.state, u.done_by, u.reason), ', ') "
				     "FROM payments.allocation a JOIN payments.undo u ON u.id = a.undo"),
			    "undone Anne wrong debtor, undone Anne wrong debtor");
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.payment.undone.v1'"),
		2); /* one a customer */
	assert_refused(undo_of("B1", "", &undone), ERR_CONFLICT, "payment.undone");
	assert_books_hold();
}

static void a_discount_comes_back_with_its_invoice(void **state)
{
	const struct line line = { "B1", 2, 9700, "INV-2026-000001", NULL, NULL };
	struct undone undone;

	(void)state;
	pg_execute(here.pg, "UPDATE ledger.open_item SET discount_minor = 300, discount_until = '2026-02-28' "
			    "WHERE number = 'INV-2026-000001'");
	import("S1", 0, &line, 1);
	assert_int_equal(open_of(1), 0);
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'discount'"),
			 300);
	assert_done(undo_of("B1", "K1", &undone));
	assert_int_equal(open_of(1), 10000);
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'discount'"),
			 0);
	assert_int_equal(cash("unapplied_cash"), 9700);
	assert_string_equal(undone.payment.customer_number, "K1");
	assert_books_hold();
}

static int64_t account(const char *name)
{
	return pg_number(here.pg, arena_format(here.arena,
					       "SELECT coalesce(sum(amount_minor), 0) FROM ledger.entry "
					       "WHERE account = '%s'",
					       name));
}

static void what_the_bank_kept_and_what_we_kept_comes_back(void **state)
{
	const struct line lines[] = { { "B1", 2, 9975, "INV-2026-000001", NULL, NULL },
				      { "B2", 2, 10004, "INV-2026-000003", NULL, NULL } };
	struct undone undone;

	(void)state;
	pg_execute(here.pg,
		   "DELETE FROM payments.match_rule; INSERT INTO payments.match_rule VALUES ('MAIN', 'EUR', 0, 500, "
		   "5000, true, 0, 0, 10, 100, true, true, now(), 'Anne')");
	import("S1", 0, lines, 2);
	assert_int_equal(open_of(1) + open_of(3), 0);
	assert_int_equal(account("bank_charges"), 25);
	assert_int_equal(account("rounding"), -4);
	assert_done(undo_of("B1", "", &undone));
	assert_done(undo_of("B2", "K1", &undone));
	assert_int_equal(open_of(1) + open_of(3), 20000);
	assert_int_equal(account("bank_charges"), 0);
	assert_int_equal(account("rounding"), 0);
	assert_int_equal(cash("unidentified_cash"), 9975);
	assert_int_equal(cash("unapplied_cash"), 10004);
	assert_books_hold();
	pg_execute(here.pg, "DELETE FROM payments.match_rule");
}

static void the_payers_own_account_keeps_it_his(void **state)
{
	const struct line lines[] = { { "B1", 2, 10000, "INV-2026-000001", NULL, NULL },
				      { "B2", 2, 10000, "INV-2026-000003", NULL, NULL } };
	struct undone undone;

	(void)state;
	import("S1", 0, lines, 2);
	pg_execute(here.pg, "UPDATE invoicing.customer SET iban = '" OWN "' WHERE number = 'K2'; "
			    "UPDATE payments.payment SET payer_iban = '" OWN "' WHERE entry_ref = 'B1'");
	assert_done(undo_of("B1", "", &undone));
	assert_int_equal(undone.payment.state, PAYMENT_UNAPPLIED);
	assert_string_equal(undone.payment.customer_number, "K2");
	assert_done(undo_of("B2", "", &undone));
	assert_int_equal(undone.payment.state, PAYMENT_UNIDENTIFIED);
	assert_refused(undo_of("B1", "K9", &undone), ERR_NOT_FOUND, "customer.unknown");
	assert_books_hold();
}

static void what_a_person_booked_is_undone_and_booked_anew(void **state)
{
	const struct line line = { "B1", 2, 12000, "Zahlung", "E2E-1", NULL };
	const struct line back = { "B2", 9, -12000, "return", "E2E-1", "AC04" };
	struct undone undone;

	(void)state;
	import("S1", 0, &line, 1);
	pg_execute(here.pg, "UPDATE payments.payment SET payer_iban = '" STRANGER "'");
	assert_done(apply("B1", "INV-2026-000007", 0));
	assert_done(apply("B1", "INV-2026-000009", 0));
	assert_string_equal(pg_value(here.pg, "SELECT iban || learned_by FROM payments.payer_account"),
			    STRANGER "Anne");
	assert_done(undo_of("B1", "", &undone));
	assert_int_equal(undone.forgotten_count, 1);
	assert_string_equal(undone.forgotten[0], STRANGER);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.payer_account"), 0);
	assert_int_equal(undone.record.reversed_count, 2);
	assert_int_equal(open_of(7) + open_of(9), 20000);
	assert_done(apply("B1", "INV-2026-000011", 0));
	assert_int_equal(open_of(11), 0);
	assert_done(undo_of("B1", "K1", &undone));
	assert_int_equal(undone.record.reversed_count, 1);
	assert_int_equal(cash("unapplied_cash"), 12000);
	assert_int_equal(cash("unidentified_cash"), 0);
	assert_done(apply("B1", "INV-2026-000013", 5000));
	assert_books_hold();

	/* The bank takes it all back: what was undone twice, and what was applied since. */
	import("S2", 12000, &back, 1);
	assert_int_equal(open_of(7) + open_of(9) + open_of(11) + open_of(13), 40000);
	assert_int_equal(cash("unapplied_cash") + cash("unidentified_cash"), 0);
	assert_string_equal(pg_value(here.pg,
				     "SELECT string_agg(format('%s %s %s', kind, reason, cardinality(reversed)), "
				     "', ' ORDER BY id) FROM payments.undo"),
			    "undo wrong debtor 2, undo wrong debtor 1, return AC04 2");
	assert_refused(undo_of("B1", "", &undone), ERR_CONFLICT, "payment.undone");
	assert_books_hold();
}

static void what_two_decisions_taught_outlives_one(void **state)
{
	const struct line lines[] = { { "B1", 2, 10000, "Zahlung", NULL, NULL },
				      { "B2", 3, 10000, "Zahlung", NULL, NULL } };
	struct undone undone;

	(void)state;
	import("S1", 0, lines, 2);
	pg_execute(here.pg, "UPDATE payments.payment SET payer_iban = '" STRANGER "'");
	assert_done(apply("B1", "INV-2026-000001", 0));
	assert_done(apply("B2", "INV-2026-000003", 0));
	assert_done(undo_of("B1", "", &undone));
	assert_int_equal(undone.forgotten_count, 0);
	assert_string_equal(pg_value(here.pg, "SELECT p.entry_ref FROM payments.payer_account l "
					      "JOIN payments.payment p ON p.id = l.learned_from"),
			    "B2");
	assert_done(undo_of("B2", "", &undone));
	assert_int_equal(undone.forgotten_count, 1);
}

static void a_cancelled_invoice_keeps_its_payment(void **state)
{
	const struct line line = { "B1", 2, 10000, "INV-2026-000001", NULL, NULL };
	struct undone undone;

	(void)state;
	import("S1", 0, &line, 1);
	pg_execute(here.pg, "UPDATE ledger.open_item SET cancelled = true WHERE number = 'INV-2026-000001'");
	assert_refused(undo_of("B1", "", &undone), ERR_CONFLICT, "invoice.cancelled");
	assert_int_equal(open_of(1), 0);
	assert_books_hold();
}

static void records_are_read_in_pages(void **state)
{
	const struct line lines[] = { { "B1", 2, 10000, "INV-2026-000001", NULL, NULL },
				      { "B2", 2, 20000, "INV-2026-000003 INV-2026-000005", NULL, NULL } };
	struct undo_record *list;
	struct undone undone;
	struct desk desk;
	size_t count;

	(void)state;
	import("S1", 0, lines, 2);
	assert_done(undo_of("B1", "", &undone));
	assert_done(undo_of("B2", "", &undone));
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_done(desk_open(&tx, "", &desk));
	assert_done(undos_page(&tx, &desk, &(struct page){ 10, "" }, &list, &count));
	assert_int_equal(count, 2);
	assert_string_equal(list[0].entry_ref, "B1");
	assert_int_equal(list[0].allocation_count, 1);
	assert_int_equal(list[1].allocation_count, 2);
	assert_int_equal(list[1].posting_count, 1);
	assert_true(id_equal(list[1].reversed[0], list[1].payment));
	assert_string_equal(list[1].done_by, "Anne");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_match_is_taken_back_whole, desk_reset),
		cmocka_unit_test_setup(a_discount_comes_back_with_its_invoice, desk_reset),
		cmocka_unit_test_setup(what_the_bank_kept_and_what_we_kept_comes_back, desk_reset),
		cmocka_unit_test_setup(the_payers_own_account_keeps_it_his, desk_reset),
		cmocka_unit_test_setup(what_a_person_booked_is_undone_and_booked_anew, desk_reset),
		cmocka_unit_test_setup(what_two_decisions_taught_outlives_one, desk_reset),
		cmocka_unit_test_setup(a_cancelled_invoice_keeps_its_payment, desk_reset),
		cmocka_unit_test_setup(records_are_read_in_pages, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
