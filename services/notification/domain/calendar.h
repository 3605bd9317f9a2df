#ifndef NOTIFICATION_CALENDAR_H
#define NOTIFICATION_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/date.h"

/* Public holidays by country, as data (deploy/policies/holidays): a day of the year, or one that moves with Easter.
 * Regional holidays are not known. Easter by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, ch. 8).
 */

#define CALENDAR_COUNTRIES_MAX 64
#define CALENDAR_HOLIDAYS_MAX 40 /* of one country */
#define HOLIDAY_NAME_BYTES 48

struct holiday {
	int month, day;    /* 0: by Easter */
	int easter_offset; /* days after Easter Sunday; negative before it */
	int weekday;       /* with month: the first such weekday on or after `day` (1 Monday … 7); 0: that very day */
	char name[HOLIDAY_NAME_BYTES]; /* in the country's language; a longer one is cut */
};

struct calendar_country {
	char code[3]; /* ISO 3166-1 */
	struct holiday holidays[CALENDAR_HOLIDAYS_MAX];
	size_t count;
};

struct calendar {
	struct calendar_country *countries;
	size_t count;
};

struct date calendar_easter(int year);

/* The holiday's name, which lives as long as the calendar; NULL where it is none, for a country without data, and where
 * `calendar` is NULL. */
const char *calendar_holiday_name(const struct calendar *calendar, const char *country, struct date day);

bool calendar_holiday(const struct calendar *calendar, const char *country, struct date day);

/* Monday to Friday, no holiday. */
bool calendar_business_day(const struct calendar *calendar, const char *country, struct date day);

/* `days` business days after (before, where negative) `from`; 0 is `from` itself. */
struct date calendar_add_business_days(const struct calendar *calendar, const char *country, struct date from,
				       int days);

#endif
