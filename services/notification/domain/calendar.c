#include "notification/domain/calendar.h"

#include "common/base/check.h"
#include "common/base/text.h"

static struct date day_of(int year, int month, int day)
{
	struct date date;
	struct err err = date_make(year, month, day, &date);

	CHECK(err_ok(err));
	return date;
}

struct date calendar_easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
	int l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
	int n = h + l - 7 * m + 114;

	return day_of(year, n / 31, n % 31 + 1);
}

static bool falls_on(const struct holiday *holiday, struct date day)
{
	int year, month, of_month;

	date_parts(day, &year, &month, &of_month);
	if (holiday->month == 0)
		return date_compare(date_add_days(calendar_easter(year), holiday->easter_offset), day) == 0;
	if (holiday->weekday == 0)
		return month == holiday->month && of_month == holiday->day;

	struct date first = day_of(year, holiday->month, holiday->day);
	int wait = (holiday->weekday - date_weekday(first) + 7) % 7;

	return date_compare(date_add_days(first, wait), day) == 0;
}

const char *calendar_holiday_name(const struct calendar *calendar, const char *country, struct date day)
{
	for (size_t i = 0; calendar && i < calendar->count; i++) {
		const struct calendar_country *found = &calendar->countries[i];

		if (!text_equal(found->code, country))
			continue;
		for (size_t n = 0; n < found->count; n++) {
			if (falls_on(&found->holidays[n], day))
				return found->holidays[n].name;
		}
	}
	return NULL;
}

bool calendar_holiday(const struct calendar *calendar, const char *country, struct date day)
{
	return calendar_holiday_name(calendar, country, day) != NULL;
}

bool calendar_business_day(const struct calendar *calendar, const char *country, struct date day)
{
	return date_weekday(day) <= 5 && !calendar_holiday(calendar, country, day);
}

struct date calendar_add_business_days(const struct calendar *calendar, const char *country, struct date from, int days)
{
	int step = days < 0 ? -1 : 1;
	struct date day = from;

	for (int left = days * step; left > 0;) {
		day = date_add_days(day, step);
		left -= calendar_business_day(calendar, country, day);
	}
	return day;
}
