#include <string.h>

#include "common/base/text.h"
#include "payments/domain/match_steps.h"

#define FOREIGN_DIGITS_MIN 4 /* a number that may name something; shorter ones are days, months and counts */
#define SLIPS_TO_BOOK 2      /* beside payer and exact amount, where nothing else is named */
#define SLIPS_TO_DOUBT 1     /* where something else is named */

/* What a number may be likened to (match_text_slips). */
static bool anything_written(const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->references[i].source != SOURCE_ABBREVIATED)
			return true;
	return false;
}

/* The item among the customers' that is open with exactly the payment's amount, whose number is the fewest slips away
 * from what was written, and which is not named itself; NULL for none or several. */
static struct open_item *slip_item(const struct match *match, const struct payers *payers, int slips_max)
{
	struct open_item *nearest = NULL;
	int64_t amount_minor = match->payment->amount_minor;
	int least = slips_max + 1;

	if (!anything_written(match->reading)) /* nothing needs to be looked up */
		return NULL;
	for (size_t i = 0; i < payers->count; i++)
		for (struct open_item *item = customer_items_of(match->items, payers->list[i], amount_minor); item;
		     item = item->next_of_customer) {
			if (!match_payable(match, item) || item->open_minor != amount_minor ||
			    named_holds(match->named, item))
				continue;
			int slips = match_text_slips(match, item->number_key);

			if (slips < least)
				nearest = item;
			else if (slips == least)
				nearest = NULL;
			least = slips < least ? slips : least;
		}
	return nearest;
}

/* Of whoever may be paying; failing that, of those whose invoices are named. */
static struct open_item *slip_of_anybody(const struct match *match)
{
	struct payers payers = payers_collect(match->items, match->payment, match->reading), owners = { 0 };
	struct open_item *item = slip_item(match, &payers, SLIPS_TO_DOUBT);

	for (size_t i = 0; i < match->named->count; i++)
		payers_add(&owners, match->named->items[i]->customer);
	return item ? item : slip_item(match, &owners, SLIPS_TO_DOUBT);
}

bool match_slip_explains(const struct match *match, enum slip_of of)
{
	struct payers payers;

	if (of == SLIP_OF_ANYBODY)
		return slip_of_anybody(match) != NULL;
	payers = payers_collect(match->items, match->payment, match->reading);
	return slip_item(match, &payers, SLIPS_TO_DOUBT) != NULL;
}

bool match_propose_slip(struct match *match)
{
	struct open_item *item = slip_of_anybody(match);

	if (item)
		match_allocate(match, item, item->open_minor);
	return item != NULL;
}

/* ------------------------------------------------------------------ direct debits */

/* The one item under the mandate that is open with exactly the payment's amount; NULL for none or several. */
static struct open_item *mandate_item(const struct match *match, const struct key_node *node)
{
	struct open_item *only = NULL;

	for (; node; node = key_map_next(node)) {
		struct open_item *item = node->value;

		if (!match_payable(match, item) || item->open_minor != match->payment->amount_minor)
			continue;
		if (only)
			return NULL;
		only = item;
	}
	return only;
}

/* Our own direct debit: the mandate names the customer, and what we drew is what is owed. */
bool match_by_mandate(struct match *match)
{
	const struct key_node *node = items_drawn(match->items, match->payment->mandate, match->payment->amount_minor);

	if (!node)
		return false;
	struct customer *customer = ((struct open_item *)node->value)->customer;
	struct open_item *item = mandate_item(match, node);

	match->decision.customer = customer;
	if (item) {
		match_allocate(match, item, item->open_minor);
		return match_done(match, PAYMENT_ALLOCATED, RULE_MANDATE_EXACT);
	}
	if (match_propose_sums(match, customer))
		return match_done(match, PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT);
	return match_unapplied(match, RULE_KNOWN_PAYER, customer);
}

/* ------------------------------------------------------------------ any other payer */

