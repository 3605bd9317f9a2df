#ifndef NOTIFICATION_REMINDER_H
#define NOTIFICATION_REMINDER_H

#include "common/base/err.h"

/* The life of a reminder: one table of moves, one function. The numbers are those of the contract and the names
 * those of the table notification.reminder. */

enum reminder_state {
	REMINDER_NONE = 0,
	REMINDER_SCHEDULED = 1,
	REMINDER_QUEUED = 2,
	REMINDER_SENDING = 3,
	REMINDER_SENT = 4,
	REMINDER_SPARED = 5,
	REMINDER_FAILED = 6,
	REMINDER_DEAD = 7,
	REMINDER_CANCELLED = 8,
	REMINDER_STATE_COUNT
};

enum reminder_event {
	REMINDER_FALLS_DUE,  /* its time has come: to the workers */
	REMINDER_CLAIMED,    /* a worker takes it, for the length of a lease */
	REMINDER_TAKEN_OVER, /* the lease ran out: another worker takes it */
	REMINDER_DELIVERED,  /* the mail server answered 250; the task, hold or file exists */
	REMINDER_UNFOUNDED,  /* the position read at the claim asks for no reminder */
	REMINDER_TOO_EARLY,  /* the position read at the claim asks for it later */
	REMINDER_PUT_BACK,   /* a temporary failure or a rate limit: again soon */
	REMINDER_REFUSED,    /* refused for good */
	REMINDER_GIVEN_UP,   /* too many attempts */
	REMINDER_RETRIED,    /* by a person */
	REMINDER_WITHDRAWN,  /* the case ended before the claim */
	REMINDER_EVENT_COUNT
};

/* The state after `event`; ERR_CONFLICT "reminder.illegal_move" where the table has no such move. */
MUST_USE struct err reminder_move(enum reminder_state from, enum reminder_event event, enum reminder_state *to);

/* True where nothing happens any more unless a person asks for it. */
bool reminder_terminal(enum reminder_state state);

/* "scheduled" …; NULL for a number that is none. */
const char *reminder_state_name(enum reminder_state state);

/* REMINDER_NONE where there is no such state. */
enum reminder_state reminder_state_find(const char *name);

#endif
