#include "notification/correct.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "notification/debit_task.h"
#include "notification/events.h"
#include "notification/policies.h"
#include "notification/store_case.h"
#include "notification/store_correction.h"
#include "notification/store_fee.h"
#include "notification/store_report.h"
#include "notification/thank.h"
#include "notification/wire.h"

/* One payment's corrections for one customer. */
struct correcting {
	struct db_tx *tx;
	const struct notification *process;
	struct id event;
	struct creditor creditor;
	struct customer customer;
	struct wrong_reminder *wrong;
	size_t count;
};

/* ------------------------------------------------------------------ what does not count any more */

static struct err go_back(const struct correcting *correcting, const struct policy *policy, struct id dunning_case)
{
	struct counted_rungs rungs;
	struct date left_on = DATE_NONE;

	TRY(rungs_counted(correcting->tx, &correcting->creditor, &correcting->customer, dunning_case, &rungs));

	const struct policy_step *rung = correction_rung(policy, rungs.names, rungs.count);

	for (size_t i = 0; rung && i < rungs.count; i++) {
		if (text_equal(rungs.names[i], rung->name))
			left_on = rungs.days[i];
	}
	return case_go_back(correcting->tx, &correcting->creditor, dunning_case, rung, left_on);
}

static struct err tell_voided(struct db_tx *tx, const struct creditor *creditor, struct id id)
{
	struct reminder_view *views;
	size_t count;

	TRY(reminders_list(tx, &(struct list_ask){ .creditor = creditor->letter.code, .id = id, .limit = 1 }, &views,
			   &count));
	return count == 1 ? event_reminder_voided(tx, creditor, &views[0]) : OK;
}

static struct err take_back(const struct correcting *correcting, const struct wrong_reminder *wrong)
{
	struct db_tx *tx = correcting->tx;
	const struct creditor *creditor = &correcting->creditor;
	const char *country = correcting->customer.letter.country;
	struct policy_version policy;

	TRY(items_mark_paid(tx, creditor, wrong));
	TRY(policies_find(tx, correcting->process, creditor->letter.code, wrong->policy_version, &policy));

	const struct policy_step *step = policy_step_find(&policy.policy, wrong->step);

	CHECK(step != NULL); /* planned by this version, which never changes */
	if (!correction_voids(&policy.policy, step, country, wrong->items, wrong->count, wrong->sent_on))
		return OK;
	TRY(reminder_void(tx, creditor, wrong->id));
	TRY(fee_void(tx, creditor, wrong->id));
	TRY(go_back(correcting, &policy.policy, wrong->dunning_case));
	return tell_voided(tx, creditor, wrong->id);
}

/* ------------------------------------------------------------------ what the debtor is told */

static bool lists(const struct told_new *told, struct id item)
{
	for (size_t i = 0; i < told->count; i++) {
		if (id_equal(told->items[i].item, item))
			return true;
	}
	return false;
}

/* The invoices that reminders in this currency reached the debtor about, as the newest of them put it. */
static void collect(const struct correcting *correcting, struct currency currency, struct told_new *told)
{
	struct corrected_item *items = NULL;

	*told = (struct told_new){ .step = "correction", .currency = currency };
	for (size_t i = correcting->count; i > 0; i--) {
		const struct wrong_reminder *wrong = &correcting->wrong[i - 1];
		bool written = wrong->channel == CHANNEL_MAIL || wrong->channel == CHANNEL_LETTER ||
			       wrong->channel == CHANNEL_SMS;

		if (!written || !currency_equal(wrong->currency, currency))
			continue;
		for (size_t k = 0; k < wrong->count; k++) {
			if (!wrong->news[k] || lists(told, wrong->items[k].item))
				continue;
			*ARENA_PUSH(correcting->tx->arena, items, told->count) = wrong->items[k];
			told->items = items;
		}
		if (told->channel == CHANNEL_NONE) {
			told->channel = wrong->channel;
			told->policy_version = wrong->policy_version;
		}
	}
}

/* At once, and once an event and currency. */
static struct err schedule(const struct correcting *correcting, struct told_new told)
{
	struct policy_version policy;

	told.scope = id_derive(correcting->event, arena_format(correcting->tx->arena, "%s/%s",
							       correcting->customer.letter.number, told.currency.code));
	TRY(policies_find(correcting->tx, correcting->process, correcting->creditor.letter.code, told.policy_version,
			  &policy));
	TRY(policy_leaving(correcting->tx, &correcting->creditor, &correcting->customer, &policy.policy, &told.due_at));
	return told_schedule(correcting->tx, &correcting->creditor, &correcting->customer, &told);
}

