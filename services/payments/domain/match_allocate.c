#include "common/base/text.h"
#include "payments/domain/likeness.h"
#include "payments/domain/match_steps.h"
#include "payments/domain/subset.h"

#include "common/base/buf.h"

#define EVIDENCE_BYTES_MAX 400

void match_allocate(struct match *match, struct open_item *item, int64_t amount_minor, int64_t discount_minor)
{
	struct decision *decision = &match->decision;

	*ARENA_PUSH(match->arena, decision->allocations, decision->allocation_count) =
		(struct allocation){ .item = item, .amount_minor = amount_minor, .discount_minor = discount_minor };
}

void match_forget(struct match *match)
{
	match->decision = (struct decision){ 0 };
}

static int64_t allocated(const struct decision *decision)
{
	int64_t sum = 0;

	for (size_t i = 0; i < decision->allocation_count; i++)
		sum += decision->allocations[i].amount_minor;
	return sum;
}

bool match_done(struct match *match, enum payment_state state, enum match_rule rule)
{
	struct decision *decision = &match->decision;

	decision->state = state;
	decision->rule = rule;
	if (state == PAYMENT_ALLOCATED)
		decision->rest_minor = match->payment->amount_minor - allocated(decision);
	else if (state == PAYMENT_SUGGESTED || state == PAYMENT_UNAPPLIED || state == PAYMENT_UNIDENTIFIED)
		decision->rest_minor = match->payment->amount_minor;
	if (!decision->customer && decision->allocation_count > 0 && state == PAYMENT_ALLOCATED)
		decision->customer = decision->allocations[0].item->customer;
	return true;
}

bool match_unapplied(struct match *match, enum match_rule rule, struct customer *customer)
{
	match_forget(match);
	match->decision.customer = customer;
	return match_done(match, customer ? PAYMENT_UNAPPLIED : PAYMENT_UNIDENTIFIED, rule);
}

static bool taken(const struct decision *decision, const struct open_item *item)
{
	for (size_t i = 0; i < decision->allocation_count; i++)
		if (decision->allocations[i].item == item)
			return true;
	return false;
}

bool match_complete(struct match *match, struct customer *customer, int64_t minor)
{
	struct open_item *items[SUBSET_ITEMS_MAX];
	int64_t amounts[SUBSET_ITEMS_MAX];
	uint64_t chosen = 0;
	size_t count = 0;

	for (struct open_item *item = customer->items; item; item = item->next_of_customer) {
		if (!open_item_owed(item) || !currency_equal(item->currency, match->payment->currency) ||
		    taken(&match->decision, item))
			continue;
		if (count == SUBSET_ITEMS_MAX)
			return false;
		items[count] = item;
		amounts[count++] = item->open_minor;
	}
	if (minor <= 0 || subset_sum(amounts, count, minor, &chosen) != 1)
		return false;
	for (size_t i = 0; i < count; i++)
		if (chosen & (UINT64_C(1) << i))
			match_allocate(match, items[i], items[i]->open_minor, 0);
	return true;
}

bool match_text_like(const struct match *match, const char *number_key)
{
	for (size_t i = 0; i < match->reading->count; i++)
		if (match->reading->references[i].source != SOURCE_ABBREVIATED &&
		    number_alike(match->reading->references[i].key, number_key))
			return true;
	return false;
}

/* ------------------------------------------------------------------ evidence */

static const char *witness_words(enum witness witness)
{
	return witness == WITNESS_FOR ? "; payer agrees" : witness == WITNESS_AGAINST ? "; payer is somebody else" : "";
}

void match_explain(struct match *match)
{
	struct decision *decision = &match->decision;
	BUF_SCOPE words;

	buf_init(&words, EVIDENCE_BYTES_MAX);
	buf_append_text(&words, match_rule_sentence(decision->rule));
	for (size_t i = 0; i < decision->allocation_count && i < 3; i++)
		buf_append_format(&words, "%s%s", i == 0 ? ": " : ", ", decision->allocations[i].item->number);
	if (decision->allocation_count > 3)
		buf_append_format(&words, " and %zu more", decision->allocation_count - 3);
	if (decision->allocation_count > 0 && match->reading)
		buf_append_text(&words, witness_words(payer_witness(match->items, match->payment, match->reading,
								    decision->allocations[0].item->customer)));
	decision->evidence = arena_copy(match->arena, buf_text(&words));
}
