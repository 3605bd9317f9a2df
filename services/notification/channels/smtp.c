#include "notification/channels/smtp.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define ENHANCED_BYTES 12

struct slot {
	CURL *curl;
	char error[CURL_ERROR_SIZE];
	struct curl_slist *recipients;
	struct smtp_mail mail; /* on its way out */
	size_t sent;
	char enhanced[ENHANCED_BYTES]; /* of the last reply that was an error, "5.1.1"; "": none */
	bool busy;
};

struct smtp {
	CURLM *multi; /* holds the connections; any slot uses any that is free */
	struct slot slots[SMTP_CONNECTIONS];
	int busy;
};

void smtp_init(void)
{
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

	CHECK(code == CURLE_OK);
}

static size_t read_mail(char *to, size_t size, size_t count, void *with)
{
	struct slot *slot = with;
	const struct mail_bytes *mail = &slot->mail.mail;
	size_t left = mail->length - slot->sent, room = size * count;
	size_t length = left < room ? left : room;

	if (slot->sent == 0 && !slot->mail.may_send(slot->mail.with))
		return CURL_READFUNC_ABORT;
	memcpy(to, mail->data + slot->sent, length);
	slot->sent += length;
	return length;
}

/* "5.1.1" behind the code of an error's reply: class, subject, detail (RFC 2034). */
static size_t read_reply(char *line, size_t size, size_t count, void *with)
{
	struct slot *slot = with;
	size_t length = size * count, end = 4;

	if (length < 9 || (line[0] != '4' && line[0] != '5') || line[4] != line[0] || line[5] != '.')
		return length;
	while (end < length && (isdigit((unsigned char)line[end]) || line[end] == '.'))
		end++;
	if (end - 4 < ENHANCED_BYTES)
		snprintf(slot->enhanced, ENHANCED_BYTES, "%.*s", (int)(end - 4), line + 4);
	return length;
}

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

static void slot_open(struct slot *slot, const struct smtp_options *options)
{
	slot->curl = curl_easy_init();
	CHECK(slot->curl != NULL);
	curl_easy_setopt(slot->curl, CURLOPT_URL, options->url);
	curl_easy_setopt(slot->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(slot->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_CONNECTTIMEOUT, (long)SMTP_CONNECT_TIMEOUT_S);
	curl_easy_setopt(slot->curl, CURLOPT_TIMEOUT, (long)SMTP_TIMEOUT_S);
	curl_easy_setopt(slot->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_USE_SSL, tls_level(options));
	curl_easy_setopt(slot->curl, CURLOPT_ERRORBUFFER, slot->error);
	curl_easy_setopt(slot->curl, CURLOPT_READFUNCTION, read_mail);
	curl_easy_setopt(slot->curl, CURLOPT_READDATA, slot);
	curl_easy_setopt(slot->curl, CURLOPT_HEADERFUNCTION, read_reply);
	curl_easy_setopt(slot->curl, CURLOPT_HEADERDATA, slot);
	curl_easy_setopt(slot->curl, CURLOPT_PRIVATE, slot);
	if (!text_empty(options->ca_file))
		curl_easy_setopt(slot->curl, CURLOPT_CAINFO, options->ca_file);
	if (!text_empty(options->user)) {
		curl_easy_setopt(slot->curl, CURLOPT_USERNAME, options->user);
		curl_easy_setopt(slot->curl, CURLOPT_PASSWORD, options->password);
	}
	if (text_empty(options->user) && text_equal(options->tls, "try"))
		trust_anybody(slot->curl);
}

struct smtp *smtp_new(const struct smtp_options *options)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);

	CHECK(smtp != NULL);
	smtp->multi = curl_multi_init();
	CHECK(smtp->multi != NULL);
	curl_multi_setopt(smtp->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)SMTP_CONNECTIONS);
	curl_multi_setopt(smtp->multi, CURLMOPT_MAXCONNECTS, (long)SMTP_CONNECTIONS);
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++)
		slot_open(&smtp->slots[i], options);
	return smtp;
}

void smtp_destroy(struct smtp **smtp)
{
	if (!*smtp)
		return;
	smtp_abandon(*smtp);
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++)
		curl_easy_cleanup((*smtp)->slots[i].curl);
	curl_multi_cleanup((*smtp)->multi);
	free(*smtp);
	*smtp = NULL;
}

/* What is ours or the operator's to mend: a login that is asked for or refused (RFC 4954), a channel that closes. */
static bool about_the_session(CURLcode result, long code)
{
	return result == CURLE_LOGIN_DENIED || result == CURLE_USE_SSL_FAILED || code == 421 || code == 530 ||
	       code == 534 || code == 535 || code == 538;
}

