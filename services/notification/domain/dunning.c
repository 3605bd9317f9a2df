#include "notification/domain/dunning.h"

#include "common/base/check.h"
#include "common/base/text.h"

#define SENDING_DAYS_AHEAD 21 /* a policy of one weekday meets a holiday twice in a row at most */

static struct date later_of(struct date a, struct date b)
{
	return date_compare(a, b) > 0 ? a : b;
}

/* Of the known ones. */
static struct date earlier_of(struct date a, struct date b)
{
	if (!date_known(a) || !date_known(b))
		return date_known(a) ? a : b;
	return date_compare(a, b) < 0 ? a : b;
}

struct date dunning_sending_day(const struct policy *policy, const char *country, struct date on)
{
	for (int i = 0; i < SENDING_DAYS_AHEAD; i++) {
		struct date day = date_add_days(on, i);
		bool closed = policy->skip_holidays && calendar_holiday(policy->calendar, country, day);

		if ((policy->sending_days & (1U << (date_weekday(day) - 1))) && !closed)
			return day;
	}
	return on;
}

static bool sends_on(const struct policy *policy, const char *country, struct date day)
{
	return date_compare(dunning_sending_day(policy, country, day), day) == 0;
}

static bool sends_everywhere_on(const struct policy *policy, struct date day)
{
	bool sends = sends_on(policy, NULL, day);

	for (size_t i = 0; sends && policy->calendar && i < policy->calendar->count; i++)
		sends = sends_on(policy, policy->calendar->countries[i].code, day);
	return sends;
}

int dunning_closed_days(const struct policy *policy, struct date today)
{
	int days = 0;

	while (days < SENDING_DAYS_AHEAD && !sends_everywhere_on(policy, date_add_days(today, days + 1)))
		days++;
	return days;
}

/* ------------------------------------------------------------------ the ladder */

/* The rung after the case's last; where the policy no longer has that one, the first with a greater offset. */
static const struct policy_step *next_rung(const struct policy *policy, const struct position *position,
					   const struct dunning_case *dunning_case, int64_t amount_minor)
{
	bool passed = dunning_case->last_step == NULL; /* the last rung lies behind */
	const struct policy_step *by_offset = NULL;

	for (size_t i = 0; i < policy->step_count; i++) {
		const struct policy_step *step = &policy->steps[i];

		if (policy_step_is_note(step))
			continue;
		if (passed && policy_step_applies(step, position, amount_minor))
			return step;
		if (text_equal(step->name, dunning_case->last_step))
			passed = true;
		else if (!by_offset && policy_step_calendar_days(step) > dunning_case->last_offset_days &&
			 policy_step_applies(step, position, amount_minor))
			by_offset = step;
	}
	return passed ? NULL : by_offset;
}

/* Days that must lie between the case's last rung and this one. */
static int distance_days(const struct policy_step *step, const struct dunning_case *dunning_case)
{
	int days = policy_step_calendar_days(step) - dunning_case->last_offset_days;

	return days > 0 ? days : 0;
}

/* Only what the customer should have got holds the ladder: a sales representative without an address does not. */
static bool holds_when_failed(const struct policy *policy, const char *name)
{
	const struct policy_step *step = policy_step_find(policy, name);

	return !step || step->channel == CHANNEL_MAIL || step->channel == CHANNEL_LETTER;
}

static bool must_wait_for_last(const struct policy *policy, const struct policy_step *step,
			       const struct dunning_case *dunning_case)
{
	if (!dunning_case->last_step)
		return false;
	if (dunning_case->last_state == REMINDER_FAILED || dunning_case->last_state == REMINDER_DEAD)
		return holds_when_failed(policy, dunning_case->last_step);
	return !reminder_terminal(dunning_case->last_state) && distance_days(step, dunning_case) > 0;
}

static const char *close_reason(const struct position *position, const struct position_sum *sum,
				const struct dunning_case *dunning_case)
{
	if (dunning_case->last_state == REMINDER_SPARED)
		return "reminder_spared";
	if (sum->overdue + sum->paused > 0 && position->unapplied_minor >= sum->overdue_minor + sum->paused_minor)
		return "covered_by_unapplied_cash";
	return sum->overdue + sum->paused == 0 && sum->disputed_overdue_minor > 0 ? "disputed" : "paid";
}

/* What is paused is owed all the same: it keeps the case, and its rung, for the day on which the pause ends. */
static bool case_is_over(const struct position_sum *sum, const struct dunning_case *dunning_case)
{
	if (sum->net_due_minor + sum->paused_minor <= 0 || dunning_case->last_state == REMINDER_SPARED)
		return true;
	return dunning_case->last_step && sum->dunned_overdue == 0;
}

