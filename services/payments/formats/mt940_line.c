/* Field 61 of an MT940: one entry. Source: SWIFT User Handbook, category 9. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "payments/formats/mt940.h"
#include "payments/formats/text_amount.h"

/* Entry dates have no year: the one that is nearest to the value date. */
static struct date entry_date(const char *text, struct date value)
{
	int year, month, day;
	struct date best = DATE_NONE;

	date_parts(value, &year, &month, &day);
	for (int candidate = year - 1; candidate <= year + 1; candidate++) {
		char whole[8];
		struct date date;

		snprintf(whole, sizeof whole, "%02u%.4s", (unsigned)candidate % 100U, text);
		if (err_ok(text_date6(whole, &date)) &&
		    (!date_known(best) || abs(date_days_between(value, date)) < abs(date_days_between(value, best))))
			best = date;
	}
	return best;
}

static struct err line_malformed(void)
{
	return ERR(ERR_INVALID, "statement.malformed", NULL,
		   "field 61 is not: date, entry date, mark, amount, type, reference");
}

/* "C", "D", "RC" (a credit taken back), "RD", and "EC", "ED" for what is expected; a letter of the currency may follow.
 */
static struct err mark_take(const char **at, struct statement_entry *entry, bool *credit)
{
	entry->reversal = **at == 'R';
	entry->status = **at == 'E' ? ENTRY_PENDING : ENTRY_BOOKED;
	*at += **at == 'R' || **at == 'E';
	if (**at != 'C' && **at != 'D')
		return line_malformed();
	*credit = (**at == 'C') != entry->reversal;
	(*at)++;
	*at += isalpha((unsigned char)**at) != 0;
	*at += strspn(*at, " ");
	return OK;
}

/* "NTRF": N, S or F and three letters or digits; some banks leave out some. */
static size_t type_length(const char *text)
{
	size_t length = 0;

	while (length < 4 && isalnum((unsigned char)text[length]))
		length++;
	return length;
}

/* What stands for a reference that is missing, or is given in field 86. */
static bool ref_elsewhere(const char *ref)
{
	static const char *const WORDS[] = { "NONREF", "NOTPROVIDED", "EREF", "EREF+", "KREF", "KREF+" };

	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (text_equal(ref, WORDS[i]))
			return true;
	return false;
}

/* "NTRFcustomer's//bank's", and the second line's words, or the bank's reference where the first had no room. */
static void references_take(struct arena *arena, const char *text, const char *more, struct statement_entry *entry)
{
	text += strspn(text, " ");
	size_t type = type_length(text);
	const char *own = text + type, *bank = strstr(own, "//");
	bool below = !bank && text_starts(more, "//");
	const char *ref = text_trim(arena, arena_copy_n(arena, own, bank ? (size_t)(bank - own) : strlen(own)));

	entry->info.transaction_code = type > 0 ? arena_copy_n(arena, text, type) : NULL;
	if (ref[0] && !ref_elsewhere(ref))
		entry->entry_ref = ref;
	ref = bank || below ? text_trim(arena, (below ? more : bank) + 2) : "";
	if (ref[0] && !text_equal(ref, "NONREF"))
		entry->info.bank_ref = ref;
	ref = text_trim(arena, more);
	if (ref[0] && !below)
		entry->info.info = ref;
}

static struct err line_read(struct arena *arena, const char *text, const char *more, struct statement_entry *entry)
{
	const char *at = text;
	bool credit = false;

	TRY(text_date6(at, &entry->value_date));
	at += 6;
	if (text_digits(at) >= 4) {
		entry->booking_date = entry_date(at, entry->value_date);
		at += 4;
	}
	at += strspn(at, " ");
	TRY(mark_take(&at, entry, &credit));
	size_t digits = strspn(at, "0123456789,.");

	TRY(text_amount(at, digits, entry->currency, &entry->amount_minor));
	if (!credit)
		entry->amount_minor = -entry->amount_minor;
	references_take(arena, at + digits, more, entry);
	return OK;
}

/* Some banks break the line where they please: then it is read together with the next. */
struct err mt940_line_read(struct arena *arena, const char *const *lines, size_t count, struct statement_entry *entry)
{
	const struct statement_entry before = *entry;
	const char *more = count > 1 ? lines[1] : "";
	struct err err = line_read(arena, count > 0 ? lines[0] : "", more, entry);

	if (err_ok(err) || count < 2)
		return err;
	*entry = before;
	return line_read(arena, arena_format(arena, "%s%s", lines[0], more), more, entry);
}
