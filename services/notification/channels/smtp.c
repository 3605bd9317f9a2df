#include "notification/channels/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

struct smtp {
	CURL *curl;
	char error[CURL_ERROR_SIZE];
	struct mail_bytes mail; /* on its way out */
	size_t sent;
	const struct smtp_heartbeat *heartbeat;
};

void smtp_init(void)
{
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

	CHECK(code == CURLE_OK);
}

static size_t read_mail(char *to, size_t size, size_t count, void *with)
{
	struct smtp *smtp = with;
	size_t left = smtp->mail.length - smtp->sent, room = size * count;
	size_t length = left < room ? left : room;

	memcpy(to, smtp->mail.data + smtp->sent, length);
	smtp->sent += length;
	return length;
}

static int progress(void *with, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct smtp *smtp = with;

	(void)down_total, (void)down, (void)up_total, (void)up;
	return smtp->heartbeat->beat(smtp->heartbeat->with) ? 0 : 1;
}

static long tls_level(const char *tls)
{
	if (text_equal(tls, "require"))
		return CURLUSESSL_ALL;
	return text_equal(tls, "try") ? CURLUSESSL_TRY : CURLUSESSL_NONE;
}

/* TLS that is only tried protects against listeners, not against impostors (RFC 7435): it takes any certificate, but
 * then no password goes over it. */
static void trust_anybody(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

struct smtp *smtp_new(const struct smtp_options *options)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);

	CHECK(smtp != NULL);
	smtp->curl = curl_easy_init();
	CHECK(smtp->curl != NULL);
	curl_easy_setopt(smtp->curl, CURLOPT_URL, options->url);
	curl_easy_setopt(smtp->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_CONNECTTIMEOUT, (long)SMTP_CONNECT_TIMEOUT_S);
	curl_easy_setopt(smtp->curl, CURLOPT_TIMEOUT, (long)SMTP_TIMEOUT_S);
	curl_easy_setopt(smtp->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_USE_SSL, tls_level(options->tls));
	curl_easy_setopt(smtp->curl, CURLOPT_ERRORBUFFER, smtp->error);
	curl_easy_setopt(smtp->curl, CURLOPT_READFUNCTION, read_mail);
	curl_easy_setopt(smtp->curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(smtp->curl, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(smtp->curl, CURLOPT_XFERINFODATA, smtp);
	curl_easy_setopt(smtp->curl, CURLOPT_NOPROGRESS, 0L);
	if (!text_empty(options->user)) {
		curl_easy_setopt(smtp->curl, CURLOPT_USERNAME, options->user);
		curl_easy_setopt(smtp->curl, CURLOPT_PASSWORD, options->password);
	}
	if (text_empty(options->user) && text_equal(options->tls, "try"))
		trust_anybody(smtp->curl);
	return smtp;
}

void smtp_destroy(struct smtp **smtp)
{
	if (!*smtp)
		return;
	curl_easy_cleanup((*smtp)->curl);
	free(*smtp);
	*smtp = NULL;
}

/* A wrong login is the operator's to mend, and 421 closes the channel: neither says anything about the message. */
static enum smtp_verdict judge(CURLcode result, long code)
{
	if (result == CURLE_OK)
		return SMTP_ACCEPTED;
	if (result == CURLE_ABORTED_BY_CALLBACK)
		return SMTP_STOPPED;
	if (result == CURLE_LOGIN_DENIED || code == 421)
		return SMTP_AWAY;
	if (code >= 500 && code < 600)
		return SMTP_REFUSED;
	return code >= 400 && code < 500 ? SMTP_LATER : SMTP_AWAY;
}

static struct smtp_answer answer_of(const struct smtp *smtp, CURLcode result)
{
	long code = 0;

	curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &code);

	struct smtp_answer answer = { .verdict = judge(result, code), .code = (int)code };
	bool spoke = answer.verdict == SMTP_REFUSED || answer.verdict == SMTP_LATER;

	if (spoke)
		snprintf(answer.reason, sizeof answer.reason, "smtp.%ld", code);
	else
		snprintf(answer.reason, sizeof answer.reason, "smtp.unreachable");
	snprintf(answer.detail, sizeof answer.detail, "%s", smtp->error[0] ? smtp->error : curl_easy_strerror(result));
	return answer;
}

struct smtp_answer smtp_send(struct smtp *smtp, const char *from, const char *to, const struct mail_bytes *mail,
			     const struct smtp_heartbeat *heartbeat)
{
	char sender[300], recipient[300];

	snprintf(sender, sizeof sender, "<%s>", from);
	snprintf(recipient, sizeof recipient, "<%s>", to);

	struct curl_slist *recipients = curl_slist_append(NULL, recipient);

	CHECK(recipients != NULL);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, sender);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
	smtp->mail = *mail;
	smtp->sent = 0;
	smtp->heartbeat = heartbeat;
	smtp->error[0] = '\0';

	struct smtp_answer answer = answer_of(smtp, curl_easy_perform(smtp->curl));

	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(recipients);
	return answer;
}
