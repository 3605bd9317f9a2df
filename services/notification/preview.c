#include "notification/preview.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/io/clock.h"
#include "notification/domain/outlook.h"
#include "notification/recipient.h"
#include "notification/store_case.h"
#include "notification/store_report.h"

#define SCHEDULED_PAGE 1000

/* ------------------------------------------------------------------ what is scheduled */

static const char *why_scheduled(struct arena *arena, const struct reminder_view *reminder)
{
	char on[DATE_TEXT_BYTES];

	if (!text_empty(reminder->reason))
		return arena_format(arena, "scheduled: %s waits (%s)", reminder->step, reminder->reason);
	return arena_format(arena, "scheduled: %s falls on %s", reminder->step,
			    date_format(reminder->effective_on, on));
}

static void add_scheduled(struct arena *arena, const struct reminder_view *from, struct date on, const char *recipient,
			  struct preview *preview)
{
	struct preview_view *view = ARENA_PUSH(arena, preview->reminders, preview->count);

	*view = (struct preview_view){ .on = on,
				       .effective_on = from->effective_on,
				       .customer = from->customer,
				       .customer_number = from->customer_number,
				       .customer_name = from->customer_name,
				       .step = from->step,
				       .recipient = recipient,
				       .currency = from->currency,
				       .why = why_scheduled(arena, from),
				       .change = "",
				       .channel = from->channel,
				       .invoices = from->invoices,
				       .invoice_count = from->invoice_count,
				       .amount_minor = from->amount_minor,
				       .scheduled = true };
}

/* A claim has not yet written down whom a reminder goes to. */
static struct err add_page(struct db_tx *tx, const struct creditor *creditor, const struct reminder_view *reminders,
			   size_t count, struct preview *preview)
{
	struct id *ids = arena_array(tx->arena, count + 1, sizeof *ids);
	struct customer *customers = arena_array(tx->arena, count + 1, sizeof *customers);

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++)
		ids[i] = reminders[i].customer;
	TRY(customers_get(tx, creditor->letter.code, ids, count, customers));
	for (size_t i = 0; i < count; i++) {
		struct date on = preview->count > 0 ? preview->reminders[preview->count - 1].on : DATE_NONE;
		bool same = i > 0 && reminders[i].due_at.us == reminders[i - 1].due_at.us &&
			    text_equal(customers[i].timezone, customers[i - 1].timezone);
		int minute;

		if (!same) /* they come by due time: a zone's morning is one */
			TRY(clock_local(tx, reminders[i].due_at, customers[i].timezone, &on, &minute));
		add_scheduled(tx->arena, &reminders[i], on,
			      recipient_find(tx->arena, creditor, &customers[i], reminders[i].channel), preview);
	}
	return OK;
}

struct err preview_scheduled(struct db_tx *tx, const struct creditor *creditor, const char *customer_number,
			     struct preview *preview)
{
	struct list_ask list = { .creditor = creditor->letter.code,
				 .customer_number = customer_number,
				 .state = REMINDER_SCHEDULED,
				 .after = "",
				 .limit = SCHEDULED_PAGE };
	struct reminder_view *reminders;
	size_t count;

	do {
		char id[ID_TEXT_BYTES];

		TRY(reminders_list(tx, &list, &reminders, &count));
		TRY(add_page(tx, creditor, reminders, count, preview));
		if (count > 0)
			list.after = arena_copy(tx->arena, id_format(reminders[count - 1].id, id));
	} while (count == SCHEDULED_PAGE);
	return OK;
}

static int by_position(const void *a, const void *b)
{
	const struct plan_target *left = a, *right = b;
	int order = memcmp(&left->customer, &right->customer, sizeof left->customer);

	return order == 0 ? strcmp(left->currency.code, right->currency.code) : order;
}

void preview_apart(struct arena *arena, const struct preview *scheduled, const struct plan_targets *targets,
		   struct preview *preview)
{
	struct plan_target *sorted = arena_array(arena, targets->count + 1, sizeof *sorted);

	if (targets->count > 0)
		memcpy(sorted, targets->items, targets->count * sizeof *sorted);
	qsort(sorted, targets->count, sizeof *sorted, by_position);
	for (size_t i = 0; i < scheduled->count; i++) {
		const struct preview_view *view = &scheduled->reminders[i];
		struct plan_target target = { .customer = view->customer };

		text_copy(target.currency.code, sizeof target.currency.code, view->currency);
		if (policy_tells(view->step) || !bsearch(&target, sorted, targets->count, sizeof *sorted, by_position))
			*ARENA_PUSH(arena, preview->reminders, preview->count) = *view;
	}
}

