/* Cash goes back to the payer: owed, recognised when the bank pays it out, given up, and what a return leaves of it. */
#include "desk.h"
#include "payments/refunds.h"
#include "payments/undo.h"

#define PAYER "FR7630006000011234567890189"

static int64_t opening;

static int reset(void **state)
{
	opening = 0;
	return desk_reset(state);
}

static void import(const struct line *line)
{
	struct import_result result;
	const char *id = arena_format(here.arena, "S%s", line->ref);

	assert_done(take(id, statement_text(id, opening, line, 1, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	opening += line->minor;
}

enum act { OWE, SETTLE, CANCEL };

static struct err act(enum act what, const char *subject, int64_t minor, const char *debit)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct refund_asked asked = { .payment = subject, .amount_minor = minor, .payee_iban = "", .reason = "twice" };
	struct payment_row payment;
	struct refund_row refund;
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	desk.who = "Anne";
	if (what == OWE)
		TRY(cash_refund(&tx, &desk, &asked, &refund, &payment));
	else if (what == SETTLE)
		TRY(refund_settle(&tx, &desk, subject, debit, &refund));
	else
		TRY(refund_withdraw(&tx, &desk, subject, &refund));
	return db_commit(&tx);
}

static const char *refunds_text(void)
{
	return pg_value(here.pg, "SELECT string_agg(format('%s %s %s/%s', number, state, paid_minor, amount_minor), "
				 "', ' ORDER BY number) FROM payments.refund");
}

static const char *payment_text(const char *entry)
{
	return pg_value(here.pg, arena_format(here.arena,
					      "SELECT format('%%s %%s %%s', state, rule, rest_minor) FROM "
					      "payments.payment WHERE entry_ref = '%s'",
					      entry));
}

static int64_t account(const char *name)
{
	return pg_number(here.pg,
			 arena_format(here.arena,
				      "SELECT coalesce(sum(amount_minor), 0) FROM ledger.entry WHERE account = "
				      "'%s'",
				      name));
}

static void what_was_paid_twice_goes_back(void **state)
{
	(void)state;
	payer = (struct payer){ "Customer 1", PAYER };
	import(&(struct line){ "B1", 2, 10000, "INV-2026-000001", NULL, NULL });
	import(&(struct line){ "B2", 3, 10000, "INV-2026-000001", NULL, NULL });
	assert_string_equal(payment_text("B2"), "unapplied already_settled 10000");
	assert_refused(act(OWE, "B1", 0, NULL), ERR_CONFLICT, "payment.no_cash");
	assert_refused(act(OWE, "B2", 10001, NULL), ERR_CONFLICT, "cash.too_much");
	assert_done(act(OWE, "B2", 0, NULL));
	assert_string_equal(refunds_text(), "RFD-000001 owed 0/10000");
	assert_string_equal(payment_text("B2"), "unapplied already_settled 0");
	assert_int_equal(account("refund"), -10000);
	assert_int_equal(account("unapplied_cash"), 0);
	assert_books_hold();

	SAY("the debit that pays it out is recognised by its number, also in two parts");
	payer = (struct payer){ "Somebody", NULL };
	import(&(struct line){ "B3", 4, -4000, "rfd 000001 part", NULL, NULL });
	assert_string_equal(refunds_text(), "RFD-000001 owed 4000/10000");
	assert_string_equal(payment_text("B3"), "refund refund_paid 0");
	import(&(struct line){ "B4", 5, -6000, "RFD-000001", NULL, NULL });
	assert_string_equal(refunds_text(), "RFD-000001 paid 10000/10000");
	assert_int_equal(account("refund") + account("clearing"), 0);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type LIKE 'relance.refund.%'"),
			 2);

	SAY("what comes after it is noise");
	import(&(struct line){ "B5", 6, -6000, "RFD-000001", NULL, NULL });
	assert_string_equal(payment_text("B5"), "clearing not_customers 0");
	assert_books_hold();
}

static void a_debit_is_recognised_by_account_and_amount_or_by_a_person(void **state)
{
	(void)state;
	payer = (struct payer){ "Stranger", PAYER };
	import(&(struct line){ "B1", 2, 5000, "Zahlung", NULL, NULL });
	assert_done(act(OWE, "B1", 3000, NULL));
	assert_done(act(OWE, "B1", 0, NULL));
	assert_string_equal(refunds_text(), "RFD-000001 owed 0/3000, RFD-000002 owed 0/2000");
	import(&(struct line){ "B2", 3, -2000, "Rueckzahlung", NULL, NULL });
	assert_string_equal(refunds_text(), "RFD-000001 owed 0/3000, RFD-000002 paid 2000/2000");
	payer = (struct payer){ 0 };
	import(&(struct line){ "B3", 4, -3000, "Rueckzahlung", NULL, NULL });
	assert_string_equal(payment_text("B3"), "clearing not_customers 0");
	assert_refused(act(SETTLE, "RFD-000001", 0, "B1"), ERR_CONFLICT, "payment.no_payout");
	assert_refused(act(SETTLE, "RFD-000001", 0, "B2"), ERR_CONFLICT, "payment.no_payout");
	assert_refused(act(SETTLE, "RFD-000009", 0, "B3"), ERR_NOT_FOUND, "refund.unknown");
	assert_done(act(SETTLE, "RFD-000001", 0, "B3"));
	assert_string_equal(refunds_text(), "RFD-000001 paid 3000/3000, RFD-000002 paid 2000/2000");
	assert_books_hold();
}

static void what_is_given_up_is_cash_again_whosever_it_is_by_now(void **state)
{
	struct undone undone;
	struct desk desk;

	(void)state;
	import(&(struct line){ "B1", 2, 12000, "INV-2026-000001", NULL, NULL });
	assert_done(act(OWE, "B1", 1500, NULL));
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

		assert_done(desk_open(&tx, "", &desk));
		assert_done(match_undo(&tx, &desk,
				       &(struct undo_asked){ .payment = "B1", .reason = "", .customer_number = "" },
				       &undone));
		assert_done(db_commit(&tx));
	}
	assert_string_equal(payment_text("B1"), "unidentified undone 10500");
	assert_books_hold();
	assert_done(act(CANCEL, "RFD-000001", 0, NULL));
	assert_refused(act(CANCEL, "RFD-000001", 0, NULL), ERR_CONFLICT, "refund.not_owed");
	assert_string_equal(payment_text("B1"), "unidentified undone 12000");
	assert_int_equal(account("unidentified_cash"), -12000);
	assert_int_equal(account("refund"), 0);
	assert_books_hold();
}

