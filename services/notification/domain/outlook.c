#include "notification/domain/outlook.h"

#include "common/base/text.h"
#include "notification/domain/gate.h"

/* One position on the way. */
struct ladder {
	const struct outlook_position *from;
	struct dunning_case state;
	bool under_way; /* the case's last rung: neither scheduled nor gone */
};

/* The walk through the days. */
struct walk {
	struct arena *arena;
	const struct outlook_ask *ask;
	struct outlook *outlook;
	struct ladder *ladders;       /* as many as the ask has positions */
	struct outlook_step *waiting; /* planned, not yet gone; in the order in which they may leave */
	size_t waiting_count;
	struct date *contacts; /* of the walk; those before stand in the positions */
	bool *by_note;
	size_t contact_count;
	struct date today;
};

/* ------------------------------------------------------------------ contacts */

/* The newest, as the gate will see them. A step of the ladder is held up by steps of ladders only; a note by everything
 * (store_position.c). */
static bool contact_allowed(const struct walk *walk, const struct outlook_position *from, bool note)
{
	struct position seen = *from->position;

	seen.contact_count = 0;
	for (size_t i = walk->contact_count; i > 0 && seen.contact_count < POSITION_CONTACTS_MAX; i--) {
		if (note || !walk->by_note[i - 1])
			seen.contacts[seen.contact_count++] = walk->contacts[i - 1];
	}
	for (size_t i = 0; i < from->position->contact_count && seen.contact_count < POSITION_CONTACTS_MAX; i++)
		seen.contacts[seen.contact_count++] = from->position->contacts[i];
	seen.contact_under_way = false;
	return gate_contact_allowed(from->policy, &seen, walk->today);
}

static void contact_add(struct walk *walk, bool note)
{
	size_t count = walk->contact_count;

	*ARENA_PUSH(walk->arena, walk->contacts, walk->contact_count) = walk->today;
	*ARENA_PUSH(walk->arena, walk->by_note, count) = note;
}

/* ------------------------------------------------------------------ leaving */

static enum outlook_obstacle obstacle_of(const struct walk *walk, const struct position *position,
					 const struct dunning_reminder *reminder)
{
	struct policy_step step = *reminder->step;

	step.channel = reminder->channel;
	if (step.conditions.delivery_proof && !gate_delivery_proved(position, walk->today))
		return OUTLOOK_NO_PROOF;
	return policy_step_words(&step) && !walk->ask->reachable[step.channel] ? OUTLOOK_NO_CONTACT : OUTLOOK_CLEAR;
}

static void mark_notes(const struct outlook_position *from, const struct dunning_reminder *reminder)
{
	uint32_t bit = UINT32_C(1) << (reminder->step - from->policy->steps);

	for (size_t i = 0; i < reminder->item_count; i++)
		from->position->items[reminder->items[i]].notes |= bit;
}

static bool leaves(const struct walk *walk, const struct outlook_step *step)
{
	const struct outlook_position *from = walk->ladders[step->place].from;
	bool note = policy_step_is_note(step->reminder.step);

	if (date_compare(walk->today, step->on) < 0)
		return false;
	if (!policy_step_contacts(step->reminder.step))
		return true;
	return date_compare(dunning_sending_day(from->policy, from->position->debtor.country, walk->today),
			    walk->today) == 0 &&
	       contact_allowed(walk, from, note);
}

static void leave(struct walk *walk, struct outlook_step step)
{
	struct ladder *ladder = &walk->ladders[step.place];
	bool note = policy_step_is_note(step.reminder.step);

	step.put_off = date_compare(step.on, walk->today) < 0;
	step.on = walk->today;
	step.obstacle = obstacle_of(walk, ladder->from->position, &step.reminder);
	*ARENA_PUSH(walk->arena, walk->outlook->steps, walk->outlook->count) = step;
	if (step.obstacle == OUTLOOK_CLEAR && policy_step_contacts(step.reminder.step))
		contact_add(walk, note);
	if (note || !text_equal(ladder->state.last_step, step.reminder.step->name))
		return;
	ladder->state.last_on = walk->today;
	if (step.obstacle != OUTLOOK_NO_PROOF) /* that one stays scheduled */
		ladder->state.last_state = step.obstacle == OUTLOOK_CLEAR ? REMINDER_SENT : REMINDER_FAILED;
}