/* ------------------------------------------------------------------ one customer */

struct previewing {
	struct arena *arena;
	const struct creditor *creditor;
	const struct customer *customer;
	const struct position *position;
	const struct preview_view **scheduled; /* of that position, as the walk knows them */
	struct preview *preview;
};

static const char *days_in_words(const struct previewing *previewing, const struct policy_step *step)
{
	int days = step->offset_days < 0 ? -step->offset_days : step->offset_days;
	const char *unit = step->business ? "business day" : "day";

	return arena_format(previewing->arena, "%d %s%s %s", days, unit, days == 1 ? "" : "s",
			    step->offset_days < 0 ? "before" : "after");
}

/* Why nothing leaves on that day: "Sunday", "holiday: Noël"; NULL where something does. */
static const char *closed(const struct previewing *previewing, struct date day)
{
	static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
						"Friday", "Saturday", "Sunday" };
	const struct policy *policy = previewing->position->policy;
	const char *country = previewing->position->debtor.country;
	const char *holiday = policy->skip_holidays ? calendar_holiday_name(policy->calendar, country, day) : NULL;

	if (holiday)
		return arena_format(previewing->arena, "holiday: %s", holiday);
	return date_compare(dunning_sending_day(policy, country, day), day) == 0 ? NULL
										 : weekdays[date_weekday(day) - 1];
}

/* `text`, and why a message does not leave on `asked`, the day that the policy asks for. */
static const char *why_moved(const struct previewing *previewing, const struct outlook_step *planned, struct date asked,
			     const char *text)
{
	char day[DATE_TEXT_BYTES];
	const char *reason = closed(previewing, asked);

	if (!reason || !policy_step_contacts(planned->reminder.step) || date_compare(planned->on, asked) == 0)
		return text;
	return arena_format(previewing->arena, "%s; moved from %s (%s)", text, date_format(asked, day), reason);
}

/* `text`, and the days by which the post moves a note. */
static const char *why_posted(const struct previewing *previewing, const struct policy_step *step, const char *text)
{
	int days = policy_step_is_note(step)
			   ? policy_note_post_days(previewing->position->policy, step, previewing->position)
			   : 0;

	if (days > 0)
		return arena_format(previewing->arena, "%s, and %d for the post that brought it", text, days);
	return days < 0 ? arena_format(previewing->arena, "%s, and %d for the post", text, -days) : text;
}

static const char *why(const struct previewing *previewing, const struct outlook_step *planned)
{
	static const char *const anchors[] = {
		[ANCHOR_ISSUED] = "issued", [ANCHOR_DELIVERED] = "delivered", [ANCHOR_DUE] = "due"
	};
	char day[DATE_TEXT_BYTES];
	const struct policy_step *step = planned->reminder.step;
	const struct position_item *anchor = planned->reminder.anchor;
	struct date on = step->anchor == ANCHOR_ISSUED      ? anchor->issued_on
			 : step->anchor == ANCHOR_DELIVERED ? anchor->delivered_on
							    : anchor->due_on;
	const char *text =
		arena_format(previewing->arena, "%s %s %s was %s (%s)", step->name, days_in_words(previewing, step),
			     anchor->number, anchors[step->anchor], date_format(on, day));

	if (policy_selector_criteria(&previewing->position->policy->who) > 0)
		text = arena_format(previewing->arena, "%s; by the policy %s", text,
				    previewing->position->policy->name);
	if (planned->reminder.channel != step->channel)
		text = arena_format(previewing->arena, "%s; by letter, as no mail address is known", text);
	text = why_posted(previewing, step, text);
	text = why_moved(previewing, planned,
			 policy_step_is_note(step)
				 ? policy_note_day(previewing->position->policy, step, previewing->position, on)
				 : planned->reminder.effective_on,
			 text);
	if (planned->put_off)
		text = arena_format(previewing->arena,
				    "%s; put off from %s by the cap of contacts, or a day without sending", text,
				    date_format(planned->reminder.effective_on, day));
	if (planned->obstacle == OUTLOOK_NO_CONTACT)
		text = arena_format(previewing->arena,
				    "%s; reaches nobody: a task to find an address, and the ladder waits", text);
	if (planned->obstacle == OUTLOOK_NO_PROOF)
		text = arena_format(previewing->arena,
				    "%s; waits until the delivery is proved: a task, and the ladder waits", text);
	return text;
}

