#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Amounts are int64 in minor units (cents) beside an ISO 4217 code; never a float. The one rounding rule is
 * half away from zero, applied once, to the end result; intermediate products take 128 bits.
 * Limits: |amount| <= MONEY_MINOR_MAX, so that sums of a million amounts still fit an int64. */

#define MONEY_MINOR_MAX INT64_C(1000000000000) /* 10 thousand million units of a two-decimal currency */
#define MONEY_TEXT_BYTES 32

struct currency {
	char code[4]; /* "EUR"; "" where not known */
};

static inline bool currency_known(struct currency currency)
{
	return currency.code[0] != '\0';
}

bool currency_equal(struct currency a, struct currency b);

/* Three letters A–Z, in either case. ERR_INVALID "currency.malformed". Any such code is taken; ISO 4217
 * decides only the number of decimals. */
MUST_USE struct err currency_parse(const char *text, struct currency *currency);

/* Decimals of the currency's minor unit by ISO 4217 (EUR 2, JPY 0, KWD 3); 2 where not listed. */
int currency_decimals(struct currency currency);

/* "-1234.5", "1234" or "1234.50" -> -123450 …; '.' is the decimal sign, no grouping. Digits beyond the minor
 * unit are accepted only if they are zero. ERR_INVALID "money.malformed", ERR_RANGE "money.too_large",
 * ERR_INVALID "money.fraction" where the amount has no whole minor units. */
MUST_USE struct err money_parse(const char *text, struct currency currency, int64_t *minor);

/* The same for `length` bytes, without a terminating zero. */
MUST_USE struct err money_parse_n(const char *text, size_t length, struct currency currency, int64_t *minor);

/* "1234.50": plain, for machines. Returns `text`. */
const char *money_format(int64_t minor, struct currency currency, char text[static MONEY_TEXT_BYTES]);

/* a * b / c, rounded half away from zero, with a 128 bit product. c > 0. */
int64_t money_mul_div(int64_t a, int64_t b, int64_t c);

#endif
