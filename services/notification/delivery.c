#include "notification/delivery.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/random.h"
#include "notification/attachments.h"
#include "notification/recipient.h"
#include "notification/store_correction.h"
#include "notification/store_plan.h"

void batch_init(struct batch *batch, struct bench *bench, const struct queue_entry *entries, size_t count)
{
	*batch = (struct batch){ .bench = bench, .count = count };
	batch->deliveries = arena_array(bench->arena, count, sizeof *batch->deliveries);
	for (size_t i = 0; i < count; i++)
		batch->deliveries[i] = (struct delivery){ .batch = batch, .entry = entries[i] };
}

/* Those of the batch that are claimed. */
static size_t claimed_of(const struct batch *batch, struct delivery **claimed)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		if (batch->deliveries[i].claim.claimable)
			claimed[count++] = &batch->deliveries[i];
	}
	return count;
}

static struct claim **claims_of(struct arena *arena, struct delivery *const *deliveries, size_t count)
{
	struct claim **claims = arena_array(arena, count + 1, sizeof(struct claim *));

	for (size_t i = 0; i < count; i++)
		claims[i] = &deliveries[i]->claim;
	return claims;
}

/* ------------------------------------------------------------------ what is read */

static struct err load_policies(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct delivery *delivery = claimed[i];

		TRY(policy_cache_find(batch->bench->policies, tx, batch->bench->process, batch->creditor.letter.code,
				      delivery->claim.reminder.policy_version, &delivery->policy));
		delivery->step = policy_planned_step(batch->bench->arena, &delivery->policy->policy,
						     delivery->claim.reminder.step, delivery->claim.reminder.channel);
		CHECK(delivery->step != NULL); /* planned by this version, which never changes */
	}
	return OK;
}

static struct err load_customers(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	struct arena *arena = tx->arena;
	struct id *ids = arena_array(arena, count, sizeof *ids);
	struct customer *customers = arena_array(arena, count, sizeof *customers);

	for (size_t i = 0; i < count; i++)
		ids[i] = claimed[i]->claim.reminder.customer;
	TRY(customers_get(tx, batch->creditor.letter.code, ids, count, customers));
	for (size_t i = 0; i < count; i++) {
		claimed[i]->customer = customers[i];
		claimed[i]->claim.reminder.customer_name = customers[i].letter.name;
	}
	return OK;
}

/* Few zones a batch: each is asked for once. */
static struct err load_days(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t known = 0;
		int minute;

		while (known < i && !text_equal(claimed[known]->customer.timezone, claimed[i]->customer.timezone))
			known++;
		if (known < i)
			claimed[i]->today = claimed[known]->today;
		else
			TRY(clock_local(tx, batch->creditor.now, claimed[i]->customer.timezone, &claimed[i]->today,
					&minute));
	}
	return OK;
}

static struct err load_positions(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	struct position_ask *asks = arena_array(tx->arena, count, sizeof *asks);
	struct position *positions = arena_array(tx->arena, count, sizeof *positions);

	for (size_t i = 0; i < count; i++) {
		const struct reminder_view *reminder = &claimed[i]->claim.reminder;

		asks[i] = (struct position_ask){ .creditor = &batch->creditor,
						 .policy = &claimed[i]->policy->policy,
						 .customer = reminder->customer,
						 .dunning_case = reminder->dunning_case,
						 .reminder = reminder->id };
		TRY(currency_parse(reminder->currency, &asks[i].currency));
	}
	TRY(positions_load(tx, asks, count, positions));
	for (size_t i = 0; i < count; i++) {
		claimed[i]->position = positions[i];
		if (policy_step_tells(claimed[i]->step))
			TRY(told_position(tx, &batch->creditor, claimed[i]->claim.reminder.id, &claimed[i]->position));
	}
	return OK;
}

static struct err load(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	TRY(load_policies(batch, tx, claimed, count));
	TRY(load_customers(batch, tx, claimed, count));
	TRY(load_days(batch, tx, claimed, count));
	return load_positions(batch, tx, claimed, count);
}

/* ------------------------------------------------------------------ the decision */

static bool mails(const struct policy_step *step)
{
	return step->channel == CHANNEL_MAIL || step->channel == CHANNEL_INTERNAL_MAIL;
}

const char *batch_sender(const struct batch *batch)
{
	const char *own = batch->bench->process->mail_from;

	return text_empty(own) && mail_address_valid(batch->creditor.letter.email) ? batch->creditor.letter.email
	       : mail_address_valid(own)                                           ? own
										   : "relance@localhost";
}

static const char *message_id_of(const struct delivery *delivery)
{
	char id[ID_TEXT_BYTES];

	return arena_format(delivery->batch->bench->arena, "%s@%s", id_format(delivery->claim.reminder.id, id),
			    mail_domain(batch_sender(delivery->batch)));
}

static void list_invoices(struct delivery *delivery)
{
	struct reminder_view *reminder = &delivery->claim.reminder;

	reminder->invoice_count = delivery->gate.item_count;
	reminder->invoices =
		arena_array(delivery->batch->bench->arena, reminder->invoice_count, sizeof *reminder->invoices);
	for (size_t i = 0; i < reminder->invoice_count; i++)
		reminder->invoices[i] = delivery->position.items[delivery->gate.items[i]].number;
}

static void decide_outcome(struct delivery *delivery, struct outcome outcome)
{
	delivery->outcome = outcome;
	delivery->outcome.today = delivery->today;
	delivery->decided = true;
}

