#include "notification/delivery.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/random.h"
#include "notification/events.h"
#include "notification/store_plan.h"

/* ------------------------------------------------------------------ what is read */

static struct err load_case(struct delivery *delivery, struct db_tx *tx)
{
	struct reminder_view *reminder = &delivery->claim.reminder;
	struct position_ask ask = { .creditor = &delivery->creditor,
				    .policy = &delivery->policy.policy,
				    .customer = reminder->customer,
				    .dunning_case = reminder->dunning_case,
				    .reminder = reminder->id };
	int minute;

	TRY(currency_parse(reminder->currency, &ask.currency));
	TRY(creditor_find(tx, delivery->entry.creditor, &delivery->creditor));
	TRY(policies_find(tx, delivery->bench->process, delivery->entry.creditor, reminder->policy_version,
			  &delivery->policy));
	delivery->step = policy_step_find(&delivery->policy.policy, reminder->step);
	CHECK(delivery->step != NULL); /* planned by this version, which never changes */
	TRY(customer_get(tx, delivery->entry.creditor, reminder->customer, &delivery->customer));
	TRY(clock_local(tx, delivery->creditor.now, delivery->customer.timezone, &delivery->today, &minute));
	reminder->customer_name = delivery->customer.letter.name;
	return position_load(tx, &ask, &delivery->position);
}

/* Whom the step writes to; without a sales representative, the accounts department hears of it. */
static const char *recipient_of(const struct delivery *delivery)
{
	if (delivery->step->channel == CHANNEL_MAIL)
		return mail_address_valid(delivery->customer.email) ? delivery->customer.email : NULL;
	if (delivery->step->channel != CHANNEL_INTERNAL_MAIL)
		return NULL;
	return mail_address_valid(delivery->customer.sales_email) ? delivery->customer.sales_email
								  : delivery->creditor.letter.email;
}

const char *delivery_sender(const struct delivery *delivery)
{
	const char *own = delivery->bench->process->mail_from;

	return text_empty(own) && mail_address_valid(delivery->creditor.letter.email) ? delivery->creditor.letter.email
	       : mail_address_valid(own)                                              ? own
										      : "relance@localhost";
}

static void list_invoices(struct delivery *delivery)
{
	struct reminder_view *reminder = &delivery->claim.reminder;

	reminder->invoice_count = delivery->gate.item_count;
	reminder->invoices = arena_array(delivery->bench->arena, reminder->invoice_count, sizeof *reminder->invoices);
	for (size_t i = 0; i < reminder->invoice_count; i++)
		reminder->invoices[i] = delivery->position.items[delivery->gate.items[i]].number;
}

/* ------------------------------------------------------------------ what comes of it */

static struct err add_task(struct delivery *delivery, struct db_tx *tx, const char *kind, const char *note)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct task_view task = { .kind = kind,
				  .customer_number = reminder->customer_number,
				  .customer_name = reminder->customer_name,
				  .currency = reminder->currency,
				  .note = note,
				  .phone = delivery->customer.phone,
				  .invoices = reminder->invoices,
				  .invoice_count = reminder->invoice_count,
				  .amount_minor = reminder->amount_minor,
				  .made_at = delivery->creditor.now,
				  .done_at = INSTANT_NONE };
	bool added;

	TRY(task_add(tx, &delivery->creditor, reminder, &task, &added));
	return added ? event_task(tx, &delivery->creditor, &task) : OK;
}

static struct err tell_case_closed(struct delivery *delivery, struct db_tx *tx)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct case_event event = { .id = reminder->dunning_case,
				    .customer = reminder->customer,
				    .customer_number = reminder->customer_number,
				    .currency = reminder->currency,
				    .reason = reminder->reason };

	return event_case(tx, &delivery->creditor, "relance.case.closed.v1", &event);
}

static const char *address_note(const struct delivery *delivery, struct arena *arena)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;

	if (delivery->step->channel == CHANNEL_INTERNAL_MAIL)
		return arena_format(arena,
				    "The %s about %s reached no colleague (%s). Name the customer's sales "
				    "representative with an address that works, then retry it.",
				    delivery->step->name, reminder->customer_name, reminder->reason);
	return arena_format(arena, "The %s did not reach %s (%s). Find an address that works, then retry it.",
			    delivery->step->name, reminder->customer_name, reminder->reason);
}

static struct err follow_up(struct delivery *delivery, struct db_tx *tx)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct arena *arena = tx->arena;

	if (reminder->state == REMINDER_SENT && delivery->step->letter)
		TRY(add_task(delivery, tx, "letter",
			     arena_format(arena, "Post the %s as a registered letter, with proof of delivery.",
					  delivery->step->name)));
	if (reminder->state == REMINDER_FAILED || reminder->state == REMINDER_DEAD)
		TRY(add_task(delivery, tx, "address", address_note(delivery, arena)));
	if (delivery->claim.case_ended)
		TRY(tell_case_closed(delivery, tx));
	return reminder_terminal(reminder->state) ? event_reminder(tx, &delivery->creditor, reminder) : OK;
}

/* Records an outcome under the claim, with all that follows from it. Where the lease was lost, nothing happens. */
static struct err end(struct delivery *delivery, struct db_tx *tx, struct outcome outcome)
{
	bool held;

	outcome.today = delivery->today;
	TRY(claim_end(tx, &delivery->creditor, &delivery->claim, &outcome, &held));
	return held ? follow_up(delivery, tx) : OK;
}

