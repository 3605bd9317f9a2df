#ifndef NOTIFICATION_WEBHOOK_H
#define NOTIFICATION_WEBHOOK_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* Messages by way of a provider (SMS and others): a POST of JSON, signed as the Standard Webhooks specification says
 * (standardwebhooks.com, v1: HMAC-SHA256 over "id.timestamp.body"). The id is the reminder's, so that a provider that
 * has seen it takes a repeat for what it is. No redirect is followed. Addresses of private networks are refused when
 * the socket is opened, after the name was resolved, unless they are allowed. Several messages are on their way at a
 * time, over connections that are kept open; one thread drives them all, beside its mails. */

#define WEBHOOK_CONNECTIONS 32 /* of one thread: a provider that takes a second for each still takes 32 a second */
#define WEBHOOK_CONNECT_TIMEOUT_MS 2000
#define WEBHOOK_TIMEOUT_MS 5000         /* begun in a lease's first seconds (HEARTBEAT_MS), it ends within LEASE_MS */
#define WEBHOOK_BODY_BYTES_MAX 20000    /* the specification's advice */
#define WEBHOOK_RETRY_AFTER_S_MAX 86400 /* what a provider can put us off */
#define WEBHOOK_SECRET_BYTES_MIN 24
#define WEBHOOK_SECRET_BYTES_MAX 64

struct webhook;

struct webhook_options {
	const char *url, *secret; /* secret: "whsec_" and 24 to 64 bytes in base64 */
	bool private_allowed;
};

struct webhook_message {
	const char *id;
	int64_t timestamp_s; /* the system's, not a test clock's: receivers refuse what is old */
	const char *body;    /* JSON: no zero byte within */
	size_t length;
};

enum webhook_verdict {
	WEBHOOK_ACCEPTED, /* 2xx */
	WEBHOOK_REFUSED,  /* 3xx, 4xx: never */
	WEBHOOK_LATER,    /* 408, 425, 429, 5xx: not now */
	WEBHOOK_AWAY,     /* no answer: says nothing about the message */
};

struct webhook_answer {
	enum webhook_verdict verdict;
	int status;             /* 0: none */
	int64_t retry_after_ms; /* 0: the provider said nothing */
	char reason[32];        /* "webhook.429", "webhook.unreachable", "webhook.private_address" */
};

/* ERR_INVALID "webhook.url", "webhook.secret". */
MUST_USE struct err webhook_check(const struct webhook_options *options);

/* "v1,<base64>", in the arena. The secret is a checked one. */
const char *webhook_sign(struct arena *arena, const char *secret, const struct webhook_message *message);

/* The options are checked ones, and live as long as it does. */
struct webhook *webhook_new(const struct webhook_options *options);
void webhook_destroy(struct webhook **webhook);

/* True if a message can be started now. */
bool webhook_free(const struct webhook *webhook);

/* Begins to post; body and id must live until its answer, which comes within WEBHOOK_TIMEOUT_MS, or webhook_abandon.
 * webhook_free must be true. */
void webhook_start(struct webhook *webhook, struct arena *arena, const struct webhook_message *message, void *with);

/* Works on what is under way for `timeout_ms` at most, until an answer has come. False: none has. */
bool webhook_next(struct webhook *webhook, int timeout_ms, struct webhook_answer *answer, void **with);

/* Forgets what is under way, and closes its connections. */
void webhook_abandon(struct webhook *webhook);

#endif