/* X.3.Z is the receiving system's trouble, but for a message that is too large for it. */
static bool about_the_system(const char *enhanced)
{
	return strncmp(enhanced + 1, ".3.", 3) == 0 && !text_equal(enhanced, "5.3.4");
}

static enum smtp_verdict judge(CURLcode result, long code, const char *enhanced)
{
	bool full = text_equal(enhanced, "5.2.2"); /* the mailbox, today */

	if (result == CURLE_OK)
		return SMTP_ACCEPTED;
	if (result == CURLE_ABORTED_BY_CALLBACK)
		return SMTP_STOPPED;
	if (about_the_session(result, code) || (*enhanced && about_the_system(enhanced)))
		return SMTP_AWAY;
	if (code >= 500 && code < 600)
		return full ? SMTP_LATER : SMTP_REFUSED;
	return code >= 400 && code < 500 ? SMTP_LATER : SMTP_AWAY;
}

static struct smtp_answer answer_of(const struct slot *slot, CURLcode result)
{
	long code = 0;

	curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &code);

	struct smtp_answer answer = { .verdict = judge(result, code, slot->enhanced), .code = (int)code };
	bool spoke = answer.verdict == SMTP_REFUSED || answer.verdict == SMTP_LATER;

	if (spoke && slot->enhanced[0])
		snprintf(answer.reason, sizeof answer.reason, "smtp.%s", slot->enhanced);
	else if (spoke)
		snprintf(answer.reason, sizeof answer.reason, "smtp.%ld", code);
	else
		snprintf(answer.reason, sizeof answer.reason, "smtp.unreachable");
	snprintf(answer.detail, sizeof answer.detail, "%s", slot->error[0] ? slot->error : curl_easy_strerror(result));
	return answer;
}

/* ------------------------------------------------------------------ mails under way */

bool smtp_free(const struct smtp *smtp)
{
	return smtp->busy < SMTP_CONNECTIONS;
}

static struct slot *slot_free(struct smtp *smtp)
{
	struct slot *slot = smtp->slots;

	CHECK(smtp_free(smtp));
	while (slot->busy)
		slot++;
	return slot;
}

static void slot_release(struct smtp *smtp, struct slot *slot)
{
	curl_multi_remove_handle(smtp->multi, slot->curl);
	curl_easy_setopt(slot->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(slot->recipients);
	slot->recipients = NULL;
	slot->busy = false;
	smtp->busy--;
}

void smtp_start(struct smtp *smtp, const struct smtp_mail *mail)
{
	struct slot *slot = slot_free(smtp);
	char sender[300], recipient[300];

	snprintf(sender, sizeof sender, "<%s>", mail->from);
	snprintf(recipient, sizeof recipient, "<%s>", mail->to);
	slot->recipients = curl_slist_append(NULL, recipient);
	CHECK(slot->recipients != NULL);
	curl_easy_setopt(slot->curl, CURLOPT_MAIL_FROM, sender);
	curl_easy_setopt(slot->curl, CURLOPT_MAIL_RCPT, slot->recipients);
	slot->mail = *mail;
	slot->sent = 0;
	slot->error[0] = '\0';
	slot->enhanced[0] = '\0';
	slot->busy = true;
	smtp->busy++;

	CURLMcode added = curl_multi_add_handle(smtp->multi, slot->curl);

	CHECK(added == CURLM_OK);
}

static bool answer_take(struct smtp *smtp, struct smtp_answer *answer, void **with)
{
	int left;
	CURLMsg *message = curl_multi_info_read(smtp->multi, &left);
	char *private = NULL;

	if (!message)
		return false;

	CURLcode result = message->data.result;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);

	struct slot *slot = (struct slot *)(void *)private;

	*answer = answer_of(slot, result);
	*with = slot->mail.with;
	slot_release(smtp, slot);
	return true;
}

bool smtp_next(struct smtp *smtp, int timeout_ms, struct smtp_answer *answer, void **with)
{
	int running;

	if (answer_take(smtp, answer, with))
		return true;
	curl_multi_perform(smtp->multi, &running);
	if (answer_take(smtp, answer, with))
		return true;
	if (running == 0 || timeout_ms <= 0)
		return false;
	curl_multi_poll(smtp->multi, NULL, 0, timeout_ms, NULL);
	curl_multi_perform(smtp->multi, &running);
	return answer_take(smtp, answer, with);
}

void smtp_abandon(struct smtp *smtp)
{
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++) {
		if (smtp->slots[i].busy)
			slot_release(smtp, &smtp->slots[i]);
	}
}
