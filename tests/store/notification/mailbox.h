#ifndef STORE_NOTIFICATION_MAILBOX_H
#define STORE_NOTIFICATION_MAILBOX_H

#include "common/base/arena.h"

/* A mail server of the test's own (deploy/local/mail-sink into a Maildir), one that refuses every recipient, and one that
 * takes its time. */

struct mailbox;

struct mailbox *mailbox_start(void);
void mailbox_stop(struct mailbox **mailbox);
void mailbox_down(struct mailbox *mailbox);
void mailbox_up(struct mailbox *mailbox);
const char *mailbox_url(const struct mailbox *mailbox);

/* Number of mails whose bytes contain `text`; all where it is "". */
int mailbox_count(const struct mailbox *mailbox, const char *text);

/* The first mail that contains `text`; NULL: none. */
const char *mailbox_find(const struct mailbox *mailbox, struct arena *arena, const char *text);

/* A server that answers RCPT with `reply`, "550 no such person\r\n": its URL. Ends with the test. */
const char *mailbox_refusing(const char *reply);

/* A server that takes `ms` to answer for a message: its URL. Ends with the test. */
const char *mailbox_slow(int ms);

/* Messages that it has taken. */
int mailbox_slow_count(void);

#endif
