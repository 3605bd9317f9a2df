/* Holidays and business days, on the data that is shipped. */
#include "notification/calendar_file.h"
#include "unit/notification/books.h"

static struct calendar *calendar;

static const struct {
	const char *sentence, *country, *day;
	bool holiday;
} ROWS_OF_HOLIDAYS[] = {
	{ "Bastille Day", "FR", "2026-07-14", true },
	{ "is a working day in Germany", "DE", "2026-07-14", false },
	{ "Easter Monday 2026", "FR", "2026-04-06", true },
	{ "Easter Monday 2038, the latest of the century", "FR", "2038-04-26", true },
	{ "Good Friday closes Germany", "DE", "2026-04-03", true },
	{ "and not France", "FR", "2026-04-03", false },
	{ "Ascension 2026", "BE", "2026-05-14", true },
	{ "the early May bank holiday is a Monday", "GB", "2026-05-04", true },
	{ "the summer bank holiday is the last one of August", "GB", "2026-08-31", true },
	{ "Irish October holiday", "IE", "2026-10-26", true },
	{ "a country without data has none", "JP", "2026-01-01", false },
	{ "New Year in Luxembourg", "LU", "2027-01-01", true },
	{ "the Swiss national day", "CH", "2026-08-01", true },
	{ "Epiphany in Spain", "ES", "2026-01-06", true },
	{ "and in Italy", "IT", "2026-01-06", true },
	{ "King's Day", "NL", "2026-04-27", true },
};

static void each_country_keeps_its_own_days(void **state)
{
	(void)state;
	assert_int_equal(calendar->count, 10);
	for (size_t i = 0; i < ROWS(ROWS_OF_HOLIDAYS); i++) {
		SAY(ROWS_OF_HOLIDAYS[i].sentence);
		assert_int_equal(calendar_holiday(calendar, ROWS_OF_HOLIDAYS[i].country, on(ROWS_OF_HOLIDAYS[i].day)),
				 ROWS_OF_HOLIDAYS[i].holiday);
	}
}

static const struct {
	const char *sentence, *country, *from;
	int days;
	const char *to;
} ROWS_OF_DAYS[] = {
	{ "five business days are a week", "FR", "2026-03-02", 5, "2026-03-09" },
	{ "from a Saturday the first is Monday", "FR", "2026-03-07", 1, "2026-03-09" },
	{ "Easter costs France a day", "FR", "2026-04-02", 2, "2026-04-07" },
	{ "and Germany two", "DE", "2026-04-02", 2, "2026-04-08" },
	{ "none is the day itself", "FR", "2026-03-07", 0, "2026-03-07" },
	{ "backwards from a Monday comes Friday", "FR", "2026-03-09", -1, "2026-03-06" },
};

static void business_days_skip_weekends_and_holidays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_DAYS); i++) {
		SAY(ROWS_OF_DAYS[i].sentence);
		assert_int_equal(
			date_compare(calendar_add_business_days(calendar, ROWS_OF_DAYS[i].country,
								on(ROWS_OF_DAYS[i].from), ROWS_OF_DAYS[i].days),
				     on(ROWS_OF_DAYS[i].to)),
			0);
	}
}

static void easter_falls_where_the_tables_say(void **state)
{
	static const char *const easters[] = { "1961-04-02", "2000-04-23", "2008-03-23", "2019-04-21",
					       "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25" };

	(void)state;
	for (size_t i = 0; i < ROWS(easters); i++) {
		int year, month, day;

		date_parts(on(easters[i]), &year, &month, &day);
		assert_int_equal(date_compare(calendar_easter(year), on(easters[i])), 0);
	}
}

static int start(void **state)
{
	char path[512];

	(void)state;
	snprintf(path, sizeof path, "%s/deploy/policies", getenv("RELANCE_SOURCE"));
	return err_ok(calendar_read(path, &calendar)) ? 0 : 1;
}

static int stop(void **state)
{
	(void)state;
	calendar_destroy(&calendar);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_country_keeps_its_own_days),
		cmocka_unit_test(business_days_skip_weekends_and_holidays),
		cmocka_unit_test(easter_falls_where_the_tables_say),
	};

	return cmocka_run_group_tests_name("calendar", tests, start, stop);
}
