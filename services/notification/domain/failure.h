#ifndef NOTIFICATION_FAILURE_H
#define NOTIFICATION_FAILURE_H

#include <stdbool.h>

#include "notification/domain/policy.h"

/* Why a message did not get through, in words, and what a person does about it.
 *
 * Source: RFC 3463 with the registry of enhanced status codes that it began (RFC 7372: authentication; RFC 7505: null
 * MX), RFC 5321, 4.2.3 for codes without them, RFC 9110 for a provider's answers. */

struct failure {
	const char *what; /* "the mailbox is full" */
	const char *todo; /* "Ask them to make room": what comes before the reminder is tried again */
	bool address;     /* another address is what is needed */
};

/* Of a reminder's reason; one that is not known is told as it is. */
struct failure failure_of(const char *reason, enum policy_channel channel);

#endif
