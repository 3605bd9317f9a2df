#ifndef NOTIFICATION_DELIVERY_H
#define NOTIFICATION_DELIVERY_H

#include "notification/channels/smtp.h"
#include "notification/domain/gate.h"
#include "notification/policies.h"
#include "notification/queue.h"
#include "notification/store_claim.h"

/* One reminder from its claim to its outcome. */

/* What a worker thread works with. */
struct bench {
	const struct notification *process;
	struct db *db;
	struct cache *cache;
	struct smtp *smtp;
	struct arena *arena; /* of one delivery */
};

struct delivery {
	struct bench *bench;
	struct queue_entry entry;
	struct claim claim;
	struct creditor creditor;
	struct policy_version policy;
	const struct policy_step *step;
	struct customer customer;
	struct position position;
	struct gate_outcome gate;
	struct date today; /* the customer's */
	int64_t last_beat_us;
};

enum delivery_next {
	DELIVERY_DONE,     /* nothing more to do: Redis may forget it */
	DELIVERY_PUT_BACK, /* comes again at entry.due_ms */
	DELIVERY_MAIL,     /* claimed: a mail is to be sent */
};

/* Claims the reminder and decides, in one transaction. Everything but mail is also done in it. */
MUST_USE struct err delivery_claim(struct delivery *delivery, enum delivery_next *next);

/* Sends the mail of a claimed reminder and records the outcome. */
MUST_USE struct err delivery_mail(struct delivery *delivery, enum delivery_next *next);

/* Records the outcome of a claim that was committed, in a transaction of its own, with all that follows from it. */
MUST_USE struct err delivery_record(struct delivery *delivery, const struct outcome *outcome);

/* The address that mails of this creditor come from. */
const char *delivery_sender(const struct delivery *delivery);

#endif
