#include "notification/channels/smtp_session.h"

#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"

#define OUT_BYTES_MAX ((size_t)64 * 1024 * 1024) /* a mail with its PDFs; servers take 10 to 50 MB */
#define ADDRESS_BYTES 320                        /* RFC 5321, 4.5.3.1: 64 + 1 + 255 */
#define REPLY_CODE_BYTES 3
#define ENHANCED_BYTES 12

static const char END[] = ".\r\n";

/* ------------------------------------------------------------------ set up */

/* A password never goes over a connection that anybody can read, unless "none" says so. */
static long tls_level(const struct smtp_options *options)
{
	bool tried = text_equal(options->tls, "try");

	if (text_equal(options->tls, "require") || (tried && !text_empty(options->user)))
		return CURLUSESSL_ALL;
	return tried ? CURLUSESSL_TRY : CURLUSESSL_NONE;
}

/* TLS that is only tried protects against listeners, not against impostors (RFC 7435): it takes any certificate, but
 * then no password goes over it. */
static void trust_anybody(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

/* What the server says until it is logged in, a line at a time: EHLO's answer names what it can. */
static size_t note_offer(char *line, size_t size, size_t count, void *with)
{
	struct smtp_session *session = with;
	size_t length = size * count;

	if (length > REPLY_CODE_BYTES && strncmp(line, "220", REPLY_CODE_BYTES) == 0) /* anew, behind STARTTLS */
		session->pipelining = session->utf8 = false;
	if (length >= 14 && strncasecmp(line + 4, "PIPELINING", 10) == 0)
		session->pipelining = true;
	if (length >= 12 && strncasecmp(line + 4, "SMTPUTF8", 8) == 0)
		session->utf8 = true;
	return length;
}

void smtp_session_init(struct smtp_session *session, CURLM *multi, const struct smtp_options *options)
{
	CURL *curl = curl_easy_init();

	CHECK(curl != NULL);
	*session = (struct smtp_session){ .curl = curl, .multi = multi };
	buf_init(&session->out, OUT_BYTES_MAX);
	curl_easy_setopt(curl, CURLOPT_URL, options->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)SMTP_CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SMTP_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, tls_level(options));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, session->error);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, note_offer);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, session);
	curl_easy_setopt(curl, CURLOPT_PRIVATE, session);
	if (!text_empty(options->ca_file))
		curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
	if (!text_empty(options->user)) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, options->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, options->password);
	}
	if (text_empty(options->user) && text_equal(options->tls, "try"))
		trust_anybody(curl);
}

