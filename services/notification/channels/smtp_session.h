#ifndef NOTIFICATION_SMTP_SESSION_H
#define NOTIFICATION_SMTP_SESSION_H

#include <curl/curl.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "notification/channels/smtp.h"

/* A connection to the mail server, and the mail that is on its way over it: below smtp.h, which alone includes this.
 *
 * libcurl connects, encrypts and logs in; the mail is spoken here (RFC 5321), since libcurl waits for the answer to the
 * final dot and lets nothing else go on meanwhile: no other mail, no heartbeat. Where the server takes it (PIPELINING,
 * RFC 2920), the envelope goes out in one piece. Nothing here waits. */

enum smtp_state {
	SMTP_CLOSED,
	SMTP_OPENING, /* libcurl is at it */
	SMTP_IDLE,    /* open, with nothing to do */
	SMTP_TALKING,
};

/* Whose reply comes next. */
enum smtp_stage { SMTP_RSET, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_BODY };

struct smtp_session {
	CURL *curl;
	CURLM *multi;
	char error[CURL_ERROR_SIZE];
	enum smtp_state state;
	enum smtp_stage stage;
	bool pipelining, utf8; /* what the server offers */
	bool used;             /* a mail has gone over this connection */
	bool spoke;            /* the server has answered something to this mail */
	bool dirty;            /* a mail was broken off after MAIL: RSET comes first */
	bool ready;            /* its socket may have something for us */
	struct smtp_mail mail;
	struct smtp_answer answer; /* a refusal that came before the others of its piece; then the answer */
	struct buf out;            /* to be sent, */
	size_t sent;               /* of which this much is */
	char in[1024];             /* replies, as far as they have come */
	size_t in_length;
	int64_t moved_us; /* when something was last sent or received */
};

void smtp_session_init(struct smtp_session *session, CURLM *multi, const struct smtp_options *options);
void smtp_session_release(struct smtp_session *session);

/* Begins a mail on a session that is idle or closed. True: it has its answer already. */
bool smtp_session_start(struct smtp_session *session, const struct smtp_mail *mail);

/* libcurl is done with opening it. True: there is an answer. */
bool smtp_session_opened(struct smtp_session *session, CURLcode result);

/* Sends and receives what can be. True: there is an answer. */
bool smtp_session_work(struct smtp_session *session);

/* Its socket, to be waited for. */
struct curl_waitfd smtp_session_wait(const struct smtp_session *session);

void smtp_session_close(struct smtp_session *session);

#endif
