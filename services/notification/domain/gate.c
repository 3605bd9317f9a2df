#include "notification/domain/gate.h"

#include "common/base/check.h"
#include "common/base/text.h"

static struct gate_outcome spare(const char *reason)
{
	return (struct gate_outcome){ .verdict = GATE_SPARE, .reason = reason };
}

static bool listed_any_open(const struct position *position)
{
	for (size_t i = 0; i < position->count; i++) {
		if (position->items[i].listed)
			return true;
	}
	return false;
}

static bool feed_is_stale(const struct gate_facts *facts)
{
	int max_days = facts->policy->bank_feed_max_age_days;

	return max_days > 0 && date_known(facts->position->feed_on) &&
	       date_days_between(facts->position->feed_on, facts->today) > max_days;
}

bool gate_delivery_proved(const struct position *position, struct date today)
{
	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		if (position_item_chased(item, today) && !item->fee && !date_known(item->delivered_on))
			return false;
	}
	return true;
}

/* What a note was planned for and may still speak of. */
static bool note_lists(const struct position_item *item, struct date today)
{
	return item->listed && position_item_asked(item) > 0 && !position_item_paused(item, today);
}

/* Why a note has nothing to speak of any more. */
static const char *note_missing(const struct position *position, struct date today)
{
	const char *reason = "paid";

	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		if (item->listed)
			reason = position_item_paused(item, today) ? position_pause_name(item->pause) : "disputed";
	}
	return reason;
}

static struct gate_outcome later(const char *reason, struct date until)
{
	return (struct gate_outcome){ .verdict = GATE_LATER, .reason = reason, .until = until };
}

static struct gate_outcome send(struct arena *arena, const struct gate_facts *facts, bool note, int64_t amount_minor)
{
	const struct position *position = facts->position;
	struct gate_outcome outcome = { .verdict = GATE_SEND, .amount_minor = amount_minor };

	outcome.items = arena_array(arena, position->count + 1, sizeof *outcome.items);
	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		if (note ? note_lists(item, facts->today) : position_item_chased(item, facts->today))
			outcome.items[outcome.item_count++] = i;
	}
	CHECK(outcome.item_count > 0 && amount_minor > 0); /* nobody is asked for nothing */
	return outcome;
}

static struct gate_outcome check_note(struct arena *arena, const struct gate_facts *facts)
{
	const struct position *position = facts->position;
	int64_t listed_minor = 0;
	bool late = true;

	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];

		if (!note_lists(item, facts->today))
			continue;
		listed_minor += position_item_asked(item);
		late = late && date_compare(item->due_on, facts->today) < 0;
	}
	if (listed_minor == 0)
		return spare(note_missing(position, facts->today));
	if (position_sum(position, facts->today).net_minor <= 0)
		return spare("covered_by_unapplied_cash");
	if (late) /* a note after the due date would contradict the first notice */
		return spare("nothing_due");
	return send(arena, facts, true, listed_minor);
}

static struct gate_outcome check_rung(struct arena *arena, const struct gate_facts *facts)
{
	const struct position *position = facts->position;
	struct position_sum sum = position_sum(position, facts->today);

	if (facts->case_closed)
		return spare(facts->case_closed);
	if (sum.paused > 0 && sum.net_due_minor <= 0 && sum.net_due_minor + sum.paused_minor > 0)
		return later(position_pause_name(sum.pause),
			     date_known(sum.pause_ends) ? sum.pause_ends : date_add_days(facts->today, 1));
	if (sum.overdue == 0)
		return spare(sum.disputed_overdue_minor > 0 ? "disputed"
			     : !listed_any_open(position)   ? "paid"
							    : "nothing_due");
	if (sum.net_due_minor <= 0)
		return spare("covered_by_unapplied_cash");
	if (sum.net_due_minor < policy_amount_minor(&facts->policy->minimums, position->currency))
		return spare("below_minimum");
	if (facts->climbed && sum.dunned_overdue == 0)
		return spare("paid"); /* what was chased is paid; the rest starts at the first notice */

	struct date threshold =
		policy_step_day(facts->policy, facts->step, position->debtor.country, position_item_base(sum.anchor));

	if (date_compare(threshold, facts->today) > 0)
		return later("not_yet_due", threshold);
	if (facts->step->conditions.delivery_proof && !gate_delivery_proved(position, facts->today))
		return later("no_delivery_proof", date_add_days(facts->today, 1));
	if (feed_is_stale(facts))
		return later("bank_feed_stale", date_add_days(facts->today, 1));
	return send(arena, facts, false, sum.net_due_minor);
}

/* What a step that tells of payments lists is still paid. A correction waits for no cap: whoever was reminded in error
 * hears of it at once. */
static struct gate_outcome check_told(struct arena *arena, const struct gate_facts *facts)
{
	const struct position *position = facts->position;
	struct gate_outcome outcome = { .verdict = GATE_SEND, .item_count = position->count };

	if (position->count == 0)
		return spare("payment_returned");
	outcome.items = arena_array(arena, position->count, sizeof *outcome.items);
	for (size_t i = 0; i < position->count; i++) {
		outcome.items[i] = i;
		outcome.amount_minor += position->items[i].open_minor;
	}
	return outcome;
}

bool gate_contact_allowed(const struct policy *policy, const struct position *position, struct date today)
{
	int week = 0;

	for (size_t i = 0; i < position->contact_count; i++) {
		int days_ago = date_days_between(position->contacts[i], today);

		if (days_ago <= 0)
			return false;
		week += days_ago < 7;
	}
	return !position->contact_under_way && (policy->contacts_per_week == 0 || week < policy->contacts_per_week);
}

struct gate_outcome gate_check(struct arena *arena, const struct gate_facts *facts)
{
	bool told = policy_step_tells(facts->step), at_once = told && !facts->step->thanks;
	struct gate_outcome outcome = told                               ? check_told(arena, facts)
				      : policy_step_is_note(facts->step) ? check_note(arena, facts)
									 : check_rung(arena, facts);
	struct date open = dunning_sending_day(facts->policy, facts->position->debtor.country, facts->today);

	if (outcome.verdict == GATE_SEND && policy_step_contacts(facts->step) && date_compare(open, facts->today) > 0)
		return later("no_sending_day", open); /* what was queued on Friday does not leave on Sunday */
	if (outcome.verdict == GATE_SEND && !at_once && policy_step_contacts(facts->step) &&
	    !gate_contact_allowed(facts->policy, facts->position, facts->today))
		return later("contact_cap", date_add_days(facts->today, 1));
	if (outcome.verdict == GATE_SEND && policy_step_words(facts->step) && text_empty(facts->recipient)) {
		outcome.verdict = GATE_REFUSE;
		outcome.reason = "no_contact";
	}
	return outcome;
}
