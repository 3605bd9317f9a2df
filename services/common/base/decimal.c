#include "common/base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/money.h"

#define DECIMALS_MAX 6
#define UNITS_MAX INT64_C(1000000000)

struct err decimal_parse(const char *text, struct decimal *decimal)
{
	struct err malformed = ERR(ERR_INVALID, "decimal.malformed", NULL,
				   "a rate is digits with at most one decimal point and six decimals");
	const char *at = text + (*text == '-');
	int64_t value = 0;
	int after = -1, seen = 0;

	for (; *at; at++) {
		if (*at == '.' && after < 0) {
			after = 0;
			continue;
		}
		if (*at < '0' || *at > '9' || after == DECIMALS_MAX || value >= UNITS_MAX * DECIMAL_ONE / 10)
			return malformed;
		value = value * 10 + (*at - '0');
		after += after >= 0;
		seen++;
	}
	for (int given = after < 0 ? 0 : after; given < DECIMALS_MAX; given++) {
		if (value >= UNITS_MAX * DECIMAL_ONE / 10)
			return malformed;
		value *= 10;
	}
	if (seen == 0)
		return malformed;
	decimal->millionths = *text == '-' ? -value : value;
	return OK;
}

const char *decimal_format(struct decimal decimal, char text[static DECIMAL_TEXT_BYTES])
{
	uint64_t value = decimal.millionths < 0 ? 0 - (uint64_t)decimal.millionths : (uint64_t)decimal.millionths;

	snprintf(text, DECIMAL_TEXT_BYTES, "%s%" PRIu64 ".%06" PRIu64, decimal.millionths < 0 ? "-" : "",
		 value / (uint64_t)DECIMAL_ONE, value % (uint64_t)DECIMAL_ONE);
	size_t length = strlen(text);

	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
	return text;
}

int64_t decimal_percent_of(struct decimal percent, int64_t minor)
{
	return money_mul_div(minor, percent.millionths, 100 * DECIMAL_ONE);
}
