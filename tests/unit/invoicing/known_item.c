/* Rows that another system sends anew: what is news, what is none, and what is refused. */
#include "invoicing/domain/known_item.h"
#include "unit/invoicing/near.h"

static const struct item_day NO_BANK = { .banked_until = { INT32_MIN } };

static struct known_item known_make(void)
{
	return (struct known_item){
		.id = { { 1 } },
		.customer_number = "C1",
		.issued_on = day("2026-01-10"),
		.due_on = day("2026-02-09"),
		.amount_minor = 10000,
		.open_minor = 10000,
		.currency = EURO,
		.waiting_since = DATE_NONE,
	};
}

static struct open_item given_make(void)
{
	return (struct open_item){
		.customer_number = "C1",
		.issued_on = day("2026-01-10"),
		.due_on = day("2026-02-09"),
		.amount_minor = 10000,
		.currency = EURO,
		.settled_on = DATE_NONE,
	};
}

static const struct {
	const char *sentence, *customer, *currency;
	int64_t amount, paid, booked;
	const char *issued, *column, *message;
} FIXED[] = {
	{ "the same", "C1", "EUR", 10000, 0, 0, "2026-01-10", NULL, NULL },
	{ "another customer", "C2", "EUR", 10000, 0, 0, "2026-01-10", "customer_number",
	  "the invoice was imported with C1, and is C2 here: that never changes" },
	{ "another currency", "C1", "CHF", 10000, 0, 0, "2026-01-10", "currency",
	  "the invoice was imported with EUR, and is CHF here: that never changes" },
	{ "another amount", "C1", "EUR", 10050, 0, 0, "2026-01-10", "amount",
	  "the invoice was imported with 100.00, and is 100.50 here: that never changes" },
	{ "another date of issue", "C1", "EUR", 10000, 0, 0, "2026-01-11", "issue_date",
	  "the invoice was imported with 2026-01-10, and is 2026-01-11 here: that never changes" },
	{ "a payment that was booked on its word is taken back", "C1", "EUR", 10000, 2000, 5000, "2026-01-10",
	  "paid_amount",
	  "the invoice was imported with 50.00 paid, and is with 20.00 here: a payment is not taken back by an "
	  "import" },
	{ "as much is paid as was booked", "C1", "EUR", 10000, 5000, 5000, "2026-01-10", NULL, NULL },
};

static void test_fixed(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(FIXED); i++) {
		struct known_item known = known_make();
		struct open_item given = given_make();

		SAY(FIXED[i].sentence);
		known.booked_minor = FIXED[i].booked;
		given.customer_number = FIXED[i].customer;
		given.amount_minor = FIXED[i].amount;
		given.paid_minor = FIXED[i].paid;
		given.issued_on = day(FIXED[i].issued);
		snprintf(given.currency.code, sizeof given.currency.code, "%s", FIXED[i].currency);
		struct err err = known_item_check(arena, &known, &given);

		if (!FIXED[i].column) {
			assert_true(err_ok(err));
			continue;
		}
		assert_int_equal(err.code, ERR_CONFLICT);
		assert_string_equal(err.field, FIXED[i].column);
		assert_string_equal(err.message, FIXED[i].message);
	}
	arena_destroy(&arena);
}

static const struct {
	const char *sentence;
	int64_t open, told_before, unapplied, spoken_for, told;
	int64_t paid, withheld;
} PAYMENTS[] = {
	{ "nothing is said", 10000, 0, 0, 0, 0, 0, 0 },
	{ "a part is paid", 10000, 0, 0, 0, 3000, 3000, 0 },
	{ "more than the last time", 7000, 3000, 0, 0, 5000, 2000, 0 },
	{ "the ledger has as much", 7000, 0, 0, 0, 3000, 0, 0 },
	{ "the ledger has more", 5000, 0, 0, 0, 3000, 0, 0 },
	{ "its last word, and the bank has taken the payment back since", 10000, 3000, 0, 0, 3000, 0, 0 },
	{ "less than its last word", 10000, 3000, 0, 0, 2000, 0, 0 },
	{ "unapplied cash may be it", 10000, 0, 3000, 0, 3000, 0, 3000 },
	{ "unapplied cash may be a part of it", 10000, 0, 1000, 0, 3000, 2000, 1000 },
	{ "more lies unapplied than is said", 10000, 0, 9000, 0, 3000, 0, 3000 },
	{ "another row has spoken for it", 10000, 0, 3000, 3000, 3000, 3000, 0 },
};

