#include "common/base/text.h"
#include "payments/domain/match_steps.h"
#include "payments/domain/subset.h"

/* The named items that can be paid with this payment's money. */
struct payables {
	struct open_item *items[2 * NAMED_MAX];
	size_t count;
	int64_t sum;
};

static void add_payable(struct payables *payables, const struct payment *payment, struct open_item *item)
{
	if (!open_item_owed(item) || !currency_equal(item->currency, payment->currency))
		return;
	for (size_t i = 0; i < payables->count; i++)
		if (payables->items[i] == item)
			return;
	payables->items[payables->count++] = item;
	payables->sum += item->open_minor;
}

static struct payables payables_of(const struct match *match, bool with_abbreviated, bool with_others)
{
	const struct named *named = match->named;
	struct payables payables = { 0 };

	for (size_t i = 0; i < named->count; i++)
		add_payable(&payables, match->payment, named->items[i]);
	for (size_t i = 0; with_abbreviated && i < named->abbreviated_count; i++)
		add_payable(&payables, match->payment, named->abbreviated[i]);
	for (size_t i = 0; with_others && i < named->other_count && payables.count < NAMED_MAX; i++)
		add_payable(&payables, match->payment, named->others[i]);
	return payables;
}

static void allocate_all(struct match *match, const struct payables *payables)
{
	for (size_t i = 0; i < payables->count; i++)
		match_allocate(match, payables->items[i], payables->items[i]->open_minor, 0);
}

