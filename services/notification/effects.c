#include "notification/effects.h"

#include "notification/events.h"
#include "notification/store_delivered.h"
#include "notification/store_fee.h"
#include "notification/store_pause.h"

/* ------------------------------------------------------------------ fees, holds */

static struct err charge(const struct delivery *delivery, struct db_tx *tx)
{
	int64_t fee_minor = policy_step_fee_minor(delivery->step, &delivery->position);

	return fee_minor == 0 ? OK
			      : fee_charge(tx, &delivery->batch->creditor, &delivery->claim.reminder, fee_minor,
					   delivery->today);
}

/* `reason` NULL: a step of the ladder. */
static struct err ask_for_hold(const struct delivery *delivery, struct db_tx *tx, const char *reason)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct position_sum sum = position_sum(&delivery->position, delivery->today);
	struct hold_event hold = { .dunning_case = reminder->dunning_case,
				   .reminder = reminder->id,
				   .customer = reminder->customer,
				   .customer_number = reminder->customer_number,
				   .currency = reminder->currency,
				   .amount_minor = reminder->amount_minor,
				   .reason = reason };

	if (sum.anchor)
		hold.days_past_due = date_days_between(sum.anchor->due_on, delivery->today);
	return event_hold(tx, &delivery->batch->creditor, &hold);
}

/* ------------------------------------------------------------------ the plan that a message proposes */

static void cover(const struct delivery *delivery, struct arena *arena, struct covered *covered)
{
	size_t count = delivery->gate.item_count;

	*covered = (struct covered){ .customer = delivery->customer,
				     .currency = delivery->position.currency,
				     .items = arena_array(arena, count, sizeof *covered->items),
				     .numbers = arena_array(arena, count, sizeof *covered->numbers),
				     .open_minor = arena_array(arena, count, sizeof *covered->open_minor),
				     .count = count,
				     .cash_minor = delivery->position.unapplied_minor };
	for (size_t i = 0; i < count; i++) {
		const struct position_item *item = &delivery->position.items[delivery->gate.items[i]];

		covered->items[i] = item->id;
		covered->numbers[i] = item->number;
		covered->open_minor[i] = item->open_minor;
		covered->total_minor += item->open_minor;
	}
}

static struct err propose(const struct delivery *delivery, struct db_tx *tx)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct instalment instalments[AGREEMENT_PROPOSED_INSTALMENTS];
	struct covered covered;
	struct agreement_view plan = { .id = id_derive(reminder->id, "plan"),
				       .customer = reminder->customer,
				       .customer_number = reminder->customer_number,
				       .customer_name = reminder->customer_name,
				       .kind = AGREEMENT_PLAN,
				       .state = AGREEMENT_PROPOSED,
				       .made_by = "ladder",
				       .made_at = delivery->batch->creditor.now,
				       .ended_at = INSTANT_NONE,
				       .reminder = reminder->id,
				       .currency = delivery->position.currency,
				       .invoices = reminder->invoices,
				       .invoice_count = reminder->invoice_count };

	agreement_propose(delivery->gate.amount_minor, delivery->today, instalments);
	plan.terms = (struct agreement){ instalments, AGREEMENT_PROPOSED_INSTALMENTS,
					 delivery->policy->policy.promise_grace_days };
	cover(delivery, tx->arena, &covered);
	TRY(agreement_add(tx, &delivery->batch->creditor, &covered, &plan));
	return event_agreement(tx, &delivery->batch->creditor, "proposed", &plan);
}

/* An invoice that went with a note before its due date has arrived; a copy beside a notice says nothing of it. */
static struct err note_delivered(const struct delivery *delivery, struct db_tx *tx)
{
	if (!policy_step_is_note(delivery->step) || delivery->document_count == 0)
		return OK;
	return deliveries_by_mail(tx, &delivery->batch->creditor, delivery->documents, delivery->document_count,
				  delivery->today, delivery->claim.reminder.message_id);
}

struct err effects_carry_out(const struct delivery *delivery, struct db_tx *tx)
{
	TRY(charge(delivery, tx));
	TRY(note_delivered(delivery, tx));
	if (delivery->step->channel == CHANNEL_HOLD)
		TRY(ask_for_hold(delivery, tx, NULL));
	if (delivery->step->cash_only)
		TRY(ask_for_hold(delivery, tx, "cash_only"));
	return delivery->step->propose_plan ? propose(delivery, tx) : OK;
}
