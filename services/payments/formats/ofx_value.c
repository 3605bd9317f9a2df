#include "payments/formats/ofx_value.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "payments/formats/text_amount.h"

void ofx_entities_decode(char *text)
{
	static const struct {
		const char *name;
		char byte;
	} NAMES[] = { { "&amp;", '&' },   { "&lt;", '<' },   { "&gt;", '>' },
		      { "&apos;", '\'' }, { "&quot;", '"' }, { "&nbsp;", ' ' } };
	char *to = text;

	while (*text) {
		size_t name = 0;

		while (name < sizeof NAMES / sizeof NAMES[0] && !text_starts(text, NAMES[name].name))
			name++;
		if (name < sizeof NAMES / sizeof NAMES[0]) {
			*to++ = NAMES[name].byte;
			text += strlen(NAMES[name].name);
			continue;
		}
		long number = text_starts(text, "&#") ? strtol(text + 2, NULL, 10) : 0;
		size_t digits = number >= ' ' && number < 127 ? text_digits(text + 2) : 0;

		if (digits > 0 && text[2 + digits] == ';') {
			*to++ = (char)number;
			text += digits + 3;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

struct err ofx_amount(const char *text, struct currency currency, int64_t *minor)
{
	char plain[32];
	size_t length = 0, separator = strlen(text);

	while (separator > 0 && text[separator - 1] != ',' && text[separator - 1] != '.')
		separator--;
	for (size_t i = 0; text[i] && length < sizeof plain - 1; i++)
		if (strchr(",.", text[i]) ? i + 1 == separator : !strchr(" '", text[i]))
			plain[length++] = text[i];
	return text_amount(plain, length, currency, minor);
}

struct err ofx_date(const char *text, struct date *date)
{
	char whole[DATE_TEXT_BYTES];

	if (text_digits(text) < 8)
		return ERR(ERR_INVALID, "statement.date", NULL, "a date is YYYYMMDD");
	memcpy(whole, text, 4);
	whole[4] = whole[7] = '-';
	memcpy(whole + 5, text + 4, 2);
	memcpy(whole + 8, text + 6, 2);
	whole[10] = '\0';
	return date_parse(whole, date);
}
