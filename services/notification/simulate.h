#ifndef NOTIFICATION_SIMULATE_H
#define NOTIFICATION_SIMULATE_H

#include "notification/domain/told.h"
#include "notification/store_plan.h"

/* Two policies lived through on the same books: what each would send, by step and by day, if nobody paid. The caps that
 * the send gate keeps (contacts a week) move reminders to later days and are not counted here. */

struct simulated_tally {
	int64_t reminders, customers, contacts;
};

struct simulated_step {
	const char *step;
	enum policy_channel channel;
	struct simulated_tally proposed, in_force;
};

struct simulated_day {
	struct date on;
	struct simulated_tally proposed, in_force;
};

struct simulation {
	struct simulated_step *steps;
	size_t step_count;
	struct simulated_day *days; /* 0 … days */
	size_t day_count;
	int64_t positions;
};

MUST_USE struct err simulate(struct db_tx *tx, const struct creditor *creditor, const struct policy *proposed,
			     const struct policy *in_force, int days, struct simulation *simulation);

#endif
