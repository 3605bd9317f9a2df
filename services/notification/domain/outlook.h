#ifndef NOTIFICATION_OUTLOOK_H
#define NOTIFICATION_OUTLOOK_H

#include "notification/domain/dunning.h"

/* What the coming days would bring for one customer if nobody paid: the planner's decisions and the send gate's caps,
 * day after day, over the positions in all currencies together, since one contact puts off the others. Preview,
 * simulation and the record of yesterday's outlook ask here; the same facts give the same plan. */

enum outlook_obstacle {
	OUTLOOK_CLEAR,
	OUTLOOK_NO_CONTACT, /* nobody can be reached: a person gets the task, and the ladder waits */
	OUTLOOK_NO_PROOF,   /* the delivery is not proved: so too */
};

struct outlook_step {
	struct dunning_reminder reminder;
	size_t place;     /* of its position */
	size_t scheduled; /* 1 + its place there, where it was scheduled already; else 0 */
	struct date on;   /* the day on which it leaves */
	bool put_off;     /* later than planned, because the debtor has heard enough from us */
	enum outlook_obstacle obstacle;
};

struct outlook {
	struct outlook_step *steps; /* by day */
	size_t count;
};

/* A reminder that is on the schedule already: it leaves from `on` on, when the gate lets it. */
struct outlook_scheduled {
	struct dunning_reminder reminder; /* step, channel, effective_on; of a note, its items */
	struct date on;
};

/* One position, under its policy. */
struct outlook_position {
	const struct policy *policy;
	struct position *position; /* its marks (dunned, notes) are changed on the way */
	struct dunning_case dunning_case;
	const struct outlook_scheduled *scheduled; /* a last rung that is under way and not among them leaves today */
	size_t scheduled_count;
};

struct outlook_ask {
	struct outlook_position *positions; /* of one customer, by currency */
	size_t count;
	struct date today;
	int days; /* ahead of today */
	bool reachable[CHANNEL_COUNT];
};

void outlook_find(struct arena *arena, const struct outlook_ask *ask, struct outlook *outlook);

#endif
