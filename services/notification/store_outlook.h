#ifndef NOTIFICATION_STORE_OUTLOOK_H
#define NOTIFICATION_STORE_OUTLOOK_H

#include "notification/domain/told.h"
#include "notification/store_plan.h"

/* Outlooks as they were seen at the start of a creditor's days. */

#define OUTLOOK_DAYS 7      /* ahead of the day on which it is taken */
#define OUTLOOK_KEPT_DAYS 8 /* a week, and a day without a pass */

/* Whether today's is still to be taken. */
MUST_USE struct err outlook_missing(struct db_tx *tx, const struct creditor *creditor, bool *missing);

/* Positions that may get anything within OUTLOOK_DAYS. */
MUST_USE struct err outlook_targets(struct db_tx *tx, const struct creditor *creditor,
				    const struct policy_set *policies, struct plan_targets *targets);

/* Begins today's, and forgets those that are too old. It counts from outlook_complete on: what a planner that dies
 * leaves behind is begun anew. */
MUST_USE struct err outlook_begin(struct db_tx *tx, const struct creditor *creditor);
MUST_USE struct err outlook_complete(struct db_tx *tx, const struct creditor *creditor);
MUST_USE struct err outlook_add(struct db_tx *tx, const struct creditor *creditor, const struct preview_view *views,
				size_t count);

/* A line of an earlier outlook. */
struct outlook_line {
	struct id customer;
	const char *customer_number, *customer_name, *currency, *step;
	enum policy_channel channel;
	struct date leaves_on;
	int64_t amount_minor;
	bool found;       /* the caller's mark */
	const char *fate; /* outlook_fates: what became of it */
};

struct outlook_taken {
	struct date taken_on, until_on; /* DATE_NONE: there is none */
	struct outlook_line *lines;     /* by customer, currency, step, day */
	size_t count;
};

/* The newest complete one of a day before today; only of one customer where `customer` is not zero. */
MUST_USE struct err outlook_before(struct db_tx *tx, const struct creditor *creditor, struct id customer,
				   struct outlook_taken *taken);

/* What became of the lines that the caller has not found again: "sent on …", "paid", "held" … */
MUST_USE struct err outlook_fates(struct db_tx *tx, const struct creditor *creditor, struct outlook_taken *taken);

#endif
