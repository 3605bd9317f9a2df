#include "credit/domain/hold.h"

#include "common/base/text.h"

static const char *const ORIGIN_NAMES[HOLD_ORIGIN_COUNT] = {
	[HOLD_BY_PERSON] = "person",
	[HOLD_BY_DUNNING] = "dunning",
};

const char *hold_origin_name(enum hold_origin origin)
{
	return ORIGIN_NAMES[origin];
}

enum hold_origin hold_origin_find(const char *name)
{
	int origin = 0;
	while (origin < HOLD_ORIGIN_COUNT && !text_equal(ORIGIN_NAMES[origin], name))
		origin++;
	return (enum hold_origin)origin;
}

const char *hold_over(const struct hold *hold, struct date today, bool anything_overdue)
{
	if (date_known(hold->expires_on) && date_compare(hold->expires_on, today) < 0)
		return "its last day has passed";
	if (hold->origin == HOLD_BY_DUNNING && !anything_overdue)
		return HOLD_OVER_PAID;
	return NULL;
}

const struct hold *hold_standing(const struct hold *holds, size_t count, struct id customer, struct date today)
{
	for (size_t i = 0; i < count; i++) {
		bool expired = date_known(holds[i].expires_on) && date_compare(holds[i].expires_on, today) < 0;
		if (id_equal(holds[i].customer, customer) && !expired)
			return &holds[i];
	}
	return NULL;
}