static struct err tell(const struct correcting *correcting, struct currency currency)
{
	struct told_new told;

	collect(correcting, currency, &told);
	return told.count > 0 ? schedule(correcting, told) : OK;
}

static bool told_before(const struct correcting *correcting, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (currency_equal(correcting->wrong[k].currency, correcting->wrong[i].currency))
			return true;
	}
	return false;
}

static struct err correct(const struct correcting *correcting)
{
	for (size_t i = 0; i < correcting->count; i++)
		TRY(take_back(correcting, &correcting->wrong[i]));
	for (size_t i = 0; i < correcting->count; i++) {
		if (!told_before(correcting, i))
			TRY(tell(correcting, correcting->wrong[i].currency));
	}
	return OK;
}

/* ------------------------------------------------------------------ parts */

/* Those in the first one's currency; of others another event tells. */
static size_t keep_currency(struct part_paid *parts, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (currency_equal(parts[i].currency, parts[0].currency))
			parts[kept++] = parts[i];
	}
	return kept;
}

/* Each invoice once, as the newest reminder put it. */
static void collect_parts(struct arena *arena, const struct part_paid *parts, size_t count, struct told_new *told)
{
	struct corrected_item *items = NULL;

	*told = (struct told_new){ .step = "part_correction",
				   .channel = parts[0].channel,
				   .currency = parts[0].currency,
				   .policy_version = parts[0].policy_version };
	for (size_t i = 0; i < count; i++) {
		if (lists(told, parts[i].item.item))
			continue;
		*ARENA_PUSH(arena, items, told->count) = parts[i].item;
		told->items = items;
	}
}

static struct err tell_parts(const struct correcting *correcting)
{
	struct db_tx *tx = correcting->tx;
	struct plan_target target = { .customer = correcting->customer.id };
	struct part_paid *parts;
	struct told_new told;
	size_t count;

	TRY(parts_paid_find(tx, &correcting->creditor, &correcting->customer, &parts, &count));
	if (count == 0)
		return OK;
	TRY(customers_lock(tx, correcting->creditor.letter.code, &target, 1));
	TRY(parts_paid_find(tx, &correcting->creditor, &correcting->customer, &parts, &count));
	if (count == 0)
		return OK;
	count = keep_currency(parts, count);
	collect_parts(tx->arena, parts, count, &told);
	TRY(parts_mark_told(tx, &correcting->creditor, parts, count));
	return schedule(correcting, told);
}

/* ------------------------------------------------------------------ the feed */

static struct err find_wrong(struct correcting *correcting)
{
	return wrong_reminders_find(correcting->tx, &correcting->creditor, &correcting->customer, &correcting->wrong,
				    &correcting->count);
}

static struct err correct_if_wrong(struct correcting *correcting)
{
	struct plan_target target = { .customer = correcting->customer.id };

	TRY(find_wrong(correcting));
	if (correcting->count == 0) /* as after nearly all payments */
		return OK;
	/* no planner looks at the case meanwhile */
	TRY(customers_lock(correcting->tx, correcting->creditor.letter.code, &target, 1));
	TRY(find_wrong(correcting));
	return correct(correcting);
}

static struct err on_payment(struct feed_context *context, const struct feed_event *event)
{
	struct correcting correcting = { .tx = context->tx, .process = context->process, .event = event->id };
	struct id customer;

	TRY(wire_event_customer(context->arena, event, &customer));
	TRY(creditor_find(context->tx, event->creditor, &correcting.creditor));
	TRY(customer_get(context->tx, event->creditor, customer, &correcting.customer));
	TRY(correct_if_wrong(&correcting));
	TRY(tell_parts(&correcting));
	return thank_if_due(context->tx, context->process, &correcting.creditor, &correcting.customer);
}

static const struct feed_subscription SUBSCRIPTIONS[] = {
	{ "relance.payment.allocated.v1", on_payment },
	{ "relance.debit.returned.v1", on_debit_returned },
};

const struct feed_reader NOTIFICATION_READER = { .name = "notification",
						 .subscriptions = SUBSCRIPTIONS,
						 .count = sizeof SUBSCRIPTIONS / sizeof SUBSCRIPTIONS[0] };
