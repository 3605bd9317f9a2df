#include "payments/domain/target.h"

#include "common/base/check.h"

/* Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8). */
static struct date easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30;
	int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 22 * l) / 451;
	int month = (h + l - 7 * m + 114) / 31, day = (h + l - 7 * m + 114) % 31 + 1;
	struct date date = DATE_NONE;
	struct err err = date_make(year, month, day, &date);

	CHECK(err_ok(err));
	return date;
}

bool target_day(struct date date)
{
	static const struct {
		int month, day;
	} FIXED[] = { { 1, 1 }, { 5, 1 }, { 12, 25 }, { 12, 26 } };
	int year, month, day;

	if (date_weekday(date) >= 6)
		return false;
	date_parts(date, &year, &month, &day);
	for (size_t i = 0; i < sizeof FIXED / sizeof FIXED[0]; i++)
		if (FIXED[i].month == month && FIXED[i].day == day)
			return false;
	int from_easter = date_days_between(easter(year), date);

	return from_easter != -2 && from_easter != 1;
}

struct date target_on_or_after(struct date date)
{
	while (!target_day(date))
		date = date_add_days(date, 1);
	return date;
}

struct date target_add(struct date date, int days)
{
	for (int i = 0; i < days; i++)
		date = target_on_or_after(date_add_days(date, 1));
	return date;
}
