#include "notification/domain/position.h"

#include "common/base/text.h"

static const char *const pause_names[PAUSE_COUNT] = { NULL, "held", "promised", "in_plan", "replied", "bounced" };

const char *position_pause_name(enum position_pause pause)
{
	return pause > PAUSE_NONE && pause < PAUSE_COUNT ? pause_names[pause] : NULL;
}

enum position_pause position_pause_find(const char *name)
{
	for (int pause = 1; pause < PAUSE_COUNT; pause++) {
		if (text_equal(pause_names[pause], name))
			return (enum position_pause)pause;
	}
	return PAUSE_NONE;
}

struct date position_item_base(const struct position_item *item)
{
	struct date base = date_compare(item->issued_on, item->due_on) > 0 ? item->issued_on : item->due_on;

	return date_known(item->delivered_on) && date_compare(item->delivered_on, base) > 0 ? item->delivered_on : base;
}

static bool overdue(const struct position_item *item, struct date today)
{
	return item->open_minor > 0 && date_compare(position_item_base(item), today) < 0;
}

int64_t position_item_asked(const struct position_item *item)
{
	int64_t asked_minor = item->disputed ? 0 : item->open_minor - item->disputed_minor;

	return asked_minor > 0 ? asked_minor : 0;
}

bool position_item_paused(const struct position_item *item, struct date today)
{
	return item->pause != PAUSE_NONE &&
	       (!date_known(item->paused_until) || date_compare(today, item->paused_until) <= 0);
}

bool position_item_owed(const struct position_item *item, struct date today)
{
	return overdue(item, today) && position_item_asked(item) > 0;
}

bool position_item_chased(const struct position_item *item, struct date today)
{
	return position_item_owed(item, today) && !position_item_paused(item, today);
}

static void add_paused(struct position_sum *sum, const struct position_item *item)
{
	if (sum->paused++ == 0)
		sum->pause = item->pause;
	sum->paused_minor += position_item_asked(item);
	if (!date_known(item->paused_until))
		return;

	struct date ends = date_add_days(item->paused_until, 1);

	if (!date_known(sum->pause_ends) || date_compare(ends, sum->pause_ends) < 0)
		sum->pause_ends = ends;
}

static void add_chased(struct position_sum *sum, const struct position_item *item)
{
	sum->overdue_minor += position_item_asked(item);
	sum->overdue++;
	if (!sum->anchor || date_compare(position_item_base(item), position_item_base(sum->anchor)) < 0)
		sum->anchor = item;
}

struct position_sum position_sum(const struct position *position, struct date today)
{
	struct position_sum sum = { .pause_ends = DATE_NONE };
	int64_t undisputed = 0;

	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		sum.open_minor += item->open_minor;
		undisputed += position_item_asked(item);
		if (overdue(item, today))
			sum.disputed_overdue_minor += item->open_minor - position_item_asked(item);
		if (!position_item_owed(item, today))
			continue;
		sum.dunned_overdue += item->dunned;
		if (position_item_paused(item, today))
			add_paused(&sum, item);
		else
			add_chased(&sum, item);
	}
	sum.net_minor = undisputed - position->unapplied_minor;
	sum.net_due_minor = sum.overdue_minor - position->unapplied_minor;
	return sum;
}
