#ifndef NOTIFICATION_ENTRY_H
#define NOTIFICATION_ENTRY_H

#include "common/base/id.h"
#include "notification/domain/policy.h"

/* A reminder on its way through the queue: its key, and how it travels. */

struct queue_entry {
	char creditor[17];
	struct id id;
	enum policy_channel channel;
	int64_t due_ms; /* on the system clock; 0: now */
};

#endif
