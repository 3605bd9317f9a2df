#include "notification/thank.h"

#include "notification/channels/mail.h"
#include "notification/events.h"
#include "notification/policies.h"
#include "notification/store_correction.h"
#include "notification/store_thanks.h"

static struct err policy_of(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
			    const struct customer *customer, struct currency currency, const struct policy **policy)
{
	struct policy_set *set = arena_alloc(tx->arena, sizeof *set);
	struct position position;

	TRY(policies_in_force(tx, process, creditor->letter.code, set));
	TRY(position_load(
		tx,
		&(struct position_ask){
			.creditor = creditor, .policies = set, .customer = customer->id, .currency = currency },
		&position));
	*policy = position.policy;
	return OK;
}

static struct err thank(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
			const struct policy *policy, const struct paid_well *paid)
{
	char day[DATE_TEXT_BYTES];
	struct told_new told = {
		.scope = id_derive(customer->id,
				   arena_format(tx->arena, "thanks/%s", date_format(creditor->today, day))),
		.step = "thanks",
		.channel = CHANNEL_MAIL,
		.currency = paid->currency,
		.policy_version = policy->version,
		.items = paid->items,
		.count = paid->count,
	};

	TRY(policy_leaving(tx, creditor, customer, policy, &told.due_at));
	TRY(thanks_remember(tx, creditor, customer->id));
	TRY(told_schedule(tx, creditor, customer, &told));
	return event_terms(tx, creditor,
			   &(struct terms_event){ .customer = customer->id,
						  .customer_number = customer->letter.number,
						  .currency = paid->currency.code,
						  .on_time = paid->count });
}

struct err thank_if_due(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
			const struct customer *customer)
{
	const struct policy *policy;
	struct paid_well paid;

	if (!mail_address_valid(customer->email))
		return OK;
	TRY(paid_well_find(tx, creditor, customer->id, POLICY_THANKS_LEAST, &paid));
	if (paid.count == 0) /* as with most: no policy is looked at */
		return OK;
	TRY(policy_of(tx, process, creditor, customer, paid.currency, &policy));
	if (policy->thanks_after == 0)
		return OK;
	TRY(paid_well_find(tx, creditor, customer->id, policy->thanks_after, &paid));
	return paid.count == 0 ? OK : thank(tx, creditor, customer, policy, &paid);
}
