#include "common/base/text.h"
#include "payments/domain/match_steps.h"
#include "payments/domain/subset.h"

static void add_payable(struct payables *payables, const struct match *match, struct open_item *item)
{
	if (!match_payable(match, item))
		return;
	for (size_t i = 0; i < payables->count; i++)
		if (payables->items[i] == item)
			return;
	payables->items[payables->count++] = item;
	payables->sum += item->open_minor;
}

/* Into `payables`, of whose list hardly ever more than the beginning is touched. */
static void payables_of(const struct match *match, bool with_abbreviated, bool with_others, struct payables *payables)
{
	const struct named *named = match->named;

	payables->count = 0;
	payables->sum = 0;
	for (size_t i = 0; i < named->count; i++)
		add_payable(payables, match, named->items[i]);
	for (size_t i = 0; with_abbreviated && i < named->abbreviated_count; i++)
		add_payable(payables, match, named->abbreviated[i]);
	for (size_t i = 0; with_others && i < named->other_count && payables->count < NAMED_MAX; i++)
		add_payable(payables, match, named->others[i]);
}

/* Proposes them in the order named, as far as the money goes. */
static void propose(struct match *match, const struct payables *payables)
{
	int64_t left = match->payment->amount_minor;

	for (size_t i = 0; i < payables->count && left > 0; i++) {
		int64_t open = payables->items[i]->open_minor, amount = left < open ? left : open;

		match_allocate(match, payables->items[i], amount);
		left -= amount;
	}
}

static bool one_customer(struct open_item *const *items, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (items[i]->customer != items[0]->customer)
			return false;
	return count > 0;
}

/* Whose cash it is while a person decides: the named customer's, unless the payer is somebody else. */
static struct customer *cash_owner(const struct match *match)
{
	const struct named *named = match->named;

	if (!one_customer(named->items, named->count) || match_payer_against(match, named->items[0]->customer))
		return NULL;
	return named->items[0]->customer;
}

/* Every set of those named that makes up the amount; else all of them, as far as the money goes. */
static bool suggest_sums(struct match *match, const struct payables *payables)
{
	match_forget(match);
	if (payables->count < 2 || !match_propose_subsets(match, payables))
		propose(match, payables);
	match->decision.customer = cash_owner(match);
	return match_done(match, PAYMENT_SUGGESTED, RULE_SUM_UNCLEAR);
}

/* What is named, or what may have been meant. */
static bool suggest_contradiction(struct match *match, const struct payables *payables)
{
	match_forget(match);
	propose(match, payables);
	match->alternative = match->decision.allocation_count > 0;
	match_propose_slip(match);
	match->decision.customer = cash_owner(match);
	return match_done(match, PAYMENT_SUGGESTED, RULE_CONTRADICTION);
}

/* ------------------------------------------------------------------ the amount fits exactly */

static bool exact(struct match *match, const struct payables *payables)
{
	enum match_rule rule = payables->count > 1        ? RULE_SEVERAL_EXACT
			       : match->named->structured ? RULE_REFERENCE_EXACT
							  : RULE_NUMBER_EXACT;

	if (payables->count == 0 || payables->sum != match->payment->amount_minor)
		return false;
	if (payables->count == 1 && match_payer_against(match, payables->items[0]->customer) &&
	    match_slip_explains(match, SLIP_OF_PAYER))
		return false;
	match_allocate_all(match, payables);
	return match_done(match, PAYMENT_ALLOCATED, rule);
}

static bool discount_allowed(const struct match *match, const struct open_item *item)
{
	return item->discount_minor > 0 && item->discount_minor < item->open_minor &&
	       item->open_minor == item->amount_minor && date_known(item->discount_until) &&
	       date_compare(match->payment->value_on,
			    date_add_days(item->discount_until, match->rules->discount_grace_days)) <= 0;
}

/* What is missing is exactly the discount of some of them: the only such choice counts. */
static bool exact_with_discount(struct match *match, const struct payables *payables)
{
	size_t place[SUBSET_ITEMS_MAX], count = 0;
	int64_t discounts[SUBSET_ITEMS_MAX];

	for (size_t i = 0; i < payables->count && count < SUBSET_ITEMS_MAX; i++)
		if (discount_allowed(match, payables->items[i])) {
			discounts[count] = payables->items[i]->discount_minor;
			place[count++] = i;
		}
	if (payables->sum <= match->payment->amount_minor)
		return false;
	struct subsets subsets = subset_find(discounts, count, payables->sum - match->payment->amount_minor);
	uint64_t sole = subset_sole(&subsets);

	if (sole == 0)
		return false;
	match_allocate_all(match, payables);
	for (size_t k = 0; k < count; k++)
		if (sole & (UINT64_C(1) << k))
			allocation_relieve(&match->decision.allocations[place[k]], discounts[k], RELIEF_DISCOUNT);
	return match_done(match, PAYMENT_ALLOCATED, RULE_DISCOUNT);
}

