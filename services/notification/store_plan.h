#ifndef NOTIFICATION_STORE_PLAN_H
#define NOTIFICATION_STORE_PLAN_H

#include "notification/domain/entry.h"
#include "notification/store.h"

/* The schedule: which positions need a look, cases, reminders, and what is due. */

/* A position to look at. */
struct plan_target {
	struct id customer;
	struct currency currency;
};

struct plan_targets {
	struct plan_target *items;
	size_t count;
};

/* Positions whose case may move: overdue without a case, cases whose day has come, whose oldest invoice is another now,
 * or that have nothing left to chase. Zones differ, so it looks a day ahead of the creditor's today. */
MUST_USE struct err targets_of_cases(struct db_tx *tx, const struct creditor *creditor, struct plan_targets *targets);

/* Positions with an invoice whose note `step` may be due: a range of dates, however many invoices there are. */
MUST_USE struct err targets_of_note(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
				    const struct policy_step *step, struct plan_targets *targets);

/* How many of the `count` targets come first: `most`, and what more the last customer has in other currencies. Targets
 * of a customer stand side by side; they are looked ahead from together, since what one currency sends puts off the
 * other's. */
size_t targets_whole(const struct plan_target *targets, size_t count, size_t most);

/* Positions with anything open, for the preview. */
MUST_USE struct err targets_all(struct db_tx *tx, const struct creditor *creditor, struct plan_targets *targets);

/* A reminder to be scheduled. */
struct planned {
	struct id id, scope, dunning_case;
	const struct customer *customer;
	const struct position *position;
	const struct dunning_reminder *reminder;
	int policy_version;
	struct instant due_at;
};

/* The invoices that a reminder lists, by their indices in the position. */
struct listing {
	struct id reminder;
	const struct policy_step *step;
	const struct position *position;
	const size_t *items;
	size_t count;
};
MUST_USE struct err listings_add(struct db_tx *tx, const char *creditor, const struct listing *listings, size_t count);

/* The same in place of what they listed before: what is sent is what is owed now. */
MUST_USE struct err listings_replace(struct db_tx *tx, const char *creditor, const struct listing *listings,
				     size_t count);

/* Once: the same id again changes nothing. */
MUST_USE struct err reminders_schedule(struct db_tx *tx, const char *creditor, const struct planned *planned,
				       size_t count);

/* Moves what is due at `now` from scheduled to queued, QUEUE_BATCH_MAX at most. */
#define QUEUE_BATCH_MAX 5000
MUST_USE struct err reminders_queue_due(struct db_tx *tx, const char *creditor, struct instant now,
					struct queue_entry **entries, size_t *count);

/* All creditors' reminders that Redis should know: queued, or claimed by a worker that may have died. `after` starts
 * zero and is moved on; *count is 0 at the end. */
MUST_USE struct err reminders_under_way(struct db_tx *tx, struct id *after, struct queue_entry **entries,
					size_t *count);

/* Those that have waited longer than a living queue would let them: lost ids, and leases that ran out. */
#define QUEUE_LOST_S 60
#define QUEUE_LEASE_LOST_S 5
MUST_USE struct err reminders_stranded(struct db_tx *tx, struct queue_entry **entries, size_t *count);

/* Takes back what is scheduled for a step that none of the policies has. */
MUST_USE struct err reminders_withdraw(struct db_tx *tx, const struct creditor *creditor,
				       const struct policy_set *policies);

/* PostgreSQL looks at the tables of the schedule again: what it knows of them is from when they were smaller. */
MUST_USE struct err statistics_refresh(struct db_tx *tx);

/* *stale: an event has come in since the last look, or PLAN_LOOK_S have passed. */
#define PLAN_LOOK_S 60
MUST_USE struct err plan_stale(struct db_tx *tx, const struct creditor *creditor, bool *stale);
MUST_USE struct err plan_sequence(struct db_tx *tx, int64_t *sequence);
MUST_USE struct err plan_looked(struct db_tx *tx, const struct creditor *creditor, int64_t sequence);

#endif