/* A note that has waited until its invoices are late would contradict the first notice: the gate spares it. */
static bool spared(const struct walk *walk, const struct outlook_step *step)
{
	const struct dunning_reminder *note = &step->reminder;
	const struct position *position = walk->ladders[step->place].from->position;
	bool late = policy_step_is_note(note->step) && note->item_count > 0;

	for (size_t i = 0; i < note->item_count && late; i++)
		late = date_compare(position->items[note->items[i]].due_on, walk->today) < 0;
	return late;
}

/* The ladders' steps first: notes give way. */
static void leave_all(struct walk *walk, bool notes)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->waiting_count; i++) {
		struct outlook_step step = walk->waiting[i];

		if (spared(walk, &step))
			continue;
		if (policy_step_is_note(step.reminder.step) == notes && leaves(walk, &step))
			leave(walk, step);
		else
			walk->waiting[kept++] = step;
	}
	walk->waiting_count = kept;
}

/* ------------------------------------------------------------------ waiting */

/* What was to leave first leaves first; on one day by currency (store_position.c: contact_under_way). */
static bool comes_before(const struct outlook_step *a, const struct outlook_step *b)
{
	int order = date_compare(a->reminder.effective_on, b->reminder.effective_on);

	return order == 0 ? a->place < b->place : order < 0;
}

static void wait(struct walk *walk, struct outlook_step step)
{
	size_t at = walk->waiting_count;

	(void)ARENA_PUSH(walk->arena, walk->waiting, walk->waiting_count);
	for (; at > 0 && comes_before(&step, &walk->waiting[at - 1]); at--)
		walk->waiting[at] = walk->waiting[at - 1];
	walk->waiting[at] = step;
}

static void drop_rungs(struct walk *walk, size_t place)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->waiting_count; i++) {
		if (walk->waiting[i].place != place || policy_step_is_note(walk->waiting[i].reminder.step))
			walk->waiting[kept++] = walk->waiting[i];
	}
	walk->waiting_count = kept;
}

/* ------------------------------------------------------------------ days */

static void leave_under_way(struct walk *walk, struct ladder *ladder)
{
	const struct policy_step *step = policy_step_find(ladder->from->policy, ladder->state.last_step);

	if (!ladder->under_way)
		return;
	ladder->under_way = false;
	ladder->state.last_state = REMINDER_SENT;
	ladder->state.last_on = walk->today;
	if (!step || policy_step_contacts(step))
		contact_add(walk, false);
}

static void plan(struct walk *walk, size_t place)
{
	struct ladder *ladder = &walk->ladders[place];
	const struct outlook_position *from = ladder->from;
	struct dunning_day day;

	dunning_plan_day(walk->arena, from->policy, from->position, &ladder->state, walk->today, &day);
	if (day.closes)
		drop_rungs(walk, place);
	ladder->state = day.after;
	for (size_t i = 0; i < day.count; i++) {
		wait(walk, (struct outlook_step){ .reminder = day.reminders[i], .place = place, .on = walk->today });
		if (policy_step_is_note(day.reminders[i].step))
			mark_notes(from, &day.reminders[i]);
	}
}

static void live(struct walk *walk)
{
	for (size_t place = 0; place < walk->ask->count; place++)
		leave_under_way(walk, &walk->ladders[place]);
	for (size_t place = 0; place < walk->ask->count; place++)
		plan(walk, place);
	leave_all(walk, false);
	leave_all(walk, true);
}

static void begin(struct walk *walk, size_t place)
{
	const struct outlook_position *from = &walk->ask->positions[place];
	struct ladder *ladder = &walk->ladders[place];

	*ladder = (struct ladder){ .from = from, .state = from->dunning_case };
	ladder->under_way = ladder->state.last_step && !reminder_terminal(ladder->state.last_state);
	for (size_t i = 0; i < from->scheduled_count; i++) {
		const struct outlook_scheduled *scheduled = &from->scheduled[i];

		wait(walk, (struct outlook_step){ .reminder = scheduled->reminder,
						  .place = place,
						  .scheduled = i + 1,
						  .on = scheduled->on });
		if (text_equal(scheduled->reminder.step->name, ladder->state.last_step))
			ladder->under_way = false;
	}
}

void outlook_find(struct arena *arena, const struct outlook_ask *ask, struct outlook *outlook)
{
	struct walk walk = { .arena = arena, .ask = ask, .outlook = outlook };

	*outlook = (struct outlook){ 0 };
	walk.ladders = arena_array(arena, ask->count, sizeof *walk.ladders);
	for (size_t place = 0; place < ask->count; place++)
		begin(&walk, place);
	for (int i = 0; i <= ask->days; i++) {
		walk.today = date_add_days(ask->today, i);
		live(&walk);
	}
}
