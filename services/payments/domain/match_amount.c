#include "common/base/text.h"
#include "payments/domain/match_steps.h"

static struct open_item *largest(const struct payables *payables)
{
	struct open_item *item = payables->items[0];

	for (size_t i = 1; i < payables->count; i++)
		if (payables->items[i]->open_minor > item->open_minor)
			item = payables->items[i];
	return item;
}

static struct allocation *allocation_of(const struct match *match, const struct open_item *item)
{
	struct allocation *allocation = match->decision.allocations;

	while (allocation->item != item)
		allocation++;
	return allocation;
}

/* ------------------------------------------------------------------ less than is open */

/* Pays all of them; what is missing is on the largest: written off to `relief`, or open. */
static bool short_by(struct match *match, const struct payables *payables, bool written_off, enum relief relief,
		     enum match_rule rule)
{
	int64_t missing = payables->sum - match->payment->amount_minor;

	if (largest(payables)->open_minor <= missing)
		return false;
	match_allocate_all(match, payables);
	struct allocation *allocation = allocation_of(match, largest(payables));

	if (written_off) {
		allocation_relieve(allocation, missing, relief);
	} else {
		allocation->amount_minor -= missing;
		allocation->cash_minor -= missing;
	}
	return match_done(match, PAYMENT_ALLOCATED, rule);
}

/* The bank says how much was taken on the way, or that exactly what is open was ordered. */
static bool charges_proved(const struct payment *payment, const struct payables *payables)
{
	int64_t missing = payables->sum - payment->amount_minor;
	bool taken = payment->charges_minor == missing && currency_equal(payment->charges_currency, payment->currency);
	bool ordered = payment->instructed_minor == payables->sum &&
		       currency_equal(payment->instructed_currency, payment->currency);

	return taken || ordered;
}

static bool bank_charges(struct match *match, const struct payables *payables)
{
	return short_by(match, payables, match->rules->charges_booked, RELIEF_BANK_CHARGES, RULE_BANK_CHARGES);
}

static bool part(struct match *match, const struct payables *payables)
{
	int64_t missing = payables->sum - match->payment->amount_minor;
	const struct match_rules *rules = match->rules;

	if (payables->count != 1 || !rules->parts)
		return false;
	match_allocate(match, payables->items[0], match->payment->amount_minor);
	return match_done(match, PAYMENT_ALLOCATED,
			  match_rules_like_discount(rules, missing, payables->sum) ? RULE_DISCOUNT_NOT_DUE : RULE_PART);
}

static bool less(struct match *match, const struct payables *payables)
{
	int64_t missing = payables->sum - match->payment->amount_minor;
	const struct match_rules *rules = match->rules;

	if (charges_proved(match->payment, payables) && bank_charges(match, payables))
		return true;
	if (match_rules_within(missing, payables->sum, rules->under_max_minor, rules->under_max_share) &&
	    short_by(match, payables, true, RELIEF_ROUNDING, RULE_SMALL_SHORTFALL))
		return true;
	return (missing <= rules->charges_max_minor && bank_charges(match, payables)) || part(match, payables);
}

/* ------------------------------------------------------------------ more than is open */

/* The bank cut the list off: the one set of the customer's other items that makes up the rest belongs to it. */
static bool list_cut(struct match *match, const struct payables *payables)
{
	if (!match->reading->cut)
		return false;
	match_allocate_all(match, payables);
	if (match_complete(match, payables->items[0]->customer, match->payment->amount_minor - payables->sum))
		return match_done(match, PAYMENT_ALLOCATED, RULE_LIST_CUT);
	match_forget(match);
	return false;
}

/* The rest is exactly interest and fees of the same customer: the invoice and its charges, paid together. */
static bool with_charges(struct match *match, const struct payables *payables)
{
	match_allocate_all(match, payables);
	if (match_complete_charges(match, payables->items[0]->customer, match->payment->amount_minor - payables->sum))
		return match_done(match, PAYMENT_ALLOCATED, RULE_WITH_CHARGES);
	match_forget(match);
	return false;
}

static bool more(struct match *match, const struct payables *payables)
{
	int64_t excess = match->payment->amount_minor - payables->sum;
	const struct match_rules *rules = match->rules;

	if (list_cut(match, payables) || with_charges(match, payables))
		return true;
	match_allocate_all(match, payables);
	if (!match_rules_within(excess, payables->sum, rules->over_max_minor, rules->over_max_share))
		return match_done(match, PAYMENT_ALLOCATED, RULE_OVERPAYMENT);
	match->decision.rounding_minor = excess;
	return match_done(match, PAYMENT_ALLOCATED, RULE_SMALL_EXCESS);
}

bool match_amount_rules(struct match *match, const struct payables *payables)
{
	if (payables->count == 1 && match_instalment(match, payables->items[0]))
		return true;
	return payables->sum < match->payment->amount_minor ? more(match, payables) : less(match, payables);
}

/* ------------------------------------------------------------------ another currency */

static struct payables owed_in(const struct named *named, struct currency currency)
{
	struct payables payables = { 0 };

	for (size_t i = 0; i < named->count; i++)
		if (open_item_owed(named->items[i]) && currency_equal(named->items[i]->currency, currency)) {
			payables.items[payables.count++] = named->items[i];
			payables.sum += named->items[i]->open_minor;
		}
	return payables;
}

/* The cash in proportion to what each share settles of `total`; the last one takes what rounding leaves. */
static void share_cash(struct match *match, int64_t total)
{
	struct decision *decision = &match->decision;
	int64_t left = match->payment->amount_minor;

	for (size_t i = 0; i < decision->allocation_count; i++) {
		struct allocation *allocation = &decision->allocations[i];
		bool last = i + 1 == decision->allocation_count;

		allocation->cash_minor =
			last ? left : money_mul_div(match->payment->amount_minor, allocation->amount_minor, total);
		left -= allocation->cash_minor;
	}
}

bool match_instructed(struct match *match)
{
	const struct payment *payment = match->payment;
	const struct named *named = match->named;

	if (payment->instructed_minor == 0 || named->doubtful || named->weak ||
	    currency_equal(payment->instructed_currency, payment->currency))
		return false;
	struct payables owed = owed_in(named, payment->instructed_currency);
	bool in_part = owed.count == 1 && match->rules->parts && payment->instructed_minor < owed.sum &&
		       !match_payer_against(match, owed.items[0]->customer);

	if (owed.count == 0 || (payment->instructed_minor != owed.sum && !in_part))
		return false;
	match_allocate_all(match, &owed);
	if (in_part)
		match->decision.allocations[0].amount_minor = payment->instructed_minor;
	share_cash(match, payment->instructed_minor);
	return match_done(match, PAYMENT_ALLOCATED, RULE_INSTRUCTED);
}

bool match_propose_foreign(struct match *match)
{
	const struct named *named = match->named;
	size_t first = 0, owed_count = 0;

	for (size_t i = named->count; i > 0; i--)
		if (open_item_owed(named->items[i - 1])) {
			first = i - 1;
			owed_count++;
		}
	if (owed_count == 0 || named->doubtful)
		return false;
	struct payables owed = owed_in(named, named->items[first]->currency);

	if (owed.count < owed_count || match->payment->amount_minor < (int64_t)owed.count)
		return false;
	match_allocate_all(match, &owed);
	share_cash(match, owed.sum);
	return true;
}
