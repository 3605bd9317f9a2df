#include "common/base/wording.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"

#define NO_BREAK "\xC2\xA0"          /* U+00A0 */
#define NO_BREAK_THIN "\xE2\x80\xAF" /* U+202F: between the thousands, in French */

static const char *const months[LANGUAGE_COUNT][12] = {
	[LANGUAGE_EN] = { "January", "February", "March", "April", "May", "June", "July", "August", "September",
			  "October", "November", "December" },
	[LANGUAGE_FR] = { "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
			  "octobre", "novembre", "décembre" },
	[LANGUAGE_DE] = { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
			  "November", "Dezember" },
};

static const struct sign {
	const char *code, *sign;
} signs[] = { { "EUR", "€" }, { "GBP", "£" }, { "USD", "$" } };

static const char *const codes[LANGUAGE_COUNT] = { "en", "fr", "de" };

/* Between the thousands, and before the decimals. */
static const struct {
	const char *group, *point;
} digits[LANGUAGE_COUNT] = { { ",", "." }, { NO_BREAK_THIN, "," }, { ".", "," } };

enum language language_find(const char *code)
{
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		if (text_equal(code, codes[language]))
			return (enum language)language;
	}
	return LANGUAGE_EN;
}

bool language_known(const char *code)
{
	return text_equal(code, codes[language_find(code)]);
}

const char *language_code(enum language language)
{
	return codes[language];
}

const char *wording_date(struct arena *arena, enum language language, struct date date)
{
	int year, month, day;

	date_parts(date, &year, &month, &day);

	const char *name = months[language][month - 1];

	if (language == LANGUAGE_FR)
		return arena_format(arena, "%d%s %s %d", day, day == 1 ? "er" : "", name, year);
	return arena_format(arena, language == LANGUAGE_DE ? "%d. %s %d" : "%d %s %d", day, name, year);
}

/* Digits in groups of three, then the decimals. */
static const char *grouped(struct arena *arena, const char *plain, const char *group, const char *point)
{
	BUF_SCOPE text;
	const char *dot = strchr(plain, '.');
	size_t whole = dot ? (size_t)(dot - plain) : strlen(plain);

	buf_init(&text, 128);
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			buf_append_text(&text, group);
		buf_append_char(&text, plain[i]);
	}
	if (dot) {
		buf_append_text(&text, point);
		buf_append_text(&text, dot + 1);
	}
	CHECK(!text.full);
	return arena_copy(arena, buf_text(&text));
}

const char *wording_money(struct arena *arena, enum language language, int64_t minor, struct currency currency)
{
	char plain[MONEY_TEXT_BYTES];
	const char *sign = NULL, *minus = minor < 0 ? "-" : "";

	money_format(llabs(minor), currency, plain);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		if (text_equal(signs[i].code, currency.code))
			sign = signs[i].sign;
	}
	const char *number = grouped(arena, plain, digits[language].group, digits[language].point);

	if (language != LANGUAGE_EN)
		return arena_format(arena, "%s%s" NO_BREAK "%s", minus, number, sign ? sign : currency.code);

	return sign ? arena_format(arena, "%s%s%s", minus, sign, number)
		    : arena_format(arena, "%s%s" NO_BREAK "%s", minus, currency.code, number);
}

const char *wording_number(struct arena *arena, enum language language, struct decimal number, int decimals)
{
	struct decimal magnitude = { llabs(number.millionths) };
	char plain[DECIMAL_TEXT_BYTES];
	const char *point = strchr(decimal_format(magnitude, plain), '.');
	int missing = decimals - (point ? (int)strlen(point + 1) : 0);
	const char *filled = arena_format(arena, "%s%s%.*s", plain, point || missing <= 0 ? "" : ".",
					  missing > 0 ? missing : 0, "000000");

	return arena_format(arena, "%s%s", number.millionths < 0 ? "-" : "",
			    grouped(arena, filled, digits[language].group, digits[language].point));
}

const char *wording_percent(struct arena *arena, enum language language, struct decimal percent)
{
	const char *number = wording_number(arena, language, percent, 0);

	return language == LANGUAGE_EN ? arena_format(arena, "%s%%", number)
				       : arena_format(arena, "%s" NO_BREAK "%%", number);
}

const char *wording_iban(struct arena *arena, const char *iban)
{
	BUF_SCOPE text;
	size_t printed = 0;

	buf_init(&text, 128);
	for (; iban && *iban; iban++) {
		if (*iban == ' ')
			continue;
		if (printed > 0 && printed % 4 == 0)
			buf_append_char(&text, ' ');
		buf_append_char(&text, *iban);
		printed++;
	}
	return arena_copy(arena, buf_text(&text));
}