static curl_socket_t socket_of(const struct smtp_session *session)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(session->curl, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

/* The socket is shut down first: libcurl would else say QUIT, and wait for the answer. */
void smtp_session_close(struct smtp_session *session)
{
	curl_socket_t fd = session->state > SMTP_OPENING ? socket_of(session) : CURL_SOCKET_BAD;
	size_t sent;

	if (session->state == SMTP_CLOSED)
		return;
	if (session->state == SMTP_IDLE)
		(void)curl_easy_send(session->curl, "QUIT\r\n", 6, &sent);
	if (fd != CURL_SOCKET_BAD)
		(void)shutdown(fd, SHUT_RDWR);
	curl_multi_remove_handle(session->multi, session->curl);
	session->state = SMTP_CLOSED;
}

void smtp_session_release(struct smtp_session *session)
{
	smtp_session_close(session);
	curl_easy_cleanup(session->curl);
	buf_release(&session->out);
}

/* ------------------------------------------------------------------ answers */

/* "5.1.1" behind the code of an error's reply: class, subject, detail (RFC 2034); "" where there is none. */
static void enhanced_read(const char *reply, char enhanced[static ENHANCED_BYTES])
{
	size_t length = strlen(reply) > REPLY_CODE_BYTES + 1 ? strspn(reply + REPLY_CODE_BYTES + 1, "0123456789.") : 0;
	bool error = (reply[0] == '4' || reply[0] == '5') && length >= 5 && length < ENHANCED_BYTES;
	const char *from = reply + REPLY_CODE_BYTES + 1;

	snprintf(enhanced, ENHANCED_BYTES, "%.*s", error && from[0] == reply[0] && from[1] == '.' ? (int)length : 0,
		 error ? from : "");
}

/* What is ours or the operator's to mend: a login that is asked for or refused (RFC 4954), a channel that closes. */
static bool about_the_session(int code)
{
	return code == 421 || code == 530 || code == 534 || code == 535 || code == 538;
}

/* X.3.Z is the receiving system's trouble, but for a message that is too large for it. */
static bool about_the_system(const char *enhanced)
{
	return *enhanced && strncmp(enhanced + 1, ".3.", 3) == 0 && !text_equal(enhanced, "5.3.4");
}

static enum smtp_verdict judge(int code, const char *enhanced)
{
	bool full = text_equal(enhanced, "5.2.2"); /* the mailbox, today */

	if (code >= 200 && code < 300)
		return SMTP_ACCEPTED;
	if (about_the_session(code) || about_the_system(enhanced))
		return SMTP_AWAY;
	if (code >= 500 && code < 600)
		return full ? SMTP_LATER : SMTP_REFUSED;
	return code >= 400 && code < 500 ? SMTP_LATER : SMTP_AWAY;
}

static void note_answer(struct smtp_session *session, enum smtp_verdict verdict, int code, const char *detail)
{
	struct smtp_answer *answer = &session->answer;
	bool spoke = verdict == SMTP_REFUSED || verdict == SMTP_LATER;
	char enhanced[ENHANCED_BYTES];

	enhanced_read(detail, enhanced);
	*answer = (struct smtp_answer){ .verdict = verdict, .code = code };
	if (!spoke)
		snprintf(answer->reason, sizeof answer->reason, "smtp.unreachable");
	else if (*enhanced)
		snprintf(answer->reason, sizeof answer->reason, "smtp.%s", enhanced);
	else
		snprintf(answer->reason, sizeof answer->reason, "smtp.%d", code);
	snprintf(answer->detail, sizeof answer->detail, "%s", detail);
}

static void note_reply(struct smtp_session *session, int code, const char *reply)
{
	char enhanced[ENHANCED_BYTES];

	enhanced_read(reply, enhanced);
	note_answer(session, judge(code, enhanced), code, reply);
}

/* The answer ends the connection. */
static bool break_off(struct smtp_session *session, enum smtp_verdict verdict, int code, const char *detail)
{
	note_answer(session, verdict, code, detail);
	smtp_session_close(session);
	return true;
}

static bool finish(struct smtp_session *session)
{
	if (session->answer.verdict == SMTP_AWAY || session->sent < session->out.length)
		smtp_session_close(session);
	else
		session->state = SMTP_IDLE;
	session->used = true;
	return true;
}

/* ------------------------------------------------------------------ what is said */

/* Of an address that is not ASCII, the domain can be said otherwise; the rest only where the server takes UTF-8. */
static bool address_write(const struct smtp_session *session, const char *address, char text[static ADDRESS_BYTES])
{
	const char *at = strrchr(address, '@');

	if (!at || session->utf8 || g_str_is_ascii(address))
		return text_copy(text, ADDRESS_BYTES, address);

	char *domain = g_hostname_to_ascii(at + 1), *local = g_strndup(address, (gsize)(at - address));
	bool written = domain && g_str_is_ascii(local) &&
		       snprintf(text, ADDRESS_BYTES, "%s@%s", local, domain) < ADDRESS_BYTES;

	g_free(domain);
	g_free(local);
	return written;
}

static void say(struct smtp_session *session, enum smtp_stage stage)
{
	const struct smtp_mail *mail = &session->mail;
	char address[ADDRESS_BYTES];
	bool utf8 = session->utf8 && !(g_str_is_ascii(mail->from) && g_str_is_ascii(mail->to));

	if (stage == SMTP_RSET)
		buf_append_text(&session->out, "RSET\r\n");
	if (stage == SMTP_MAIL && address_write(session, mail->from, address))
		buf_append_format(&session->out, "MAIL FROM:<%s>%s\r\n", address, utf8 ? " SMTPUTF8" : "");
	if (stage == SMTP_RCPT && address_write(session, mail->to, address))
		buf_append_format(&session->out, "RCPT TO:<%s>\r\n", address);
	if (stage == SMTP_DATA)
		buf_append_text(&session->out, "DATA\r\n");
}

/* A line that begins with a dot gets another (RFC 5321, 4.5.2). */
static void say_body(struct smtp_session *session)
{
	const char *from = session->mail.mail.data, *end = from + session->mail.mail.length, *line;
	struct buf *out = &session->out;

	if (from < end && *from == '.')
		buf_append_char(out, '.');
	while ((line = memmem(from, (size_t)(end - from), "\n.", 2))) {
		buf_append(out, from, (size_t)(line + 1 - from));
		buf_append_char(out, '.');
		from = line + 1;
	}
	buf_append(out, from, (size_t)(end - from));
	if (out->length < 2 || memcmp(out->data + out->length - 2, "\r\n", 2) != 0)
		buf_append_text(out, "\r\n");
	buf_append_text(out, END);
}

static bool talk(struct smtp_session *session)
{
	char address[ADDRESS_BYTES];
	enum smtp_stage first = session->dirty ? SMTP_RSET : SMTP_MAIL;

	session->state = SMTP_TALKING;
	session->stage = first;
	session->spoke = false;
	session->in_length = session->sent = 0;
	session->answer = (struct smtp_answer){ .verdict = SMTP_ACCEPTED };
	session->moved_us = clock_monotonic_us();
	buf_clear(&session->out);
	if (!address_write(session, session->mail.from, address) ||
	    !address_write(session, session->mail.to, address)) {
		note_answer(session, SMTP_REFUSED, 553, "the mail server takes no such address");
		return finish(session);
	}
	for (enum smtp_stage stage = first; stage <= SMTP_DATA; stage++) {
		if (stage == first || session->pipelining)
			say(session, stage);
	}
	return smtp_session_work(session);
}

/* ------------------------------------------------------------------ opening */

static void open_anew(struct smtp_session *session)
{
	CURLMcode added;

	session->error[0] = '\0';
	session->pipelining = session->utf8 = session->used = session->dirty = false;
	session->state = SMTP_OPENING;
	added = curl_multi_add_handle(session->multi, session->curl);
	CHECK(added == CURLM_OK);
}

/* An idle server that has something to say says farewell. */
static bool stale(const struct smtp_session *session)
{
	struct pollfd ready = { .fd = socket_of(session), .events = POLLIN };

	return ready.fd == CURL_SOCKET_BAD || poll(&ready, 1, 0) > 0;
}

bool smtp_session_start(struct smtp_session *session, const struct smtp_mail *mail)
{
	session->mail = *mail;
	if (session->state == SMTP_IDLE && stale(session))
		smtp_session_close(session);
	if (session->state == SMTP_IDLE)
		return talk(session);
	open_anew(session);
	return false;
}

/* Whatever keeps us from connecting or logging in is the operator's to mend, and says nothing about the message. */
bool smtp_session_opened(struct smtp_session *session, CURLcode result)
{
	if (result == CURLE_OK)
		return talk(session);
	return break_off(session, SMTP_AWAY, 0, session->error[0] ? session->error : curl_easy_strerror(result));
}

/* ------------------------------------------------------------------ what is answered */

/* A connection that was kept may have ended unseen: where nothing has come of the mail yet, it gets another. */
static bool lost(struct smtp_session *session, const char *why)
{
	bool again = session->used && !session->spoke;

	if (!again)
		return break_off(session, SMTP_AWAY, 0, why);
	smtp_session_close(session);
	open_anew(session);
	return false;
}

/* The server waits for the message. The last moment to keep it back; or nobody is to get it, though it asks. */
static bool begin_body(struct smtp_session *session)
{
	if (session->answer.verdict != SMTP_ACCEPTED) {
		smtp_session_close(session);
		return true;
	}
	if (!session->mail.may_send(session->mail.with))
		return break_off(session, SMTP_STOPPED, 0, "kept back");
	buf_clear(&session->out);
	session->sent = 0;
	say_body(session);
	session->stage = SMTP_BODY;
	return session->out.full ? break_off(session, SMTP_REFUSED, 552, "the message is too large") : false;
}

/* True: the mail has its answer. */
static bool hear(struct smtp_session *session, int code, const char *text)
{
	enum smtp_stage stage = session->stage;
	bool good = stage == SMTP_DATA ? code == 354 : code >= 200 && code < 300;

	session->spoke = true;
	if (code == 421)
		return break_off(session, SMTP_AWAY, code, text);
	if (stage == SMTP_RSET)
		session->dirty = false;
	if (!good && session->answer.verdict == SMTP_ACCEPTED) /* the first refusal counts */
		note_reply(session, code, text);
	if (stage == SMTP_BODY)
		return finish(session);
	if (stage == SMTP_DATA && good)
		return begin_body(session);
	session->dirty = session->dirty || (!good && stage != SMTP_MAIL);
	if (stage == SMTP_DATA || (!good && !session->pipelining))
		return finish(session);
	session->stage++;
	if (!session->pipelining)
		say(session, session->stage);
	return false;
}

/* Takes the first whole line out of `in`; false: there is none. A reply's last line has a blank behind its code. */
static bool line_take(struct smtp_session *session, char *line, size_t size)
{
	char *end = memchr(session->in, '\n', session->in_length);
	size_t length = end ? (size_t)(end + 1 - session->in) : 0;

	if (!end)
		return false;
	snprintf(line, size, "%.*s", (int)strcspn(session->in, "\r\n"), session->in);
	session->in_length -= length;
	memmove(session->in, end + 1, session->in_length);
	return true;
}

static bool hear_all(struct smtp_session *session)
{
	char line[sizeof session->answer.detail];

	while (session->state == SMTP_TALKING && line_take(session, line, sizeof line)) {
		if (strlen(line) > REPLY_CODE_BYTES && line[REPLY_CODE_BYTES] == '-')
			continue;
		if (hear(session, (int)strtol(line, NULL, 10), line))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ the socket */

static CURLcode send_some(struct smtp_session *session)
{
	CURLcode result = CURLE_OK;

	while (result == CURLE_OK && session->sent < session->out.length) {
		size_t sent = 0;

		result = curl_easy_send(session->curl, session->out.data + session->sent,
					session->out.length - session->sent, &sent);
		session->sent += sent;
		if (sent > 0)
			session->moved_us = clock_monotonic_us();
	}
	return result;
}

/* At most what `in` has room for; a line that does not fit there is none of SMTP's (RFC 5321, 4.5.3.1.5: 512). */
static CURLcode receive_some(struct smtp_session *session)
{
	size_t room = sizeof session->in - 1 - session->in_length, got = 0;
	CURLcode result = room > 0 ? curl_easy_recv(session->curl, session->in + session->in_length, room, &got)
				   : CURLE_WEIRD_SERVER_REPLY;

	session->in_length += got;
	session->in[session->in_length] = '\0';
	if (got > 0)
		session->moved_us = clock_monotonic_us();
	return result == CURLE_OK && got == 0 ? CURLE_GOT_NOTHING : result;
}

bool smtp_session_work(struct smtp_session *session)
{
	CURLcode sent, received;

	session->ready = false;
	do {
		sent = send_some(session);
		received = receive_some(session);
		if (received == CURLE_OK && hear_all(session))
			return true;
	} while (received == CURLE_OK && session->state == SMTP_TALKING);
	if (received != CURLE_AGAIN && received != CURLE_OK)
		return lost(session, curl_easy_strerror(received));
	if (sent != CURLE_OK && sent != CURLE_AGAIN)
		return lost(session, curl_easy_strerror(sent));
	if (clock_monotonic_us() - session->moved_us > SMTP_TIMEOUT_S * INT64_C(1000000))
		return break_off(session, SMTP_AWAY, 0, "the mail server does not answer");
	return false;
}

struct curl_waitfd smtp_session_wait(const struct smtp_session *session)
{
	bool more = session->sent < session->out.length;

	return (struct curl_waitfd){ .fd = socket_of(session),
				     .events = (short)(CURL_WAIT_POLLIN | (more ? CURL_WAIT_POLLOUT : 0)) };
}
