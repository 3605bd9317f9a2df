#include "common/document/epc.h"

#include <ctype.h>
#include <string.h>

#include "common/base/reference.h"
#include "common/base/text.h"

static const char *without_blanks(struct arena *arena, const char *text)
{
	size_t length = text ? strlen(text) : 0, kept = 0;
	char *copy = arena_alloc(arena, length + 1);

	for (size_t i = 0; i < length; i++) {
		if (text[i] != ' ')
			copy[kept++] = (char)toupper((unsigned char)text[i]);
	}
	return copy;
}

/* One line of `max` characters at most: a line break would begin the next field. */
static const char *field(struct arena *arena, const char *text, size_t max)
{
	char *copy = arena_copy(arena, text ? text : "");
	size_t characters = 0;

	for (char *c = copy; *c; c++) {
		if (((unsigned char)*c & 0xC0) != 0x80 && characters++ == max) {
			*c = '\0';
			break;
		}
		if ((unsigned char)*c < ' ')
			*c = ' ';
	}
	return copy;
}

const char *epc_payload(struct arena *arena, const struct epc *epc)
{
	const char *iban = without_blanks(arena, epc->iban);
	const char *reference = without_blanks(arena, epc->reference);
	bool structured = reference_rf_valid(reference);
	char amount[MONEY_TEXT_BYTES];

	if (!text_equal(epc->currency.code, "EUR") || epc->amount_minor <= 0 || epc->amount_minor > EPC_MINOR_MAX)
		return NULL;
	if (!reference_iban_valid(iban) || text_empty(epc->name))
		return NULL;

	const char *payload =
		arena_format(arena, "BCD\n002\n1\nSCT\n%s\n%s\n%s\nEUR%s\n\n%s\n%s", without_blanks(arena, epc->bic),
			     field(arena, epc->name, EPC_NAME_CHARS_MAX), iban,
			     money_format(epc->amount_minor, epc->currency, amount), structured ? reference : "",
			     structured ? "" : field(arena, epc->text, EPC_TEXT_CHARS_MAX));

	return strlen(payload) <= EPC_PAYLOAD_BYTES_MAX ? payload : NULL;
}
