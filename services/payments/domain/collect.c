#include "payments/domain/collect.h"

#include <ctype.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/domain/target.h"

#define SUFFIX_LETTERS 7 /* 20^7: a number has been collected a few times at most */
#define NUMBER_PART_MAX (MANDATE_REFERENCE_BYTES_MAX - 1 - SUFFIX_LETTERS)

struct err collect_date(struct date asked, struct date today, int lead_days, struct date *collect_on)
{
	struct date soonest = target_add(today, lead_days);

	if (date_days_between(today, asked) > COLLECT_AHEAD_DAYS_MAX)
		return ERR(ERR_INVALID, "debit.too_early", "collect_on",
			   "banks take a collection at most 14 days before its date");
	*collect_on = target_on_or_after(date_compare(asked, soonest) > 0 ? asked : soonest);
	return OK;
}

static struct err judge_history(const struct due_item *item, struct date collect_on)
{
	if (item->attempts == 0)
		return OK;
	switch (item->last_state) {
	case COLLECTION_ORDERED:
	case COLLECTION_ACCEPTED:
		return ERR(ERR_CONFLICT, "item.being_collected", NULL, "a collection of it is on its way");
	case COLLECTION_REJECTED:
	case COLLECTION_RETURNED:
		if (!date_known(item->retry_on))
			return ERR(ERR_CONFLICT, "item.came_back", NULL,
				   "its collection came back; a person decides whether to try again");
		if (date_compare(item->retry_on, collect_on) > 0)
			return ERR(ERR_CONFLICT, "item.retry_later", NULL,
				   "its collection came back; it is tried again later");
		return OK;
	default:
		return OK;
	}
}

struct err collect_judge(const struct due_item *item, struct date collect_on, int notice_days)
{
	if (!item->mandate)
		return ERR(ERR_CONFLICT, "mandate.unknown", NULL, "the item names a mandate that is not there");
	if (item->disputed)
		return ERR(ERR_CONFLICT, "item.disputed", NULL, "the item is disputed");
	if (strcmp(item->currency.code, "EUR") != 0)
		return ERR(ERR_CONFLICT, "item.currency", NULL, "SEPA direct debits are in euro");
	if (item->open_minor > COLLECT_MINOR_MAX)
		return ERR(ERR_CONFLICT, "item.amount", NULL, "larger than the scheme allows");
	TRY(judge_history(item, collect_on));
	TRY(mandate_collectable(item->mandate, collect_on));
	if (date_days_between(item->issued_on, collect_on) < notice_days)
		return ERR(ERR_CONFLICT, "item.notice", NULL, "the invoice has not announced it early enough");
	return OK;
}

static void plan_item(struct arena *arena, const struct due_item *item, struct collect_plan *plan)
{
	struct planned *planned = ARENA_PUSH(arena, plan->collections, plan->count);

	planned->item = item;
	planned->sequence_type = mandate_sequence_type(item->mandate);
	planned->attempt = item->attempts + 1;
	struct err err = mandate_collected(item->mandate, plan->collect_on);

	CHECK(err_ok(err));
}

void collect_plan_make(struct arena *arena, const struct due_item *items, size_t count, struct date collect_on,
		       int notice_days, struct collect_plan *plan)
{
	*plan = (struct collect_plan){ .collect_on = collect_on };
	for (size_t i = 0; i < count && plan->count < RUN_COLLECTIONS_MAX; i++) {
		struct err why = collect_judge(&items[i], collect_on, notice_days);

		if (err_ok(why))
			plan_item(arena, &items[i], plan);
		else
			*ARENA_PUSH(arena, plan->skipped, plan->skipped_count) = (struct skipped){ &items[i], why };
	}
}

const char *end_to_end_make(const char *number, struct id id, char text[static END_TO_END_BYTES])
{
	static const char LETTERS[] = "BCDFGHJKLMNPQRSTVWXZ"; /* no vowels, no words */
	size_t length = 0;

	for (const char *at = number; *at && length < NUMBER_PART_MAX; at++)
		if (isalnum((unsigned char)*at))
			text[length++] = *at;
		else if (length > 0 && text[length - 1] != '-')
			text[length++] = '-';
	if (length == 0 || text[length - 1] != '-')
		text[length++] = '-';
	/* The random part of the id. */
	for (size_t i = 0; i < SUFFIX_LETTERS; i++)
		text[length++] = LETTERS[id.bytes[sizeof id.bytes - 1 - i] % (sizeof LETTERS - 1)];
	text[length] = '\0';
	return text;
}
