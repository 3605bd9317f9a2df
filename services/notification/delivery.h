#ifndef NOTIFICATION_DELIVERY_H
#define NOTIFICATION_DELIVERY_H

#include <stdatomic.h>

#include "common/document/document.h"
#include "notification/channels/smtp.h"
#include "notification/channels/webhook.h"
#include "notification/domain/gate.h"
#include "notification/policy_cache.h"
#include "notification/queue.h"
#include "notification/store_claim.h"

/* Reminders from their claim to their outcome, a batch of one creditor at a time: claimed in one transaction, mailed
 * several at once, recorded together. */

/* An answer of the mail server is recorded after this time at most, with those that came meanwhile: what a worker that
 * is killed may leave unrecorded, beside what is on the wire. Those few are sent again, with the same Message-ID. */
#define RECORD_WINDOW_MS 20

/* What a worker thread works with. */
struct bench {
	const struct notification *process;
	struct db *db;
	struct cache *cache;
	struct smtp *smtp;
	struct webhook *webhook; /* NULL: no provider */
	struct policy_cache *policies;
	struct arena *arena; /* of one batch; its messages have their own, of which few live at a time */
	const atomic_bool *stopping;
};

enum delivery_next {
	DELIVERY_DONE,     /* nothing more to do: Redis may forget it */
	DELIVERY_PUT_BACK, /* comes again at entry.due_ms */
	DELIVERY_MAIL,     /* claimed: a mail is to be sent */
};

struct delivery {
	struct batch *batch;
	struct queue_entry entry;
	struct claim claim;
	const struct policy_version *policy;
	const struct policy_step *step;
	struct customer customer;
	struct position position;
	struct gate_outcome gate;
	struct date today; /* the customer's */
	enum delivery_next next;
	bool decided; /* there is an outcome */
	struct outcome outcome;
	struct arena *message; /* what its message is made of, from its start to its answer; NULL: not begun, or over */
	int64_t started_us;    /* of its mail */
	struct id *documents;  /* items whose documents go with its mail */
	size_t document_count;
	struct document_made letter;  /* that goes beside its mail; empty: none */
	struct sheet_bytes statement; /* of account, that goes with it; empty: none */
};

struct batch {
	struct bench *bench;
	struct creditor creditor;
	struct delivery *deliveries;
	size_t count;
	int64_t held_us; /* monotonic time at which all leases of the batch were held */
};

/* A batch of these entries, which are all of one creditor; it lives in the bench's arena. */
void batch_init(struct batch *batch, struct bench *bench, const struct queue_entry *entries, size_t count);

/* Claims the reminders and decides, in one transaction. Everything but mail is also done in it. */
MUST_USE struct err batch_claim(struct batch *batch);

/* Sends the mails of what was claimed and records the outcomes. */
MUST_USE struct err batch_mail(struct batch *batch);

/* Records the outcomes of deliveries that are decided, with all that follows from them. Where a lease was lost, nothing
 * happens. */
MUST_USE struct err batch_record(struct batch *batch, struct db_tx *tx, struct delivery *const *decided, size_t count);

/* Puts a letter into the spool. */
struct outcome delivery_letter_out(struct delivery *delivery);

/* A text message as its provider gets it, and what its answer comes to. */
MUST_USE struct err delivery_message(const struct delivery *delivery, struct webhook_message *message);
struct outcome delivery_message_judge(const struct delivery *delivery, const struct webhook_answer *answer);

/* Milliseconds that each has to wait for the limits: of the provider, the creditor, the domain and the recipient. */
MUST_USE struct err deliveries_limit(struct delivery *const *deliveries, size_t count, int64_t *waits_ms);

/* Makes the registered letter that goes beside the step's mail, and with it. A customer without a postal address gets
 * none: that is for the person who has the task. */
MUST_USE struct err delivery_letter_beside(struct delivery *delivery);

/* Puts that letter into the spool, where there is one: once the mail server has answered for good, since a mail that
 * waits may be spared by a payment. */
void delivery_letter_post(const struct delivery *delivery);

/* The statement of account that goes with the step's mail, where its invoices have no documents of their own. */
MUST_USE struct err delivery_statement(struct delivery *delivery);

/* What becomes of a delivery whose message could not be made or stored. */
struct outcome delivery_failed(const struct delivery *delivery, struct err err);

/* What the delivery says, and in which language. */
struct letter delivery_letter(const struct delivery *delivery);
enum language delivery_language(const struct delivery *delivery);

/* Not now: after `wait_ms`; after a pause that suits a server that is away. */
struct outcome outcome_put_back(int64_t wait_ms, const char *reason, bool uncounted);
struct outcome outcome_away(const char *reason);

/* The address that mails of this creditor come from. */
const char *batch_sender(const struct batch *batch);

#endif