static void test_payments(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(PAYMENTS); i++) {
		struct known_item known = known_make();
		struct open_item given = given_make();
		struct posting_batch batch = posting_batch_make(arena);
		struct item_news news;

		SAY(PAYMENTS[i].sentence);
		known.open_minor = PAYMENTS[i].open;
		known.told_paid_minor = PAYMENTS[i].told_before;
		known.unapplied_minor = PAYMENTS[i].unapplied;
		given.paid_minor = PAYMENTS[i].told;
		struct item_day facts = NO_BANK;

		facts.spoken_for_minor = PAYMENTS[i].spoken_for;
		known_item_news(arena, &known, &given, &facts, &news);
		assert_int_equal(news.paid_minor, PAYMENTS[i].paid);
		assert_int_equal(news.withheld_minor, PAYMENTS[i].withheld);
		assert_int_equal(news.count, PAYMENTS[i].paid > 0);
		known_item_post(&batch, &known, &given, &news, (struct id){ { 2 } }, day("2026-03-02"));
		assert_true(err_ok(posting_check(&batch)));
		assert_int_equal(batch.posting_count, PAYMENTS[i].paid > 0);
	}
	arena_destroy(&arena);
}

static const struct {
	const char *sentence, *banked_until, *waiting_since, *settled;
	bool withheld;
} STATEMENTS[] = {
	{ "no statements are read here", "", "", "2026-03-02", false },
	{ "they reach to the day of the payment", "2026-03-01", "", "2026-03-01", false },
	{ "they end a day before", "2026-02-28", "", "2026-03-01", true },
	{ "a payment without a day may be of today", "2026-03-01", "", "", true },
	{ "it was told of before, and they have not come so far", "2026-02-27", "2026-02-28", "", true },
	{ "it was told of before, and they have", "2026-02-28", "2026-02-28", "", false },
};

static struct date day_or_none(const char *text)
{
	return *text ? day(text) : DATE_NONE;
}

static void test_statements_come_first(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(STATEMENTS); i++) {
		struct known_item known = known_make();
		struct open_item given = given_make();
		struct item_day facts = { .today = day("2026-03-02"),
					  .banked_until = day_or_none(STATEMENTS[i].banked_until) };
		struct item_news news;

		SAY(STATEMENTS[i].sentence);
		known.waiting_since = day_or_none(STATEMENTS[i].waiting_since);
		given.paid_minor = known.amount_minor;
		given.settled_on = day_or_none(STATEMENTS[i].settled);
		known_item_news(arena, &known, &given, &facts, &news);
		assert_int_equal(news.statements_missing, STATEMENTS[i].withheld);
		assert_int_equal(news.withheld_minor, STATEMENTS[i].withheld ? 10000 : 0);
		assert_int_equal(news.paid_minor, STATEMENTS[i].withheld ? 0 : 10000);
	}
	arena_destroy(&arena);
}

static void test_the_rest(void **state)
{
	struct arena *arena = arena_new(0);
	struct known_item known = known_make();
	struct open_item given = given_make();
	struct item_news news;

	(void)state;
	known.order_reference = "PO-1";
	given.order_reference = "";
	known_item_news(arena, &known, &given, &NO_BANK, &news);
	assert_int_equal(news.count, 0); /* what a row leaves empty stays */
	given.order_reference = "PO-2";
	given.due_on = day("2026-02-28");
	given.disputed = true;
	known_item_news(arena, &known, &given, &NO_BANK, &news);
	assert_int_equal(news.count, 3);
	assert_string_equal(news.changes[0].was, "2026-02-09");
	assert_string_equal(news.changes[0].becomes, "2026-02-28");
	assert_true(news.dispute_changes);
	assert_string_equal(news.changes[2].was, "PO-1");
	known.disputed_here = true;
	known_item_news(arena, &known, &given, &NO_BANK, &news);
	assert_false(news.dispute_changes);
	arena_destroy(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_payments),
		cmocka_unit_test(test_statements_come_first),
		cmocka_unit_test(test_the_rest),
	};
	return cmocka_run_group_tests_name("invoicing/known_item", tests, NULL, NULL);
}
