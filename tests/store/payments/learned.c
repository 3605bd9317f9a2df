/* What decisions of people teach is evidence beside a reference, and is forgotten with them. */
#include "desk.h"
#include "payments/apply.h"
#include "payments/store_learned.h"
#include "payments/undo.h"

#define STRANGER "NL91ABNA0417164300"

static int64_t opening;

static void import(const struct line *line)
{
	struct import_result result;
	const char *id = arena_format(here.arena, "S%lld", (long long)opening);

	assert_done(take(id, statement_text(id, opening, line, 1, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	opening += line->minor;
}

static int reset(void **state)
{
	opening = 0;
	return desk_reset(state);
}

static struct err decide(const char *payment, const struct cash_share *shares, size_t count)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct applied applied;
	struct desk desk;

	TRY(desk_open(&tx, "", &desk));
	desk.who = "Anne";
	if (count > 0)
		TRY(cash_put(&tx, &desk, payment, shares, count, &applied));
	else
		TRY(suggestion_confirm(&tx, &desk, payment, "", 0, &applied));
	return db_commit(&tx);
}

static void undo_of(const char *payment)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct undone undone;
	struct desk desk;

	assert_done(desk_open(&tx, "", &desk));
	assert_done(match_undo(
		&tx, &desk, &(struct undo_asked){ .payment = payment, .reason = "", .customer_number = "" }, &undone));
	assert_done(db_commit(&tx));
}

/* "account NL91… K1 of B1 by Anne; …" */
static const char *learned_text(void)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct learned *list;
	struct desk desk;
	const char *text = "";
	size_t count;

	assert_done(desk_open(&tx, "", &desk));
	assert_done(learned_list(&tx, &desk, (struct id){ 0 }, &list, &count));
	for (size_t i = 0; i < count; i++)
		text = arena_format(here.arena, "%s%s%s %s %s of %s by %s", text, i > 0 ? "; " : "",
				    list[i].name ? "name" : "account", list[i].value, list[i].customer_number,
				    list[i].source_ref, list[i].learned_by);
	return text;
}

static const char *decision_of(const char *entry)
{
	return pg_value(here.pg, arena_format(here.arena,
					      "SELECT p.state || ' ' || coalesce((SELECT string_agg(a.invoice_number, "
					      "',') FROM payments.allocation a WHERE a.payment = p.id), '-') "
					      "FROM payments.payment p WHERE entry_ref = '%s'",
					      entry));
}

static void a_third_partys_account_never_hijacks_a_right_reference(void **state)
{
	(void)state;
	payer = (struct payer){ "Treasury Holding", STRANGER };
	import(&(struct line){ "B1", 2, 5000, "Zahlung", NULL, NULL });
	assert_string_equal(decision_of("B1"), "unidentified -");
	assert_done(decide("B1", &(struct cash_share){ "INV-2026-000001", 0, 0 }, 1));
	assert_string_equal(learned_text(), "account " STRANGER " K1 of B1 by Anne");

	SAY("it pays for another customer, by the right reference: that stands");
	import(&(struct line){ "B2", 3, 10000, "INV-2026-000002", NULL, NULL });
	assert_string_equal(decision_of("B2"), "allocated INV-2026-000002");

	SAY("an account that was learned books nothing by itself");
	import(&(struct line){ "B3", 4, 7777, "Zahlung", NULL, NULL });
	assert_string_equal(decision_of("B3"), "unidentified -");

	SAY("beside an amount it proposes");
	import(&(struct line){ "B4", 5, 5000, "Zahlung", NULL, NULL });
	assert_string_equal(decision_of("B4"), "suggested INV-2026-000001");
	undo_of("B1");
	assert_string_equal(learned_text(), "");
	import(&(struct line){ "B5", 6, 10000, "Zahlung", NULL, NULL });
	assert_string_equal(decision_of("B5"), "unidentified -");
	assert_books_hold();
}

static void where_the_bank_gives_no_account_the_name_is_learned(void **state)
{
	(void)state;
	payer = (struct payer){ "Zentrale Einkauf GmbH", NULL };
	import(&(struct line){ "B1", 2, 2500, "Sammelzahlung", NULL, NULL });
	assert_string_equal(decision_of("B1"), "unidentified -");
	assert_done(decide("B1", &(struct cash_share){ "INV-2026-000001", 0, 0 }, 1));
	assert_string_equal(learned_text(), "name Zentrale Einkauf GmbH K1 of B1 by Anne");
	payer.name = "ZENTRALE EINKAUF G.M.B.H.";
	import(&(struct line){ "B2", 3, 7500, "Sammelzahlung", NULL, NULL });
	assert_string_equal(decision_of("B2"), "suggested INV-2026-000001");
	assert_done(decide("B2", NULL, 0));
	undo_of("B1");
	assert_string_equal(learned_text(), "name Zentrale Einkauf GmbH K1 of B2 by Anne");
	undo_of("B2");
	assert_string_equal(learned_text(), "");
	assert_books_hold();
}

static void people_forget_what_they_will(void **state)
{
	struct desk desk;
	int64_t gone;

	(void)state;
	payer = (struct payer){ "Treasury", STRANGER };
	import(&(struct line){ "B1", 2, 5000, "Zahlung", NULL, NULL });
	assert_done(decide("B1",
			   (struct cash_share[]){ { "INV-2026-000001", 2000, 0 }, { "INV-2026-000002", 3000, 0 } }, 2));
	assert_string_equal(learned_text(),
			    "account " STRANGER " K1 of B1 by Anne; account " STRANGER " K2 of B1 by Anne");
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct id customer;

	assert_done(desk_open(&tx, "", &desk));
	assert_done(customer_get(&tx, &desk, "K2", &customer));
	assert_done(learned_forget(&tx, &desk, STRANGER, customer, &gone));
	assert_int_equal(gone, 1);
	assert_done(learned_forget(&tx, &desk, "Treasury", (struct id){ 0 }, &gone));
	assert_int_equal(gone, 0);
	assert_done(db_commit(&tx));
	assert_string_equal(learned_text(), "account " STRANGER " K1 of B1 by Anne");
}

static void shares_are_put_all_or_none(void **state)
{
	(void)state;
	import(&(struct line){ "B1", 2, 15000, "Zahlung", NULL, NULL });
	assert_refused(
		decide("B1", (struct cash_share[]){ { "INV-2026-000001", 0, 0 }, { "INV-2026-000003", 6000, 0 } }, 2),
		ERR_CONFLICT, "cash.too_much");
	assert_int_equal(open_of(1), 10000);
	assert_string_equal(decision_of("B1"), "unidentified -");
	assert_done(decide(
		"B1", (struct cash_share[]){ { "INV-2026-000001", 9800, 200 }, { "INV-2026-000003", 4000, 0 } }, 2));
	assert_int_equal(open_of(1), 0);
	assert_int_equal(open_of(3), 6000);
	assert_int_equal(pg_number(here.pg, "SELECT rest_minor FROM payments.payment"), 1200);
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'discount'"),
			 200);
	undo_of("B1");
	assert_int_equal(open_of(1) + open_of(3), 20000);
	assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'discount'"),
			 0);
	assert_books_hold();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_third_partys_account_never_hijacks_a_right_reference, reset),
		cmocka_unit_test_setup(where_the_bank_gives_no_account_the_name_is_learned, reset),
		cmocka_unit_test_setup(people_forget_what_they_will, reset),
		cmocka_unit_test_setup(shares_are_put_all_or_none, reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
