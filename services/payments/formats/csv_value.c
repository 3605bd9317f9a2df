#include "payments/formats/csv_value.h"

#include <string.h>

#include "payments/formats/text_amount.h"

#define AMOUNT_BYTES_MAX 48
#define GROUP_DIGITS 3
#define CENTURY 2000 /* of years with two digits */

static struct err amount_wrong(const char *message)
{
	return ERR(ERR_INVALID, "statement.amount", NULL, message);
}

/* What stands between groups of digits, in bytes: a sign of ASCII, or a blank that does not break the line. */
static size_t group_sign(const char *text, char decimal)
{
	static const char *const SIGNS[] = { " ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x99" };

	if ((*text == '.' || *text == ',') && *text != decimal)
		return 1;
	for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
		if (strncmp(text, SIGNS[i], strlen(SIGNS[i])) == 0)
			return strlen(SIGNS[i]);
	return 0;
}

/* Which of "." and "," is the decimal sign of this amount, where the profile leaves that open: the last one, unless
 * it comes twice. '\0' where three digits follow the only one. */
static char decimal_seen(const char *text)
{
	const char *point = strrchr(text, '.'), *comma = strrchr(text, ',');
	const char *last = !comma || (point && point > comma) ? point : comma;

	if (!last)
		return '.';
	char other = *last == '.' ? ',' : '.';

	if (strchr(text, *last) != last)
		return strchr(text, other) ? '\0' : other;
	return strchr(text, other) || text_digits(last + 1) != GROUP_DIGITS ? *last : '\0';
}

struct amount_text {
	char plain[AMOUNT_BYTES_MAX];
	size_t length;
};

static struct err digits_take(struct amount_text *amount, const char *digits, size_t count)
{
	if (amount->length + count + 2 >= sizeof amount->plain)
		return amount_wrong("an amount has more digits than any bank's");
	memcpy(amount->plain + amount->length, digits, count);
	amount->length += count;
	return OK;
}

/* Digits with groups and a decimal sign, up to *rest. */
static struct err number_take(struct amount_text *amount, const char *text, char decimal, const char **rest)
{
	size_t count = text_digits(text), sign;

	TRY(digits_take(amount, text, count));
	bool grouped = count > 0 && count <= GROUP_DIGITS;

	text += count;
	while (grouped && (sign = group_sign(text, decimal)) > 0 && text_digits(text + sign) == GROUP_DIGITS) {
		TRY(digits_take(amount, text + sign, GROUP_DIGITS));
		text += sign + GROUP_DIGITS;
	}
	if (*text == decimal) {
		count = text_digits(++text);
		if (amount->length == 0 && count > 0)
			TRY(digits_take(amount, "0", 1)); /* ",50" */
		TRY(digits_take(amount, ".", 1));
		TRY(digits_take(amount, text, count));
		if (count == 0) /* "1." */
			TRY(digits_take(amount, "0", 1));
		text += count;
	}
	*rest = text;
	return OK;
}

static const char *past_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t' || strncmp(text, "\xC2\xA0", 2) == 0)
		text += *text == '\xC2' ? 2 : 1;
	return text;
}

/* "-", "+", or the minus sign of typographers: -1, 1; 0 for none. */
static int sign_take(const char **text)
{
	static const struct {
		const char *sign;
		int direction;
	} SIGNS[] = { { "-", -1 }, { "+", 1 }, { "\xE2\x88\x92", -1 } };

	for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
		size_t length = strlen(SIGNS[i].sign);

		if (strncmp(*text, SIGNS[i].sign, length) != 0)
			continue;
		*text = past_blanks(*text + length);
		return SIGNS[i].direction;
	}
	return 0;
}

/* " EUR" and "€" behind the number: either has three bytes. */
static const char *past_currency(const char *text)
{
	text = past_blanks(text);
	bool sign = strncmp(text, "\xE2\x82\xAC", 3) == 0;
	bool code = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;

	return past_blanks(sign || code ? text + 3 : text);
}

struct err csv_amount(const struct csv_profile *profile, const char *text, struct currency currency, int64_t *minor)
{
	char decimal = profile->decimal != '\0' ? profile->decimal : decimal_seen(text);
	struct amount_text amount = { .length = 0 };
	const char *rest = past_blanks(text);
	int sign = sign_take(&rest), sign_behind;
	int64_t unsigned_minor;

	if (decimal == '\0')
		return amount_wrong("the amount can be read in two ways: a profile must say its decimal sign");
	TRY(number_take(&amount, rest, decimal, &rest));
	rest = past_blanks(rest);
	sign_behind = sign_take(&rest);
	rest = past_currency(rest);
	if (amount.length == 0 || *rest || (sign != 0 && sign_behind != 0))
		return amount_wrong("an amount is digits with groups of three, a decimal sign and a sign");
	TRY(money_parse_n(amount.plain, amount.length, profile->minor_units ? (struct currency){ "JPY" } : currency,
			  &unsigned_minor));
	*minor = sign < 0 || sign_behind < 0 ? -unsigned_minor : unsigned_minor;
	return OK;
}

/* ------------------------------------------------------------------ dates */

static struct err date_wrong(void)
{
	return ERR(ERR_INVALID, "statement.date", NULL,
		   "a date is year, month and day, or in the order that the profile says");
}

static int number_of(const char *digits, size_t count)
{
	int number = 0;

	for (size_t i = 0; i < count; i++)
		number = number * 10 + (digits[i] - '0');
	return number;
}

struct err csv_date(const struct csv_profile *profile, const char *text, struct date *date)
{
	int numbers[3];
	size_t counts[3];
	const char *at = text;
	bool solid = text_digits(text) == 8;

	for (size_t i = 0; i < 3; i++) {
		counts[i] = solid ? (i == 0 ? 4 : 2) : text_digits(at);
		if (counts[i] < 1 || counts[i] > 4 || (counts[i] > 2 && i == 1))
			return date_wrong();
		numbers[i] = number_of(at, counts[i]);
		at += counts[i];
		if (i < 2 && !solid && (*at == '\0' || !strchr("-/. ", *at++)))
			return date_wrong();
	}
	if (*at && !strchr(" T;,.", *at))
		return date_wrong();
	if (counts[0] == 4)
		return date_make(numbers[0], numbers[1], numbers[2], date);
	if (profile->dates == CSV_DATES_ISO || counts[0] > 2 || counts[2] == 3 || counts[2] == 1)
		return date_wrong();
	int year = counts[2] == 2 ? CENTURY + numbers[2] : numbers[2];

	return profile->dates == CSV_DATES_DMY ? date_make(year, numbers[1], numbers[0], date)
					       : date_make(year, numbers[0], numbers[1], date);
}
