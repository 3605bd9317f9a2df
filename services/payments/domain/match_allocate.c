#include "common/base/buf.h"
#include "common/base/text.h"
#include "payments/domain/likeness.h"
#include "payments/domain/match_steps.h"

#define EVIDENCE_BYTES_MAX 400
#define EVIDENCE_ITEMS_MAX 3

bool match_payable(const struct match *match, const struct open_item *item)
{
	return open_item_owed(item) && currency_equal(item->currency, match->payment->currency);
}

struct allocation *match_allocate(struct match *match, struct open_item *item, int64_t amount_minor)
{
	struct decision *decision = &match->decision;
	struct allocation *allocation = ARENA_PUSH(match->arena, decision->allocations, decision->allocation_count);

	*allocation = (struct allocation){ .item = item,
					   .amount_minor = amount_minor,
					   .cash_minor = amount_minor,
					   .alternative = match->alternative + 1 };
	return allocation;
}

void allocation_relieve(struct allocation *allocation, int64_t minor, enum relief relief)
{
	allocation->amount_minor -= minor;
	allocation->cash_minor -= minor;
	allocation->discount_minor = minor;
	allocation->relief = relief;
}

void match_allocate_all(struct match *match, const struct payables *payables)
{
	for (size_t i = 0; i < payables->count; i++)
		match_allocate(match, payables->items[i], payables->items[i]->open_minor);
}

void match_forget(struct match *match)
{
	match->decision = (struct decision){ 0 };
	match->alternative = 0;
}

static int64_t allocated(const struct decision *decision)
{
	int64_t sum = 0;

	for (size_t i = 0; i < decision->allocation_count; i++)
		sum += decision->allocations[i].cash_minor;
	return sum;
}

bool match_done(struct match *match, enum payment_state state, enum match_rule rule)
{
	struct decision *decision = &match->decision;

	decision->state = state;
	decision->rule = rule;
	if (state == PAYMENT_ALLOCATED)
		decision->rest_minor = match->payment->amount_minor - allocated(decision) - decision->rounding_minor;
	else if (state == PAYMENT_SUGGESTED || state == PAYMENT_UNAPPLIED || state == PAYMENT_UNIDENTIFIED)
		decision->rest_minor = match->payment->amount_minor;
	if (state == PAYMENT_ALLOCATED && !decision->customer && decision->allocation_count > 0)
		decision->customer = decision->allocations[0].item->customer;
	return true;
}

bool match_unapplied(struct match *match, enum match_rule rule, struct customer *customer)
{
	match_forget(match);
	match->decision.customer = customer;
	return match_done(match, customer ? PAYMENT_UNAPPLIED : PAYMENT_UNIDENTIFIED, rule);
}

int match_text_slips(const struct match *match, const char *number_key)
{
	int least = NUMBER_UNLIKE;

	for (size_t i = 0; i < match->reading->count && least > 0; i++) {
		const struct reference *reference = &match->reading->references[i];
		int slips = reference->source == SOURCE_ABBREVIATED ? NUMBER_UNLIKE
								    : number_slips(reference->key, number_key);

		least = slips < least ? slips : least;
	}
	return least;
}

bool match_payer_against(const struct match *match, struct customer *customer)
{
	return payer_witness(match->items, match->payment, match->reading, customer) == WITNESS_AGAINST;
}

/* ------------------------------------------------------------------ evidence */

static void explain_items(const struct match *match, struct buf *words)
{
	const struct decision *decision = &match->decision;
	size_t listed = 0;

	for (; listed < decision->allocation_count && listed < EVIDENCE_ITEMS_MAX; listed++) {
		const struct allocation *allocation = &decision->allocations[listed];
		bool next_set = listed > 0 && allocation->alternative != decision->allocations[listed - 1].alternative;

		buf_append_format(words, "%s%s",
				  listed == 0 ? ": "
				  : next_set  ? " or "
					      : ", ",
				  allocation->item->number);
	}
	if (listed < decision->allocation_count)
		buf_append_format(words, " and %zu more", decision->allocation_count - listed);
}

/* What is settled beside the cash, and what stays open of the item paid last. */
static void explain_difference(const struct match *match, struct buf *words)
{
	const struct decision *decision = &match->decision;
	char text[MONEY_TEXT_BYTES];

	for (size_t i = 0; i < decision->allocation_count; i++) {
		const struct allocation *allocation = &decision->allocations[i];
		int64_t left = allocation->item->open_minor - allocation->amount_minor - allocation->discount_minor;

		if (allocation->discount_minor > 0)
			buf_append_format(words, "; %s %s",
					  money_format(allocation->discount_minor, allocation->item->currency, text),
					  relief_name(allocation->relief));
		if (decision->state == PAYMENT_ALLOCATED && left > 0)
			buf_append_format(words, "; %s stays open",
					  money_format(left, allocation->item->currency, text));
	}
}

/* Which invoices may have been paid twice. */
static void explain_settled(const struct match *match, struct buf *words)
{
	const struct named *named = match->named;

	if (match->decision.rule != RULE_ALREADY_SETTLED)
		return;
	for (size_t i = 0; i < named->count && i < EVIDENCE_ITEMS_MAX; i++)
		buf_append_format(words, "%s%s", i == 0 ? ": " : ", ", named->items[i]->number);
}

enum witness match_payer(const struct match *match)
{
	const struct decision *decision = &match->decision;

	return decision->allocation_count == 0 || !match->reading
		       ? WITNESS_SILENT
		       : payer_witness(match->items, match->payment, match->reading,
				       decision->allocations[0].item->customer);
}

static void explain_payer(const struct match *match, struct buf *words)
{
	enum witness witness = match_payer(match);

	if (witness != WITNESS_SILENT)
		buf_append_format(words, "; %s", witness_words(witness));
}

void match_explain(struct match *match)
{
	struct decision *decision = &match->decision;
	BUF_SCOPE words;

	buf_init(&words, EVIDENCE_BYTES_MAX);
	buf_append_text(&words, match_rule_sentence(decision->rule));
	explain_items(match, &words);
	explain_settled(match, &words);
	explain_difference(match, &words);
	explain_payer(match, &words);
	decision->evidence = arena_copy(match->arena, buf_text(&words));
}