/* Proposes them in the order named, as far as the money goes. */
static void propose(struct match *match, const struct payables *payables)
{
	int64_t left = match->payment->amount_minor;

	for (size_t i = 0; i < payables->count && left > 0; i++) {
		int64_t open = payables->items[i]->open_minor, amount = left < open ? left : open;

		match_allocate(match, payables->items[i], amount, 0);
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

static bool payer_against(const struct match *match, const struct customer *customer)
{
	return payer_witness(match->items, match->payment, match->reading, customer) == WITNESS_AGAINST;
}

/* Whose cash it is while a person decides: the named customer's, unless the payer is somebody else. */
static struct customer *cash_owner(const struct match *match)
{
	const struct named *named = match->named;

	if (!one_customer(named->items, named->count) || payer_against(match, named->items[0]->customer))
		return NULL;
	return named->items[0]->customer;
}

static bool suggest(struct match *match, enum match_rule rule, const struct payables *payables)
{
	match_forget(match);
	propose(match, payables);
	match->decision.customer = cash_owner(match);
	return match_done(match, PAYMENT_SUGGESTED, rule);
}

/* Another item of the customer's is open with exactly this amount, and its number is one slip from what was written:
 * the payer may have meant that one. */
static bool slip_explains(const struct match *match, const struct customer *customer)
{
	for (const struct open_item *item = customer ? customer->items : NULL; item; item = item->next_of_customer) {
		bool named = false;

		for (size_t i = 0; i < match->named->count; i++)
			named = named || match->named->items[i] == item;
		if (!named && open_item_owed(item) && item->open_minor == match->payment->amount_minor &&
		    currency_equal(item->currency, match->payment->currency) &&
		    match_text_like(match, item->number_key))
			return true;
	}
	return false;
}

static const struct customer *payer_of(const struct match *match)
{
	bool learned;

	return payer_by_account(match->items, match->payment, &learned);
}

/* ------------------------------------------------------------------ the amount fits exactly */

static bool exact(struct match *match, const struct payables *payables)
{
	enum match_rule rule = payables->count > 1        ? RULE_SEVERAL_EXACT
			       : match->named->structured ? RULE_REFERENCE_EXACT
							  : RULE_NUMBER_EXACT;

	if (payables->count == 0 || payables->sum != match->payment->amount_minor)
		return false;
	if (payables->count == 1 && payer_against(match, payables->items[0]->customer) &&
	    slip_explains(match, payer_of(match)))
		return false;
	allocate_all(match, payables);
	return match_done(match, PAYMENT_ALLOCATED, rule);
}

static bool discount_allowed(const struct match *match, const struct open_item *item)
{
	return item->discount_minor > 0 && item->discount_minor < item->open_minor &&
	       item->open_minor == item->amount_minor && date_known(item->discount_until) &&
	       date_compare(match->payment->value_on, item->discount_until) <= 0;
}

/* What is missing is exactly the discount of some of them: the only such choice counts. */
static bool exact_with_discount(struct match *match, const struct payables *payables)
{
	struct open_item *allowed[SUBSET_ITEMS_MAX];
	int64_t discounts[SUBSET_ITEMS_MAX];
	uint64_t chosen = 0;
	size_t count = 0;

	for (size_t i = 0; i < payables->count && count < SUBSET_ITEMS_MAX; i++)
		if (discount_allowed(match, payables->items[i])) {
			discounts[count] = payables->items[i]->discount_minor;
			allowed[count++] = payables->items[i];
		}
	if (payables->sum <= match->payment->amount_minor ||
	    subset_sum(discounts, count, payables->sum - match->payment->amount_minor, &chosen) != 1)
		return false;
	for (size_t i = 0; i < payables->count; i++) {
		struct open_item *item = payables->items[i];
		int64_t discount = 0;

		for (size_t k = 0; k < count; k++)
			if (allowed[k] == item && (chosen & (UINT64_C(1) << k)))
				discount = item->discount_minor;
		match_allocate(match, item, item->open_minor - discount, discount);
	}
	return match_done(match, PAYMENT_ALLOCATED, RULE_DISCOUNT);
}

/* Some of those named, and no other choice of them, sum to the amount. */
static bool exact_subset(struct match *match, const struct payables *payables)
{
	int64_t amounts[SUBSET_ITEMS_MAX];
	uint64_t chosen = 0;

	if (payables->count < 2 || payables->count > SUBSET_ITEMS_MAX || payables->sum < match->payment->amount_minor)
		return false;
	for (size_t i = 0; i < payables->count; i++)
		amounts[i] = payables->items[i]->open_minor;
	if (subset_sum(amounts, payables->count, match->payment->amount_minor, &chosen) != 1)
		return false;
	for (size_t i = 0; i < payables->count; i++)
		if (chosen & (UINT64_C(1) << i))
			match_allocate(match, payables->items[i], payables->items[i]->open_minor, 0);
	return match_done(match, PAYMENT_ALLOCATED, RULE_SEVERAL_SUBSET);
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
		match_allocate(match, payables->items[i], payment->documents[i].amount_minor, 0);
	return match_done(match, PAYMENT_ALLOCATED, RULE_ADVICE);
}

bool match_named_exact(struct match *match)
{
	named_collect(match->arena, match->items, match->payment, match->reading, match->named);
	if (match->named->count == 0 || match->named->doubtful)
		return false;
	struct payables all = payables_of(match, true, true), named = payables_of(match, true, false),
			full = payables_of(match, false, false);

	if (exact(match, &all))
		return true;
	if (all.count > named.count) /* a second reference that the amount does not cover: contradiction */
		return false;
	return as_told(match, &full) || exact(match, &full) || exact_with_discount(match, &named) ||
	       exact_with_discount(match, &full) || exact_subset(match, &named);
}

/* ------------------------------------------------------------------ it does not */

/* Nothing that is named can be paid with it. */
static bool nothing_payable(struct match *match)
{
	const struct named *named = match->named;
	enum match_rule rule = RULE_ALREADY_SETTLED;

	for (size_t i = 0; i < named->count; i++)
		if (open_item_owed(named->items[i]))
			rule = RULE_FOREIGN_CURRENCY;
	return match_unapplied(match, rule, cash_owner(match));
}

/* The bank cut the list off: the one set of the customer's other items that makes up the rest belongs to it. */
static bool list_cut(struct match *match, const struct payables *payables)
{
	if (!match->reading->cut || payables->sum >= match->payment->amount_minor)
		return false;
	allocate_all(match, payables);
	if (match_complete(match, payables->items[0]->customer, match->payment->amount_minor - payables->sum))
		return match_done(match, PAYMENT_ALLOCATED, RULE_LIST_CUT);
	match_forget(match);
	return false;
}

static bool part_or_more(struct match *match, const struct payables *payables)
{
	int64_t amount = match->payment->amount_minor;

	if (list_cut(match, payables))
		return true;
	if (amount > payables->sum) {
		allocate_all(match, payables);
		return match_done(match, PAYMENT_ALLOCATED, RULE_OVERPAYMENT);
	}
	match_allocate(match, payables->items[0], amount, 0);
	return match_done(match, PAYMENT_ALLOCATED, RULE_PART);
}

bool match_named_otherwise(struct match *match)
{
	named_collect(match->arena, match->items, match->payment, match->reading, match->named);
	const struct named *named = match->named;

	if (named->count == 0)
		return false;
	struct payables all = payables_of(match, true, true), full = payables_of(match, false, false);

	if (all.count == 0)
		return nothing_payable(match);
	struct customer *customer = all.items[0]->customer;
	enum witness payer = payer_witness(match->items, match->payment, match->reading, customer);

	if (all.count > full.count + named->abbreviated_count || payer == WITNESS_AGAINST ||
	    (all.count == 1 && !named->doubtful &&
	     (slip_explains(match, customer) || slip_explains(match, payer_of(match)))))
		return suggest(match, RULE_CONTRADICTION, &all);
	if (named->doubtful || (named->weak && payer != WITNESS_FOR) || named->abbreviated_count > 0 ||
	    !one_customer(all.items, all.count) || (all.count > 1 && all.sum > match->payment->amount_minor))
		return suggest(match, RULE_SUM_UNCLEAR, &all);
	return part_or_more(match, &all);
}
