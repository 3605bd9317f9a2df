/* Returned payments in the German structure of field 86: what camt says by a reason code, MT940 says by the supplement
 * to the text key (?34), and the cooperative banks in words besides.
 *
 * Source: DFUe agreement of the German banks, annex 3 "Spezifikation der Datenformate", chapter 8.2 (GVC 108 and 109:
 * SEPA direct debits charged back, 159: a transfer that comes back, 181 and 184: a direct debit that is credited
 * again; ?34: the reason). The numbers as banks print them: 901, 903, 912 and 914 seen beside their ISO 20022 code or
 * its words in statements of banks; 916 and 930, of which one list alone tells, are left to a person. */
#include <ctype.h>
#include <string.h>

#include "common/base/text.h"
#include "payments/formats/mt940.h"

#define REASON_BYTES 4

static const char *const RETURNS[] = { "108", "109", "159", "181", "184" };

static const struct {
	const char *supplement, *reason;
} REASONS[] = {
	{ "901", "AC01" }, /* the account number is wrong */
	{ "902", "AC04" }, /* closed */
	{ "903", "AC06" }, /* blocked */
	{ "904", "AG01" }, /* may not be debited */
	{ "905", "AG02" }, /* operation code or format */
	{ "906", "AM04" }, /* no cover */
	{ "907", "AM05" }, /* a duplicate */
	{ "908", "BE04" }, /* the creditor's address */
	{ "909", "MD01" }, /* no valid mandate */
	{ "910", "MD02" }, /* data of the mandate */
	{ "911", "BE05" }, /* the creditor identifier */
	{ "912", "MD06" }, /* the debtor objects */
	{ "913", "MD07" }, /* has died */
	{ "914", "MS03" }, /* other reasons */
	{ "915", "RC01" }, /* the bank's identification */
	{ "917", "RR04" }, /* regulation */
	{ "931", "FF05" }, /* type of direct debit */
};

static bool is_return(const char *business)
{
	for (size_t i = 0; i < sizeof RETURNS / sizeof RETURNS[0]; i++)
		if (strcmp(business, RETURNS[i]) == 0)
			return true;
	return false;
}

/* "… Rueckgabegrund: MD06 Lastschriftwiderspruch …", with or without the umlaut. */
static const char *reason_in_words(struct arena *arena, const char *words)
{
	static const char MARK[] = "gabegrund:";
	const char *found = words ? strstr(words, MARK) : NULL;

	if (!found)
		return NULL;
	found += strlen(MARK);
	found += strspn(found, " ");
	for (size_t i = 0; i < REASON_BYTES; i++)
		if (!isupper((unsigned char)found[i]) && (i < 2 || !isdigit((unsigned char)found[i])))
			return NULL;
	return arena_copy_n(arena, found, REASON_BYTES);
}

const char *mt940_return_reason(struct arena *arena, const char *business, const char *supplement, const char *words)
{
	const char *reason = is_return(business) ? reason_in_words(arena, words) : NULL;

	if (reason || !is_return(business) || !supplement)
		return reason;
	for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
		if (strcmp(supplement, REASONS[i].supplement) == 0)
			return REASONS[i].reason;
	return supplement[0] == '9' ? supplement : NULL;
}
