#include "common/base/text.h"
#include "payments/domain/match_steps.h"

static bool fits(const struct match *match, const struct settlement *settlement)
{
	return !settlement->returned && settlement->amount_minor == -match->payment->amount_minor &&
	       currency_equal(settlement->currency, match->payment->currency);
}

/* The newest payment that settled one of the items named. */
static struct settlement *by_items(struct match *match, const struct remittance *remittance)
{
	for (int i = 0; i < remittance->reading_count; i++) {
		match->reading = &remittance->readings[i];
		named_collect(match->arena, match->items, match->payment, match->reading, match->named);
		for (size_t k = 0; k < match->named->count; k++)
			for (struct settled_item *at = match->named->items[k]->settled_by; at; at = at->next_of_item)
				if (fits(match, at->settlement))
					return at->settlement;
	}
	return NULL;
}

/* The only one under a key that fits: with several, which was returned? */
static struct settlement *by_key(const struct match *match, const struct key_map *map, const char *key)
{
	const struct key_node *node = text_empty(key) ? NULL : key_map_find(map, key);
	struct settlement *only = NULL;

	for (; node; node = key_map_next(node)) {
		if (!fits(match, node->value))
			continue;
		if (only)
			return NULL;
		only = node->value;
	}
	return only;
}

bool match_return(struct match *match, const struct remittance *remittance)
{
	struct settlement *original = by_key(match, &match->items->settlements, match->payment->end_to_end_id);

	if (!original)
		original = by_items(match, remittance);
	if (!original)
		original = by_key(match, &match->items->mandate_settlements, match->payment->mandate);
	if (!original)
		return false;
	match->decision.original = original;
	return match_done(match, PAYMENT_RETURN, RULE_RETURN);
}
