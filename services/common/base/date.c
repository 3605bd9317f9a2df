#include "common/base/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"

#define YEAR_MIN 1900
#define YEAR_MAX 9999

/* Days from a civil date and back: the era method (400 years are 146,097 days; years start in March, so
 * that the leap day comes last). Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
static int32_t days_from_civil(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = y / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void date_parts(struct date date, int *year, int *month, int *day)
{
	CHECK(date_known(date));
	int z = date.days + 719468;
	int era = z / 146097;
	int day_of_era = z - era * 146097;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int shifted = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

static int month_days(int year, int month)
{
	static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return DAYS[month - 1] + (month == 2 && leap);
}

struct err date_make(int year, int month, int day, struct date *date)
{
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return ERR(ERR_INVALID, "date.malformed", NULL, "there is no such day in the calendar");
	date->days = days_from_civil(year, month, day);
	return OK;
}

/* `count` digits at `text`, or -1. */
static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

struct err date_parse(const char *text, struct date *date)
{
	struct err malformed = ERR(ERR_INVALID, "date.malformed", NULL, "a date is written YYYY-MM-DD");

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return malformed;
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);

	if (year < 0 || month < 0 || day < 0)
		return malformed;
	return date_make(year, month, day, date);
}

static void put_digits(char *to, int count, int value)
{
	for (to += count; count > 0; count--, value /= 10)
		*--to = (char)('0' + value % 10);
}

const char *date_format(struct date date, char text[static DATE_TEXT_BYTES])
{
	text[0] = '\0';
	if (!date_known(date))
		return text;
	int year, month, day;

	date_parts(date, &year, &month, &day);
	CHECK(year >= 0 && year <= YEAR_MAX);
	put_digits(text, 4, year); /* by the thousand: printf takes five times as long */
	put_digits(text + 5, 2, month);
	put_digits(text + 8, 2, day);
	text[4] = text[7] = '-';
	text[10] = '\0';
	return text;
}

struct date date_add_days(struct date date, int days)
{
	CHECK(date_known(date));
	return (struct date){ date.days + days };
}

struct date date_add_months(struct date date, int months)
{
	int year, month, day;

	date_parts(date, &year, &month, &day);
	int count = year * 12 + (month - 1) + months;

	year = count / 12;
	month = count % 12 + 1;
	if (day > month_days(year, month))
		day = month_days(year, month);
	return (struct date){ days_from_civil(year, month, day) };
}

struct date date_month_end(struct date date)
{
	int year, month, day;

	date_parts(date, &year, &month, &day);
	return (struct date){ days_from_civil(year, month, month_days(year, month)) };
}

int date_days_between(struct date from, struct date to)
{
	CHECK(date_known(from) && date_known(to));
	return to.days - from.days;
}

int date_weekday(struct date date)
{
	/* 1970-01-01 was a Thursday. */
	return ((date.days % 7 + 7 + 3) % 7) + 1;
}

static struct err instant_malformed(void)
{
	return ERR(ERR_INVALID, "instant.malformed", NULL,
		   "an instant is written as in RFC 3339: YYYY-MM-DDThh:mm:ssZ");
}

/* The zone at the end of RFC 3339: "Z" or "+hh:mm", as seconds east of Greenwich. */
static bool zone_parse(const char *text, int *seconds)
{
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
		*seconds = 0;
		return true;
	}
	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	int hours = digits(text + 1, 2), minutes = digits(text + 4, 2);

	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*seconds = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
	return true;
}

struct err instant_parse(const char *text, struct instant *instant)
{
	char day[DATE_TEXT_BYTES] = "";
	struct date date;

	if (strlen(text) < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' '))
		return instant_malformed();
	memcpy(day, text, 10);
	TRY(date_parse(day, &date));
	int hour = digits(text + 11, 2), minute = digits(text + 14, 2), second = digits(text + 17, 2);

	if (text[13] != ':' || text[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 60)
		return instant_malformed();
	const char *rest = text + 19;
	int64_t fraction = 0, scale = US_PER_SECOND;

	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
			scale /= 10;
			fraction += (*rest - '0') * scale;
		}
	int zone;

	if (!zone_parse(rest, &zone))
		return instant_malformed();
	instant->us = date.days * US_PER_DAY + (hour * 3600 + minute * 60 + second - zone) * US_PER_SECOND + fraction;
	return OK;
}

struct date instant_utc_date(struct instant instant)
{
	int64_t days = instant.us / US_PER_DAY - (instant.us % US_PER_DAY < 0);

	return (struct date){ (int32_t)days };
}

struct instant instant_from_date(struct date date)
{
	return (struct instant){ date.days * US_PER_DAY };
}

const char *instant_format(struct instant instant, char text[static INSTANT_TEXT_BYTES])
{
	text[0] = '\0';
	if (!instant_known(instant))
		return text;
	struct date date = instant_utc_date(instant);
	int64_t rest = instant.us - date.days * US_PER_DAY;
	uint64_t seconds = (uint64_t)(rest / US_PER_SECOND), fraction = (uint64_t)(rest % US_PER_SECOND);
	char day[DATE_TEXT_BYTES];

	date_format(date, day);
	if (fraction == 0)
		snprintf(text, INSTANT_TEXT_BYTES, "%sT%02u:%02u:%02uZ", day, (unsigned)(seconds / 3600) % 24U,
			 (unsigned)(seconds / 60) % 60U, (unsigned)seconds % 60U);
	else
		snprintf(text, INSTANT_TEXT_BYTES, "%sT%02u:%02u:%02u.%06uZ", day, (unsigned)(seconds / 3600) % 24U,
			 (unsigned)(seconds / 60) % 60U, (unsigned)seconds % 60U, (unsigned)fraction % 1000000U);
	return text;
}
