#include "notification/domain/policy.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "notification/domain/position.h"

int64_t policy_amount_minor(const struct policy_amounts *amounts, struct currency currency)
{
	for (size_t i = 0; i < amounts->count; i++) {
		if (currency_equal(amounts->items[i].currency, currency))
			return amounts->items[i].minor;
	}
	return 0;
}

static bool owes_more_than_fees(const struct position *position)
{
	for (size_t i = 0; i < position->count; i++) {
		if (!position->items[i].fee && position_item_asked(&position->items[i]) > 0)
			return true;
	}
	return false;
}

/* Consumers owe none: charging them for the recovery is an offence in France, and the Directive is for businesses. Nor
 * is there a fee for reminding of a fee. */
int64_t policy_step_fee_minor(const struct policy_step *step, const struct position *position)
{
	if (step->fees.count == 0 || text_equal(position->debtor.segment, "consumer") || !owes_more_than_fees(position))
		return 0;
	return policy_amount_minor(&step->fees, position->currency);
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

bool policy_selector_fits(const struct policy_selector *who, const struct position *position)
{
	const struct position_debtor *debtor = &position->debtor;

	return words_have(&who->risk_classes, debtor->risk_class) &&
	       (words_have(&who->segments, debtor->segment) || words_have(&who->segments, debtor->segment_code)) &&
	       words_have(&who->languages, debtor->language) && words_have(&who->countries, debtor->country) &&
	       words_have(&who->currencies, position->currency.code);
}

int policy_selector_criteria(const struct policy_selector *who)
{
	return (who->risk_classes.count > 0) + (who->segments.count > 0) + (who->languages.count > 0) +
	       (who->countries.count > 0) + (who->currencies.count > 0);
}

static bool words_meet(const struct policy_words *a, const struct policy_words *b)
{
	for (size_t i = 0; i < a->count && b->count > 0; i++) {
		if (words_have(b, a->words[i]))
			return true;
	}
	return a->count == 0 || b->count == 0;
}

static bool legal_segment(const char *word)
{
	return text_equal(word, "business") || text_equal(word, "consumer") || text_equal(word, "public");
}

/* A customer has one legal segment and one of the creditor's own: two names of different kinds fit the same one. */
static bool segments_meet(const struct policy_words *a, const struct policy_words *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			if (legal_segment(a->words[i]) != legal_segment(b->words[k]))
				return true;
		}
	}
	return words_meet(a, b);
}

bool policy_selectors_overlap(const struct policy_selector *a, const struct policy_selector *b)
{
	return words_meet(&a->risk_classes, &b->risk_classes) && segments_meet(&a->segments, &b->segments) &&
	       words_meet(&a->languages, &b->languages) && words_meet(&a->countries, &b->countries) &&
	       words_meet(&a->currencies, &b->currencies);
}

const struct policy *policy_choose(const struct policy_set *set, const struct position *position)
{
	for (size_t i = 0; i < set->count; i++) {
		if (policy_selector_fits(&set->items[i].who, position))
			return &set->items[i];
	}
	CHECK(false && "the last policy of a set is for everybody");
	return NULL;
}

static bool for_everybody(const struct policy *policy)
{
	return policy_selector_criteria(&policy->who) == 0;
}

/* Whether `policy` takes the place of `other`. */
static bool replaces(const struct policy *policy, const struct policy *other)
{
	return text_equal(policy->name, other->name) || (for_everybody(policy) && for_everybody(other));
}

const struct policy *policy_ambiguous(const struct policy_set *set, const struct policy *policy)
{
	int criteria = policy_selector_criteria(&policy->who);

	for (size_t i = 0; i < set->count; i++) {
		const struct policy *other = &set->items[i];

		if (!replaces(policy, other) && policy_selector_criteria(&other->who) == criteria &&
		    policy_selectors_overlap(&other->who, &policy->who))
			return other;
	}
	return NULL;
}

