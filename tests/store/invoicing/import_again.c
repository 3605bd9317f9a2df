/* An ERP's export of open items, imported day by day: what is updated, what is refused, and what is paid once only. */
#include "store/invoicing/import_file.h"

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

static void assert_history(const char *column)
{
	PB(ListItemChangesRequest) request;
	PB(ListItemChangesResponse) *reply = NULL;

	PB_INIT(list_item_changes_request)(&request);
	request.invoice_number = "A-1";
	assert_done(run(list_item_changes, &request.base, &reply));
	assert_int_equal(reply->n_changes, 1);
	assert_string_equal(reply->changes[0]->column, column);
	assert_string_equal(reply->changes[0]->file_name, "items.csv");
	assert_string_not_equal(reply->changes[0]->was, reply->changes[0]->becomes);
}

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
			assert_history(EXPORTED[i].column);
			assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered "
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

/* The newest statement of MAIN's one account ends on that day. */
static void statement_reaches(const char *day)
{
	char sql[700];

	snprintf(sql, sizeof sql,
		 "SET session_replication_role = replica; TRUNCATE payments.statement CASCADE;"
		 "INSERT INTO payments.statement (creditor, id, bank_account, file, currency, closing_on, imported_at) "
		 "VALUES "
		 "('MAIN', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'EUR', '%s', now());"
		 "SET session_replication_role = origin",
		 day);
	pg_execute(here.pg, sql);
}

static void test_the_statement_is_waited_for(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(OpenItemRow) *row = row_add(&file, "A-1", 10000);

	imported(&file, false);
	statement_reaches("2026-02-27");
	row->settled_date = "2026-02-28";
	const PB(CommitImportResponse) *early = imported(&file, false);

	assert_int_equal(early->n_withheld_rows, 1);
	assert_string_equal(
		early->withheld_rows[0]->reason,
		"100.00 EUR of A-1 not booked yet: the bank statements here reach to 2026-02-27, and the next may "
		"bring this payment");
	assert_string_equal(
		pg_value(here.pg, "SELECT to_char(waiting_since, 'YYYY-MM-DD') FROM invoicing.imported_item"),
		"2026-03-02");
	bank_pays(6000, true);
	statement_reaches("2026-02-28");
	assert_int_equal(imported(&file, false)->updated, 1);
	assert_int_equal(pg_number(here.pg, "SELECT open_minor FROM ledger.open_item"), 0);
	assert_int_equal(pg_number(here.pg, "SELECT booked_minor FROM invoicing.imported_item"), 4000);
	assert_int_equal(pg_number(here.pg, "SELECT count(waiting_since) FROM invoicing.imported_item"), 0);
	pg_execute(here.pg, "SET session_replication_role = replica; TRUNCATE payments.statement CASCADE; "
			    "SET session_replication_role = origin");
	assert_books();
}

static void test_what_a_complete_file_lacks_is_paid(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };

	row_add(&file, "A-1", 10000);
	row_add(&file, "A-2", 5000)->disputed = true;
	row_add(&file, "A-3", 700);
	imported(&file, false);
	bank_pays(4000, true);
	file.pointers[0] = &file.rows[2]; /* A-3 alone is left */
	file.count = 1;
	assert_int_equal(imported(&file, false)->missing, 0); /* nobody says that it is complete */
	file.complete = true;
	const PB(CommitImportResponse) *reply = imported(&file, false);

	assert_int_equal(reply->missing, 2);
	assert_int_equal(reply->updated, 2);
	assert_int_equal(reply->unchanged, 1);
	assert_string_equal(pg_value(here.pg,
				     "SELECT string_agg(number || ' ' || open_minor || ' ' || "
				     "coalesce(to_char(settled_on, 'YYYY-MM-DD'), '-') || ' ' || disputed, ', ' "
				     "ORDER BY number) FROM ledger.open_item"),
			    "A-1 0 2026-03-02 false, A-2 0 2026-03-02 true, A-3 700 - false");
	assert_int_equal(pg_number(here.pg, "SELECT sum(booked_minor) FROM invoicing.imported_item"), 6000 + 5000);
	assert_int_equal(imported(&file, false)->missing, 0);
	assert_books();
}

static void test_a_file_that_is_cut_off_is_not_complete(void **state)
{
	(void)state;
	struct file file = { .hash = "a" };
	PB(CommitImportResponse) *reply = NULL;
	char numbers[ROWS_MAX][8];

	for (int part = 0; part < 3; part++) {
		file.count = 0;
		for (int i = 0; i < ROWS_MAX; i++) {
			snprintf(numbers[i], sizeof numbers[i], "B-%d", part * ROWS_MAX + i);
			row_add(&file, numbers[i], 100);
		}
		imported(&file, false);
	}
	file.complete = true;
	char *id = begun(&file);

	sent(&file, id);
	assert_refused(commit(&file, id, false, &reply), ERR_CONFLICT, "import.not_complete");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM ledger.open_item WHERE open_minor = 0"), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_again, books_open),
		cmocka_unit_test_setup(test_daily_export, books_open),
		cmocka_unit_test_setup(test_paid_once, books_open),
		cmocka_unit_test_setup(test_a_returned_payment_is_not_booked_again, books_open),
		cmocka_unit_test_setup(test_the_statement_is_waited_for, books_open),
		cmocka_unit_test_setup(test_what_a_complete_file_lacks_is_paid, books_open),
		cmocka_unit_test_setup(test_a_file_that_is_cut_off_is_not_complete, books_open),
		cmocka_unit_test_setup(test_a_person_s_dispute_stays, books_open),
	};
	return cmocka_run_group_tests_name("invoicing/import_again", tests, start, stop);
}
