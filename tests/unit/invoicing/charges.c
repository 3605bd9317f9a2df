/* Late charges: reference rates by half-year, simple interest split at their boundaries, one rounding. */
#include "ledger/charges.h"
#include "unit/invoicing/near.h"

static const struct {
	const char *sentence, *on, *rate;
	bool confirmed;
} RATES[] = {
	{ "the first of the table", "2006-01-01", "2.25", true },
	{ "the last day of a half-year", "2023-06-30", "2.5", true },
	{ "the first day of the next", "2023-07-01", "4", true },
	{ "a change within the half-year does not count", "2024-06-12", "4.5", true },
	{ "zero is a rate", "2020-03-01", "0", true },
	{ "10 March 2016 lowered it to 0.00, for July only", "2016-06-30", "0.05", true },
	{ "the newest rate is carried on, and says so", "2027-01-01", "2.15", false },
};

static void test_reference_rate(void **state)
{
	(void)state;
	struct decimal found;
	bool confirmed;

	for (size_t i = 0; i < ROWS(RATES); i++) {
		SAY(RATES[i].sentence);
		assert_done(reference_rate_find(day(RATES[i].on), &found, &confirmed));
		assert_int_equal(found.millionths, rate(RATES[i].rate).millionths);
		assert_int_equal(confirmed, RATES[i].confirmed);
	}
	assert_refused(reference_rate_find(day("2005-12-31"), &found, &confirmed), ERR_RANGE,
		       "interest.no_reference_rate");
}

#define STATUTORY(points)                                                                                              \
	{                                                                                                              \
		INTEREST_STATUTORY, { (points)*DECIMAL_ONE }, 4000                                                     \
	}

static const struct {
	const char *sentence;
	struct late_terms terms;
	const char *due, *on;
	int64_t open;
	int days;
	int64_t interest, compensation;
	const char *lines; /* days@rate=interest */
} QUOTES[] = {
	{ "on the due date nothing is owed", STATUTORY(10), "2026-01-31", "2026-01-31", 100000, 0, 0, 0, "" },
	{ "the day after, one day", STATUTORY(10), "2026-01-31", "2026-02-01", 100000, 1, 33, 4000, "1@12.15=33" },
	/* 1000.00 at 10.62 for 30 days and at 12.12 for 31: 8.7288 and 10.2937 */
	{ "10.62 to 30 June, 12.12 from 1 July 2023 (erpnext#37095)",
	  { INTEREST_STATUTORY, { 8120000 }, 0 },
	  "2023-05-31",
	  "2023-07-31",
	  100000,
	  61,
	  1902,
	  0,
	  "30@10.62=873 31@12.12=1029" },
	{ "half-years of one rate are one line", STATUTORY(8), "2018-12-31", "2019-12-31", 100000, 365, 8000, 4000,
	  "365@8=8000" },
	{ "a leap year has 366 days of a 365th", STATUTORY(8), "2019-12-31", "2020-12-31", 100000, 366, 8022, 4000,
	  "366@8=8022" },
	{ "a fixed rate knows no half-years",
	  { INTEREST_FIXED, { 12 * DECIMAL_ONE }, 0 },
	  "2025-12-31",
	  "2026-12-31",
	  10000,
	  365,
	  1200,
	  0,
	  "365@12=1200" },
	{ "a rate of zero keeps the compensation",
	  { INTEREST_FIXED, { 0 }, 4000 },
	  "2026-01-31",
	  "2026-02-10",
	  10000,
	  10,
	  0,
	  4000,
	  "10@0=0" },
	{ "no interest agreed, compensation only",
	  { INTEREST_NONE, { 0 }, 4000 },
	  "2026-01-31",
	  "2026-02-10",
	  10000,
	  10,
	  0,
	  4000,
	  "" },
	{ "nothing open, nothing charged", STATUTORY(10), "2026-01-31", "2026-06-30", 0, 0, 0, 0, "" },
};

static void test_quotes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(QUOTES); i++) {
		struct late_charges charges;
		char lines[200] = "", text[DECIMAL_TEXT_BYTES];
		int64_t sum = 0;

		SAY(QUOTES[i].sentence);
		assert_done(late_charges_quote(&QUOTES[i].terms, day(QUOTES[i].due), day(QUOTES[i].on), QUOTES[i].open,
					       &charges));
		for (size_t p = 0; p < charges.period_count; p++) {
			size_t at = strlen(lines);

			snprintf(lines + at, sizeof lines - at, "%s%d@%s=%lld", p ? " " : "", charges.periods[p].days,
				 decimal_format(charges.periods[p].rate, text),
				 (long long)charges.periods[p].interest_minor);
			sum += charges.periods[p].interest_minor;
		}
		assert_string_equal(lines, QUOTES[i].lines);
		assert_int_equal(charges.days_past_due, QUOTES[i].days);
		assert_int_equal(charges.interest_minor, QUOTES[i].interest);
		assert_int_equal(charges.compensation_minor, QUOTES[i].compensation);
		assert_int_equal(sum, charges.interest_minor);
	}
}

static void test_lines_follow_each_other(void **state)
{
	(void)state;
	struct late_terms terms = STATUTORY(8);
	struct late_charges charges;

	assert_done(late_charges_quote(&terms, day("2010-03-15"), day("2026-06-30"), 123457, &charges));
	assert_day(charges.periods[0].from, "2010-03-16");
	for (size_t p = 1; p < charges.period_count; p++) {
		assert_int_equal(date_days_between(charges.periods[p - 1].to, charges.periods[p].from), 1);
		assert_int_not_equal(charges.periods[p].rate.millionths, charges.periods[p - 1].rate.millionths);
	}
	assert_day(charges.periods[charges.period_count - 1].to, "2026-06-30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_rate),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_lines_follow_each_other),
	};
	return cmocka_run_group_tests_name("ledger/charges", tests, NULL, NULL);
}