static bool decide_by_near_number(struct match *match, const struct payers *payers)
{
	struct open_item *item = slip_item(match, payers, SLIPS_TO_BOOK);

	if (!item)
		return false;
	match_allocate(match, item, item->open_minor);
	return match_done(match, PAYMENT_ALLOCATED, RULE_NEAR_NUMBER);
}

static bool year(const char *digits)
{
	return strlen(digits) == 4 && (text_starts(digits, "19") || text_starts(digits, "20"));
}

/* The text holds a number that is neither the payer's customer number nor a year: it may name something that the payer
 * means, and that is not this. */
static bool names_something_else(const struct match *match, const struct customer *payer)
{
	const char *own = text_normalise(match->arena, payer->number);

	if (!text_empty(match->payment->creditor_ref) || match->payment->document_count > 0 ||
	    pays_for_another(match->items, match->payment, payer))
		return true;
	for (size_t i = 0; i < match->reading->count; i++) {
		const struct reference *reference = &match->reading->references[i];
		bool number = reference->source == SOURCE_TEXT && reference->to - reference->from == 1 &&
			      strlen(reference->key) >= FOREIGN_DIGITS_MIN;

		if (number && !year(reference->key) && !text_ends(own, reference->key))
			return true;
	}
	return false;
}

/* The customer's own account, nothing that names anything else, and the one set of the customer's items that makes up
 * the amount is a single invoice, which nobody disputes; or no set does, and it is an instalment of the customer's
 * plan. */
static bool decide_by_account(struct match *match, struct customer *payer)
{
	if (!match->rules->account_amount || names_something_else(match, payer))
		return false;
	const struct plan *plan = match_plan(match, payer, NULL);

	if (!plan && match_complete(match, payer, match->payment->amount_minor) &&
	    match->decision.allocation_count == 1 && !match->decision.allocations[0].item->disputed)
		return match_done(match, PAYMENT_ALLOCATED, RULE_ACCOUNT_EXACT);
	match_forget(match);
	if (plan && !match_propose_sums(match, payer)) {
		match_allocate_plan(match, plan, NULL);
		return match_done(match, PAYMENT_ALLOCATED, RULE_INSTALMENT);
	}
	match_forget(match);
	return false;
}

/* Only a proposal: the account and the amount say nothing of which invoice was meant. */
static bool suggest_by_account(struct match *match, struct customer *payer)
{
	const struct plan *plan = match_plan(match, payer, NULL);
	const struct decision *decision = &match->decision;

	match_propose_sums(match, payer);
	if (plan)
		match_allocate_plan(match, plan, NULL);
	if (decision->allocation_count == 0)
		return false;
	bool sums = decision->allocation_count > 1 && decision->allocations[1].alternative == 1;

	return match_done(match, PAYMENT_SUGGESTED, sums ? RULE_PAYER_SUM : RULE_PAYER_AMOUNT);
}

/* Names and customer numbers in the text: of everybody who may be meant, what fits exactly. */
static bool suggest_by_name(struct match *match, const struct payers *payers)
{
	for (size_t i = 0; i < payers->count; i++)
		match_propose_sums(match, payers->list[i]);
	return match->decision.allocation_count > 0 && match_done(match, PAYMENT_SUGGESTED, RULE_NAME_AMOUNT);
}

bool match_by_payer(struct match *match)
{
	bool learned;
	struct customer *payer = payer_by_account(match->items, match->payment, &learned);
	struct payers payers = payers_collect(match->items, match->payment, match->reading);

	if (decide_by_near_number(match, &payers))
		return true;
	if (!payer)
		return suggest_by_name(match, &payers);
	if (!learned && decide_by_account(match, payer))
		return true;
	match->decision.customer = learned ? NULL : payer;
	return suggest_by_account(match, payer) || suggest_by_name(match, &payers) ||
	       (!learned && match_unapplied(match, RULE_KNOWN_PAYER, payer));
}