/* On the first sending day from its own, or the day after: there the rung before it had waited for a sending day. */
static bool last_was_in_time(const struct policy *policy, const struct position *position,
			     const struct position_sum *sum, const struct dunning_case *dunning_case)
{
	const char *country = position->debtor.country;
	const struct policy_step *last = policy_step_find(policy, dunning_case->last_step);

	if (!last)
		return false;

	struct date own = policy_step_day(policy, last, country, position_item_base(sum->anchor));
	struct date latest = date_add_days(dunning_sending_day(policy, country, own), 1);

	return date_compare(own, dunning_case->last_on) <= 0 && date_compare(dunning_case->last_on, latest) <= 0;
}

/* The first day on which `step` keeps its distance from the case's last rung. */
static struct date paced_day(const struct policy *policy, const struct policy_step *step,
			     const struct position *position, const struct position_sum *sum,
			     const struct dunning_case *dunning_case)
{
	int days = distance_days(step, dunning_case);

	if (days > 1 && last_was_in_time(policy, position, sum, dunning_case))
		days = 1;
	return date_add_days(dunning_case->last_on, days);
}

static struct dunning_decision rung_decide(const struct policy *policy, const struct position *position,
					   const struct position_sum *sum, const struct dunning_case *dunning_case,
					   struct date today)
{
	const char *country = position->debtor.country;
	const struct policy_step *step = next_rung(policy, position, dunning_case, sum->net_due_minor);

	if (!step || must_wait_for_last(policy, step, dunning_case))
		return (struct dunning_decision){ .action = DUNNING_WAIT, .on = sum->pause_ends };

	struct date effective_on = policy_step_day(policy, step, country, position_item_base(sum->anchor));

	if (dunning_case->last_step)
		effective_on = later_of(effective_on, paced_day(policy, step, position, sum, dunning_case));

	struct date on = later_of(effective_on, today);

	return (struct dunning_decision){
		.action = DUNNING_REMIND,
		.step = step,
		.effective_on = effective_on,
		.on = policy_step_contacts(step) ? dunning_sending_day(policy, country, on) : on,
		.anchor = sum->anchor,
		.amount_minor = sum->net_due_minor,
	};
}

struct dunning_decision dunning_next(const struct policy *policy, const struct position *position,
				     const struct dunning_case *dunning_case, struct date today)
{
	struct position_sum sum = position_sum(position, today);
	struct dunning_decision wait = { .action = DUNNING_WAIT, .on = sum.pause_ends };

	if (dunning_case->open && case_is_over(&sum, dunning_case))
		return (struct dunning_decision){ .action = DUNNING_CLOSE,
						  .reason = close_reason(position, &sum, dunning_case) };
	if (sum.net_due_minor <= 0 || sum.net_due_minor < policy_amount_minor(&policy->minimums, position->currency))
		return wait;
	if (!dunning_case->open)
		return (struct dunning_decision){ .action = DUNNING_OPEN,
						  .anchor = sum.anchor,
						  .amount_minor = sum.net_due_minor };
	return rung_decide(policy, position, &sum, dunning_case, today);
}

/* ------------------------------------------------------------------ notes on single invoices */

/* `day`, or the last sending day before it, where the next one would not lie before the due date. */
static struct date day_before_due(const struct policy *policy, const char *country, struct date day, struct date due_on)
{
	if (date_compare(dunning_sending_day(policy, country, day), due_on) < 0)
		return day;
	for (int i = 0; i < SENDING_DAYS_AHEAD; i++) {
		if (sends_on(policy, country, date_add_days(day, -i)))
			return date_add_days(day, -i);
	}
	return day;
}

static struct date note_day(const struct policy *policy, const struct policy_step *step,
			    const struct position *position, const struct position_item *item)
{
	const char *country = position->debtor.country;
	struct date anchor = step->anchor == ANCHOR_ISSUED      ? item->issued_on
			     : step->anchor == ANCHOR_DELIVERED ? item->delivered_on
								: item->due_on;

	if (!date_known(anchor))
		return DATE_NONE;

	struct date day = policy_note_day(policy, step, position, anchor);

	return step->anchor == ANCHOR_DUE ? day_before_due(policy, country, day, item->due_on) : day;
}

static bool note_is_timely(const struct policy *policy, struct date day, const struct position_item *item,
			   struct date today)
{
	int missed_days = date_known(day) ? date_days_between(day, today) : -1;

	return missed_days >= 0 && missed_days <= policy->note_grace_days && date_compare(today, item->due_on) <= 0;
}

