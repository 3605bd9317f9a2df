#ifndef NOTIFICATION_MAIL_H
#define NOTIFICATION_MAIL_H

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"

/* One message as RFC 5322 bytes: multipart/alternative of plain text and HTML, UTF-8, and PDFs beside it. The same mail
 * gives the same bytes, so that a repeat after a crash is recognised as a repeat. Header fields cannot be injected:
 * GMime folds and encodes what stands in them, and addresses are checked here. */

struct mail_attachment {
	const char *name; /* "FA-2026-000117.pdf" */
	const void *data; /* a PDF */
	size_t length;
};

struct mail {
	const char *from_name, *from, *reply_to; /* addresses without brackets; reply_to may be NULL */
	const char *to_name, *to;
	const char *subject, *text, *html, *language;
	const char *message_id;  /* without brackets */
	const char *in_reply_to; /* NULL: begins a thread */
	const char *references;  /* separated by blanks; NULL: none */
	struct instant date;
	const struct mail_attachment *attachments;
	size_t attachment_count;
};

/* Once in a process, before any thread. */
void mail_init(void);

/* One @ with something on both sides, no blanks, brackets or control characters: what a mail server can be handed. */
bool mail_address_valid(const char *address);

/* What stands behind the @; "localhost" where there is none. */
const char *mail_domain(const char *address);

struct mail_bytes {
	const char *data;
	size_t length;
};

struct mail_bytes mail_compose(struct arena *arena, const struct mail *mail);

#endif
