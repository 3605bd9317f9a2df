#include "invoicing/domain/creditor.h"

#include <string.h>

#include "common/base/text.h"
#include "invoicing/domain/fields.h"

/* Countries with one zone, and for the others the zone of the seat of most firms. From IANA's zone.tab. */
static const struct {
	char country[3];
	const char *timezone;
} ZONES[] = {
	{ "AT", "Europe/Vienna" },     { "AU", "Australia/Sydney" },  { "BE", "Europe/Brussels" },
	{ "BG", "Europe/Sofia" },      { "BR", "America/Sao_Paulo" }, { "CA", "America/Toronto" },
	{ "CH", "Europe/Zurich" },     { "CN", "Asia/Shanghai" },     { "CY", "Asia/Nicosia" },
	{ "CZ", "Europe/Prague" },     { "DE", "Europe/Berlin" },     { "DK", "Europe/Copenhagen" },
	{ "EE", "Europe/Tallinn" },    { "ES", "Europe/Madrid" },     { "FI", "Europe/Helsinki" },
	{ "FR", "Europe/Paris" },      { "GB", "Europe/London" },     { "GR", "Europe/Athens" },
	{ "HR", "Europe/Zagreb" },     { "HU", "Europe/Budapest" },   { "IE", "Europe/Dublin" },
	{ "IN", "Asia/Kolkata" },      { "IT", "Europe/Rome" },       { "JP", "Asia/Tokyo" },
	{ "LT", "Europe/Vilnius" },    { "LU", "Europe/Luxembourg" }, { "LV", "Europe/Riga" },
	{ "MA", "Africa/Casablanca" }, { "MC", "Europe/Monaco" },     { "MT", "Europe/Malta" },
	{ "NL", "Europe/Amsterdam" },  { "NO", "Europe/Oslo" },       { "NZ", "Pacific/Auckland" },
	{ "PL", "Europe/Warsaw" },     { "PT", "Europe/Lisbon" },     { "RO", "Europe/Bucharest" },
	{ "SE", "Europe/Stockholm" },  { "SG", "Asia/Singapore" },    { "SI", "Europe/Ljubljana" },
	{ "SK", "Europe/Bratislava" }, { "TN", "Africa/Tunis" },      { "TR", "Europe/Istanbul" },
	{ "US", "America/New_York" },
};

const char *country_timezone(const char *country)
{
	for (size_t i = 0; i < sizeof ZONES / sizeof ZONES[0]; i++)
		if (text_equal(ZONES[i].country, country))
			return ZONES[i].timezone;
	return NULL;
}

static const char *or_else(const char *text, const char *fallback)
{
	return text_empty(text) ? fallback : text;
}

static struct err code_check(const char *code)
{
	size_t length = code ? strlen(code) : 0;
	static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	if (length == 0 || length > CREDITOR_CODE_MAX || strspn(code, ALLOWED) != length)
		return ERR(ERR_INVALID, "creditor.code", "code",
			   "a creditor's code is 1 to 16 letters, digits, '-' or '_'");
	return OK;
}

static struct err numbering_check(const struct creditor *creditor)
{
	TRY(field_required("invoice_prefix", creditor->invoice_prefix, PREFIX_BYTES_MAX));
	TRY(field_required("credit_note_prefix", creditor->credit_note_prefix, PREFIX_BYTES_MAX));
	if (text_equal(creditor->invoice_prefix, creditor->credit_note_prefix))
		return ERR(ERR_INVALID, "creditor.prefix", "credit_note_prefix",
			   "invoices and credit notes need prefixes of their own");
	if (creditor->number_width < NUMBER_WIDTH_MIN || creditor->number_width > NUMBER_WIDTH_MAX)
		return ERR(ERR_INVALID, "creditor.number_width", "number_width", "a number has 3 to 12 digits");
	return OK;
}

static struct err contact_data_check(const struct creditor *creditor)
{
	TRY(field_iban("iban", creditor->iban));
	TRY(field_text("bic", creditor->bic, 11));
	TRY(field_text("vat_id", creditor->vat_id, NUMBER_BYTES_MAX));
	TRY(field_email("email", creditor->email));
	TRY(field_text("phone", creditor->phone, NUMBER_BYTES_MAX));
	if (creditor->address_line_count > ADDRESS_LINES_MAX)
		return ERR(ERR_INVALID, "field.too_long", "address_lines", "an address has at most 8 lines");
	for (size_t i = 0; i < creditor->address_line_count; i++)
		TRY(field_text("address_lines", creditor->address_lines[i], NAME_BYTES_MAX));
	return OK;
}

struct err creditor_complete(struct arena *arena, struct creditor *creditor)
{
	struct creditor full = *creditor;

	TRY(code_check(full.code));
	TRY(field_required("name", full.name, NAME_BYTES_MAX));
	full.legal_name = or_else(full.legal_name, full.name);
	TRY(field_text("legal_name", full.legal_name, NAME_BYTES_MAX));
	full.country = or_else(full.country, "FR");
	TRY(field_country("country", full.country));
	full.language = or_else(full.language, text_equal(full.country, "FR") ? "fr" : "en");
	TRY(field_language("language", full.language));
	full.timezone = or_else(full.timezone, or_else(country_timezone(full.country), "UTC"));
	TRY(field_text("timezone", full.timezone, NUMBER_BYTES_MAX));
	full.iban = field_compact(arena, full.iban);
	full.invoice_prefix = or_else(full.invoice_prefix, "INV");
	full.credit_note_prefix = or_else(full.credit_note_prefix, "CN");
	full.number_width = full.number_width ? full.number_width : NUMBER_WIDTH_DEFAULT;
	TRY(numbering_check(&full));
	TRY(contact_data_check(&full));
	if (!currency_known(full.currency))
		memcpy(full.currency.code, "EUR", sizeof full.currency.code);
	*creditor = full;
	return OK;
}

const char *document_number(struct arena *arena, const char *prefix, int year, int width, long long sequence)
{
	return arena_format(arena, "%s-%04d-%0*lld", prefix, year, width, sequence);
}
