/* The small parts of cash application: sums, likeness, moves, cash that people apply. */
#include "payments/domain/cash.h"
#include "payments/domain/likeness.h"
#include "payments/domain/subset.h"
#include "unit/test.h"

static const struct {
	const char *sentence;
	int64_t amounts[6];
	size_t count;
	int64_t total;
	size_t solutions;
	uint64_t sole; /* 0: none, or several */
} SUMS[] = {
	{ "one of one", { 500 }, 1, 500, 1, 1 },
	{ "all of three", { 100, 250, 375 }, 3, 725, 1, 7 },
	{ "two of four", { 100, 250, 375, 999 }, 4, 475, 1, 5 },
	{ "none", { 100, 250, 375 }, 3, 300, 0, 0 },
	{ "two equal amounts are two solutions", { 100, 100, 250 }, 3, 350, 2, 0 },
	{ "a single amount and a sum are two solutions", { 100, 250, 350 }, 3, 350, 2, 0 },
	{ "no amounts, no sum", { 0 }, 0, 100, 0, 0 },
	{ "one cent off is none", { 100, 250 }, 2, 351, 0, 0 },
};

static void subset_sums_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(SUMS); i++) {
		struct subsets subsets = subset_find(SUMS[i].amounts, SUMS[i].count, SUMS[i].total);

		SAY(SUMS[i].sentence);
		assert_int_equal(subsets.count, SUMS[i].solutions);
		assert_true(subsets.complete);
		assert_int_equal(subset_sole(&subsets), SUMS[i].sole);
	}
}

static void a_search_without_end_is_given_up(void **state)
{
	int64_t amounts[SUBSET_ITEMS_MAX];

	(void)state;
	for (size_t i = 0; i < SUBSET_ITEMS_MAX; i++)
		amounts[i] = 2 * (1000000 + (int64_t)i * 977);
	struct subsets subsets = subset_find(amounts, SUBSET_ITEMS_MAX, 20000001);

	assert_false(subsets.complete);
	assert_int_equal(subset_sole(&subsets), 0);
}

static void more_solutions_than_anybody_looks_at_are_not_counted_on(void **state)
{
	const int64_t amounts[] = { 100, 100, 100, 100, 100, 100, 100 };

	(void)state;
	struct subsets subsets = subset_find(amounts, 7, 300);

	assert_int_equal(subsets.count, SUBSET_SOLUTIONS_MAX);
	assert_false(subsets.complete);
}

static const struct {
	const char *sentence, *written, *number;
	int slips;
} SLIPS[] = {
	{ "equal", "INV2026000017", "INV2026000017", 0 },
	{ "a digit wrong", "INV2026000018", "INV2026000017", 1 },
	{ "a digit left out", "INV202600017", "INV2026000017", 1 },
	{ "a digit doubled", "INV20226000017", "INV2026000017", 1 },
	{ "two neighbours swapped", "INV2026000071", "INV2026000017", 1 },
	{ "a letter for a zero is none", "INV2O26000017", "INV2026000017", 0 },
	{ "letters for ones are none", "INV20260000I7", "INV2026000017", 0 },
	{ "zeros left out of the middle", "INV202617", "INV2026000017", 1 },
	{ "zeros left out, but for one", "RE2026017", "RE20260000017", 1 },
	{ "the front left out", "2026000017", "INV2026000017", 1 },
	{ "only the end is left", "000017", "INV2026000017", NUMBER_UNLIKE },
	{ "two digits wrong", "INV2026000028", "INV2026000017", 2 },
	{ "one wrong and one left out", "INV202600018", "INV2026000017", 2 },
	{ "three digits wrong", "INV2026000128", "INV2026000017", NUMBER_UNLIKE },
	{ "of a short number one is the most", "RE77021", "RE77012", 1 },
	{ "and not two", "RE77034", "RE77012", NUMBER_UNLIKE },
	{ "shorter numbers must be equal", "1047", "1048", NUMBER_UNLIKE },
};

static void slips_in_a_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(SLIPS); i++) {
		SAY(SLIPS[i].sentence);
		assert_int_equal(number_slips(SLIPS[i].written, SLIPS[i].number), SLIPS[i].slips);
	}
}

static const struct {
	const char *sentence, *a, *b;
	bool alike;
} NAMES[] = {
	{ "the same name", "Alpha Müller GmbH", "Alpha Müller GmbH", true },
	{ "an umlaut written out", "ALPHA MUELLER", "Alpha Müller GmbH", true },
	{ "accents left out", "LEFEVRE LOGISTIK", "Lefèvre & Fils", true },
	{ "a branch", "Nordbau GmbH Service", "Nordbau GmbH", true },
	{ "a legal form alone says nothing", "Alpha GmbH", "Beta GmbH", false },
	{ "somebody else", "Treuhand AG", "Alpha Müller GmbH", false },
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(NAMES); i++) {
		SAY(NAMES[i].sentence);
		assert_int_equal(name_alike(NAMES[i].a, NAMES[i].b), NAMES[i].alike);
		assert_int_equal(name_alike(NAMES[i].b, NAMES[i].a), NAMES[i].alike);
	}
}

