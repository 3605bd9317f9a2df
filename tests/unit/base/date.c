#include "unit/test.h"

#include "common/base/date.h"

static struct date day(const char *text)
{
	struct date date;

	assert_true(err_ok(date_parse(text, &date)));
	return date;
}

static void dates_are_read_and_written(void **state)
{
	static const struct {
		const char *sentence, *text;
		int ok;
	} rows[] = {
		{ "the epoch", "1970-01-01", 1 },
		{ "a leap day", "2024-02-29", 1 },
		{ "a century's leap day", "2000-02-29", 1 },
		{ "1900 was no leap year", "1900-02-29", 0 },
		{ "no leap day in 2026", "2026-02-29", 0 },
		{ "April has 30 days", "2026-04-31", 0 },
		{ "month 13", "2026-13-01", 0 },
		{ "day 0", "2026-01-00", 0 },
		{ "slashes are refused", "2026/01/01", 0 },
		{ "a time after the date is refused", "2026-01-01T00:00:00Z", 0 },
		{ "letters are refused", "2O26-01-01", 0 },
		{ "nothing is refused", "", 0 },
		{ "the last day", "9999-12-31", 1 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct date date = { 7 };
		char text[DATE_TEXT_BYTES];

		SAY(rows[i].sentence);
		assert_int_equal(err_ok(date_parse(rows[i].text, &date)), rows[i].ok);
		if (rows[i].ok)
			assert_string_equal(date_format(date, text), rows[i].text);
		else
			assert_int_equal(date.days, 7); /* untouched on failure */
	}
}

static void every_day_survives_a_round_trip(void **state)
{
	struct date first = day("1900-01-01"), last = day("2300-01-01");
	int weekday = 1; /* 1900-01-01 was a Monday */

	(void)state;
	for (struct date at = first; date_compare(at, last) < 0; at = date_add_days(at, 1)) {
		int year, month, dom;
		struct date again;

		date_parts(at, &year, &month, &dom);
		assert_true(err_ok(date_make(year, month, dom, &again)));
		assert_int_equal(again.days, at.days);
		assert_int_equal(date_weekday(at), weekday);
		weekday = weekday % 7 + 1;
	}
}

static void months_end_where_they_end(void **state)
{
	static const struct {
		const char *sentence, *from;
		int months;
		const char *to;
	} rows[] = {
		{ "a month later", "2026-01-15", 1, "2026-02-15" },
		{ "31 January and a month is the end of February", "2026-01-31", 1, "2026-02-28" },
		{ "in a leap year too", "2024-01-31", 1, "2024-02-29" },
		{ "over the year's end", "2026-11-30", 3, "2027-02-28" },
		{ "backwards", "2026-03-31", -1, "2026-02-28" },
		{ "backwards over the year's end", "2026-01-31", -2, "2025-11-30" },
	};
	char text[DATE_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_string_equal(date_format(date_add_months(day(rows[i].from), rows[i].months), text), rows[i].to);
	}
	assert_string_equal(date_format(date_month_end(day("2028-02-01")), text), "2028-02-29");
	assert_int_equal(date_days_between(day("2026-03-01"), day("2026-02-01")), -28);
	assert_string_equal(date_format(DATE_NONE, text), "");
}

static void instants_are_utc(void **state)
{
	static const struct {
		const char *sentence, *text, *utc;
	} rows[] = {
		{ "Zulu", "2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z" },
		{ "an offset is taken off", "2026-01-31T00:30:00+02:00", "2026-01-30T22:30:00Z" },
		{ "a fraction to the microsecond", "2026-01-31T08:00:00.1234567Z", "2026-01-31T08:00:00.123456Z" },
		{ "before the epoch", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z" },
		{ "no zone is refused", "2026-01-31T08:00:00", NULL },
		{ "hour 24 is refused", "2026-01-31T24:00:00Z", NULL },
		{ "rubbish at the end is refused", "2026-01-31T08:00:00Zx", NULL },
	};
	char text[INSTANT_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct instant instant;
		struct err err = instant_parse(rows[i].text, &instant);

		SAY(rows[i].sentence);
		assert_int_equal(err_ok(err), rows[i].utc != NULL);
		if (rows[i].utc)
			assert_string_equal(instant_format(instant, text), rows[i].utc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read_and_written),
		cmocka_unit_test(every_day_survives_a_round_trip),
		cmocka_unit_test(months_end_where_they_end),
		cmocka_unit_test(instants_are_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
