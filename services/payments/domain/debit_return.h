#ifndef PAYMENTS_DEBIT_RETURN_H
#define PAYMENTS_DEBIT_RETURN_H

#include <stddef.h>

#include "common/base/date.h"
#include "common/base/err.h"

/* Why a direct debit was rejected or returned, and what follows. Source: ISO 20022 external code set
 * ExternalStatusReason1Code and ExternalReturnReason1Code; EPC173-14 (guidance on reason codes for SDD
 * R-transactions). A code that is not listed is for a person. */

enum return_action {
	RETURN_RETRY,  /* the money or a machine was not there: once more, later */
	RETURN_PERSON, /* a person decides */
	RETURN_BLOCK,  /* the next collection would come back too: none, and the mandate is blocked */
	RETURN_ACTION_COUNT
};

struct return_reason {
	const char *code;    /* "AM04" */
	const char *meaning; /* for people, small first letter */
	enum return_action action;
};

/* Never NULL: an unknown code has a meaning that says so. `code` may be NULL: none was given. */
const struct return_reason *return_reason_find(const char *code);
const char *return_action_name(enum return_action action); /* "retry" */

#define DEBIT_ATTEMPTS_MAX 2 /* the collection and one repetition */

/* What becomes of an item whose collection came back. */
struct debit_verdict {
	enum return_action action;
	struct date retry_on; /* of RETURN_RETRY, else DATE_NONE */
};

/* A retry that was tried already is for a person. */
struct debit_verdict debit_judge(const struct return_reason *reason, int attempt, struct date came_back_on,
				 int retry_days);

/* ------------------------------------------------------------------ a collection's states */

enum collection_state {
	COLLECTION_ORDERED,
	COLLECTION_ACCEPTED,
	COLLECTION_SETTLED,
	COLLECTION_REJECTED,
	COLLECTION_RETURNED,
	COLLECTION_STATE_COUNT
};

const char *collection_state_name(enum collection_state state); /* "ordered" */
MUST_USE struct err collection_state_find(const char *name, enum collection_state *state);

/* The one table of moves: ERR_CONFLICT "collection.state" where there is none. */
MUST_USE struct err collection_move(enum collection_state *state, enum collection_state to);

#endif