static void a_return_takes_back_what_is_owed_and_tells_what_is_to_be_recovered(void **state)
{
	(void)state;
	import(&(struct line){ "B1", 2, 12000, "INV-2026-000001", "E1", NULL });
	import(&(struct line){ "B2", 2, 700, "INV-2026-000001", "E2", NULL });
	assert_done(act(OWE, "B1", 0, NULL));
	assert_done(act(OWE, "B2", 0, NULL));
	import(&(struct line){ "B3", 3, -2000, "RFD-000001", NULL, NULL });
	import(&(struct line){ "B4", 4, -12000, "return", "E1", "AC04" });
	import(&(struct line){ "B5", 4, -700, "return", "E2", "AC04" });
	assert_string_equal(refunds_text(), "RFD-000001 recover 2000/2000, RFD-000002 cancelled 0/700");
	assert_int_equal(open_of(1), 10000);
	assert_int_equal(account("refund"), 2000); /* the payer owes it to us */
	assert_int_equal(account("unapplied_cash") + account("unidentified_cash"), 0);
	assert_books_hold();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_paid_twice_goes_back, reset),
		cmocka_unit_test_setup(a_debit_is_recognised_by_account_and_amount_or_by_a_person, reset),
		cmocka_unit_test_setup(what_is_given_up_is_cash_again_whosever_it_is_by_now, reset),
		cmocka_unit_test_setup(a_return_takes_back_what_is_owed_and_tells_what_is_to_be_recovered, reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
