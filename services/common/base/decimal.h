#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>

#include "common/base/err.h"

/* Rates and percentages, exact: millionths. "12.15" percent is { 12150000 }. Limit: |value| < 10^9 units. */

struct decimal {
	int64_t millionths;
};

#define DECIMAL_ONE INT64_C(1000000)
#define DECIMAL_TEXT_BYTES 24

/* "12.15", "-0.5", "3"; at most six decimals. ERR_INVALID "decimal.malformed". */
MUST_USE struct err decimal_parse(const char *text, struct decimal *decimal);

/* Without trailing zeros: "12.15", "3". Returns `text`. */
const char *decimal_format(struct decimal decimal, char text[static DECIMAL_TEXT_BYTES]);

/* `percent` of an amount in minor units, rounded by the rule of money.h. */
int64_t decimal_percent_of(struct decimal percent, int64_t minor);

#endif
