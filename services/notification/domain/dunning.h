#ifndef NOTIFICATION_DUNNING_H
#define NOTIFICATION_DUNNING_H

#include "common/base/arena.h"
#include "notification/domain/policy.h"
#include "notification/domain/position.h"
#include "notification/domain/reminder.h"

/* Who is reminded of what, and when. Planner and preview ask the same functions; nothing here knows the time.
 *
 * Notes (receipt check, courtesy note) inform about single invoices. Each invoice gets each note once at most. A note
 * that was missed by more than the policy's grace is dropped, as a courtesy after the due date would be a wrong
 * reminder; where two notes fall together, the later one stands for both. On a day without sending a note waits for
 * the next one with it; one before the due date that would miss that leaves on the last such day before its own.
 *
 * The ladder is climbed by a *case*: one customer's overdue position in one currency. It opens when the first invoice
 * is overdue and closes when nothing that it has chased is overdue any more; what is overdue later starts at the
 * first rung. In a case
 * - rungs are climbed one after the other, none is left out and none comes twice;
 * - a rung is due when the *oldest overdue* invoice has reached its offset: paying the oldest never skips a rung;
 * - a rung that was missed is caught up, and the one after keeps its distance from the day on which that really
 *   left: two contacts never meet on one day, and an invoice taken over with a year's delay starts at the first notice;
 * - a rung that falls on a day without sending leaves on the next one with it; what follows keeps its own date, or
 *   comes the day after;
 * - what a person holds, what is promised or in an instalment plan, and whoever has answered is left alone: the case
 *   stays on its rung and goes on when the pause ends; what is not paused is chased meanwhile;
 * - a step whose conditions do not hold for the customer is passed over; one that asks for proof of delivery waits
 *   for it, visibly (gate.h);
 * - steps that only tell our own people or services may share a day with another;
 * - a mail to the customer that failed (an address that does not exist) holds the ladder until a person has dealt with
 *   it; a step towards our own people that failed is their task, and the ladder goes on. */

/* What is remembered of a case. Zero: no case is open. */
struct dunning_case {
	bool open;
	const char *last_step;          /* NULL before the first rung */
	int last_offset_days;           /* of that step, as it was then */
	struct date last_on;            /* the day on which it was planned to leave, or left */
	enum reminder_state last_state; /* of its reminder */
};

enum dunning_action {
	DUNNING_WAIT,   /* nothing today */
	DUNNING_OPEN,   /* a case begins */
	DUNNING_REMIND, /* `step` leaves on `on`: today or later */
	DUNNING_CLOSE,  /* the case ends, for `reason` */
};

struct dunning_decision {
	enum dunning_action action;
	const struct policy_step *step;
	struct date effective_on; /* the day that the policy asks for */
	struct date on;           /* the day on which it can leave: effective_on, or later where it was caught up;
				   * DUNNING_WAIT: the day on which a pause ends, or DATE_NONE */
	const char *reason;       /* DUNNING_CLOSE */
	const struct position_item *anchor;
	int64_t amount_minor; /* what is asked for */
};

/* The next move of a case. Apply it and ask again, until it is DUNNING_WAIT or a day to come. */
struct dunning_decision dunning_next(const struct policy *policy, const struct position *position,
				     const struct dunning_case *dunning_case, struct date today);

/* The note that `item` is due today, or NULL. *effective_on is the day that the policy asks for, or the earlier one. */
const struct policy_step *dunning_note(const struct policy *policy, const struct position *position,
				       const struct position_item *item, struct date today, struct date *effective_on);

/* All that happens to one position on one day. */
struct dunning_reminder {
	const struct policy_step *step;
	enum policy_channel channel; /* the step's, or a letter where no mail reaches the customer */
	struct date effective_on;
	const struct position_item *anchor;
	size_t *items; /* indices into the position */
	size_t item_count;
	int64_t amount_minor;
	bool in_new_case; /* the one that the day opens */
};

struct dunning_day {
	bool opens, closes;
	const char *close_reason;
	struct dunning_reminder *reminders;
	size_t count;
	struct dunning_case after; /* the case as the day leaves it */
	struct date next_on;       /* first day on which the case may move by time alone; DATE_NONE: not by itself */
};

/* Marks the items that the day's rungs list as dunned, so that the next day can be planned from there (preview). */
void dunning_plan_day(struct arena *arena, const struct policy *policy, struct position *position,
		      const struct dunning_case *dunning_case, struct date today, struct dunning_day *day);

/* The first day from `on` that the policy sends on, in the debtor's country. */
struct date dunning_sending_day(const struct policy *policy, const char *country, struct date on);

/* Days on end after `today` of which each is without sending in some country: so far ahead lies the day of a note that
 * leaves earlier today. */
int dunning_closed_days(const struct policy *policy, struct date today);

#endif
