#ifndef NOTIFICATION_INBOUND_H
#define NOTIFICATION_INBOUND_H

#include <stddef.h>

#include "common/base/id.h"
#include "notification/domain/position.h"

/* A message that came back: an answer of the debtor, or a report that a mail was not delivered. Whatever it says, no
 * next reminder may leave before a person has read it. Our Message-IDs begin with the reminder's id, which In-Reply-To,
 * References, and the original that a report carries (RFC 3462, 3464) all repeat. */

#define INBOUND_BYTES_MAX (1024 * 1024) /* of a message, as it came */
#define INBOUND_IDS_MAX 64              /* a thread has one a rung */

enum inbound_kind {
	INBOUND_REPLY,
	INBOUND_BOUNCE,    /* a delivery report of a failure */
	INBOUND_AUTOMATIC, /* out of office, a report of a delay or of success: nobody has answered */
};

/* By the header: Auto-Submitted, the type of a report and its Action, an empty or MAILER-DAEMON sender. */
enum inbound_kind inbound_kind_of(const char *message);

#define INBOUND_REASON_BYTES 16

/* Why a report says that the mail was not delivered, as our own mail server would: "smtp.5.1.1"; "" where it does not
 * say (RFC 3464, 2.3.4: Status). */
void inbound_failure(const char *message, char reason[static INBOUND_REASON_BYTES]);

/* Every id in the message, each once, in order; gives how many, at most INBOUND_IDS_MAX. */
size_t inbound_ids(const char *message, struct id ids[static INBOUND_IDS_MAX]);

/* PAUSE_REPLIED, PAUSE_BOUNCED, or PAUSE_NONE. */
enum position_pause inbound_pause(enum inbound_kind kind);

#endif
