#ifndef INVOICING_DOMAIN_TERMS_H
#define INVOICING_DOMAIN_TERMS_H

#include <stdint.h>

#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/err.h"
#include "ledger/charges.h"

/* When an invoice is due, what paying early is worth, and what paying late costs. */

#define TERMS_DAYS_MAX 365
#define TERMS_DAYS_DEFAULT 30 /* code de commerce L441-10 I; Directive 2011/7/EU, article 3(3)(b) */

/* "45 days end of month" (code de commerce L441-10 I) has two lawful readings; the parties choose. */
enum end_of_month {
	END_OF_MONTH_NONE,
	END_OF_MONTH_AFTER_DAYS, /* 14 March + 45 days = 28 April, due 30 April */
	END_OF_MONTH_BEFORE_DAYS /* 14 March, end of month 31 March, + 45 days: due 15 May */
};
#define END_OF_MONTH_COUNT 3

const char *end_of_month_name(enum end_of_month rule); /* "none", "after_days", "before_days" */
enum end_of_month end_of_month_of(const char *name);
const char *interest_rule_name(enum interest_rule rule); /* "none", "statutory", "fixed" */
enum interest_rule interest_rule_of(const char *name);

struct payment_terms {
	int days;
	enum end_of_month end_of_month;
	struct decimal discount_percent; /* 0: none */
	int discount_days;
	struct late_terms late;
};

/* 30 days net and the law's late charges, for a creditor of `country` whose currency is the euro or not: the fixed
 * compensation is a sum in euros and is left out in other currencies. */
struct payment_terms payment_terms_default(const char *country, bool euro);

/* What the customer's segment forbids: a consumer owes no fixed compensation (Directive 2011/7/EU, article 1(2)). */
struct late_terms late_terms_for(struct late_terms terms, bool consumer);

/* ERR_INVALID "terms.days", "terms.discount", "terms.interest", "terms.compensation". */
MUST_USE struct err payment_terms_check(const struct payment_terms *terms);

struct date payment_terms_due(const struct payment_terms *terms, struct date issued_on);

/* The discount on a gross amount, and the last value date on which it may be taken, never after the due date;
 * DATE_NONE where there is none. */
int64_t payment_terms_discount(const struct payment_terms *terms, int64_t gross_minor);
struct date payment_terms_discount_until(const struct payment_terms *terms, struct date issued_on);

#endif
