#include "credit/domain/order.h"

#include <stddef.h>

#include "common/base/check.h"

static const char *const VERDICT_NAMES[] = {
	[ORDER_YES] = "yes",
	[ORDER_DEPOSIT] = "yes_with_deposit",
	[ORDER_PREPAYMENT] = "prepayment_only",
	[ORDER_HOLD] = "hold",
};

const char *order_verdict_name(enum order_verdict verdict)
{
	return VERDICT_NAMES[verdict];
}

/* What one rule says; `code` NULL: nothing. */
struct ruling {
	enum order_verdict verdict;
	int deposit_percent;
	const char *code, *text;
};

#define SILENT ((struct ruling){ .code = NULL })

static struct ruling rule_hold(struct arena *arena, const struct order_facts *facts)
{
	char since[DATE_TEXT_BYTES];
	if (facts->hold_reason == NULL)
		return SILENT;
	return (struct ruling){ ORDER_HOLD, 0, "order.on_hold",
				arena_format(arena, "on hold since %s: %s", date_format(facts->held_since, since),
					     facts->hold_reason) };
}

static struct ruling rule_overdue(struct arena *arena, const struct order_facts *facts)
{
	int age = facts->oldest_overdue_days;
	const char *text = arena_format(arena, "the oldest overdue invoice is %d days past due", age);
	if (age > ORDER_OVERDUE_HOLD_DAYS)
		return (struct ruling){ ORDER_HOLD, 0, "order.overdue_hold", text };
	if (age > ORDER_OVERDUE_PREPAY_DAYS)
		return (struct ruling){ ORDER_PREPAYMENT, 0, "order.overdue_prepayment", text };
	if (age > ORDER_OVERDUE_GRACE_DAYS)
		return (struct ruling){ ORDER_DEPOSIT, ORDER_DEPOSIT_OVERDUE_PERCENT, "order.overdue_deposit", text };
	return SILENT;
}

/* The share of the order above the limit, in percent, rounded up to a step. */
static int percent_over(const struct order_facts *facts)
{
	int64_t over = facts->exposure_minor + facts->order_minor - facts->limit_minor;
	if (over >= facts->order_minor)
		return 100;
	int64_t step = ORDER_DEPOSIT_STEP_PERCENT;
	__extension__ typedef __int128 wide;
	wide hundredfold = (wide)over * 100;
	wide steps = (hundredfold + (wide)facts->order_minor * step - 1) / ((wide)facts->order_minor * step);
	return (int)(steps * step);
}

static struct ruling rule_limit(struct arena *arena, const struct order_facts *facts)
{
	char order[MONEY_TEXT_BYTES], exposure[MONEY_TEXT_BYTES], limit[MONEY_TEXT_BYTES];
	if (!facts->limit_set)
		return SILENT;
	bool within = facts->exposure_minor + facts->order_minor <= facts->limit_minor;
	const char *text =
		arena_format(arena, "%s open and %s ordered %s the limit of %s %s",
			     money_format(facts->exposure_minor, facts->currency, exposure),
			     money_format(facts->order_minor, facts->currency, order), within ? "stay within" : "pass",
			     money_format(facts->limit_minor, facts->currency, limit), facts->currency.code);
	if (within)
		return (struct ruling){ ORDER_YES, 0, "order.within_limit", text };
	int percent = percent_over(facts);
	if (percent > ORDER_DEPOSIT_MAX_PERCENT)
		return (struct ruling){ ORDER_PREPAYMENT, 0, "order.limit_prepayment", text };
	return (struct ruling){ ORDER_DEPOSIT, percent, "order.limit_deposit", text };
}

static struct ruling rule_class(struct arena *arena, const struct order_facts *facts)
{
	const char *text = arena_format(arena, "score %d of 100, risk %s", facts->score, risk_name(facts->risk));
	if (facts->risk == RISK_SEVERE)
		return (struct ruling){ ORDER_PREPAYMENT, 0, "order.class_severe", text };
	if (facts->risk == RISK_HIGH)
		return (struct ruling){ ORDER_DEPOSIT,
					facts->limit_set ? ORDER_DEPOSIT_HIGH_PERCENT : ORDER_DEPOSIT_UNLIMITED_PERCENT,
					"order.class_high", text };
	return (struct ruling){ ORDER_YES, 0, "order.class_accepted", text };
}

static struct ruling rule_unlimited(struct arena *arena, const struct order_facts *facts)
{
	if (facts->limit_set)
		return SILENT;
	return (struct ruling){ ORDER_YES, 0, "order.no_limit",
				arena_format(arena, "no credit limit is set in %s", facts->currency.code) };
}

typedef struct ruling (*order_rule)(struct arena *arena, const struct order_facts *facts);

/* In the order in which equally bad rulings are named. */
static const order_rule RULES[] = { rule_hold, rule_overdue, rule_limit, rule_class, rule_unlimited };
#define RULE_COUNT ((int)(sizeof RULES / sizeof RULES[0]))

static int64_t percent_rounded_up(int64_t minor, int percent)
{
	__extension__ typedef __int128 wide;
	return (int64_t)(((wide)minor * percent + 99) / 100);
}

/* Rulings of that verdict, as reasons; of several deposits the highest first. */
static void reasons_append(const struct ruling *rulings, enum order_verdict verdict, struct order_answer *answer)
{
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < RULE_COUNT; i++) {
			bool decisive = rulings[i].deposit_percent == answer->deposit_percent;
			if (rulings[i].code == NULL || rulings[i].verdict != verdict || decisive != (pass == 0))
				continue;
			answer->reasons[answer->reason_count++] =
				(struct reason){ .code = rulings[i].code, .text = rulings[i].text };
		}
	}
}

void order_check(struct arena *arena, const struct order_facts *facts, struct order_answer *answer)
{
	CHECK(facts->order_minor > 0);
	_Static_assert(sizeof RULES / sizeof RULES[0] <= ORDER_REASONS_MAX, "a reason a rule");
	struct ruling rulings[RULE_COUNT];
	struct order_answer result = { .verdict = ORDER_YES };
	for (int i = 0; i < RULE_COUNT; i++) {
		rulings[i] = RULES[i](arena, facts);
		if (rulings[i].code == NULL)
			continue;
		if (rulings[i].verdict > result.verdict)
			result.verdict = rulings[i].verdict;
		if (rulings[i].deposit_percent > result.deposit_percent)
			result.deposit_percent = rulings[i].deposit_percent;
	}
	if (result.verdict != ORDER_DEPOSIT)
		result.deposit_percent = 0;
	result.deposit_minor = percent_rounded_up(facts->order_minor, result.deposit_percent);
	for (int verdict = ORDER_HOLD; verdict >= ORDER_YES; verdict--)
		reasons_append(rulings, (enum order_verdict)verdict, &result);
	*answer = result;
}
