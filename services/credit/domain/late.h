#ifndef CREDIT_LATE_H
#define CREDIT_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/money.h"

/* What is known about a new invoice on its issue date, as numbers for the scorecard: how this customer, and all
 * customers, paid until the day before. Nothing of a later day is looked at: an invoice counts as settled only from the
 * day after its settlement, and as late from the second day after its due date on which it is still open. */

/* Walks through invoices in order of issue. For each customer the newest LATE_HISTORY_MAX invoices are looked at, so
 * that a walk costs at most that many steps an invoice. */
#define LATE_HISTORY_MAX 400
#define LATE_DELAY_LEAST (-90) /* delays are kept within these bounds */
#define LATE_DELAY_MOST 180

struct late_invoice {
	const char *customer, *number;
	const char *segment; /* country and currency, or "" */
	struct currency currency;
	int64_t amount_minor;
	struct date issued_on, due_on;
	struct date settled_on; /* DATE_NONE while open */
};

enum late_feature {
	LATE_RATE,            /* customer's late rate, shrunk */
	LATE_RATE_RECENT,     /* the same, faded by age */
	LATE_DELAY_RECENT,    /* mean delay, faded by age, shrunk */
	LATE_DELAY_WORST,     /* within a year */
	LATE_DELAY_LAST,      /* of the payment last seen */
	LATE_TREND,           /* recent less all-time delay */
	LATE_KNOWN,           /* invoices whose outcome is known */
	LATE_OVERDUE_COUNT,   /* overdue now */
	LATE_OVERDUE_SHARE,   /* of what is open, by amount */
	LATE_OVERDUE_AGE,     /* of the oldest */
	LATE_AMOUNT,          /* logarithm */
	LATE_AMOUNT_RELATIVE, /* to the customer's usual one */
	LATE_TERMS,           /* days from issue to due date */
	LATE_SLACK,           /* how often the customer took longer than these terms */
	LATE_WEEKDAY,         /* of the due date */
	LATE_MONTH_DAY,       /* of the due date */
	LATE_RATE_WEEKDAY,    /* customer's rate for due dates on this weekday */
	LATE_RATE_TERMS,      /* customer's rate under these terms */
	LATE_RATE_AMOUNT,     /* customer's rate for amounts like this one */
	LATE_RATE_MONTH_PART, /* customer's rate for due dates in this third of the month */
	LATE_RATE_SEGMENT,    /* all customers of the segment */
	LATE_RATE_ALL,        /* all customers, faded by age */
	LATE_FEATURES
};

extern const char *const LATE_FEATURE_NAMES[LATE_FEATURES];

#define LATE_MEDIAN_OF 25
#define LATE_QUANTILES 11

/* What the walk says of one invoice. */
struct late_view {
	double features[LATE_FEATURES]; /* NAN where nothing is known */
	double base_rate;               /* all customers until now */
	double customer_rate;           /* the customer's late rate, shrunk towards it */
	double base_delay;              /* median of all customers */
	double customer_delay;          /* median of the customer's newest LATE_MEDIAN_OF, base_delay without any */
	/* Of the delays of invoices like this one: quantiles 50 to 100 % of those on time, 0 to 50 % of those late. */
	double on_time[LATE_QUANTILES], late[LATE_QUANTILES];
};

/* The median delay where late payment has this chance: the middle of the delays of like invoices, with the late ones
 * and those on time weighed by it. */
double late_delay(const struct late_view *view, double p_late);

/* `invoices` in order of issue date; one view each. */
void late_walk(struct arena *arena, const struct late_invoice *invoices, size_t count, struct late_view *views);

/* Late for certain, on time for certain, or not known by the end of `day`. */
enum late_outcome { LATE_UNKNOWN, LATE_NO, LATE_YES };
enum late_outcome late_outcome_by(const struct late_invoice *invoice, struct date day);

#endif
