#include "payments/domain/match_steps.h"
#include "payments/domain/subset.h"

/* Items among which sums are looked for. */
struct choice {
	struct open_item *items[SUBSET_ITEMS_MAX];
	int64_t amounts[SUBSET_ITEMS_MAX];
	size_t count;
	bool complete; /* false: there are more, and a sum found may not be the only one */
};

static bool taken(const struct decision *decision, const struct open_item *item)
{
	for (size_t i = 0; i < decision->allocation_count; i++)
		if (decision->allocations[i].item == item)
			return true;
	return false;
}

static void choice_add(struct choice *choice, struct open_item *item)
{
	choice->complete = choice->count < SUBSET_ITEMS_MAX;
	if (!choice->complete)
		return;
	choice->items[choice->count] = item;
	choice->amounts[choice->count++] = item->open_minor;
}

static struct choice choice_of(const struct match *match, struct customer *customer, int64_t minor, bool charges_only)
{
	struct choice choice = { .complete = true };

	for (struct open_item *item = customer_items(customer); item && choice.complete; item = item->next_of_customer)
		if (match_payable(match, item) && item->open_minor <= minor && !taken(&match->decision, item) &&
		    (item->charge || !charges_only))
			choice_add(&choice, item);
	return choice;
}

static void take(struct match *match, const struct choice *choice, uint64_t chosen)
{
	for (size_t i = 0; i < choice->count; i++)
		if (chosen & (UINT64_C(1) << i))
			match_allocate(match, choice->items[i], choice->items[i]->open_minor);
}

static bool take_sole(struct match *match, const struct choice *choice, int64_t minor)
{
	if (minor <= 0 || !choice->complete)
		return false;
	struct subsets subsets = subset_find(choice->amounts, choice->count, minor);
	uint64_t sole = subset_sole(&subsets);

	take(match, choice, sole);
	return sole != 0;
}

bool match_complete(struct match *match, struct customer *customer, int64_t minor)
{
	struct choice choice = choice_of(match, customer, minor, false);

	return take_sole(match, &choice, minor);
}

bool match_complete_charges(struct match *match, struct customer *customer, int64_t minor)
{
	struct choice choice = choice_of(match, customer, minor, true);

	return take_sole(match, &choice, minor);
}

static bool single(uint64_t chosen)
{
	return (chosen & (chosen - 1)) == 0;
}

/* Each set found as an alternative. */
static bool propose(struct match *match, const struct choice *choice, const struct subsets *subsets, bool singles_only)
{
	size_t before = match->decision.allocation_count;

	for (size_t i = 0; i < subsets->count; i++) {
		if (singles_only && !single(subsets->chosen[i]))
			continue;
		take(match, choice, subsets->chosen[i]);
		match->alternative++;
	}
	return match->decision.allocation_count > before;
}

/* A customer with more items than can be searched: the first ones of exactly the amount. */
static bool propose_equal(struct match *match, struct customer *customer)
{
	size_t before = match->decision.allocation_count;

	for (struct open_item *item = customer_items(customer); item; item = item->next_of_customer)
		if (match_payable(match, item) && item->open_minor == match->payment->amount_minor &&
		    match->decision.allocation_count - before < SUBSET_SOLUTIONS_MAX) {
			match_allocate(match, item, item->open_minor);
			match->alternative++;
		}
	return match->decision.allocation_count > before;
}

bool match_propose_sums(struct match *match, struct customer *customer)
{
	struct choice choice = choice_of(match, customer, match->payment->amount_minor, false);

	if (!choice.complete)
		return propose_equal(match, customer);
	struct subsets subsets = subset_find(choice.amounts, choice.count, match->payment->amount_minor);

	return propose(match, &choice, &subsets, !subsets.complete);
}

bool match_propose_subsets(struct match *match, const struct payables *payables)
{
	struct choice choice = { .complete = true };

	for (size_t i = 0; i < payables->count && choice.complete; i++)
		choice_add(&choice, payables->items[i]);
	if (!choice.complete)
		return false;
	struct subsets subsets = subset_find(choice.amounts, choice.count, match->payment->amount_minor);

	return propose(match, &choice, &subsets, false);
}