/* What is scheduled already leaves when the walk says. */
static void add_waiting(const struct previewing *previewing, const struct outlook_step *planned)
{
	struct arena *arena = previewing->arena;
	struct preview_view view = *previewing->scheduled[planned->scheduled - 1];
	char day[DATE_TEXT_BYTES];

	if (planned->put_off)
		view.why = arena_format(arena, "%s; put off from %s by the cap of contacts, or a day without sending",
					view.why, date_format(view.on, day));
	view.on = planned->on;
	*ARENA_PUSH(arena, previewing->preview->reminders, previewing->preview->count) = view;
}

static void add(const struct previewing *previewing, const struct outlook_step *planned)
{
	const struct dunning_reminder *reminder = &planned->reminder;
	struct preview_view *view =
		ARENA_PUSH(previewing->arena, previewing->preview->reminders, previewing->preview->count);

	*view = (struct preview_view){
		.on = planned->on,
		.customer = previewing->customer->id,
		.customer_number = previewing->customer->letter.number,
		.customer_name = previewing->customer->letter.name,
		.step = reminder->step->name,
		.channel = reminder->channel,
		.contacts = policy_step_contacts(reminder->step),
		.recipient = recipient_find(previewing->arena, previewing->creditor, previewing->customer,
					    reminder->channel),
		.currency = previewing->position->currency.code,
		.amount_minor = reminder->amount_minor,
		.why = why(previewing, planned),
		.change = "",
		.invoices = arena_array(previewing->arena, reminder->item_count + 1, sizeof *view->invoices),
		.invoice_count = reminder->item_count,
	};
	for (size_t i = 0; i < reminder->item_count; i++)
		view->invoices[i] = previewing->position->items[reminder->items[i]].number;
}

static void walk(struct previewing *previewing, struct outlook_ask *ask, const struct preview_view ***scheduled)
{
	struct outlook outlook;

	for (int channel = 1; channel < CHANNEL_COUNT; channel++)
		ask->reachable[channel] = recipient_find(previewing->arena, previewing->creditor, previewing->customer,
							 (enum policy_channel)channel) != NULL;
	outlook_find(previewing->arena, ask, &outlook);
	for (size_t i = 0; i < outlook.count; i++) {
		const struct outlook_step *step = &outlook.steps[i];

		previewing->position = ask->positions[step->place].position;
		previewing->scheduled = scheduled[step->place];
		if (step->scheduled > 0)
			add_waiting(previewing, step);
		else
			add(previewing, step);
	}
}

/* ------------------------------------------------------------------ many positions */

/* What is read of some positions. */
struct reading {
	struct case_row *cases;
	struct customer *customers;
	struct position *positions;
	struct date *todays;
};

static struct err policy_of_case(struct db_tx *tx, const struct creditor *creditor,
				 const struct preview_policies *policies, const struct case_row *row,
				 const struct policy **policy)
{
	const struct policy_version *kept;

	*policy = NULL;
	if (!policies->kept || row->policy_version == 0)
		return OK;
	TRY(policy_cache_find(policies->kept, tx, policies->process, creditor->letter.code, row->policy_version,
			      &kept));
	*policy = &kept->policy;
	return OK;
}

/* Few zones: each is asked for once. */
static struct err read_days(struct db_tx *tx, const struct creditor *creditor, struct reading *reading, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t known = 0;
		int minute;

		while (known < i && !text_equal(reading->customers[known].timezone, reading->customers[i].timezone))
			known++;
		if (known < i)
			reading->todays[i] = reading->todays[known];
		else
			TRY(clock_local(tx, creditor->now, reading->customers[i].timezone, &reading->todays[i],
					&minute));
	}
	return OK;
}

