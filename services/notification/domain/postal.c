#include "notification/domain/postal.h"

#include <ctype.h>
#include <string.h>

#include "common/base/text.h"

/* Digits of the postal code (Universal Postal Union, addressing sheets); countries whose codes have letters only are
 * not listed. */
static const struct postcode {
	const char *country;
	size_t digits;
} postcodes[] = {
	{ "AT", 4 }, { "BE", 4 }, { "CH", 4 }, { "DE", 5 }, { "DK", 4 }, { "ES", 5 }, { "FI", 5 },
	{ "FR", 5 }, { "IT", 5 }, { "LU", 4 }, { "MC", 5 }, { "NL", 4 }, { "US", 5 },
};

/* A group of exactly so many digits. */
static bool has_digits(const char *line, size_t digits)
{
	while (*line) {
		size_t run = strspn(line, "0123456789");

		if (run == digits)
			return true;
		line += run > 0 ? run : 1;
	}
	return false;
}

struct err postal_check(const char *country, const char *const *lines, size_t count)
{
	size_t digits = 0;

	for (size_t i = 0; i < sizeof postcodes / sizeof *postcodes; i++) {
		if (text_equal(postcodes[i].country, country))
			digits = postcodes[i].digits;
	}
	if (count < 2)
		return ERR(ERR_CONFLICT, "letter.no_address", NULL,
			   "the customer has no postal address of street and town");
	if (count >= POSTAL_LINES_MAX)
		return ERR(ERR_CONFLICT, "letter.long_address", NULL,
			   "the address has more lines than an envelope's window");
	for (size_t i = 0; i < count; i++) {
		if (digits == 0 || has_digits(lines[i], digits))
			return OK;
	}
	return ERR(ERR_CONFLICT, "letter.no_postcode", NULL, "no line of the address has a postal code of its country");
}
