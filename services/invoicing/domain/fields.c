#include "invoicing/domain/fields.h"

#include <ctype.h>
#include <string.h>

#include "common/base/iso.h"
#include "common/base/reference.h"
#include "common/base/text.h"

struct err field_text(const char *field, const char *text, size_t limit)
{
	if (text_empty(text))
		return OK;
	if (strlen(text) > limit)
		return ERR(ERR_INVALID, "field.too_long", field, "the text is too long");
	for (const char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			return ERR(ERR_INVALID, "field.control_character", field,
				   "the text holds a line end or another control character");
	return OK;
}

struct err field_required(const char *field, const char *text, size_t limit)
{
	if (text_empty(text))
		return ERR(ERR_INVALID, "field.missing", field, "a value is required");
	return field_text(field, text, limit);
}

struct err field_segment(const char *field, const char *text)
{
	static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
	static const char *const KINDS[] = { "business", "consumer", "public" };

	if (text_empty(text))
		return OK;
	if (strlen(text) > SEGMENT_BYTES_MAX || strspn(text, ALLOWED) != strlen(text) || !isalnum((unsigned char)*text))
		return ERR(
			ERR_INVALID, "field.segment", field,
			"a segment is 1 to 32 letters, digits, '.', '-' or '_', and begins with one of the first two");
	for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
		if (text_equal_nocase(text, KINDS[i]))
			return ERR(ERR_INVALID, "field.segment", field,
				   "business, consumer and public are kinds of customer, and no segments");
	return OK;
}

struct err field_language(const char *field, const char *text)
{
	if (text_empty(text) || iso_language(text))
		return OK;
	return ERR(ERR_INVALID, "field.language", field,
		   "ISO 639-1 has no such language: two lower case letters, as in 'fr'");
}

struct err field_country(const char *field, const char *text)
{
	if (text_empty(text) || iso_country(text))
		return OK;
	return ERR(ERR_INVALID, "field.country", field,
		   "ISO 3166 has no such country: two upper case letters, as in 'FR'");
}

struct err field_email(const char *field, const char *text)
{
	if (text_empty(text))
		return OK;
	const char *at = strrchr(text, '@');
	bool one = at && at > text && strchr(text, '@') == at && strchr(at, '.') && at[1] != '.' && !text_ends(at, ".");

	/* No quoted local parts: nobody has one, and a header that is split by one is worse. */
	if (!one || strlen(text) > EMAIL_BYTES_MAX || strpbrk(text, " \t\r\n,;<>()\"\\"))
		return ERR(ERR_INVALID, "field.email", field, "this is no mail address");
	return OK;
}

struct err field_iban(const char *field, const char *text)
{
	if (text_empty(text) || reference_iban_valid(text))
		return OK;
	return ERR(ERR_INVALID, "field.iban", field, "the IBAN's check digits are wrong");
}

char *field_compact(struct arena *arena, const char *text)
{
	if (!text)
		return NULL;
	char *out = arena_alloc(arena, strlen(text) + 1), *to = out;

	for (; *text; text++)
		if (*text != ' ')
			*to++ = (char)toupper((unsigned char)*text);
	return out;
}