struct err delivery_record(struct delivery *delivery, const struct outcome *outcome)
{
	DB_TX_SCOPE tx = db_begin(delivery->bench->db, delivery->bench->arena, DB_WRITE);

	TRY(end(delivery, &tx, *outcome));
	return db_commit(&tx);
}

/* ------------------------------------------------------------------ channels without mail */

static int days_past_due(const struct delivery *delivery)
{
	struct position_sum sum = position_sum(&delivery->position, delivery->today);

	return sum.anchor ? date_days_between(sum.anchor->due_on, delivery->today) : 0;
}

static struct err ask_for_hold(struct delivery *delivery, struct db_tx *tx)
{
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct hold_event hold = { .dunning_case = reminder->dunning_case,
				   .reminder = reminder->id,
				   .customer = reminder->customer,
				   .customer_number = reminder->customer_number,
				   .currency = reminder->currency,
				   .amount_minor = reminder->amount_minor,
				   .days_past_due = days_past_due(delivery) };

	return event_hold(tx, &delivery->creditor, &hold);
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

static struct err act(struct delivery *delivery, struct db_tx *tx)
{
	const char *name = delivery->claim.reminder.customer_name;
	const char *claim = claim_in_words(delivery, tx->arena);

	switch (delivery->step->channel) {
	case CHANNEL_TASK:
		TRY(add_task(delivery, tx, "call", arena_format(tx->arena, "Call %s about %s.", name, claim)));
		break;
	case CHANNEL_FILE:
		TRY(add_task(delivery, tx, "agency_file",
			     arena_format(tx->arena, "Hand the claim against %s to the collection agency: %s.", name,
					  claim)));
		break;
	default:
		CHECK(delivery->step->channel == CHANNEL_HOLD); /* the others mail */
		TRY(ask_for_hold(delivery, tx));
	}
	return end(delivery, tx, (struct outcome){ .event = REMINDER_DELIVERED });
}

/* ------------------------------------------------------------------ the claim */

static const char *message_id_of(const struct delivery *delivery)
{
	char id[ID_TEXT_BYTES];

	return arena_format(delivery->bench->arena, "%s@%s", id_format(delivery->claim.reminder.id, id),
			    mail_domain(delivery_sender(delivery)));
}

static struct err wait_until(struct delivery *delivery, struct db_tx *tx)
{
	struct outcome outcome = { .event = REMINDER_TOO_EARLY, .reason = delivery->gate.reason };

	TRY(clock_instant(tx, delivery->gate.until, delivery->policy.policy.sending_minute, delivery->customer.timezone,
			  &outcome.until));
	return end(delivery, tx, outcome);
}

/* The claim holds from here on; what needs no mail is over within the same transaction. */
static struct err decide(struct delivery *delivery, struct db_tx *tx, enum delivery_next *next)
{
	struct reminder_view *reminder = &delivery->claim.reminder;
	bool mails = delivery->step->channel == CHANNEL_MAIL || delivery->step->channel == CHANNEL_INTERNAL_MAIL;
	bool worn_out = reminder->attempt >= ATTEMPTS_MAX;

	reminder->recipient = recipient_of(delivery);
	reminder->message_id = mails && delivery->gate.verdict == GATE_SEND ? message_id_of(delivery) : NULL;
	if (delivery->gate.verdict == GATE_SEND) {
		reminder->amount_minor = delivery->gate.amount_minor;
		list_invoices(delivery);
		if (!policy_step_is_note(delivery->step))
			TRY(reminder_relist_items(tx, delivery->entry.creditor, reminder->id, delivery->step,
						  &delivery->position, delivery->gate.items,
						  delivery->gate.item_count));
	}
	TRY(claim_hold(tx, delivery->entry.creditor, &delivery->claim));
	*next = DELIVERY_DONE;
	if (worn_out)
		return end(delivery, tx, (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = "too_many_attempts" });
	switch (delivery->gate.verdict) {
	case GATE_SPARE:
		return end(delivery, tx,
			   (struct outcome){ .event = REMINDER_UNFOUNDED, .reason = delivery->gate.reason });
	case GATE_REFUSE:
		return end(delivery, tx,
			   (struct outcome){ .event = REMINDER_REFUSED, .reason = delivery->gate.reason });
	case GATE_LATER:
		return wait_until(delivery, tx);
	case GATE_SEND:
		break;
	}
	if (!mails)
		return act(delivery, tx);
	*next = DELIVERY_MAIL;
	return OK;
}

struct err delivery_claim(struct delivery *delivery, enum delivery_next *next)
{
	struct bench *bench = delivery->bench;
	DB_TX_SCOPE tx = db_begin(bench->db, bench->arena, DB_WRITE);
	struct claim *claim = &delivery->claim;

	TRY(claim_begin(&tx, delivery->entry.creditor, delivery->entry.id, id_fresh(), claim));
	if (!claim->claimable) {
		delivery->entry.due_ms = claim->again_ms;
		*next = claim->again_ms > 0 ? DELIVERY_PUT_BACK : DELIVERY_DONE;
		return db_commit(&tx);
	}
	TRY(load_case(delivery, &tx));
	delivery->gate = gate_check(bench->arena, &(struct gate_facts){ .policy = &delivery->policy.policy,
									.step = delivery->step,
									.position = &delivery->position,
									.climbed = claim->climbed,
									.case_closed = claim->case_closed,
									.today = delivery->today,
									.recipient = recipient_of(delivery) });
	TRY(decide(delivery, &tx, next));
	return db_commit(&tx);
}
