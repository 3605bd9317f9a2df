#include "common/base/reference.h"

#include <stddef.h>
#include <string.h>

#define RF_LENGTH_MIN 5
#define RF_LENGTH_MAX 25
#define IBAN_LENGTH_MIN 15
#define IBAN_LENGTH_MAX 34

/* Digits 0–9 and letters A–Z as 0…35; -1 for anything else. */
static int value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

/* Letters and digits of `text` in upper case without blanks; the length, or 0 where it has others or too many. */
static size_t compact(const char *text, char *to, size_t max)
{
	size_t length = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		int v = value(*text);

		if (v < 0 || length == max)
			return 0;
		to[length++] = (char)(v < 10 ? '0' + v : 'A' + v - 10);
	}
	to[length] = '\0';
	return length;
}

/* ISO 7064 mod 97-10 over `text` with its first four characters moved to the end. */
static int mod97(const char *text, size_t length)
{
	int rest = 0;

	for (size_t i = 0; i < length; i++) {
		int v = value(text[(i + 4) % length]);

		rest = (v < 10 ? rest * 10 + v : rest * 100 + v) % 97;
	}
	return rest;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

bool reference_rf_valid(const char *text)
{
	char compacted[RF_LENGTH_MAX + 1];
	size_t length = compact(text, compacted, RF_LENGTH_MAX);

	return length >= RF_LENGTH_MIN && compacted[0] == 'R' && compacted[1] == 'F' && digit(compacted[2]) &&
	       digit(compacted[3]) && mod97(compacted, length) == 1;
}

/* `text` gets the two letters, their check digits, and the letters and digits of `body` as far as they fit. */
static const char *make(const char *letters, const char *body, char *text, size_t max)
{
	size_t length = 4;

	memcpy(text, letters, 2);
	memcpy(text + 2, "00", 2);
	for (; *body && length < max; body++) {
		int v = value(*body);

		if (v >= 0)
			text[length++] = (char)(v < 10 ? '0' + v : 'A' + v - 10);
	}
	text[length] = '\0';
	int check = 98 - mod97(text, length);

	text[2] = (char)('0' + check / 10);
	text[3] = (char)('0' + check % 10);
	return text;
}

const char *reference_rf_make(const char *body, char text[static REFERENCE_RF_BYTES])
{
	return make("RF", body, text, RF_LENGTH_MAX);
}

const char *reference_iban_make(const char *country, const char *bban, char text[static REFERENCE_IBAN_BYTES])
{
	return make(country, bban, text, IBAN_LENGTH_MAX);
}

bool reference_iban_valid(const char *text)
{
	char compacted[IBAN_LENGTH_MAX + 1];
	size_t length = compact(text, compacted, IBAN_LENGTH_MAX);

	/* "RF" is no country: the same check digits make a creditor reference look like an IBAN. */
	return length >= IBAN_LENGTH_MIN && memcmp(compacted, "RF", 2) != 0 && !digit(compacted[0]) &&
	       !digit(compacted[1]) && digit(compacted[2]) && digit(compacted[3]) && mod97(compacted, length) == 1;
}
