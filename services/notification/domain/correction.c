#include "notification/domain/correction.h"

#include "common/base/text.h"

bool correction_voids(const struct policy *policy, const struct policy_step *step, const char *country,
		      const struct corrected_item *items, size_t count, struct date sent_on)
{
	for (size_t i = 0; i < count; i++) {
		struct date day = policy_step_day(policy, step, country, items[i].base);

		if (!date_known(items[i].paid_on) && date_compare(day, sent_on) <= 0)
			return false;
	}
	return true;
}

const struct policy_step *correction_rung(const struct policy *policy, const char *const *names, size_t count)
{
	for (size_t i = policy->step_count; i > 0; i--) {
		const struct policy_step *step = &policy->steps[i - 1];

		for (size_t n = 0; n < count && !policy_step_is_note(step); n++) {
			if (text_equal(names[n], step->name))
				return step;
		}
	}
	return NULL;
}
