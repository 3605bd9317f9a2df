#ifndef LEDGER_CHARGES_H
#define LEDGER_CHARGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/err.h"

/* What a late payer owes beside the invoice: interest from the day after the due date, and a fixed compensation.
 * It stands in the ledger's folder because invoicing quotes it and notification states it in a notice.
 *
 * Sources: Directive 2011/7/EU, article 2 (simple interest), 3(1) and (2) (reference rate of 1 January for the first
 * half-year and of 1 July for the second; from the day after the due date), 6 (fixed sum of 40 EUR at least);
 * France: code de commerce L441-10 II (reference rate plus 10 points unless agreed otherwise) and D441-5 (40 EUR).
 * Left out: the national reference rates of EU members without the euro, and the Bank of England's; the French floor of
 * 3 x the legal rate, which binds only terms that agree a rate of their own. */

enum interest_rule {
	INTEREST_NONE,      /* no late interest is claimed */
	INTEREST_STATUTORY, /* the ECB's reference rate of the half-year plus `rate` points */
	INTEREST_FIXED      /* `rate` percent a year */
};

#define INTEREST_POINTS_EU 8      /* Directive, article 2(6) */
#define INTEREST_POINTS_FRANCE 10 /* L441-10 II */
#define INTEREST_DAYS_OF_YEAR 365 /* exact/365, also in leap years */
#define COMPENSATION_MINOR_EUR 4000

struct late_terms {
	enum interest_rule rule;
	struct decimal rate;        /* percentage points, or percent a year */
	int64_t compensation_minor; /* once an invoice, not split on part payment; 0: none (consumers) */
};

/* The terms of the law of `country` (ISO 3166 alpha-2), which without a choice is that of the seller (Rome I, article
 * 4): the creditor's country. INTEREST_NONE outside the euro area. */
struct late_terms late_terms_statutory(const char *country);

/* The ECB's main refinancing rate on the 1 January or 1 July that opens the date's half-year. `confirmed` is false
 * where the table's newest rate is carried on. ERR_RANGE "interest.no_reference_rate" before 2006. */
MUST_USE struct err reference_rate_find(struct date on, struct decimal *rate, bool *confirmed);

/* One line of an interest statement: one rate over whole days. */
struct interest_period {
	struct date from, to; /* both days included */
	int days;
	struct decimal rate; /* percent a year */
	int64_t interest_minor;
};

#define INTEREST_PERIODS_MAX 80 /* 40 years of half-years: the longest limitation period is 30 */

struct late_charges {
	int days_past_due; /* 0: not late, and then no charges */
	struct interest_period periods[INTEREST_PERIODS_MAX];
	size_t period_count;
	int64_t interest_minor; /* rounded once; the periods' interest adds up to it exactly */
	int64_t compensation_minor;
};

/* Charges on `open_minor` for every day after `due_on` up to and including `on`. `open_minor` is what is open now: a
 * part payment made late bore interest until then, which is not claimed here. ERR_RANGE "interest.no_reference_rate",
 * "interest.too_long". */
MUST_USE struct err late_charges_quote(const struct late_terms *terms, struct date due_on, struct date on,
				       int64_t open_minor, struct late_charges *charges);

#endif
