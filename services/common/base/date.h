#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/* Civil dates of the proleptic Gregorian calendar, as a count of days since 1970-01-01. A date has no time
 * zone: whoever makes one from an instant says in which zone. DATE_NONE marks a date that is not known.
 * Limits: 1900-01-01 to 9999-12-31. */

struct date {
	int32_t days;
};

#define DATE_NONE ((struct date){ INT32_MIN })
#define DATE_TEXT_BYTES 11 /* YYYY-MM-DD and the zero */

/* An instant: microseconds since 1970-01-01T00:00:00Z. */
struct instant {
	int64_t us;
};

#define INSTANT_NONE ((struct instant){ INT64_MIN })
#define INSTANT_TEXT_BYTES 28 /* 2026-01-31T08:00:00.123456Z and the zero */
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_SECOND)

static inline bool date_known(struct date date)
{
	return date.days != INT32_MIN;
}

static inline bool instant_known(struct instant instant)
{
	return instant.us != INT64_MIN;
}

static inline int date_compare(struct date a, struct date b)
{
	return (a.days > b.days) - (a.days < b.days);
}

/* "2026-01-31", the whole text. ERR_INVALID "date.malformed". */
MUST_USE struct err date_parse(const char *text, struct date *date);

/* From year, month 1…12, day 1…31; ERR_INVALID where there is no such day. */
MUST_USE struct err date_make(int year, int month, int day, struct date *date);
void date_parts(struct date date, int *year, int *month, int *day);

/* Writes YYYY-MM-DD, or "" for DATE_NONE, and returns `text`. */
const char *date_format(struct date date, char text[static DATE_TEXT_BYTES]);

struct date date_add_days(struct date date, int days);

/* Same day of a later (or earlier) month; the month's last day where it has no such day. */
struct date date_add_months(struct date date, int months);
struct date date_month_end(struct date date);
int date_days_between(struct date from, struct date to);

/* 1 Monday … 7 Sunday (ISO 8601). */
int date_weekday(struct date date);

/* RFC 3339, "2026-01-31T08:00:00Z" or with an offset or fraction; ERR_INVALID "instant.malformed". */
MUST_USE struct err instant_parse(const char *text, struct instant *instant);
const char *instant_format(struct instant instant, char text[static INSTANT_TEXT_BYTES]);

/* The date in UTC. For a debtor's date use clock_local_date (common/io/clock.h). */
struct date instant_utc_date(struct instant instant);
struct instant instant_from_date(struct date date);

#endif
