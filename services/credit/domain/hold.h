#ifndef CREDIT_HOLD_H
#define CREDIT_HOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/date.h"
#include "common/base/id.h"

/* A hold stops deliveries on credit. People place one and end it; the dunning ladder places one of its own, which also
 * ends when nothing of the customer is overdue any more. Both end after their last day. */

enum hold_origin { HOLD_BY_PERSON, HOLD_BY_DUNNING, HOLD_ORIGIN_COUNT };

#define HOLD_REASON_BYTES_MAX 500

struct hold {
	struct id id, customer;
	const char *customer_number;
	enum hold_origin origin;
	const char *reason, *placed_by;
	struct instant placed_at;
	struct date expires_on;                   /* last day; DATE_NONE: until released */
	struct instant released_at;               /* INSTANT_NONE while active */
	const char *released_by, *release_reason; /* NULL while active */
};

const char *hold_origin_name(enum hold_origin origin); /* "person", "dunning" */
enum hold_origin hold_origin_find(const char *name);   /* HOLD_ORIGIN_COUNT where it is none */

/* Why a hold of the ladder ends by itself: it is put back when the payment that did it is taken back. */
#define HOLD_OVER_PAID "nothing is overdue any more"

/* Why this active hold is over today, in words, or NULL where it goes on. */
const char *hold_over(const struct hold *hold, struct date today, bool anything_overdue);

/* The hold that stands today for the customer among active ones, or NULL. An expired one does not stand, even before
 * the daily round has ended it. */
const struct hold *hold_standing(const struct hold *holds, size_t count, struct id customer, struct date today);

#endif
