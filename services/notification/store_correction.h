#ifndef NOTIFICATION_STORE_CORRECTION_H
#define NOTIFICATION_STORE_CORRECTION_H

#include "notification/domain/correction.h"
#include "notification/store.h"

/* Reminders that turn out to have been wrong, and what is taken back of them. */

/* A reminder that was sent although money for some of its invoices had arrived. */
struct wrong_reminder {
	struct id id, dunning_case;
	const char *step;
	enum policy_channel channel;
	struct currency currency;
	int policy_version;
	struct date sent_on;          /* in the customer's time zone */
	struct corrected_item *items; /* all that it listed */
	bool *news;                   /* items[i] has not been corrected before */
	size_t count;
};

/* Those of a customer whose correction is due, oldest first. */
MUST_USE struct err wrong_reminders_find(struct db_tx *tx, const struct creditor *creditor,
					 const struct customer *customer, struct wrong_reminder **wrong, size_t *count);

/* A part of an invoice that had been paid before a written reminder asked for the whole. */
struct part_paid {
	struct id reminder;
	enum policy_channel channel;
	struct currency currency;
	int policy_version;
	struct corrected_item item; /* open_minor: the part that the debtor has not been told of */
	int64_t before_minor;       /* all that was paid before */
};

/* Those of a customer that are not told yet, of the newest reminder first. */
MUST_USE struct err parts_paid_find(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
				    struct part_paid **parts, size_t *count);

/* They are told. */
MUST_USE struct err parts_mark_told(struct db_tx *tx, const struct creditor *creditor, const struct part_paid *parts,
				    size_t count);

/* Remembers which invoices of the reminder were paid before it left: they are corrected once. */
MUST_USE struct err items_mark_paid(struct db_tx *tx, const struct creditor *creditor,
				    const struct wrong_reminder *wrong);

/* The reminder does not count any more. */
MUST_USE struct err reminder_void(struct db_tx *tx, const struct creditor *creditor, struct id id);

/* Steps of the case that still count, and the days on which they left or are to leave. */
struct counted_rungs {
	const char **names;
	struct date *days;
	size_t count;
};
MUST_USE struct err rungs_counted(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
				  struct id dunning_case, struct counted_rungs *rungs);

/* An open case goes back to the rung; NULL: to before the first. The planner looks at it again. */
MUST_USE struct err case_go_back(struct db_tx *tx, const struct creditor *creditor, struct id dunning_case,
				 const struct policy_step *rung, struct date left_on);

/* A message about what has been paid, scheduled once per scope. */
struct told_new {
	struct id scope;
	const char *step;
	enum policy_channel channel;
	struct currency currency;
	int policy_version;
	struct instant due_at;
	const struct corrected_item *items; /* paid_on is known of each */
	size_t count;
};
MUST_USE struct err told_schedule(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
				  const struct told_new *told);

/* What such a message lists and is still paid. */
MUST_USE struct err told_position(struct db_tx *tx, const struct creditor *creditor, struct id reminder,
				  struct position *position);

#endif