static struct err read_all(struct db_tx *tx, const struct creditor *creditor, const struct preview_policies *policies,
			   const struct plan_target *targets, size_t count, struct reading *reading)
{
	struct arena *arena = tx->arena;
	struct position_ask *asks = arena_array(arena, count, sizeof *asks);
	struct id *ids = arena_array(arena, count, sizeof *ids);

	reading->cases = arena_array(arena, count, sizeof *reading->cases);
	reading->customers = arena_array(arena, count, sizeof *reading->customers);
	reading->positions = arena_array(arena, count, sizeof *reading->positions);
	reading->todays = arena_array(arena, count, sizeof *reading->todays);
	TRY(cases_look(tx, creditor->letter.code, targets, count, reading->cases));
	for (size_t i = 0; i < count; i++) {
		ids[i] = targets[i].customer;
		asks[i] = (struct position_ask){ .creditor = creditor,
						 .policies = policies->set,
						 .customer = targets[i].customer,
						 .currency = targets[i].currency,
						 .dunning_case = reading->cases[i].id };
		TRY(policy_of_case(tx, creditor, policies, &reading->cases[i], &asks[i].policy));
	}
	TRY(customers_get(tx, creditor->letter.code, ids, count, reading->customers));
	TRY(positions_load(tx, asks, count, reading->positions));
	return read_days(tx, creditor, reading, count);
}

/* The items of the position that the reminder lists. */
static void list_items(struct arena *arena, const struct preview_view *view, const struct position *position,
		       struct dunning_reminder *reminder)
{
	reminder->items = arena_array(arena, position->count + 1, sizeof *reminder->items);
	for (size_t i = 0; i < position->count; i++) {
		for (size_t k = 0; k < view->invoice_count; k++) {
			if (text_equal(position->items[i].number, view->invoices[k]))
				reminder->items[reminder->item_count++] = i;
		}
	}
}

/* What is scheduled for a position; views[i] is that of from->scheduled[i]. */
static void take_scheduled(const struct previewing *previewing, const struct preview *scheduled,
			   struct outlook_position *from, const struct preview_view ***views)
{
	struct outlook_scheduled *taken = NULL;
	size_t count = 0;

	*views = NULL;
	for (size_t i = 0; scheduled && i < scheduled->count; i++) {
		const struct preview_view *view = &scheduled->reminders[i];
		const struct policy_step *step;

		if (!id_equal(view->customer, previewing->customer->id) || policy_tells(view->step) ||
		    !text_equal(view->currency, from->position->currency.code))
			continue;
		step = policy_planned_step(previewing->arena, from->policy, view->step, view->channel);
		if (!step) { /* of a policy that is theirs no more */
			*ARENA_PUSH(previewing->arena, previewing->preview->reminders, previewing->preview->count) =
				*view;
			continue;
		}
		*ARENA_PUSH(previewing->arena, *views, count) = view;
		*ARENA_PUSH(previewing->arena, taken, from->scheduled_count) = (struct outlook_scheduled){
			.reminder = { .step = step, .channel = view->channel, .effective_on = view->effective_on },
			.on = view->on
		};
		if (policy_step_is_note(step))
			list_items(previewing->arena, view, from->position, &taken[from->scheduled_count - 1].reminder);
	}
	from->scheduled = taken;
}

/* `count` positions of one customer, from `first` on. */
static void preview_customer(struct previewing *previewing, const struct reading *reading,
			     const struct preview *scheduled, size_t first, size_t count, int days)
{
	const struct preview_view ***views =
		arena_array(previewing->arena, count, sizeof(const struct preview_view **));
	struct outlook_ask ask = { .positions = arena_array(previewing->arena, count, sizeof *ask.positions),
				   .count = count,
				   .today = reading->todays[first],
				   .days = days };

	previewing->customer = &reading->customers[first];
	for (size_t i = 0; i < count; i++) {
		struct position *position = &reading->positions[first + i];

		ask.positions[i] = (struct outlook_position){ .policy = position->policy,
							      .position = position,
							      .dunning_case = reading->cases[first + i].state };
		take_scheduled(previewing, scheduled, &ask.positions[i], &views[i]);
	}
	walk(previewing, &ask, views);
}

struct err preview_positions(struct db_tx *tx, const struct creditor *creditor, const struct preview_policies *policies,
			     const struct preview *scheduled, const struct plan_target *targets, size_t count, int days,
			     struct preview *preview)
{
	struct previewing previewing = { .arena = tx->arena, .creditor = creditor, .preview = preview };
	struct reading reading;

	if (count == 0)
		return OK;
	TRY(read_all(tx, creditor, policies, targets, count, &reading));
	for (size_t first = 0, positions; first < count; first += positions) {
		positions = targets_whole(targets + first, count - first, 1);
		preview_customer(&previewing, &reading, scheduled, first, positions, days);
	}
	return OK;
}
