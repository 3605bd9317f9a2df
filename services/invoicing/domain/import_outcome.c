#include "invoicing/domain/import_outcome.h"

void import_outcome_add_open(struct arena *arena, struct import_outcome *outcome, struct currency currency,
			     int64_t minor)
{
	for (size_t i = 0; i < outcome->open_count; i++)
		if (currency_equal(outcome->open[i].currency, currency)) {
			outcome->open[i].minor += minor;
			return;
		}
	*ARENA_PUSH(arena, outcome->open, outcome->open_count) = (struct currency_amount){ currency, minor };
}

static void note_add(struct arena *arena, struct row_notes *notes, const struct row_note *note)
{
	if (notes->count < IMPORT_ROW_NOTES_MAX)
		*ARENA_PUSH(arena, notes->items, notes->count) = *note;
}

static const char *withheld_reason(struct arena *arena, const struct open_item *given, const struct item_day *day,
				   const struct item_news *news)
{
	char text[MONEY_TEXT_BYTES], until[DATE_TEXT_BYTES];
	const char *what = arena_format(arena, "%s %s of %s not booked yet",
					money_format(news->withheld_minor, given->currency, text), given->currency.code,
					given->invoice_number);

	if (news->statements_missing)
		return arena_format(arena,
				    "%s: the bank statements here reach to %s, and the next may bring this payment",
				    what, date_format(day->banked_until, until));
	return arena_format(arena, "%s: so much cash of the customer lies unapplied here, and may be this payment",
			    what);
}

void import_outcome_add_news(struct arena *arena, struct import_outcome *outcome, const struct open_item *given,
			     const struct item_day *day, const struct item_news *news)
{
	bool missing = given->line > MISSING_LINE;

	outcome->updated += news->count > 0;
	outcome->unchanged += news->count == 0 && !missing;
	for (size_t i = 0; i < news->count; i++)
		outcome->changes[news->changes[i].field]++;
	if (news->withheld_minor > 0)
		note_add(arena, &outcome->withheld,
			 &(struct row_note){ .line = missing ? 0 : given->line,
					     .column = item_field_name(ITEM_PAID_AMOUNT),
					     .reason = withheld_reason(arena, given, day, news) });
}

struct err import_missing_check(struct arena *arena, int64_t missing, int64_t open)
{
	if (missing <= MISSING_ITEMS_MIN || missing * 100 <= open * MISSING_PERCENT_MAX)
		return OK;
	return err_format(arena, ERR_CONFLICT, "import.not_complete", "complete",
			  "the file lacks %lld of %lld open items: it cannot be complete", (long long)missing,
			  (long long)open);
}

void import_outcome_add(struct arena *arena, struct import_outcome *outcome, const struct import_outcome *part)
{
	outcome->imported += part->imported;
	outcome->updated += part->updated;
	outcome->unchanged += part->unchanged;
	outcome->missing += part->missing;
	for (int field = 0; field < ITEM_FIELD_COUNT; field++)
		outcome->changes[field] += part->changes[field];
	for (size_t i = 0; i < part->withheld.count; i++)
		note_add(arena, &outcome->withheld, &part->withheld.items[i]);
	for (size_t i = 0; i < part->open_count; i++)
		import_outcome_add_open(arena, outcome, part->open[i].currency, part->open[i].minor);
}
