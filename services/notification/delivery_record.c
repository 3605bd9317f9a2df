#include "common/base/check.h"
#include "common/base/text.h"
#include "notification/delivery.h"
#include "notification/domain/failure.h"
#include "notification/effects.h"
#include "notification/events.h"
#include "notification/store_task.h"

/* What follows from an outcome: tasks for people, requests to other services, events. */

#define TASKS_EACH_MAX 3 /* of one delivery: the step's own, a letter, a mediation */

static int days_past_due(const struct delivery *delivery)
{
	struct position_sum sum = position_sum(&delivery->position, delivery->today);

	return sum.anchor ? date_days_between(sum.anchor->due_on, delivery->today) : 0;
}

/* ------------------------------------------------------------------ tasks */

static struct task_new task_of(const struct delivery *delivery, const char *kind, const char *note)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;

	return (struct task_new){ .reminder = reminder,
				  .task = { .kind = kind,
					    .customer_number = reminder->customer_number,
					    .customer_name = reminder->customer_name,
					    .currency = reminder->currency,
					    .note = note,
					    .phone = delivery->customer.phone,
					    .invoices = reminder->invoices,
					    .invoice_count = reminder->invoice_count,
					    .amount_minor = reminder->amount_minor,
					    .made_at = delivery->batch->creditor.now,
					    .done_at = INSTANT_NONE } };
}

/* "2 invoices, of which the oldest is 8 days overdue" */
static const char *claim_in_words(const struct delivery *delivery, struct arena *arena)
{
	size_t count = delivery->claim.reminder.invoice_count;
	int days = days_past_due(delivery);

	if (count == 1)
		return arena_format(arena, "one invoice, %d days overdue", days);
	return arena_format(arena, "%zu invoices, of which the oldest is %d days overdue", count, days);
}

/* What failed, in the server's own words where it has said any, and what to do about it. */
static const char *failure_note(const struct delivery *delivery, const struct failure *failure, struct arena *arena)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	bool inside = delivery->step->channel == CHANNEL_INTERNAL_MAIL;
	const char *said = delivery->outcome.said, *words = "";
	char id[ID_TEXT_BYTES];

	if (!text_empty(said))
		words = arena_format(arena, " The server said: \"%s\".", said);
	return arena_format(arena, "The %s%s%s did not reach %s: %s (%s).%s %s, then: relancectl queue retry %s.",
			    delivery->step->name, inside ? " about " : "", inside ? reminder->customer_name : "",
			    inside ? "our colleague" : reminder->customer_name, failure->what, reminder->reason, words,
			    inside && failure->address ? "Name the customer's sales representative with an address "
							 "that works"
						       : failure->todo,
			    id_format(reminder->id, id));
}

static struct task_new failure_task(const struct delivery *delivery, struct arena *arena)
{
	struct failure failure = failure_of(delivery->claim.reminder.reason, delivery->step->channel);

	return task_of(delivery, failure.address ? "address" : "undelivered", failure_note(delivery, &failure, arena));
}

static const char *proof_note(const struct delivery *delivery, struct arena *arena)
{
	return arena_format(arena,
			    "The %s to %s waits: prove that the invoices arrived (relancectl dunning delivered), or "
			    "send them again.",
			    delivery->step->name, delivery->claim.reminder.customer_name);
}

static void tasks_of_sent(const struct delivery *delivery, struct arena *arena, struct task_new *tasks, size_t *count)
{
	const char *name = delivery->claim.reminder.customer_name;

	if (delivery->step->channel == CHANNEL_TASK)
		tasks[(*count)++] =
			task_of(delivery, "call",
				arena_format(arena, "Call %s about %s.", name, claim_in_words(delivery, arena)));
	if (delivery->step->channel == CHANNEL_FILE && delivery->step->court)
		tasks[(*count)++] = task_of(delivery, "court_file",
					    arena_format(arena,
							 "Take the claim against %s to court: %s. The file: relancectl "
							 "dunning file %s --out FOLDER.",
							 name, claim_in_words(delivery, arena),
							 delivery->claim.reminder.customer_number));
	else if (delivery->step->channel == CHANNEL_FILE)
		tasks[(*count)++] =
			task_of(delivery, "agency_file",
				arena_format(arena, "Hand the claim against %s to the collection agency: %s.", name,
					     claim_in_words(delivery, arena)));
	if (delivery->step->offer_mediation)
		tasks[(*count)++] =
			task_of(delivery, "mediation",
				arena_format(arena,
					     "Mediation was offered to %s about %s: name a mediator when they "
					     "accept.",
					     name, claim_in_words(delivery, arena)));
	if (delivery->step->letter && delivery->step->channel != CHANNEL_LETTER)
		tasks[(*count)++] =
			task_of(delivery, "letter",
				arena_format(arena, "Post the %s as a registered letter, with proof of delivery.",
					     delivery->step->name));
}

