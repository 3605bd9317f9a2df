#include "payments/formats/text_amount.h"

#include <string.h>

#define AMOUNT_BYTES_MAX 32
#define CENTURY_TURN 80 /* 80 … 99 are of the last century */

/* "1.234,56": of two kinds of marks the last is the decimal one, the others part thousands. The length without them. */
static size_t without_groups(char *plain, size_t length)
{
	size_t decimal = length, kept = 0;

	for (size_t i = 0; i < length; i++)
		if (strchr(",.", plain[i]))
			decimal = i;
	for (size_t i = 0; i < length; i++) {
		bool groups = decimal < length && strchr(",.", plain[i]) && plain[i] != plain[decimal];

		if (!groups || i + 4 >= length || !strchr(",.", plain[i + 4]))
			plain[kept++] = plain[i];
	}
	return kept;
}

struct err text_amount(const char *text, size_t length, struct currency currency, int64_t *minor)
{
	char plain[AMOUNT_BYTES_MAX];

	if (length == 0 || length >= sizeof plain)
		return ERR(ERR_INVALID, "money.malformed", NULL, "an amount is digits with at most one decimal comma");
	memcpy(plain, text, length);
	length = without_groups(plain, length);
	for (size_t i = 0; i < length; i++)
		if (plain[i] == ',')
			plain[i] = '.';
	return money_parse_n(plain, length, currency, minor);
}

size_t text_digits(const char *text)
{
	return strspn(text, "0123456789");
}

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

struct err text_date6(const char *text, struct date *date)
{
	if (text_digits(text) < 6)
		return ERR(ERR_INVALID, "statement.date", NULL, "a date is six digits, YYMMDD");
	int year = two_digits(text), month = two_digits(text + 2), day = two_digits(text + 4);
	struct date first;

	year += year >= CENTURY_TURN ? 1900 : 2000;
	if (day < 1 || day > 31 || !err_ok(date_make(year, month, 1, &first)))
		return ERR(ERR_INVALID, "statement.date", NULL, "there is no such date");
	struct date end = date_month_end(first), wanted = date_add_days(first, day - 1);

	*date = date_compare(wanted, end) > 0 ? end : wanted;
	return OK;
}
