#include "common/base/money.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"

/* ISO 4217 list one: the currencies whose minor unit is not a hundredth. */
static const struct {
	char code[4];
	int decimals;
} DECIMALS[] = {
	{ "BHD", 3 }, { "BIF", 0 }, { "CLP", 0 }, { "DJF", 0 }, { "GNF", 0 }, { "IQD", 3 }, { "ISK", 0 }, { "JOD", 3 },
	{ "JPY", 0 }, { "KMF", 0 }, { "KRW", 0 }, { "KWD", 3 }, { "LYD", 3 }, { "OMR", 3 }, { "PYG", 0 }, { "RWF", 0 },
	{ "TND", 3 }, { "UGX", 0 }, { "UYI", 0 }, { "VND", 0 }, { "VUV", 0 }, { "XAF", 0 }, { "XOF", 0 }, { "XPF", 0 },
};

bool currency_equal(struct currency a, struct currency b)
{
	return memcmp(a.code, b.code, sizeof a.code) == 0;
}

struct err currency_parse(const char *text, struct currency *currency)
{
	struct currency parsed = { "" };

	if (strlen(text) != 3)
		return ERR(ERR_INVALID, "currency.malformed", NULL, "a currency is three letters of ISO 4217");
	for (int i = 0; i < 3; i++) {
		parsed.code[i] = (char)toupper((unsigned char)text[i]);
		if (parsed.code[i] < 'A' || parsed.code[i] > 'Z')
			return ERR(ERR_INVALID, "currency.malformed", NULL, "a currency is three letters of ISO 4217");
	}
	*currency = parsed;
	return OK;
}

int currency_decimals(struct currency currency)
{
	for (size_t i = 0; i < sizeof DECIMALS / sizeof DECIMALS[0]; i++)
		if (memcmp(DECIMALS[i].code, currency.code, sizeof currency.code) == 0)
			return DECIMALS[i].decimals;
	return 2;
}

static struct err malformed(void)
{
	return ERR(ERR_INVALID, "money.malformed", NULL, "an amount is digits with at most one decimal point");
}

struct err money_parse_n(const char *text, size_t length, struct currency currency, int64_t *minor)
{
	const char *at = text, *end = text + length;
	bool negative = at < end && *at == '-';
	int64_t value = 0;
	int decimals = currency_decimals(currency), after = -1, seen = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (; at < end; at++) {
		if (*at == '.' && after < 0) {
			after = 0;
			continue;
		}
		if (*at < '0' || *at > '9')
			return malformed();
		seen++;
		if (after >= decimals) {
			if (*at != '0')
				return ERR(ERR_INVALID, "money.fraction", NULL,
					   "the amount has more decimals than its currency");
			continue;
		}
		after += after >= 0;
		value = value * 10 + (*at - '0');
		if (value > MONEY_MINOR_MAX)
			return ERR(ERR_RANGE, "money.too_large", NULL, "the amount is too large");
	}
	if (seen == 0)
		return malformed();
	for (int given = after < 0 ? 0 : after; given < decimals; given++) {
		value *= 10;
		if (value > MONEY_MINOR_MAX)
			return ERR(ERR_RANGE, "money.too_large", NULL, "the amount is too large");
	}
	*minor = negative ? -value : value;
	return OK;
}

struct err money_parse(const char *text, struct currency currency, int64_t *minor)
{
	return money_parse_n(text, strlen(text), currency, minor);
}

const char *money_format(int64_t minor, struct currency currency, char text[static MONEY_TEXT_BYTES])
{
	int decimals = currency_decimals(currency);
	uint64_t value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor, scale = 1;
	const char *sign = minor < 0 ? "-" : "";

	for (int i = 0; i < decimals; i++)
		scale *= 10;
	if (decimals == 0)
		snprintf(text, MONEY_TEXT_BYTES, "%s%" PRIu64, sign, value);
	else
		snprintf(text, MONEY_TEXT_BYTES, "%s%" PRIu64 ".%0*" PRIu64, sign, value / scale, decimals,
			 value % scale);
	return text;
}

int64_t money_mul_div(int64_t a, int64_t b, int64_t c)
{
	CHECK(c > 0);
	__extension__ typedef __int128 wide;
	wide product = (wide)a * b;
	wide half = c / 2;
	/* Half away from zero: for an odd divisor c/2 is below the half, and so never rounds up wrongly. */
	wide rounded = product < 0 ? -((-product + half) / c) : (product + half) / c;

	CHECK(rounded >= INT64_MIN && rounded <= INT64_MAX);
	return (int64_t)rounded;
}
