#ifndef NOTIFICATION_NOTIFICATION_H
#define NOTIFICATION_NOTIFICATION_H

#include "common/io/cache.h"
#include "notification/channels/webhook.h"

/* The process: its settings, and what it has read at start. Read-only afterwards, but for the planner's own part. */

struct calendar;
struct templates;

struct notification {
	const char *role; /* "planner" or "worker" */
	const char *redis;
	const char *smtp, *smtp_user, *smtp_password, *smtp_tls, *smtp_ca, *mail_from;
	const char *return_path; /* "": failures come back to the sender */
	const char *templates_folder, *policies_folder;
	long long mails_per_minute;
	const char *letters_folder;     /* "": no letters */
	struct webhook_options webhook; /* url "": no text messages */

	struct templates *templates;
	struct calendar *calendar; /* holidays; NULL: none are known */
	char *default_policy;      /* text of default.yaml */

	/* Only the planner's job touches these. */
	struct cache *cache; /* NULL: to be opened */
	bool refill;         /* the queue may have lost entries */
};

#endif