static const struct {
	const char *sentence;
	enum payment_state state;
	int64_t rest_minor, open_minor, asked_minor, discount_minor, amount_minor;
	const char *currency, *reason;
	int64_t cash_minor;
} CASH[] = {
	{ "as much as is open", PAYMENT_UNAPPLIED, 5000, 3000, 0, 0, 3000, "EUR", NULL, 0 },
	{ "as much as is left", PAYMENT_UNAPPLIED, 2000, 3000, 0, 0, 2000, "EUR", NULL, 0 },
	{ "as asked", PAYMENT_UNIDENTIFIED, 5000, 3000, 1000, 0, 1000, "EUR", NULL, 0 },
	{ "with the discount that was proposed", PAYMENT_SUGGESTED, 9800, 10000, 9800, 200, 9800, "EUR", NULL, 0 },
	{ "the rest of an overpayment", PAYMENT_ALLOCATED, 500, 3000, 0, 0, 500, "EUR", NULL, 0 },
	{ "more than is open is refused", PAYMENT_UNAPPLIED, 5000, 3000, 3001, 0, 0, "EUR", "cash.too_much", 0 },
	{ "more than is left is refused", PAYMENT_UNAPPLIED, 2000, 3000, 2001, 0, 0, "EUR", "cash.too_much", 0 },
	{ "a settled invoice takes nothing", PAYMENT_UNAPPLIED, 5000, 0, 0, 0, 0, "EUR", "invoice.settled", 0 },
	{ "no cash left", PAYMENT_ALLOCATED, 0, 3000, 0, 0, 0, "EUR", "payment.no_cash", 0 },
	{ "a returned payment has no cash", PAYMENT_RETURNED, 5000, 3000, 0, 0, 0, "EUR", "payment.no_cash", 0 },
	{ "another currency is refused", PAYMENT_UNAPPLIED, 5000, 3000, 0, 0, 0, "USD", "cash.currency", 0 },
	{ "another currency, with what it takes of the cash", PAYMENT_UNAPPLIED, 2760, 3000, 3000, 0, 3000, "USD", NULL,
	  2760 },
	{ "but not more cash than is left", PAYMENT_UNAPPLIED, 2759, 3000, 3000, 0, 0, "USD", "cash.too_much", 2760 },
};

static void cash_goes_on_invoices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(CASH); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct cash cash = { .payment = { { 1 } }, .state = CASH[i].state, .rest_minor = CASH[i].rest_minor };
		struct cash_use use = { .item = { { 2 } },
					.open_minor = CASH[i].open_minor,
					.asked_minor = CASH[i].asked_minor,
					.discount_minor = CASH[i].discount_minor,
					.relief = ACCOUNT_DISCOUNT,
					.cash_minor = CASH[i].cash_minor };
		int64_t amount = -1;

		SAY(CASH[i].sentence);
		assert_true(err_ok(currency_parse("EUR", &cash.currency)));
		assert_true(err_ok(currency_parse(CASH[i].currency, &use.currency)));
		struct err err = cash_apply(&cash, &use, &amount);

		assert_string_equal(err.reason ? err.reason : "", CASH[i].reason ? CASH[i].reason : "");
		if (CASH[i].reason)
			continue;
		struct posting_batch batch = posting_batch_make(arena);

		assert_int_equal(amount, CASH[i].amount_minor);
		book_cash(&batch, &cash, &use, amount, (struct id){ { 3 } });
		assert_true(err_ok(posting_check(&batch)));
	}
}

static void a_payment_moves_as_the_table_says(void **state)
{
	(void)state;
	assert_true(payment_may_become(PAYMENT_SUGGESTED, PAYMENT_ALLOCATED));
	assert_true(payment_may_become(PAYMENT_ALLOCATED, PAYMENT_RETURNED));
	assert_false(payment_may_become(PAYMENT_RETURNED, PAYMENT_ALLOCATED));
	assert_false(payment_may_become(PAYMENT_CLEARING, PAYMENT_ALLOCATED));
	assert_false(payment_may_become(PAYMENT_RETURN, PAYMENT_RETURNED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subset_sums_are_counted),
		cmocka_unit_test(a_search_without_end_is_given_up),
		cmocka_unit_test(more_solutions_than_anybody_looks_at_are_not_counted_on),
		cmocka_unit_test(slips_in_a_number),
		cmocka_unit_test(names),
		cmocka_unit_test(cash_goes_on_invoices),
		cmocka_unit_test(a_payment_moves_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