void policy_set_put(struct arena *arena, const struct policy_set *set, const struct policy *policy,
		    struct policy_set *made)
{
	struct policy *items = arena_array(arena, set->count + 1, sizeof *items);
	int criteria = policy_selector_criteria(&policy->who);
	size_t count = 0;
	bool put = false;

	for (size_t i = 0; i < set->count; i++) {
		if (!put && policy_selector_criteria(&set->items[i].who) <= criteria) {
			items[count++] = *policy;
			put = true;
		}
		if (!replaces(policy, &set->items[i]))
			items[count++] = set->items[i];
	}
	if (!put)
		items[count++] = *policy;
	*made = (struct policy_set){ items, count };
}

bool policy_step_applies(const struct policy_step *step, const struct position *position, int64_t amount_minor)
{
	const struct policy_conditions *conditions = &step->conditions;

	return policy_selector_fits(&conditions->who, position) &&
	       amount_minor >= policy_amount_minor(&conditions->minimums, position->currency) &&
	       (!conditions->contact_exists || position->debtor.reachable);
}

enum policy_channel policy_step_channel(const struct policy *policy, const struct policy_step *step,
					const struct position *position)
{
	const struct position_debtor *debtor = &position->debtor;
	bool letter = policy->letter_without_mail && debtor->postal && !debtor->reachable;
	bool by_post = !policy_step_is_note(step) || policy->post_days > 0;

	return step->channel == CHANNEL_MAIL && letter && by_post ? CHANNEL_LETTER : step->channel;
}

static const struct policy_step told_steps[] = {
	{ .name = "correction", .template = "correction", .anchor = ANCHOR_PAID, .channel = CHANNEL_MAIL },
	{ .name = "part_correction", .template = "part_correction", .anchor = ANCHOR_PAID, .channel = CHANNEL_MAIL },
	{ .name = "thanks", .template = "thanks", .anchor = ANCHOR_PAID, .channel = CHANNEL_MAIL, .thanks = true },
};

static const struct policy_step *told_find(const char *name)
{
	for (size_t i = 0; i < sizeof told_steps / sizeof *told_steps; i++) {
		if (text_equal(told_steps[i].name, name))
			return &told_steps[i];
	}
	return NULL;
}

bool policy_tells(const char *step)
{
	return told_find(step) != NULL;
}

const struct policy_step *policy_planned_step(struct arena *arena, const struct policy *policy, const char *name,
					      enum policy_channel channel)
{
	const struct policy_step *step = told_find(name);
	struct policy_step *planned;

	if (!step)
		step = policy_step_find(policy, name);
	if (!step || step->channel == channel)
		return step;
	planned = arena_alloc(arena, sizeof *planned);
	*planned = *step;
	planned->channel = channel;
	return planned;
}

struct date policy_step_day(const struct policy *policy, const struct policy_step *step, const char *country,
			    struct date base)
{
	return step->business ? calendar_add_business_days(policy->calendar, country, base, step->offset_days)
			      : date_add_days(base, step->offset_days);
}

int policy_note_post_days(const struct policy *policy, const struct policy_step *step, const struct position *position)
{
	if (!position->debtor.postal || position->debtor.reachable)
		return 0;
	if (step->anchor == ANCHOR_DUE)
		return policy_step_channel(policy, step, position) == CHANNEL_LETTER ? -policy->post_days : 0;
	return step->anchor == ANCHOR_ISSUED ? policy->post_days : 0;
}

struct date policy_note_day(const struct policy *policy, const struct policy_step *step,
			    const struct position *position, struct date base)
{
	struct date day = policy_step_day(policy, step, position->debtor.country, base);

	return date_add_days(day, policy_note_post_days(policy, step, position));
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

	if (told_find(step->name))
		return ERR(ERR_INVALID, "policy.reserved_name", "name",
			   "correction, part_correction and thanks are no steps of a policy");
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

const char *policy_day_name(unsigned day)
{
	static const char *const names[] = { "monday", "tuesday",  "wednesday", "thursday",
					     "friday", "saturday", "sunday" };

	CHECK(day < sizeof names / sizeof *names);
	return names[day];
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
