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

static const char *withheld_reason(struct arena *arena, const struct known_item *known, const struct item_day *day,
				   const struct item_news *news)
{
	char text[MONEY_TEXT_BYTES], until[DATE_TEXT_BYTES];

	money_format(news->withheld_minor, known->currency, text);
	if (news->statements_missing)
		return arena_format(arena,
				    "%s %s not booked yet: the bank statements here reach to %s, and the next may "
				    "bring this payment",
				    text, known->currency.code, date_format(day->banked_until, until));
	return arena_format(arena,
			    "%s %s not booked yet: so much cash of the customer lies unapplied here, and may be this "
			    "payment",
			    text, known->currency.code);
}

void import_outcome_add_news(struct arena *arena, struct import_outcome *outcome, int line,
			     const struct known_item *known, const struct item_day *day, const struct item_news *news)
{
	outcome->updated += news->count > 0;
	outcome->unchanged += news->count == 0;
	for (size_t i = 0; i < news->count; i++)
		outcome->changes[news->changes[i].field]++;
	if (news->withheld_minor > 0)
		note_add(arena, &outcome->withheld,
			 &(struct row_note){ .line = line,
					     .column = item_field_name(ITEM_PAID_AMOUNT),
					     .reason = withheld_reason(arena, known, day, news) });
}

void import_outcome_add(struct arena *arena, struct import_outcome *outcome, const struct import_outcome *part)
{
	outcome->imported += part->imported;
	outcome->updated += part->updated;
	outcome->unchanged += part->unchanged;
	for (int field = 0; field < ITEM_FIELD_COUNT; field++)
		outcome->changes[field] += part->changes[field];
	for (size_t i = 0; i < part->withheld.count; i++)
		note_add(arena, &outcome->withheld, &part->withheld.items[i]);
	for (size_t i = 0; i < part->open_count; i++)
		import_outcome_add_open(arena, outcome, part->open[i].currency, part->open[i].minor);
}
