#ifndef CREDIT_ORDER_H
#define CREDIT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/money.h"
#include "credit/domain/score.h"

/* May an order be delivered on credit? Each rule looks at one fact and gives a verdict with its sentence; the worst
 * verdict stands, the highest deposit with it, and all rules that spoke are named, the decisive one first. */

enum order_verdict { ORDER_YES, ORDER_DEPOSIT, ORDER_PREPAYMENT, ORDER_HOLD };

#define ORDER_OVERDUE_GRACE_DAYS 5   /* younger is a payment on its way */
#define ORDER_OVERDUE_PREPAY_DAYS 21 /* where the default ladder puts a customer on hold */
#define ORDER_OVERDUE_HOLD_DAYS 60   /* where it files the agency's papers */
#define ORDER_DEPOSIT_STEP_PERCENT 5 /* deposits are rounded up to this */
#define ORDER_DEPOSIT_MAX_PERCENT 50 /* more than that over the limit: prepayment */
#define ORDER_DEPOSIT_OVERDUE_PERCENT 30
#define ORDER_DEPOSIT_HIGH_PERCENT 30      /* class high, within a limit that somebody set */
#define ORDER_DEPOSIT_UNLIMITED_PERCENT 50 /* class high, and nobody has set a limit */
#define ORDER_REASONS_MAX 8

struct order_facts {
	int64_t order_minor;    /* above zero */
	int64_t exposure_minor; /* open items less unapplied cash in the order's currency; may be negative */
	struct currency currency;
	bool limit_set;
	int64_t limit_minor;
	int oldest_overdue_days; /* 0: nothing overdue */
	int score;
	enum risk_class risk;
	int invoices_known;
	const char *hold_reason; /* NULL: not on hold */
	struct date held_since;
};

struct order_answer {
	enum order_verdict verdict;
	int deposit_percent;   /* with ORDER_DEPOSIT 1 to 99, else 0 */
	int64_t deposit_minor; /* deposit_percent of the order, rounded up to a minor unit */
	struct reason reasons[ORDER_REASONS_MAX];
	int reason_count;
};

/* "yes", "yes_with_deposit", "prepayment_only", "hold" */
const char *order_verdict_name(enum order_verdict verdict);

void order_check(struct arena *arena, const struct order_facts *facts, struct order_answer *answer);

#endif