const struct policy_step *dunning_note(const struct policy *policy, const struct position *position,
				       const struct position_item *item, struct date today, struct date *effective_on)
{
	const char *country = position->debtor.country;
	const struct policy_step *best = NULL;
	struct date best_day = DATE_NONE, done_day = DATE_NONE;

	if (item->fee || position_item_asked(item) == 0 || position_item_paused(item, today) ||
	    position_item_asked(item) < policy_amount_minor(&policy->minimums, position->currency) ||
	    !sends_on(policy, country, today))
		return NULL;
	for (size_t i = 0; i < policy->step_count; i++) {
		const struct policy_step *step = &policy->steps[i];

		if (!policy_step_is_note(step) || !policy_step_applies(step, position, position_item_asked(item)))
			continue;

		struct date day = note_day(policy, step, position, item);

		if (item->notes & (UINT32_C(1) << i)) {
			done_day = later_of(done_day, day);
		} else if (note_is_timely(policy, day, item, today) && date_compare(day, best_day) >= 0) {
			best = step;
			best_day = day;
		}
	}
	if (!best || date_compare(done_day, best_day) >= 0)
		return NULL;
	*effective_on = best_day;
	return best;
}

/* ------------------------------------------------------------------ one day */

struct planning {
	struct arena *arena;
	const struct policy *policy;
	struct position *position;
	struct date today;
	struct dunning_day *day;
};

static struct dunning_reminder *add_reminder(struct planning *planning, const struct policy_step *step)
{
	struct dunning_day *day = planning->day;
	struct dunning_reminder *reminder = ARENA_PUSH(planning->arena, day->reminders, day->count);

	reminder->step = step;
	reminder->channel = policy_step_channel(planning->policy, step, planning->position);
	reminder->items = arena_array(planning->arena, planning->position->count + 1, sizeof *reminder->items);
	return reminder;
}

static struct dunning_reminder *note_for(struct planning *planning, const struct policy_step *step)
{
	for (size_t i = 0; i < planning->day->count; i++) {
		if (planning->day->reminders[i].step == step)
			return &planning->day->reminders[i];
	}
	return add_reminder(planning, step);
}

/* One message a customer: invoices that are due the same note on the same day share it. */
static void plan_notes(struct planning *planning)
{
	const struct position *position = planning->position;

	if (position_sum(position, planning->today).net_minor <= 0)
		return;
	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];
		struct date effective_on;
		const struct policy_step *step =
			dunning_note(planning->policy, position, item, planning->today, &effective_on);

		if (!step)
			continue;

		struct dunning_reminder *note = note_for(planning, step);

		note->items[note->item_count++] = i;
		note->amount_minor += position_item_asked(item);
		if (!note->anchor || date_compare(effective_on, note->effective_on) < 0) {
			note->anchor = item;
			note->effective_on = effective_on;
		}
	}
}

static void add_rung(struct planning *planning, const struct dunning_decision *decision)
{
	struct dunning_reminder *rung = add_reminder(planning, decision->step);

	rung->effective_on = decision->effective_on;
	rung->anchor = decision->anchor;
	rung->amount_minor = decision->amount_minor;
	rung->in_new_case = planning->day->opens;
	for (size_t i = 0; i < planning->position->count; i++) {
		if (!position_item_chased(&planning->position->items[i], planning->today))
			continue;
		rung->items[rung->item_count++] = i;
		planning->position->items[i].dunned = true;
	}
}

static void apply(struct planning *planning, const struct dunning_decision *decision)
{
	struct dunning_day *day = planning->day;

	if (decision->action == DUNNING_CLOSE) {
		day->closes = true;
		day->close_reason = decision->reason;
		day->after = (struct dunning_case){ 0 };
		for (size_t i = 0; i < planning->position->count; i++)
			planning->position->items[i].dunned = false;
	} else if (decision->action == DUNNING_OPEN) {
		day->opens = true;
		day->after = (struct dunning_case){ .open = true };
	} else {
		add_rung(planning, decision);
		day->after.last_step = decision->step->name;
		day->after.last_offset_days = policy_step_calendar_days(decision->step);
		day->after.last_on = planning->today;
		day->after.last_state = REMINDER_SCHEDULED;
	}
}

void dunning_plan_day(struct arena *arena, const struct policy *policy, struct position *position,
		      const struct dunning_case *dunning_case, struct date today, struct dunning_day *day)
{
	struct planning planning = { arena, policy, position, today, day };

	*day = (struct dunning_day){ .after = *dunning_case, .next_on = DATE_NONE };
	plan_notes(&planning);
	for (int turn = 0;; turn++) {
		CHECK(turn < POLICY_STEPS_MAX + 4); /* each turn opens, closes or climbs a rung: it ends */

		struct dunning_decision decision = dunning_next(policy, position, &day->after, today);

		if (decision.action == DUNNING_WAIT ||
		    (decision.action == DUNNING_REMIND && date_compare(decision.on, today) > 0)) {
			day->next_on = earlier_of(decision.on, position_sum(position, today).pause_ends);
			return;
		}
		apply(&planning, &decision);
	}
}
