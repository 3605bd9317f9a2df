#include "notification/domain/outlook.h"

#include "common/base/text.h"
#include "notification/domain/gate.h"

/* The walk through the days. */
struct walk {
	struct arena *arena;
	const struct outlook_ask *ask;
	struct outlook *outlook;
	struct dunning_case state;
	struct outlook_step *waiting; /* planned, not yet gone */
	size_t waiting_count;
	struct date *contacts; /* of the walk; those before stand in the position */
	bool *by_note;
	size_t contact_count;
	struct date today;
	bool pending; /* the case's last rung is scheduled already, and has not left */
};

/* ------------------------------------------------------------------ contacts */

/* A step of the ladder is held up by steps of ladders only; a note by everything (store_position.c). */
static bool contact_allowed(const struct walk *walk, bool note)
{
	struct position seen = *walk->ask->position;

	for (size_t i = walk->contact_count; i > 0; i--) {
		if (walk->by_note[i - 1] && !note)
			continue;
		if (seen.contact_count == POSITION_CONTACTS_MAX)
			seen.contact_count--; /* the oldest: a week has room for no more */
		seen.contacts[seen.contact_count++] = walk->contacts[i - 1];
	}
	seen.contact_under_way = false;
	return gate_contact_allowed(walk->ask->policy, &seen, walk->today);
}

static void contact_add(struct walk *walk, bool note)
{
	size_t count = walk->contact_count;

	*ARENA_PUSH(walk->arena, walk->contacts, walk->contact_count) = walk->today;
	*ARENA_PUSH(walk->arena, walk->by_note, count) = note;
}

/* ------------------------------------------------------------------ leaving */

static enum outlook_obstacle obstacle_of(const struct walk *walk, const struct dunning_reminder *reminder)
{
	struct policy_step step = *reminder->step;

	step.channel = reminder->channel;
	if (step.conditions.delivery_proof && !gate_delivery_proved(walk->ask->position, walk->today))
		return OUTLOOK_NO_PROOF;
	return policy_step_words(&step) && !walk->ask->reachable[step.channel] ? OUTLOOK_NO_CONTACT : OUTLOOK_CLEAR;
}

static void mark_notes(const struct walk *walk, const struct dunning_reminder *reminder)
{
	uint32_t bit = UINT32_C(1) << (reminder->step - walk->ask->policy->steps);

	for (size_t i = 0; i < reminder->item_count; i++)
		walk->ask->position->items[reminder->items[i]].notes |= bit;
}

static bool leaves(const struct walk *walk, const struct outlook_step *step)
{
	const struct policy *policy = walk->ask->policy;
	bool note = policy_step_is_note(step->reminder.step);

	if (!policy_step_contacts(step->reminder.step))
		return true;
	return date_compare(dunning_sending_day(policy, walk->ask->position->debtor.country, walk->today),
			    walk->today) == 0 &&
	       contact_allowed(walk, note);
}

static void leave(struct walk *walk, struct outlook_step step)
{
	bool note = policy_step_is_note(step.reminder.step);

	step.put_off = date_compare(step.on, walk->today) < 0;
	step.on = walk->today;
	step.obstacle = obstacle_of(walk, &step.reminder);
	*ARENA_PUSH(walk->arena, walk->outlook->steps, walk->outlook->count) = step;
	if (step.obstacle == OUTLOOK_CLEAR && policy_step_contacts(step.reminder.step))
		contact_add(walk, note);
	if (note || !text_equal(walk->state.last_step, step.reminder.step->name))
		return;
	walk->state.last_on = walk->today;
	if (step.obstacle != OUTLOOK_NO_PROOF) /* that one stays scheduled */
		walk->state.last_state = step.obstacle == OUTLOOK_CLEAR ? REMINDER_SENT : REMINDER_FAILED;
}

/* The ladder's steps first: notes give way. */
static void leave_all(struct walk *walk, bool notes)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->waiting_count; i++) {
		struct outlook_step step = walk->waiting[i];

		if (policy_step_is_note(step.reminder.step) == notes && leaves(walk, &step))
			leave(walk, step);
		else
			walk->waiting[kept++] = step;
	}
	walk->waiting_count = kept;
}

/* ------------------------------------------------------------------ days */

static void drop_rungs(struct walk *walk)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->waiting_count; i++) {
		if (policy_step_is_note(walk->waiting[i].reminder.step))
			walk->waiting[kept++] = walk->waiting[i];
	}
	walk->waiting_count = kept;
}

/* The rung that is scheduled already leaves on its day. */
static void leave_pending(struct walk *walk)
{
	struct date on = walk->ask->pending_on;

	if (!walk->pending || (date_known(on) && date_compare(walk->today, on) < 0))
		return;
	walk->pending = false;
	walk->state.last_state = REMINDER_SENT;
	walk->state.last_on = walk->today;
	contact_add(walk, false);
}

static void live(struct walk *walk)
{
	struct dunning_day day;

	leave_pending(walk);
	dunning_plan_day(walk->arena, walk->ask->policy, walk->ask->position, &walk->state, walk->today, &day);
	if (day.closes)
		drop_rungs(walk);
	walk->state = day.after;
	for (size_t i = 0; i < day.count; i++) {
		*ARENA_PUSH(walk->arena, walk->waiting, walk->waiting_count) =
			(struct outlook_step){ .reminder = day.reminders[i], .on = walk->today };
		if (policy_step_is_note(day.reminders[i].step))
			mark_notes(walk, &day.reminders[i]);
	}
	leave_all(walk, false);
	leave_all(walk, true);
}

void outlook_find(struct arena *arena, const struct outlook_ask *ask, struct outlook *outlook)
{
	struct walk walk = { .arena = arena, .ask = ask, .outlook = outlook, .state = ask->dunning_case };

	*outlook = (struct outlook){ 0 };
	walk.pending = walk.state.last_step && !reminder_terminal(walk.state.last_state);
	for (int i = 0; i <= ask->days; i++) {
		walk.today = date_add_days(ask->today, i);
		live(&walk);
	}
}