static struct err decide(struct delivery *delivery, struct db_tx *tx)
{
	struct reminder_view *reminder = &delivery->claim.reminder;
	const struct gate_outcome *gate = &delivery->gate;
	bool worn_out = reminder->attempt >= ATTEMPTS_MAX;

	reminder->recipient =
		recipient_find(tx->arena, &delivery->batch->creditor, &delivery->customer, delivery->step->channel);
	delivery->gate = gate_check(tx->arena, &(struct gate_facts){ .policy = &delivery->policy->policy,
								     .step = delivery->step,
								     .position = &delivery->position,
								     .climbed = delivery->claim.climbed,
								     .case_closed = delivery->claim.case_closed,
								     .today = delivery->today,
								     .recipient = reminder->recipient });
	reminder->message_id = NULL;
	if (gate->verdict == GATE_SEND) {
		reminder->amount_minor = gate->amount_minor;
		reminder->message_id = mails(delivery->step) ? message_id_of(delivery) : NULL;
		list_invoices(delivery);
	}
	if (worn_out) {
		decide_outcome(delivery, (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = "too_many_attempts" });
	} else if (gate->verdict == GATE_SPARE) {
		decide_outcome(delivery, (struct outcome){ .event = REMINDER_UNFOUNDED, .reason = gate->reason });
	} else if (gate->verdict == GATE_REFUSE) {
		decide_outcome(delivery, (struct outcome){ .event = REMINDER_REFUSED, .reason = gate->reason });
	} else if (gate->verdict == GATE_LATER) {
		struct outcome outcome = { .event = REMINDER_TOO_EARLY, .reason = gate->reason };

		TRY(clock_instant(tx, gate->until, delivery->policy->policy.sending_minute, delivery->customer.timezone,
				  &outcome.until));
		decide_outcome(delivery, outcome);
	} else if (!policy_step_words(delivery->step)) {
		decide_outcome(delivery, (struct outcome){ .event = REMINDER_DELIVERED });
	}
	return OK;
}

/* What is sent is what is owed now: most reminders list it already. */
static bool listed_anew(const struct delivery *delivery)
{
	const struct gate_outcome *gate = &delivery->gate;
	bool same = delivery->claim.listed == gate->item_count;

	if (gate->verdict != GATE_SEND || policy_step_is_note(delivery->step) || policy_step_tells(delivery->step))
		return false;
	for (size_t i = 0; i < gate->item_count && same; i++) {
		const struct position_item *item = &delivery->position.items[gate->items[i]];

		same = item->listed && item->listed_minor == item->open_minor;
	}
	return !same;
}

static struct err relist(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	struct listing *listings = arena_array(tx->arena, count, sizeof *listings);
	size_t changed = 0;

	for (size_t i = 0; i < count; i++) {
		const struct delivery *delivery = claimed[i];

		if (!listed_anew(delivery))
			continue;
		listings[changed++] = (struct listing){ .reminder = delivery->claim.reminder.id,
							.step = delivery->step,
							.position = &delivery->position,
							.items = delivery->gate.items,
							.count = delivery->gate.item_count };
	}
	return listings_replace(tx, batch->creditor.letter.code, listings, changed);
}

/* The claims hold from here on; what needs no mail is over within the same transaction. */
static struct err hold(struct batch *batch, struct db_tx *tx, struct delivery *const *claimed, size_t count)
{
	struct delivery **decided = arena_array(tx->arena, count, sizeof(struct delivery *));
	size_t over = 0;

	for (size_t i = 0; i < count; i++) {
		TRY(decide(claimed[i], tx));
		claimed[i]->next = claimed[i]->decided ? DELIVERY_DONE : DELIVERY_MAIL;
		if (claimed[i]->decided)
			decided[over++] = claimed[i];
	}
	TRY(relist(batch, tx, claimed, count));
	TRY(attachments_choose(tx, claimed, count));
	batch->held_us = clock_monotonic_us();
	TRY(claims_hold(tx, batch->creditor.letter.code, claims_of(tx->arena, claimed, count), count));
	return batch_record(batch, tx, decided, over);
}

/* ------------------------------------------------------------------ the claim */

struct err batch_claim(struct batch *batch)
{
	struct arena *arena = batch->bench->arena;
	const char *code = batch->deliveries[0].entry.creditor;
	struct delivery **claimed = arena_array(arena, batch->count, sizeof(struct delivery *));
	struct claim **claims = arena_array(arena, batch->count, sizeof(struct claim *));
	size_t count;
	DB_TX_SCOPE tx = db_begin(batch->bench->db, arena, DB_WRITE);

	for (size_t i = 0; i < batch->count; i++) {
		struct delivery *delivery = &batch->deliveries[i];

		delivery->claim = (struct claim){ .reminder = { .id = delivery->entry.id }, .token = id_fresh() };
		claims[i] = &delivery->claim;
	}
	TRY(claims_begin(&tx, code, claims, batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		struct delivery *delivery = &batch->deliveries[i];

		delivery->entry.due_ms = delivery->claim.again_ms;
		delivery->next = delivery->claim.again_ms > 0 ? DELIVERY_PUT_BACK : DELIVERY_DONE;
	}
	count = claimed_of(batch, claimed);
	if (count > 0) {
		TRY(creditor_find(&tx, code, &batch->creditor));
		TRY(load(batch, &tx, claimed, count));
		TRY(hold(batch, &tx, claimed, count));
	}
	return db_commit(&tx);
}
