#include "payments/domain/match.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/domain/match_steps.h"

static const struct {
	const char *name;
	int confidence;
	const char *sentence;
} RULES[RULE_COUNT] = {
	[RULE_REFERENCE_EXACT] = { "reference_exact", 999, "the creditor reference, and its exact amount" },
	[RULE_NUMBER_EXACT] = { "number_exact", 995, "the invoice's number, and its exact amount" },
	[RULE_DISCOUNT] = { "early_payment_discount", 990, "exact after the discount, paid in time for it" },
	[RULE_SEVERAL_EXACT] = { "several_exact", 995, "several invoices named, and exactly their sum" },
	[RULE_SEVERAL_SUBSET] = { "several_subset", 970, "the one exact sum among the invoices named" },
	[RULE_ADVICE] = { "remittance_advice", 995, "the payer says how much is for which invoice" },
	[RULE_PART] = { "part_payment", 970, "one invoice named, and less than is open" },
	[RULE_OVERPAYMENT] = { "overpayment", 970, "more than is open on what is named; the rest is unapplied" },
	[RULE_LIST_CUT] = { "list_cut_off", 970,
			    "a list cut off by the bank; one set of the customer's invoices completes it" },
	[RULE_MANDATE_EXACT] = { "mandate_exact", 985,
				 "the direct debit mandate, and the exact amount of one invoice" },
	[RULE_NEAR_NUMBER] = { "near_number", 960,
			       "a number with one slip, the payer, and the exact amount of one invoice" },
	[RULE_PERSON] = { "person", 1000, "a person decided" },
	[RULE_PAYER_AMOUNT] = { "payer_amount", 800, "the payer's account, and the exact amount of one invoice" },
	[RULE_PAYER_SUM] = { "payer_sum", 700, "the payer's account, and the one exact sum of several invoices" },
	[RULE_CONTRADICTION] = { "contradiction", 500, "references or payer contradict each other" },
	[RULE_SUM_UNCLEAR] = { "sum_unclear", 500, "invoices named, but their sum does not fit" },
	[RULE_ALREADY_SETTLED] = { "already_settled", 0, "what is named is settled: perhaps paid twice" },
	[RULE_FOREIGN_CURRENCY] = { "foreign_currency", 0, "what is named is owed in another currency" },
	[RULE_KNOWN_PAYER] = { "known_payer", 0, "the payer's account is known, an invoice is not" },
	[RULE_RETURN] = { "return", 0, "the bank took an earlier payment back" },
	[RULE_RETURN_UNKNOWN] = { "return_unknown", 0, "the bank took back a payment that is not in the books" },
	[RULE_NOT_CUSTOMERS] = { "not_customers", 0, "no customer's payment" },
	[RULE_NOTHING] = { "nothing_known", 0, "neither a reference nor the payer is known" },
};

const char *match_rule_name(enum match_rule rule)
{
	CHECK(rule < RULE_COUNT);
	return RULES[rule].name;
}

int match_rule_confidence(enum match_rule rule)
{
	CHECK(rule < RULE_COUNT);
	return RULES[rule].confidence;
}

const char *match_rule_sentence(enum match_rule rule)
{
	CHECK(rule < RULE_COUNT);
	return RULES[rule].sentence;
}

/* ------------------------------------------------------------------ without a reference */

static bool payable(const struct match *match, const struct open_item *item)
{
	return open_item_owed(item) && currency_equal(item->currency, match->payment->currency);
}

/* The one item of its customer's that is open with exactly the payment's amount and passes `wanted`; NULL for none or
 * several. */
static struct open_item *only_exact(const struct match *match, const struct customer *customer,
				    bool (*wanted)(const struct match *match, const struct open_item *item))
{
	struct open_item *only = NULL;

	for (struct open_item *item = customer->items; item; item = item->next_of_customer) {
		if (!payable(match, item) || item->open_minor != match->payment->amount_minor || !wanted(match, item))
			continue;
		if (only)
			return NULL;
		only = item;
	}
	return only;
}

static bool any_item(const struct match *match, const struct open_item *item)
{
	(void)match;
	(void)item;
	return true;
}

static bool same_mandate(const struct match *match, const struct open_item *item)
{
	return text_equal(item->mandate, match->payment->mandate);
}

static bool like_number(const struct match *match, const struct open_item *item)
{
	return match_text_like(match, item->number_key);
}

/* Our own direct debit: the mandate names the customer, and what we drew is what is owed. */
static bool decide_by_mandate(struct match *match)
{
	const struct key_node *node = text_empty(match->payment->mandate)
					      ? NULL
					      : key_map_find(&match->items->by_mandate, match->payment->mandate);

	if (!node)
		return false;
	struct customer *customer = ((struct open_item *)node->value)->customer;
	struct open_item *item = only_exact(match, customer, same_mandate);

	match->decision.customer = customer;
	if (!item)
		return match_unapplied(match, RULE_KNOWN_PAYER, customer);
	match_allocate(match, item, item->open_minor, 0);
	return match_done(match, PAYMENT_ALLOCATED, RULE_MANDATE_EXACT);
}