/* Ends of numbers mean something only beside a number in full. */
static bool any_in_full(const struct match *match)
{
	for (size_t i = 0; i < match->decision.allocation_count; i++)
		for (size_t k = 0; k < match->named->count; k++)
			if (match->named->items[k] == match->decision.allocations[i].item)
				return true;
	return false;
}

/* Some of those named, and no other choice of them, sum to the amount. */
static bool exact_subset(struct match *match, const struct payables *payables)
{
	int64_t amounts[SUBSET_ITEMS_MAX];

	if (payables->count < 2 || payables->count > SUBSET_ITEMS_MAX || payables->sum < match->payment->amount_minor)
		return false;
	for (size_t i = 0; i < payables->count; i++)
		amounts[i] = payables->items[i]->open_minor;
	struct subsets subsets = subset_find(amounts, payables->count, match->payment->amount_minor);
	uint64_t sole = subset_sole(&subsets);

	for (size_t i = 0; i < payables->count; i++)
		if (sole & (UINT64_C(1) << i))
			match_allocate(match, payables->items[i], amounts[i]);
	if (any_in_full(match))
		return match_done(match, PAYMENT_ALLOCATED, RULE_SEVERAL_SUBSET);
	match_forget(match);
	return false;
}

/* The payer's own list of amounts, where each can be booked as told. */
static bool as_told(struct match *match, const struct payables *payables)
{
	const struct payment *payment = match->payment;
	int64_t told = 0;

	if (payables->count == 0 || payment->document_count != payables->count || match->named->doubtful)
		return false;
	for (size_t i = 0; i < payables->count; i++) {
		int64_t amount = payment->documents[i].amount_minor;
		const char *key = text_normalise(match->arena, payment->documents[i].number);

		if (amount <= 0 || amount > payables->items[i]->open_minor ||
		    !text_equal(key, payables->items[i]->number_key))
			return false;
		told += amount;
	}
	if (told != payment->amount_minor)
		return false;
	for (size_t i = 0; i < payables->count; i++)
		match_allocate(match, payables->items[i], payment->documents[i].amount_minor);
	return match_done(match, PAYMENT_ALLOCATED, RULE_ADVICE);
}

bool match_named_exact(struct match *match)
{
	named_collect(match->arena, match->items, match->payment, match->reading, match->named);
	if (match->named->count == 0 || match->named->doubtful)
		return false;
	struct payables all, named, full;

	payables_of(match, true, true, &all);
	if (exact(match, &all))
		return true;
	payables_of(match, true, false, &named);
	payables_of(match, false, false, &full);
	if (all.count > named.count) /* a second reference that the amount does not cover: contradiction */
		return false;
	return as_told(match, &full) || exact(match, &full) || exact_with_discount(match, &named) ||
	       exact_with_discount(match, &full) || exact_subset(match, &named);
}

/* ------------------------------------------------------------------ it does not */

static bool suggest_as(struct match *match, enum match_rule rule)
{
	match->decision.customer = cash_owner(match);
	return match_done(match, PAYMENT_SUGGESTED, rule);
}

/* Nothing that is named can be paid with it: it is settled, or owed in another currency. */
static bool nothing_payable(struct match *match)
{
	if (match_instructed(match))
		return true;
	if (match_propose_slip(match))
		return suggest_as(match, RULE_CONTRADICTION);
	if (match_propose_foreign(match))
		return suggest_as(match, RULE_FOREIGN_CURRENCY);
	return match_unapplied(match, RULE_ALREADY_SETTLED, cash_owner(match));
}

bool match_named_otherwise(struct match *match)
{
	named_collect(match->arena, match->items, match->payment, match->reading, match->named);
	const struct named *named = match->named;

	if (named->count == 0)
		return false;
	struct payables all, full;

	payables_of(match, true, true, &all);
	payables_of(match, false, false, &full);
	if (all.count == 0)
		return nothing_payable(match);
	enum witness payer = payer_witness(match->items, match->payment, match->reading, all.items[0]->customer);

	if (all.count > full.count + named->abbreviated_count || payer == WITNESS_AGAINST ||
	    (all.count == 1 && !named->doubtful && match_slip_explains(match, SLIP_OF_ANYBODY)))
		return suggest_contradiction(match, &all);
	if (named->doubtful || (named->weak && !witness_for(payer)) || named->abbreviated_count > 0 ||
	    !one_customer(all.items, all.count))
		return suggest_sums(match, &all);
	return match_amount_rules(match, &all) || suggest_sums(match, &all);
}
