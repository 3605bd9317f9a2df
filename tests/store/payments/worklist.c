/* Cash that is on no invoice: what people find on their list, and that its sums are the ledger's. */
#include "common/io/clock.h"
#include "desk.h"
#include "payments/apply.h"
#include "payments/store_worklist.h"

static void import(const struct line *lines, size_t count)
{
	struct import_result result;

	assert_done(take("x.xml", statement_text("S1", 0, lines, count, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
}

/* "B1 37 suggested INV-2026-000001/2; …" */
static const char *list_text(int64_t size)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct worklist_row *rows;
	struct desk desk;
	const char *text = "", *after = "";
	char id[ID_TEXT_BYTES];
	size_t count;

	assert_done(desk_open(&tx, "", &desk));
	do {
		assert_done(worklist_page(&tx, &desk, (struct id){ 0 }, &(struct page){ size, after }, &rows, &count));
		for (size_t i = 0; i < count; i++) {
			const struct worklist_row *row = &rows[i];

			text = arena_format(here.arena, "%s%s %d %lld %s %s/%d; ", text, row->payment.entry_ref,
					    row->age_days, (long long)row->payment.rest_minor,
					    payment_state_name(row->payment.state),
					    row->suggestion ? row->suggestion->invoice_number : "-", row->suggested);
			after = arena_copy(here.arena, id_format(row->payment.id, id));
		}
	} while ((int64_t)count == size);
	return text;
}

/* "unapplied_cash 8-30 2 1234; …" */
static const char *totals_text(void)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct worklist_total *totals;
	struct desk desk;
	const char *text = "";
	size_t count;

	assert_done(desk_open(&tx, "", &desk));
	assert_done(worklist_totals(&tx, &desk, &totals, &count));
	for (size_t i = 0; i < count; i++)
		text = arena_format(here.arena, "%s%s %s %lld %lld; ", text, totals[i].account, totals[i].bucket,
				    (long long)totals[i].count, (long long)totals[i].amount_minor);
	return text;
}

static const struct line LINES[] = {
	{ "B1", 2, 15000, "INV-2026-000001 INV-2026-000003", NULL, NULL },
	{ "B2", 20, 500, "Zahlung", NULL, NULL },
	{ "B3", 21, 12000, "INV-2026-000005", NULL, NULL },
	{ "B4", 27, 10000, "INV-2026-000005", NULL, NULL },
	{ "B5", 27, -300, "Entgelt", NULL, NULL },
};

static int clock_reset(void **state)
{
	int reset = desk_reset(state);

	clock_use_test(true);

	pg_execute(here.pg, "DELETE FROM ledger.test_clock; "
			    "INSERT INTO ledger.test_clock VALUES ('MAIN', '2026-03-01 23:30:00+00')");
	return reset;
}

static void the_oldest_cash_stands_first(void **state)
{
	(void)state;
	import(LINES, ROWS(LINES));
	assert_string_equal(list_text(100), "B1 28 15000 suggested INV-2026-000001/2; B2 10 500 unidentified -/0; "
					    "B3 9 2000 allocated -/0; B4 3 10000 unapplied -/0; ");
	assert_string_equal(list_text(1), list_text(100));
	assert_string_equal(totals_text(), "unapplied_cash 0-7 1 10000; unapplied_cash 8-30 2 17000; "
					   "unidentified_cash 8-30 1 500; ");
	assert_string_equal(pg_value(here.pg, "SELECT rule || ', ' || evidence FROM payments.payment "
					      "WHERE entry_ref = 'B4'"),
			    "already_settled, what is named is settled: perhaps paid twice: INV-2026-000005");
	assert_books_hold();
}

static void cash_of_no_payment_completes_the_ledgers_sum(void **state)
{
	(void)state;
	import(LINES, 2);
	pg_execute(here.pg,
		   "SELECT ledger.post('MAIN', ARRAY['01970000-0000-7000-8000-00000000ffff']::uuid[], "
		   "ARRAY['credit_note'], ARRAY['2026-02-10']::date[], ARRAY[NULL]::uuid[], ARRAY[NULL]::uuid[], "
		   "ARRAY['01970000-0000-7000-8000-00000000ffff', '01970000-0000-7000-8000-00000000ffff']::uuid[], "
		   "ARRAY['revenue', 'unapplied_cash'], ARRAY[NULL, '01970000-0000-7000-8000-000000000001']::uuid[], "
		   "ARRAY['EUR', 'EUR'], ARRAY[700, -700]::bigint[])");
	assert_string_equal(totals_text(), "unapplied_cash 8-30 1 15000; unapplied_cash no payment 0 700; "
					   "unidentified_cash 8-30 1 500; ");
	assert_books_hold();
}

static void a_rejected_proposal_leaves_the_cash_to_be_placed(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct payment_row payment;
	struct desk desk;

	(void)state;
	import(LINES, 2);
	assert_done(desk_open(&tx, "", &desk));
	assert_done(suggestion_reject(&tx, &desk, "B1", &payment));
	assert_refused(suggestion_reject(&tx, &desk, "B2", &payment), ERR_CONFLICT, "payment.no_suggestion");
	assert_done(db_commit(&tx));
	assert_string_equal(list_text(100), "B1 28 15000 unapplied -/0; B2 10 500 unidentified -/0; ");
	assert_books_hold();
}

static void a_difference_to_the_ledger_is_found(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct check_row checks[CHECKS_MAX];
	struct desk desk;
	size_t count;
	bool found = false;

	(void)state;
	import(LINES, 2);
	pg_execute(here.pg, "UPDATE payments.payment SET customer = '01970000-0000-7000-8000-000000000002' "
			    "WHERE entry_ref = 'B1'");
	assert_done(desk_open(&tx, "", &desk));
	assert_done(checks_run(&tx, &desk, checks, &count));
	for (size_t i = 0; i < count; i++)
		if (strcmp(checks[i].name, "payments.cash_is_in_the_ledger") == 0)
			found = !checks[i].ok;
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_oldest_cash_stands_first, clock_reset),
		cmocka_unit_test_setup(cash_of_no_payment_completes_the_ledgers_sum, clock_reset),
		cmocka_unit_test_setup(a_rejected_proposal_leaves_the_cash_to_be_placed, clock_reset),
		cmocka_unit_test_setup(a_difference_to_the_ledger_is_found, clock_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
