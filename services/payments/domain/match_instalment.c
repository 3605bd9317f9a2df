#include "payments/domain/match_steps.h"

static bool has_instalment(const struct plan *plan, int64_t minor)
{
	for (size_t i = 0; i < plan->instalment_count; i++)
		if (plan->instalments[i] == minor)
			return true;
	return false;
}

static bool holds(const struct plan *plan, const struct open_item *item)
{
	for (size_t i = 0; i < plan->item_count; i++)
		if (plan->items[i] == item)
			return true;
	return false;
}

static int64_t still_open(const struct match *match, const struct plan *plan)
{
	int64_t sum = 0;

	for (size_t i = 0; i < plan->item_count; i++)
		sum += match_payable(match, plan->items[i]) ? plan->items[i]->open_minor : 0;
	return sum;
}

const struct plan *match_plan(const struct match *match, struct customer *customer, const struct open_item *first)
{
	const struct plan *only = NULL;

	for (const struct plan *plan = customer_plans(match->items, customer); plan; plan = plan->next) {
		if (!has_instalment(plan, match->payment->amount_minor) || (first && !holds(plan, first)) ||
		    still_open(match, plan) < match->payment->amount_minor)
			continue;
		if (only)
			return NULL;
		only = plan;
	}
	return only;
}

static int64_t pay(struct match *match, struct open_item *item, int64_t left)
{
	int64_t amount = item->open_minor < left ? item->open_minor : left;

	if (amount > 0)
		match_allocate(match, item, amount);
	return amount;
}

void match_allocate_plan(struct match *match, const struct plan *plan, struct open_item *first)
{
	int64_t left = match->payment->amount_minor;

	if (first)
		left -= pay(match, first, left);
	for (size_t i = 0; i < plan->item_count && left > 0; i++)
		if (plan->items[i] != first && match_payable(match, plan->items[i]))
			left -= pay(match, plan->items[i], left);
}

bool match_instalment(struct match *match, struct open_item *first)
{
	const struct plan *plan = match_plan(match, first->customer, first);

	if (!plan)
		return false;
	match_allocate_plan(match, plan, first);
	return match_done(match, PAYMENT_ALLOCATED, RULE_INSTALMENT);
}
