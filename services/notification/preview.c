#include "notification/preview.h"

#include "common/io/clock.h"
#include "notification/store_case.h"

struct previewing {
	struct arena *arena;
	const struct policy *policy;
	const struct customer *customer;
	struct position *position;
	struct preview *preview;
};

static const char *why(const struct previewing *previewing, const struct dunning_reminder *reminder)
{
	char anchor_on[DATE_TEXT_BYTES];
	const struct policy_step *step = reminder->step;
	const struct position_item *anchor = reminder->anchor;
	bool issued = step->anchor == ANCHOR_ISSUED;
	int days = step->offset_days < 0 ? -step->offset_days : step->offset_days;
	struct date on = issued ? anchor->issued_on : anchor->due_on;

	return arena_format(previewing->arena, "%s %d days %s %s was %s (%s)", step->name, days,
			    step->offset_days < 0 ? "before" : "after", anchor->number, issued ? "issued" : "due",
			    date_format(on, anchor_on));
}

static const char *recipient(const struct previewing *previewing, const struct policy_step *step)
{
	if (step->channel == CHANNEL_MAIL)
		return previewing->customer->email;
	if (step->channel == CHANNEL_SMS)
		return previewing->customer->phone;
	return step->channel == CHANNEL_INTERNAL_MAIL ? previewing->customer->sales_email : NULL;
}

static void add(const struct previewing *previewing, const struct dunning_reminder *reminder, struct date on)
{
	struct preview *preview = previewing->preview;
	struct preview_view *view = ARENA_PUSH(previewing->arena, preview->reminders, preview->count);

	*view = (struct preview_view){
		.on = on,
		.customer_number = previewing->customer->letter.number,
		.customer_name = previewing->customer->letter.name,
		.step = reminder->step->name,
		.channel = reminder->channel,
		.contacts = policy_step_contacts(reminder->step),
		.recipient = recipient(previewing, reminder->step),
		.currency = previewing->position->currency.code,
		.amount_minor = reminder->amount_minor,
		.why = why(previewing, reminder),
		.invoices = arena_array(previewing->arena, reminder->item_count, sizeof *view->invoices),
		.invoice_count = reminder->item_count,
	};
	for (size_t i = 0; i < reminder->item_count; i++)
		view->invoices[i] = previewing->position->items[reminder->items[i]].number;
}

static void mark_notes(const struct previewing *previewing, const struct dunning_reminder *reminder)
{
	uint32_t bit = UINT32_C(1) << (reminder->step - previewing->policy->steps);

	for (size_t i = 0; i < reminder->item_count && policy_step_is_note(reminder->step); i++)
		previewing->position->items[reminder->items[i]].notes |= bit;
}

/* Lives through the days, as if each reminder left on its day. */
static void live_through(const struct previewing *previewing, struct dunning_case state, struct date today, int days)
{
	for (int i = 0; i <= days; i++) {
		struct date day_on = date_add_days(today, i);
		struct dunning_day day;

		dunning_plan_day(previewing->arena, previewing->policy, previewing->position, &state, day_on, &day);
		for (size_t n = 0; n < day.count; n++) {
			add(previewing, &day.reminders[n], day_on);
			mark_notes(previewing, &day.reminders[n]);
		}
		state = day.after;
		if (state.last_state == REMINDER_SCHEDULED || state.last_state == REMINDER_QUEUED)
			state.last_state = REMINDER_SENT;
	}
}

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

struct err preview_position(struct db_tx *tx, const struct creditor *creditor, const struct preview_policies *policies,
			    const struct plan_target *target, int days, struct preview *preview)
{
	struct position_ask ask = { .creditor = creditor,
				    .policies = policies->set,
				    .customer = target->customer,
				    .currency = target->currency };
	struct customer *customer = arena_alloc(tx->arena, sizeof *customer);
	struct position *position = arena_alloc(tx->arena, sizeof *position);
	struct case_row open_case;
	struct date today;
	int minute;

	TRY(case_look(tx, creditor->letter.code, target, &open_case));
	TRY(policy_of_case(tx, creditor, policies, &open_case, &ask.policy));
	ask.dunning_case = open_case.id;
	TRY(customer_get(tx, creditor->letter.code, target->customer, customer));
	TRY(position_load(tx, &ask, position));
	TRY(clock_local(tx, creditor->now, customer->timezone, &today, &minute));

	struct previewing previewing = { tx->arena, position->policy, customer, position, preview };

	live_through(&previewing, open_case.state, today, days);
	return OK;
}
