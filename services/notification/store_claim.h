#ifndef NOTIFICATION_STORE_CLAIM_H
#define NOTIFICATION_STORE_CLAIM_H

#include "notification/domain/told.h"
#include "notification/store.h"

/* Claims and outcomes of reminders, many of one creditor in each statement. A claim is a lease with a token: whoever
 * lets it run out has lost the reminder, and an outcome under an old token changes nothing. */

#define LEASE_MS 10000    /* silence of a worker after which another takes over */
#define HEARTBEAT_MS 3000 /* how often a worker that waits for a mail server extends its leases */
#define ATTEMPTS_MAX 12   /* claims that end in a temporary refusal; with backoff, a working day */

struct claim {
	bool claimable;   /* false: somebody else has it, or it is done with */
	int64_t again_ms; /* where it is not claimable yet: system time to come back, else 0 */
	struct reminder_view reminder;
	struct id token;
	const char *case_closed;          /* why its case has ended; NULL: open or no case */
	bool case_ended;                  /* by claims_end: tell it */
	bool climbed;                     /* an earlier rung of the case has been sent */
	size_t listed;                    /* invoices that it listed when it was planned, or claimed before */
	const char *thread, *in_reply_to; /* Message-IDs of the case's earlier mails, and of the last; NULL: none */
};

/* Locks the reminders for the transaction. The caller has set reminder.id, and `token` as the lease to be. */
MUST_USE struct err claims_begin(struct db_tx *tx, const char *creditor, struct claim *const *claims, size_t count);

/* The claims stand when the transaction commits: attempt counted, lease running, what is asked for recorded. */
MUST_USE struct err claims_hold(struct db_tx *tx, const char *creditor, struct claim *const *claims, size_t count);

/* Extends the leases; held[i] is false where that of claims[i] was lost. */
MUST_USE struct err claims_heartbeat(struct db_tx *tx, const char *creditor, const struct claim *const *claims,
				     size_t count, bool *held);

/* What came of a claim. */
struct outcome {
	enum reminder_event event;
	const char *reason;
	const char *said;      /* the server's words, for the task of what failed; NULL: none */
	struct instant until;  /* REMINDER_TOO_EARLY: on the creditor's clock */
	int64_t not_before_ms; /* REMINDER_PUT_BACK: on the system's clock */
	bool uncounted;        /* REMINDER_PUT_BACK: the attempt says nothing about the message */
	struct date today;     /* the customer's */
};

/* Records the moves and what came of them (reminder.state is the state after). held[i] as above: where it is false,
 * nothing was recorded. A case that a rung leaves is looked at again by the planner; a rung that was spared ends its
 * case. */
MUST_USE struct err claims_end(struct db_tx *tx, const struct creditor *creditor, struct claim *const *claims,
			       const struct outcome *outcomes, size_t count, bool *held);

/* A failed or dead reminder goes back to the queue. ERR_NOT_FOUND "reminder.unknown", ERR_CONFLICT
 * "reminder.illegal_move". */
MUST_USE struct err reminder_retry(struct db_tx *tx, const char *creditor, struct id id);

#endif
