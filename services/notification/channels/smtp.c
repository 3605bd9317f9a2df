#include "notification/channels/smtp.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "notification/channels/smtp_session.h"

struct smtp {
	CURLM *multi; /* opens connections */
	struct smtp_session sessions[SMTP_CONNECTIONS];
	bool answered[SMTP_CONNECTIONS]; /* of a session: its answer is to be taken */
	int busy;
};

void smtp_init(void)
{
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

	CHECK(code == CURLE_OK);
}

struct smtp *smtp_new(const struct smtp_options *options)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);

	CHECK(smtp != NULL);
	smtp->multi = curl_multi_init();
	CHECK(smtp->multi != NULL);
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++)
		smtp_session_init(&smtp->sessions[i], smtp->multi, options);
	return smtp;
}

void smtp_destroy(struct smtp **smtp)
{
	if (!*smtp)
		return;
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++)
		smtp_session_release(&(*smtp)->sessions[i]);
	curl_multi_cleanup((*smtp)->multi);
	free(*smtp);
	*smtp = NULL;
}

/* ------------------------------------------------------------------ mails under way */

static bool has_mail(const struct smtp *smtp, size_t i)
{
	enum smtp_state state = smtp->sessions[i].state;

	return smtp->answered[i] || state == SMTP_OPENING || state == SMTP_TALKING;
}

bool smtp_free(const struct smtp *smtp)
{
	return smtp->busy < SMTP_CONNECTIONS;
}

/* One that is open, if there is one. */
static size_t session_choose(const struct smtp *smtp)
{
	size_t chosen = SMTP_CONNECTIONS;

	for (size_t i = 0; i < SMTP_CONNECTIONS; i++) {
		if (has_mail(smtp, i))
			continue;
		if (smtp->sessions[i].state == SMTP_IDLE)
			return i;
		chosen = i;
	}
	CHECK(chosen < SMTP_CONNECTIONS);
	return chosen;
}

void smtp_start(struct smtp *smtp, const struct smtp_mail *mail)
{
	size_t chosen = session_choose(smtp);

	smtp->busy++;
	smtp->answered[chosen] = smtp_session_start(&smtp->sessions[chosen], mail);
}

/* Connections that libcurl has opened, or given up. */
static void take_opened(struct smtp *smtp)
{
	int running, left;
	CURLMsg *message;

	curl_multi_perform(smtp->multi, &running);
	while ((message = curl_multi_info_read(smtp->multi, &left))) {
		char *private = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);

		struct smtp_session *session = (struct smtp_session *)(void *)private;

		smtp->answered[session - smtp->sessions] = smtp_session_opened(session, message->data.result);
	}
}

static bool answer_take(struct smtp *smtp, struct smtp_answer *answer, void **with)
{
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++) {
		struct smtp_session *session = &smtp->sessions[i];

		if (!smtp->answered[i] && session->state == SMTP_TALKING && session->ready)
			smtp->answered[i] = smtp_session_work(session);
		if (!smtp->answered[i])
			continue;
		*answer = session->answer;
		*with = session->mail.with;
		smtp->answered[i] = false;
		smtp->busy--;
		return true;
	}
	return false;
}

/* Until one of the sockets is ready. Those whose server has been silent for too long are looked at, too. */
static void wait_for_any(struct smtp *smtp, int timeout_ms)
{
	struct curl_waitfd fds[SMTP_CONNECTIONS];
	size_t of[SMTP_CONNECTIONS];
	unsigned count = 0;

	for (size_t i = 0; i < SMTP_CONNECTIONS; i++) {
		if (smtp->sessions[i].state == SMTP_TALKING) {
			of[count] = i;
			fds[count++] = smtp_session_wait(&smtp->sessions[i]);
		}
	}

	int ready = 0;

	curl_multi_poll(smtp->multi, fds, count, timeout_ms, &ready);
	for (unsigned i = 0; i < count; i++)
		smtp->sessions[of[i]].ready = fds[i].revents != 0 || ready == 0;
}

bool smtp_next(struct smtp *smtp, int timeout_ms, struct smtp_answer *answer, void **with)
{
	take_opened(smtp);
	if (answer_take(smtp, answer, with))
		return true;
	if (smtp->busy == 0 || timeout_ms <= 0)
		return false;
	wait_for_any(smtp, timeout_ms);
	take_opened(smtp);
	return answer_take(smtp, answer, with);
}

void smtp_abandon(struct smtp *smtp)
{
	for (size_t i = 0; i < SMTP_CONNECTIONS; i++) {
		if (has_mail(smtp, i) && smtp->sessions[i].state != SMTP_IDLE)
			smtp_session_close(&smtp->sessions[i]);
		smtp->answered[i] = false;
	}
	smtp->busy = 0;
}
