#ifndef NOTIFICATION_SMTP_H
#define NOTIFICATION_SMTP_H

#include "common/base/err.h"
#include "notification/channels/mail.h"

/* Delivery by SMTP (libcurl): one connection a thread, kept open between mails. */

#define SMTP_CONNECT_TIMEOUT_S 10
#define SMTP_TIMEOUT_S 120 /* a mail server may be slow to answer the final dot (RFC 5321, 4.5.3.2.6: 10 minutes) */

struct smtp;

struct smtp_options {
	const char *url;             /* "smtp://host:port", "smtps://…" */
	const char *user, *password; /* "": no authentication */
	const char *tls;             /* "none", "try", "require": STARTTLS */
};

enum smtp_verdict {
	SMTP_ACCEPTED, /* 250 to the whole message */
	SMTP_REFUSED,  /* 5yz: never */
	SMTP_LATER,    /* 4yz: not now */
	SMTP_AWAY,     /* no connection, or one that broke: says nothing about the message */
	SMTP_STOPPED,  /* the heartbeat asked to stop */
};

struct smtp_answer {
	enum smtp_verdict verdict;
	int code;         /* the server's last reply; 0: none */
	char reason[32];  /* "smtp.550", "smtp.unreachable" */
	char detail[256]; /* what libcurl says */
};

/* Asked about once a second while the server is silent; false stops the delivery. */
struct smtp_heartbeat {
	bool (*beat)(void *with);
	void *with;
};

/* Once in a process, before any thread. */
void smtp_init(void);

struct smtp *smtp_new(const struct smtp_options *options);
void smtp_destroy(struct smtp **smtp);

struct smtp_answer smtp_send(struct smtp *smtp, const char *from, const char *to, const struct mail_bytes *mail,
			     const struct smtp_heartbeat *heartbeat);

#endif
