#ifndef PAYMENTS_MATCH_RULES_H
#define PAYMENTS_MATCH_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/money.h"

/* What a creditor allows where the amount is not exactly what is open, per currency. What is left out by a rule is
 * never lost: it stays open on the invoice, or is booked on an account that says why.
 *
 * Amounts are minor units of `currency`; shares are hundredths of a percent (basis points) of what is open. */

#define MATCH_RULES_GRACE_DAYS_MAX 60
#define MATCH_RULES_SHARE_MAX 2000         /* 20 %: beyond, a difference is no small one */
#define MATCH_RULES_MINOR_MAX 100000000000 /* as large as any invoice may be */

struct match_rules {
	struct currency currency;
	int32_t discount_grace_days;  /* an early-payment discount is granted so long after its last day */
	int32_t taken_discount_share; /* a deduction up to this, without terms or too late, is called a discount that is
					 not due; it stays open */
	int64_t charges_max_minor;    /* a shortfall up to this is taken for bank charges; 0: only what the bank's file
					 proves to be charges */
	bool charges_booked;          /* on the account of bank charges; else they stay open */
	int64_t under_max_minor;      /* a shortfall within both is written off to rounding; 0: none */
	int32_t under_max_share;
	int64_t over_max_minor; /* an excess within both is kept as rounding; else it is the customer's cash */
	int32_t over_max_share;
	bool parts;          /* a part payment is booked; else proposed */
	bool account_amount; /* the customer's own account and the amount of one invoice alone book it */
};

/* Where a creditor has set nothing: nothing is written off, and nothing kept. */
struct match_rules match_rules_default(struct currency currency);

/* Of a creditor's list those of the currency, else the default. */
struct match_rules match_rules_find(const struct match_rules *list, size_t count, struct currency currency);

/* ERR_INVALID "match_rules.range", the field that is out of its limits. */
MUST_USE struct err match_rules_check(const struct match_rules *rules);

/* A deduction that looks like a discount: no less than any discount is, and not more than the rules say. */
bool match_rules_like_discount(const struct match_rules *rules, int64_t minor, int64_t open_minor);

/* A difference within both limits: `minor` of `open_minor`. */
bool match_rules_within(int64_t minor, int64_t open_minor, int64_t max_minor, int32_t max_share);

#endif