static struct err add_tasks(struct batch *batch, struct db_tx *tx, struct delivery *const *recorded, size_t count)
{
	struct task_new *tasks = arena_array(tx->arena, count * TASKS_EACH_MAX + 1, sizeof *tasks);
	struct id *left = arena_array(tx->arena, count + 1, sizeof *left);
	size_t made = 0, left_count = 0;

	for (size_t i = 0; i < count; i++) {
		enum reminder_state state = recorded[i]->claim.reminder.state;

		if (state == REMINDER_SENT) {
			tasks_of_sent(recorded[i], tx->arena, tasks, &made);
			left[left_count++] = recorded[i]->claim.reminder.id;
		}
		if (state == REMINDER_SCHEDULED && text_equal(recorded[i]->outcome.reason, "no_delivery_proof"))
			tasks[made++] = task_of(recorded[i], "delivery_proof", proof_note(recorded[i], tx->arena));
		if (state == REMINDER_FAILED || state == REMINDER_DEAD)
			tasks[made++] = failure_task(recorded[i], tx->arena);
	}
	TRY(tasks_end_of(tx, &batch->creditor, left, left_count));
	TRY(tasks_add(tx, &batch->creditor, tasks, made));
	for (size_t i = 0; i < made; i++) {
		if (tasks[i].added)
			TRY(event_task(tx, &batch->creditor, &tasks[i].task));
	}
	return OK;
}

/* ------------------------------------------------------------------ events */

static struct err tell_case_closed(const struct delivery *delivery, struct db_tx *tx)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct case_event event = { .id = reminder->dunning_case,
				    .customer = reminder->customer,
				    .customer_number = reminder->customer_number,
				    .currency = reminder->currency,
				    .reason = reminder->reason };

	return event_case(tx, &delivery->batch->creditor, "relance.case.closed.v1", &event);
}

static struct err tell_all(struct batch *batch, struct db_tx *tx, struct delivery *const *recorded, size_t count)
{
	const struct reminder_view **over = arena_array(tx->arena, count + 1, sizeof(const struct reminder_view *));
	size_t ended = 0;

	for (size_t i = 0; i < count; i++) {
		const struct reminder_view *reminder = &recorded[i]->claim.reminder;

		if (reminder->state == REMINDER_SENT)
			TRY(effects_carry_out(recorded[i], tx));
		if (recorded[i]->claim.case_ended)
			TRY(tell_case_closed(recorded[i], tx));
		if (reminder_terminal(reminder->state))
			over[ended++] = reminder;
	}
	return event_reminders(tx, &batch->creditor, over, ended);
}

/* ------------------------------------------------------------------ the record */

struct err batch_record(struct batch *batch, struct db_tx *tx, struct delivery *const *decided, size_t count)
{
	struct arena *arena = tx->arena;
	struct claim **claims = arena_array(arena, count + 1, sizeof(struct claim *));
	struct outcome *outcomes = arena_array(arena, count + 1, sizeof *outcomes);
	struct delivery **recorded = arena_array(arena, count + 1, sizeof(struct delivery *));
	bool *held = arena_array(arena, count + 1, sizeof *held);
	size_t done = 0;

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++) {
		claims[i] = &decided[i]->claim;
		outcomes[i] = decided[i]->outcome;
	}
	TRY(claims_end(tx, &batch->creditor, claims, outcomes, count, held));
	for (size_t i = 0; i < count; i++) {
		if (held[i])
			recorded[done++] = decided[i];
	}
	TRY(add_tasks(batch, tx, recorded, done));
	return tell_all(batch, tx, recorded, done);
}
