#ifndef NOTIFICATION_SMTP_H
#define NOTIFICATION_SMTP_H

#include "common/base/err.h"
#include "notification/channels/mail.h"

/* Delivery by SMTP (RFC 5321; libcurl connects, see smtp_session.h): several mails at a time, over connections that are
 * kept open between them. One thread drives them all, and none of them keeps it waiting. */

#define SMTP_CONNECTIONS 8 /* of one thread: hides the server's round trips; servers limit a client to 10 to 50 */
#define SMTP_CONNECT_TIMEOUT_S 10
#define SMTP_TIMEOUT_S 120 /* a mail server may be slow to answer the final dot (RFC 5321, 4.5.3.2.6: 10 minutes) */

struct smtp;

struct smtp_options {
	const char *url;             /* "smtp://host:port", "smtps://…" */
	const char *user, *password; /* "": no authentication */
	const char *tls;             /* "none", "try", "require": STARTTLS; with a user, "try" requires it too */
	const char *ca_file;         /* certificates that the server's may be signed by; NULL or "": the system's */
};

/* By the reply's code, and by its enhanced code (RFC 3463) where there is one: that says whose trouble it is. */
enum smtp_verdict {
	SMTP_ACCEPTED, /* 250 to the whole message */
	SMTP_REFUSED,  /* 5yz about the address, the mailbox or the message: never */
	SMTP_LATER,    /* 4yz, or a full mailbox: not now */
	SMTP_AWAY,    /* no connection, one that broke, no login, a server in trouble: says nothing about the message */
	SMTP_STOPPED, /* may_send said no */
};

struct smtp_answer {
	enum smtp_verdict verdict;
	int code;         /* the server's last reply; 0: none */
	char reason[32];  /* "smtp.550", "smtp.5.1.1" where the server says more; "smtp.unreachable" */
	char detail[256]; /* what libcurl says */
};

struct smtp_mail {
	const char *from, *to; /* addresses without brackets; they live as long as the message */
	struct mail_bytes mail;
	/* Asked before the first byte of the message leaves: the last moment to keep it back. */
	bool (*may_send)(void *with);
	void *with;
};

/* Once in a process, before any thread. */
void smtp_init(void);

struct smtp *smtp_new(const struct smtp_options *options);
void smtp_destroy(struct smtp **smtp);

/* True if a mail can be started now. */
bool smtp_free(const struct smtp *smtp);

/* Begins to send; the message must live until its answer, or smtp_abandon. smtp_free must be true. */
void smtp_start(struct smtp *smtp, const struct smtp_mail *mail);

/* Works on what is under way for `timeout_ms` at most, until an answer has come. False: none has. */
bool smtp_next(struct smtp *smtp, int timeout_ms, struct smtp_answer *answer, void **with);

/* Forgets what is under way, and closes its connections. */
void smtp_abandon(struct smtp *smtp);

#endif