static bool decide_by_near_number(struct match *match, struct customer *customer)
{
	struct open_item *item = customer ? only_exact(match, customer, like_number) : NULL;

	if (!item)
		return false;
	match_allocate(match, item, item->open_minor, 0);
	return match_done(match, PAYMENT_ALLOCATED, RULE_NEAR_NUMBER);
}

/* Only a proposal: the account and the amount say nothing of which invoice was meant. */
static bool suggest_by_payer(struct match *match, struct customer *customer)
{
	struct open_item *item = only_exact(match, customer, any_item);

	if (item) {
		match_allocate(match, item, item->open_minor, 0);
		return match_done(match, PAYMENT_SUGGESTED, RULE_PAYER_AMOUNT);
	}
	return match_complete(match, customer, match->payment->amount_minor) &&
	       match_done(match, PAYMENT_SUGGESTED, RULE_PAYER_SUM);
}

static bool decide_by_payer(struct match *match)
{
	bool learned;
	struct customer *payer = payer_by_account(match->items, match->payment, &learned);

	if (decide_by_near_number(match, payer) ||
	    decide_by_near_number(match, payer_by_number(match->items, match->reading)))
		return true;
	if (!payer)
		return false;
	match->decision.customer = learned ? NULL : payer;
	return suggest_by_payer(match, payer) || (!learned && match_unapplied(match, RULE_KNOWN_PAYER, payer));
}

/* Interest, charges and taxes, by the bank's own code (ISO 20022 bank transaction codes, sub-families). */
static bool banks_own(const struct payment *payment)
{
	static const char *const CODES[] = { "INTR", "CHRG", "FEES", "COMM", "TAXE", "SALA", "INTP", "CHAR" };
	const char *code = payment->transaction_code ? strrchr(payment->transaction_code, '/') : NULL;

	for (size_t i = 0; code && i < sizeof CODES / sizeof CODES[0]; i++)
		if (strcmp(code + 1, CODES[i]) == 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------ the order of rules */

static void decide_credit(struct match *match, const struct remittance *remittance)
{
	bool done = false;

	for (int i = 0; i < remittance->reading_count && !done; i++) {
		match->reading = &remittance->readings[i];
		done = match_named_exact(match);
	}
	for (int i = 0; i < remittance->reading_count && !done; i++) {
		match->reading = &remittance->readings[i];
		done = match_named_otherwise(match);
	}
	if (done)
		return;
	match->reading = &remittance->readings[0];
	if (banks_own(match->payment) || match->payment->return_reason || match->payment->reversal)
		match_done(match, PAYMENT_CLEARING, RULE_NOT_CUSTOMERS);
	else if (!decide_by_mandate(match) && !decide_by_payer(match))
		match_done(match, PAYMENT_UNIDENTIFIED, RULE_NOTHING);
}

static void decide_debit(struct match *match, const struct remittance *remittance)
{
	if (!payment_is_return(match->payment))
		match_done(match, PAYMENT_CLEARING, RULE_NOT_CUSTOMERS);
	else if (!match_return(match, remittance))
		match_done(match, PAYMENT_CLEARING, RULE_RETURN_UNKNOWN);
}

/* ------------------------------------------------------------------ carrying it into the open items */

static void remember(struct open_items *items, const struct payment *payment, const struct decision *decision)
{
	struct settlement *settlement = open_items_add_settlement(
		items,
		&(struct settlement){
			.payment = payment->id, .amount_minor = payment->amount_minor, .currency = payment->currency },
		payment->end_to_end_id, payment->mandate);

	for (size_t i = 0; decision->state == PAYMENT_ALLOCATED && i < decision->allocation_count; i++) {
		struct allocation *allocation = &decision->allocations[i];
		int64_t settled = allocation->amount_minor + allocation->discount_minor;

		CHECK(settled > 0 && settled <= allocation->item->open_minor);
		allocation->item->open_minor -= settled;
		settlement_add_item(items, settlement, allocation->item, settled);
	}
}

static void take_back(struct settlement *settlement)
{
	settlement->returned = true;
	for (struct settled_item *at = settlement->items; at; at = at->next)
		at->item->open_minor += at->amount_minor;
}

struct decision match_payment(struct arena *arena, struct open_items *items, const struct payment *payment,
			      const struct remittance *remittance)
{
	struct match match = { .arena = arena, .items = items, .payment = payment };

	match.named = arena_alloc(arena, sizeof *match.named);
	if (payment->amount_minor > 0)
		decide_credit(&match, remittance);
	else
		decide_debit(&match, remittance);
	match_explain(&match);
	if (match.decision.original)
		take_back(match.decision.original);
	else if (match.decision.state != PAYMENT_CLEARING)
		remember(items, payment, &match.decision);
	return match.decision;
}
