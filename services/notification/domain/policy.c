#include "notification/domain/policy.h"

#include "common/base/text.h"
#include "notification/domain/position.h"

int64_t policy_minimum_minor(const struct policy *policy, struct currency currency)
{
	for (size_t i = 0; i < policy->minimum_count; i++) {
		if (currency_equal(policy->minimums[i].currency, currency))
			return policy->minimums[i].minor;
	}
	return 0;
}

const struct policy_step *policy_step_find(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->step_count; i++) {
		if (text_equal(policy->steps[i].name, name))
			return &policy->steps[i];
	}
	return NULL;
}

static bool words_have(const struct policy_words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++) {
		if (text_equal(words->words[i], word))
			return true;
	}
	return words->count == 0;
}

bool policy_step_applies(const struct policy_step *step, const struct position *position)
{
	const struct policy_conditions *conditions = &step->conditions;
	const struct position_debtor *debtor = &position->debtor;

	return words_have(&conditions->risk_classes, debtor->risk_class) &&
	       words_have(&conditions->segments, debtor->segment) &&
	       words_have(&conditions->languages, debtor->language) &&
	       words_have(&conditions->countries, debtor->country) &&
	       words_have(&conditions->currencies, position->currency.code) &&
	       (!conditions->contact_exists || debtor->reachable);
}

struct date policy_step_day(const struct policy *policy, const struct policy_step *step, const char *country,
			    struct date base)
{
	return step->business ? calendar_add_business_days(policy->calendar, country, base, step->offset_days)
			      : date_add_days(base, step->offset_days);
}

int policy_step_calendar_days(const struct policy_step *step)
{
	return step->business ? step->offset_days + step->offset_days / 5 * 2 : step->offset_days;
}

static struct err check_pair(const struct policy_step *earlier, const struct policy_step *later)
{
	if (text_equal(earlier->name, later->name))
		return ERR(ERR_INVALID, "policy.step_twice", "name", "two steps have the same name");
	if (policy_step_is_note(earlier) || policy_step_is_note(later))
		return OK;
	int gap = policy_step_calendar_days(later) - policy_step_calendar_days(earlier);

	if (gap < 0)
		return ERR(ERR_INVALID, "policy.order", "offset_days", "the ladder goes back in time");
	if (gap == 0 && policy_step_contacts(later) && policy_step_contacts(earlier))
		return ERR(ERR_INVALID, "policy.two_at_once", "offset_days",
			   "two steps would reach the debtor on the same day");
	return OK;
}

static struct err check_step(const struct policy_step *step)
{
	bool words = policy_step_words(step);

	if (words && text_empty(step->template))
		return ERR(ERR_INVALID, "policy.no_template", "template", "a step that writes needs a template");
	if (!words && !text_empty(step->template))
		return ERR(ERR_INVALID, "policy.template_unused", "template", "only steps that write have a template");
	if (step->charges && policy_step_is_note(step))
		return ERR(ERR_INVALID, "policy.charges_before_due", "charges", "nothing is late yet at this step");
	return OK;
}

struct err policy_check(const struct policy *policy, const struct policy_step **at)
{
	bool ladder = false;

	*at = NULL;
	for (size_t i = 0; i < policy->step_count; i++) {
		*at = &policy->steps[i];
		TRY(check_step(&policy->steps[i]));
		ladder = ladder || !policy_step_is_note(&policy->steps[i]);
		for (size_t j = 0; j < i; j++)
			TRY(check_pair(&policy->steps[j], &policy->steps[i]));
	}
	*at = NULL;
	if (!ladder)
		return ERR(ERR_INVALID, "policy.no_ladder", "steps", "no step follows the due date");
	return OK;
}

static const char *const channel_names[CHANNEL_COUNT] = { NULL,   "mail", "task",   "internal_mail",
							  "hold", "file", "letter", "sms" };

const char *policy_channel_name(enum policy_channel channel)
{
	return channel > CHANNEL_NONE && channel < CHANNEL_COUNT ? channel_names[channel] : NULL;
}

enum policy_channel policy_channel_find(const char *name)
{
	for (int channel = 1; channel < CHANNEL_COUNT; channel++) {
		if (text_equal(channel_names[channel], name))
			return (enum policy_channel)channel;
	}
	return CHANNEL_NONE;
}
