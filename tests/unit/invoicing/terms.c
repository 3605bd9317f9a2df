/* Payment terms: when an invoice is due, what paying early is worth, and which late charges the law gives. */
#include "invoicing/domain/terms.h"
#include "unit/invoicing/near.h"

static const struct {
	const char *sentence;
	int days;
	enum end_of_month rule;
	const char *issued, *due;
} DUE[] = {
	{ "30 days net", 30, END_OF_MONTH_NONE, "2026-01-15", "2026-02-14" },
	{ "cash on invoice", 0, END_OF_MONTH_NONE, "2026-01-15", "2026-01-15" },
	{ "45 days end of month, first reading: days, then the month's end", 45, END_OF_MONTH_AFTER_DAYS, "2026-03-14",
	  "2026-04-30" },
	{ "45 days end of month, second reading: month's end, then days", 45, END_OF_MONTH_BEFORE_DAYS, "2026-03-14",
	  "2026-05-15" },
	{ "on the month's last day the readings still differ", 45, END_OF_MONTH_AFTER_DAYS, "2026-01-31",
	  "2026-03-31" },
	{ "…by a fortnight", 45, END_OF_MONTH_BEFORE_DAYS, "2026-01-31", "2026-03-17" },
	{ "end of month alone", 0, END_OF_MONTH_AFTER_DAYS, "2026-02-01", "2026-02-28" },
	{ "February of a leap year", 0, END_OF_MONTH_AFTER_DAYS, "2028-02-01", "2028-02-29" },
};

static void test_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(DUE); i++) {
		struct payment_terms terms = { .days = DUE[i].days, .end_of_month = DUE[i].rule };

		SAY(DUE[i].sentence);
		assert_day(payment_terms_due(&terms, day(DUE[i].issued)), DUE[i].due);
	}
}

static const struct {
	const char *sentence, *percent;
	int within, days;
	int64_t gross, discount;
	const char *until;
} DISCOUNTS[] = {
	{ "2 % within 10 days", "2", 10, 30, 22995, 460, "2026-01-25" },
	{ "a half cent is rounded up", "2.5", 10, 30, 100, 3, "2026-01-25" },
	{ "no discount, no date", "0", 0, 30, 22995, 0, "" },
	{ "never after the due date", "2", 60, 30, 10000, 200, "2026-02-14" },
};

static void test_discount(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(DISCOUNTS); i++) {
		struct payment_terms terms = { .days = DISCOUNTS[i].days,
					       .discount_percent = rate(DISCOUNTS[i].percent),
					       .discount_days = DISCOUNTS[i].within };

		SAY(DISCOUNTS[i].sentence);
		assert_int_equal(payment_terms_discount(&terms, DISCOUNTS[i].gross), DISCOUNTS[i].discount);
		assert_day(payment_terms_discount_until(&terms, day("2026-01-15")), DISCOUNTS[i].until);
	}
}

static const struct {
	const char *sentence;
	struct payment_terms terms;
	const char *reason; /* NULL: taken */
} CHECKS[] = {
	{ "30 days are terms", { .days = 30 }, NULL },
	{ "a year is the most", { .days = 365 }, NULL },
	{ "a day more is refused", { .days = 366 }, "terms.days" },
	{ "due before issue is refused", { .days = -1 }, "terms.days" },
	{ "a discount of everything is refused", { .discount_percent = { 100 * DECIMAL_ONE } }, "terms.discount" },
	{ "discount days without a discount are refused", { .discount_days = 10 }, "terms.discount" },
	{ "negative interest is refused", { .late = { .rate = { -1 } } }, "terms.interest" },
	{ "negative compensation is refused", { .late = { .compensation_minor = -1 } }, "terms.compensation" },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(CHECKS); i++) {
		SAY(CHECKS[i].sentence);
		if (CHECKS[i].reason)
			assert_refused(payment_terms_check(&CHECKS[i].terms), ERR_INVALID, CHECKS[i].reason);
		else
			assert_done(payment_terms_check(&CHECKS[i].terms));
	}
}

static const struct {
	const char *sentence, *country;
	bool euro, consumer;
	enum interest_rule rule;
	int64_t points, compensation;
} LAWS[] = {
	{ "France: ten points and 40 EUR", "FR", true, false, INTEREST_STATUTORY, 10, 4000 },
	{ "elsewhere in the euro area: eight points", "DE", true, false, INTEREST_STATUTORY, 8, 4000 },
	{ "a consumer owes no compensation", "FR", true, true, INTEREST_STATUTORY, 10, 0 },
	{ "40 EUR are no 40 dollars", "FR", false, false, INTEREST_STATUTORY, 10, 0 },
	{ "no rate of ours outside the euro area", "US", true, false, INTEREST_NONE, 0, 0 },
};

static void test_law(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(LAWS); i++) {
		struct payment_terms terms = payment_terms_default(LAWS[i].country, LAWS[i].euro);
		struct late_terms late = late_terms_for(terms.late, LAWS[i].consumer);

		SAY(LAWS[i].sentence);
		assert_int_equal(terms.days, 30);
		assert_int_equal(late.rule, LAWS[i].rule);
		assert_int_equal(late.rate.millionths, LAWS[i].points * DECIMAL_ONE);
		assert_int_equal(late.compensation_minor, LAWS[i].compensation);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_discount),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_law),
	};
	return cmocka_run_group_tests_name("invoicing/terms", tests, NULL, NULL);
}
