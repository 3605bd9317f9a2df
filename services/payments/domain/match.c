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
	[RULE_WITH_CHARGES] = { "with_charges", 985,
				"what is named, and exactly the interest and fees owed beside it" },
	[RULE_BANK_CHARGES] = { "bank_charges", 970, "what is named, less bank charges" },
	[RULE_SMALL_SHORTFALL] = { "small_shortfall", 970, "short by less than the creditor minds" },
	[RULE_SMALL_EXCESS] = { "small_excess", 970, "over by less than the creditor minds" },
	[RULE_DISCOUNT_NOT_DUE] = { "discount_not_due", 970, "less a discount that is not due; it stays open" },
	[RULE_INSTALMENT] = { "plan_instalment", 970, "an instalment of a plan that stands, on the plan's invoices" },
	[RULE_PART] = { "part_payment", 970, "one invoice named, and less than is open" },
	[RULE_OVERPAYMENT] = { "overpayment", 970, "more than is open on what is named; the rest is unapplied" },
	[RULE_INSTRUCTED] = { "instructed_amount", 985, "the amount ordered in the invoice's own currency" },
	[RULE_LIST_CUT] = { "list_cut_off", 970,
			    "a list cut off by the bank; one set of the customer's invoices completes it" },
	[RULE_MANDATE_EXACT] = { "mandate_exact", 985,
				 "the direct debit mandate, and the exact amount of one invoice" },
	[RULE_NEAR_NUMBER] = { "near_number", 960,
			       "a number with one slip, the payer, and the exact amount of one invoice" },
	[RULE_ACCOUNT_EXACT] = { "account_exact", 960,
				 "the customer's own account, and the amount of one invoice and no other sum" },
	[RULE_PERSON] = { "person", 1000, "a person decided" },
	[RULE_PAYER_AMOUNT] = { "payer_amount", 800, "the payer's account, and the exact amount of one invoice" },
	[RULE_PAYER_SUM] = { "payer_sum", 700, "the payer's account, and the one exact sum of several invoices" },
	[RULE_NAME_AMOUNT] = { "name_amount", 600, "the payer's name or customer number, and an exact amount" },
	[RULE_CONTRADICTION] = { "contradiction", 500, "references or payer contradict each other" },
	[RULE_SUM_UNCLEAR] = { "sum_unclear", 500, "invoices named, but their sum does not fit" },
	[RULE_ALREADY_SETTLED] = { "already_settled", 0, "what is named is settled: perhaps paid twice" },
	[RULE_FOREIGN_CURRENCY] = { "foreign_currency", 500, "what is named is owed in another currency" },
	[RULE_KNOWN_PAYER] = { "known_payer", 0, "the payer's account is known, an invoice is not" },
	[RULE_RETURN] = { "return", 0, "the bank took an earlier payment back" },
	[RULE_RETURN_UNKNOWN] = { "return_unknown", 0, "the bank took back a payment that is not in the books" },
	[RULE_NOT_CUSTOMERS] = { "not_customers", 0, "no customer's payment" },
	[RULE_NOTHING] = { "nothing_known", 0, "neither a reference nor the payer is known" },
};

static const char *const RELIEFS[RELIEF_COUNT] = { "discount", "bank_charges", "rounding" };

const char *relief_name(enum relief relief)
{
	CHECK(relief < RELIEF_COUNT);
	return RELIEFS[relief];
}

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

int match_rule_confidence_of(const char *name)
{
	for (int rule = 0; rule < RULE_COUNT; rule++)
		if (text_equal(RULES[rule].name, name))
			return RULES[rule].confidence;
	return 0;
}

const char *match_rule_sentence(enum match_rule rule)
{
	CHECK(rule < RULE_COUNT);
	return RULES[rule].sentence;
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

/* A text that was cut may hold a slip in either reading; what it proposes is the first one's. */
static bool by_payer(struct match *match, const struct remittance *remittance)
{
	for (int i = remittance->reading_count - 1; i >= 0; i--) {
		match->reading = &remittance->readings[i];
		if (match_by_payer(match) && (i == 0 || match->decision.rule == RULE_NEAR_NUMBER))
			return true;
		match_forget(match);
	}
	return false;
}

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
	else if (!match_by_mandate(match) && !by_payer(match, remittance))
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
	struct settlement *settlement =
		open_items_add_settlement(items, &(struct settlement){ .payment = payment->id,
								       .amount_minor = payment->amount_minor,
								       .currency = payment->currency,
								       .end_to_end_id = payment->end_to_end_id,
								       .mandate = payment->mandate });

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

static void decide(struct match *match, const struct remittance *remittance)
{
	if (match->payment->amount_minor > 0)
		decide_credit(match, remittance);
	else
		decide_debit(match, remittance);
}

bool match_rehearse(struct arena *arena, struct open_items *items, const struct match_rules *rules,
		    const struct payment *payment, const struct remittance *remittance)
{
	struct named named;
	struct match match = { .arena = arena, .items = items, .rules = rules, .payment = payment, .named = &named };

	items->asked->missed = false;
	decide(&match, remittance);
	match_payer(&match); /* is explained by it */
	return items->asked->missed;
}

struct decision match_decide(struct arena *arena, struct open_items *items, const struct match_rules *rules,
			     const struct payment *payment, const struct remittance *remittance)
{
	struct named named;
	struct match match = { .arena = arena, .items = items, .rules = rules, .payment = payment, .named = &named };

	decide(&match, remittance);
	match_explain(&match);
	return match.decision;
}

void match_carry(struct open_items *items, const struct payment *payment, const struct decision *decision)
{
	if (decision->original)
		take_back(decision->original);
	else if (decision->state != PAYMENT_CLEARING)
		remember(items, payment, decision);
}

struct decision match_payment(struct arena *arena, struct open_items *items, const struct match_rules *rules,
			      const struct payment *payment, const struct remittance *remittance)
{
	struct decision decision = match_decide(arena, items, rules, payment, remittance);

	match_carry(items, payment, &decision);
	return decision;
}
