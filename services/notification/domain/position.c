#include "notification/domain/position.h"

struct date position_item_base(const struct position_item *item)
{
	return date_compare(item->issued_on, item->due_on) > 0 ? item->issued_on : item->due_on;
}

static bool overdue(const struct position_item *item, struct date today)
{
	return item->open_minor > 0 && date_compare(position_item_base(item), today) < 0;
}

bool position_item_chased(const struct position_item *item, struct date today)
{
	return overdue(item, today) && !item->disputed;
}

struct position_sum position_sum(const struct position *position, struct date today)
{
	struct position_sum sum = { 0 };
	int64_t undisputed = 0;

	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		sum.open_minor += item->open_minor;
		undisputed += item->disputed ? 0 : item->open_minor;
		if (!overdue(item, today))
			continue;
		if (item->disputed) {
			sum.disputed_overdue_minor += item->open_minor;
			continue;
		}
		sum.overdue_minor += item->open_minor;
		sum.overdue++;
		sum.dunned_overdue += item->dunned;
		if (!sum.anchor || date_compare(position_item_base(item), position_item_base(sum.anchor)) < 0)
			sum.anchor = item;
	}
	sum.net_minor = undisputed - position->unapplied_minor;
	sum.net_due_minor = sum.overdue_minor - position->unapplied_minor;
	return sum;
}
