/* Mails over SMTP to a server of the test's own, that minds the order of commands and fails where it is told to. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "notification/channels/smtp.h"
#include "unit/test.h"

#define WAIT_MS 20000 /* ends a hang */
#define MAILS_MAX 64

/* What the server does. */
struct manners {
	bool pipelining, utf8;
	bool asks_anyway; /* 354 also where all recipients were refused */
	int mails_each;   /* after so many it hangs up, without a word; 0: never */
	int slow_ms;      /* before it answers for a message */
	bool closing;     /* 421 to the first command */
};

static struct {
	struct manners manners;
	int listener, port;
	char url[64];
	pthread_mutex_t mutex;
	char messages[MAILS_MAX][4096];
	int count;
	atomic_int connections, disorder;
} server;

/* ------------------------------------------------------------------ the server */

struct client {
	FILE *in;
	int fd;
	bool mail, rcpt; /* of the mail in hand */
	int taken;
};

static void say(const struct client *client, const char *line)
{
	ssize_t written = send(client->fd, line, strlen(line), MSG_NOSIGNAL);

	(void)written; /* a client that has gone is told nothing */
}

static void take_message(struct client *client)
{
	char line[2048] = "", message[4096] = "";

	while (strcmp(line, ".\r\n") != 0) {
		if (strlen(message) + strlen(line) < sizeof message)
			strcat(message, line);
		if (!fgets(line, sizeof line, client->in)) /* broken off */
			return;
	}
	if (server.manners.slow_ms > 0)
		usleep((useconds_t)server.manners.slow_ms * 1000);
	pthread_mutex_lock(&server.mutex);
	if (server.count < MAILS_MAX)
		strcpy(server.messages[server.count++], message);
	pthread_mutex_unlock(&server.mutex);
	client->taken++;
	say(client, "250 2.0.0 taken\r\n");
}

static void greet(const struct client *client)
{
	say(client, "250-test.example\r\n");
	if (server.manners.pipelining)
		say(client, "250-PIPELINING\r\n");
	if (server.manners.utf8)
		say(client, "250-SMTPUTF8\r\n");
	say(client, "250 8BITMIME\r\n");
}

static void hear_recipient(struct client *client, const char *line)
{
	if (!client->mail)
		atomic_fetch_add(&server.disorder, 1);
	if (strstr(line, "<nobody@"))
		say(client, "550-5.1.1 no such\r\n550 5.1.1 person\r\n");
	else if (strstr(line, "<full@"))
		say(client, "452 4.2.2 mailbox full\r\n");
	else {
		client->rcpt = true;
		say(client, "250 2.1.5 ok\r\n");
	}
}

static void hear_data(struct client *client)
{
	if (!client->rcpt && !server.manners.asks_anyway) {
		say(client, "554 5.5.1 no valid recipients\r\n");
		return;
	}
	say(client, "354 go on\r\n");
	take_message(client);
	client->mail = client->rcpt = false;
}

/* False: hang up. */
static bool hear(struct client *client, const char *line)
{
	bool mail = strncasecmp(line, "MAIL ", 5) == 0;

	if (mail && server.manners.closing) {
		say(client, "421 4.3.2 closing\r\n");
		return false;
	}
	if (mail && client->mail) /* nested: RSET was forgotten */
		atomic_fetch_add(&server.disorder, 1);
	if (strncasecmp(line, "EHLO", 4) == 0)
		greet(client);
	else if (strncasecmp(line, "RCPT ", 5) == 0)
		hear_recipient(client, line);
	else if (strncasecmp(line, "DATA", 4) == 0)
		hear_data(client);
	else if (strncasecmp(line, "QUIT", 4) == 0)
		return false;
	else {
		client->mail = mail;
		client->rcpt = false;
		say(client, "250 2.0.0 ok\r\n");
	}
	return server.manners.mails_each == 0 || client->taken < server.manners.mails_each;
}

static void *serve(void *with)
{
	struct client client = { .fd = (int)(intptr_t)with };
	char line[2048];

	client.in = fdopen(client.fd, "r");
	CHECK(client.in != NULL);
	say(&client, "220 test.example\r\n");
	while (fgets(line, sizeof line, client.in) && hear(&client, line))
		continue;
	fclose(client.in);
	return NULL;
}

static void *listen_on(void *with)
{
	(void)with;
	for (;;) {
		int fd = accept(server.listener, NULL, NULL);
		pthread_t thread;

		atomic_fetch_add(&server.connections, 1);
		CHECK(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0);
		CHECK(pthread_detach(thread) == 0);
	}
	return NULL;
}

/* ------------------------------------------------------------------ the client */

static bool allowed = true;

static bool may_send(void *with)
{
	(void)with;
	return allowed;
}

static struct smtp *smtp_open(struct manners manners)
{
	struct smtp_options options = { server.url, "", "", "none", NULL };

	server.manners = manners;
	server.count = 0;
	atomic_store(&server.connections, 0);
	atomic_store(&server.disorder, 0);
	return smtp_new(&options);
}

static struct smtp_answer await(struct smtp *smtp)
{
	struct smtp_answer answer;
	void *with;

	for (int waited = 0; !smtp_next(smtp, 50, &answer, &with); waited += 50) {
		if (waited > WAIT_MS)
			fail_msg("no answer");
	}
	return answer;
}

static void begin(struct smtp *smtp, const char *to, const char *text)
{
	smtp_start(smtp,
		   &(struct smtp_mail){
			   .from = "us@firm.example", .to = to, .mail = { text, strlen(text) }, .may_send = may_send });
}

static struct smtp_answer deliver(struct smtp *smtp, const char *to, const char *text)
{
	begin(smtp, to, text);
	return await(smtp);
}

/* ------------------------------------------------------------------ the tests */

static const struct {
	const char *sentence, *to;
	struct manners manners;
	enum smtp_verdict verdict;
	const char *reason;
} ANSWERS[] = {
	{ "a mail is taken", "a@b.example", { 0 }, SMTP_ACCEPTED, NULL },
	{ "a mail is taken in one piece", "a@b.example", { .pipelining = true }, SMTP_ACCEPTED, NULL },
	{ "a person unknown is refused", "nobody@b.example", { 0 }, SMTP_REFUSED, "smtp.5.1.1" },
	{ "and in one piece", "nobody@b.example", { .pipelining = true }, SMTP_REFUSED, "smtp.5.1.1" },
	{ "a server that asks for what nobody gets is left",
	  "nobody@b.example",
	  { .pipelining = true, .asks_anyway = true },
	  SMTP_REFUSED,
	  "smtp.5.1.1" },
	{ "a full mailbox is later", "full@b.example", { .pipelining = true }, SMTP_LATER, "smtp.4.2.2" },
	{ "a server that closes says nothing about the mail",
	  "a@b.example",
	  { .closing = true },
	  SMTP_AWAY,
	  "smtp.unreachable" },
	{ "a domain beyond ASCII is said in ASCII", "a@b\xc3\xbc.example", { 0 }, SMTP_ACCEPTED, NULL },
	{ "a name beyond ASCII needs a server that takes it", "\xc3\xbc@b.example", { 0 }, SMTP_REFUSED, "smtp.553" },
	{ "and goes as it is to one", "\xc3\xbc@b.example", { .utf8 = true }, SMTP_ACCEPTED, NULL },
};

static void each_answer_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ANSWERS); i++) {
		SAY(ANSWERS[i].sentence);

		struct smtp *smtp = smtp_open(ANSWERS[i].manners);
		struct smtp_answer answer = deliver(smtp, ANSWERS[i].to, "Subject: a\r\n\r\nb\r\n");

		assert_int_equal(answer.verdict, ANSWERS[i].verdict);
		if (ANSWERS[i].reason)
			assert_string_equal(answer.reason, ANSWERS[i].reason);
		assert_int_equal(server.count, answer.verdict == SMTP_ACCEPTED);
		smtp_destroy(&smtp);
	}
}

static void a_connection_is_kept_through_refusals(void **state)
{
	(void)state;
	for (int pipelining = 0; pipelining < 2; pipelining++) {
		struct smtp *smtp = smtp_open((struct manners){ .pipelining = pipelining });

		for (int i = 0; i < 9; i++) {
			static const char *const TO[] = { "a@b.example", "nobody@b.example", "full@b.example" };

			assert_int_equal(deliver(smtp, TO[i % 3], "Subject: a\r\n\r\nb\r\n").verdict == SMTP_ACCEPTED,
					 i % 3 == 0);
		}
		assert_int_equal(server.count, 3);
		assert_int_equal(atomic_load(&server.connections), 1);
		assert_int_equal(atomic_load(&server.disorder), 0);
		smtp_destroy(&smtp);
	}
}

static void a_kept_connection_that_was_hung_up_is_opened_again(void **state)
{
	struct smtp *smtp = smtp_open((struct manners){ .mails_each = 2, .pipelining = true });

	(void)state;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(deliver(smtp, "a@b.example", "Subject: a\r\n\r\nb\r\n").verdict, SMTP_ACCEPTED);
		usleep(i % 2 ? 20000 : 0); /* the end is seen before the next mail, or within it */
	}
	assert_int_equal(server.count, 6);
	assert_int_equal(atomic_load(&server.connections), 3);
	smtp_destroy(&smtp);
}

static void lines_that_begin_with_a_dot_arrive(void **state)
{
	struct smtp *smtp = smtp_open((struct manners){ .pipelining = true });

	(void)state;
	assert_int_equal(deliver(smtp, "a@b.example", ".a\r\n.\r\n..b\r\nc.\r\n").verdict, SMTP_ACCEPTED);
	assert_string_equal(server.messages[0], "..a\r\n..\r\n...b\r\nc.\r\n");
	assert_int_equal(deliver(smtp, "a@b.example", "no end of line").verdict, SMTP_ACCEPTED);
	assert_string_equal(server.messages[1], "no end of line\r\n");
	smtp_destroy(&smtp);
}

static void what_may_not_leave_does_not(void **state)
{
	struct smtp *smtp = smtp_open((struct manners){ .pipelining = true });

	(void)state;
	allowed = false;
	assert_int_equal(deliver(smtp, "a@b.example", "Subject: a\r\n\r\nb\r\n").verdict, SMTP_STOPPED);
	allowed = true;
	assert_int_equal(deliver(smtp, "a@b.example", "Subject: a\r\n\r\nb\r\n").verdict, SMTP_ACCEPTED);
	assert_int_equal(server.count, 1);
	smtp_destroy(&smtp);
}

/* The answer to the final dot may take its time: neither the other mails nor the caller wait for it. */
static void a_slow_server_holds_up_nobody(void **state)
{
	struct smtp *smtp = smtp_open((struct manners){ .slow_ms = 1500 });
	struct timespec began, ended;
	struct smtp_answer answer;
	void *with;

	(void)state;
	for (int i = 0; i < SMTP_CONNECTIONS; i++)
		begin(smtp, "a@b.example", "Subject: a\r\n\r\nb\r\n");
	assert_false(smtp_free(smtp));
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < 5; i++)
		assert_false(smtp_next(smtp, 100, &answer, &with));
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_true(ended.tv_sec - began.tv_sec < 2); /* 0.5 s, not eight times 1.5 */
	for (int i = 0; i < SMTP_CONNECTIONS; i++)
		assert_int_equal(await(smtp).verdict, SMTP_ACCEPTED);
	smtp_destroy(&smtp);
}

static void nobody_there_is_away(void **state)
{
	struct smtp_options options = { "smtp://127.0.0.1:1", "", "", "none", NULL };
	struct smtp *smtp = smtp_new(&options);

	(void)state;
	assert_int_equal(deliver(smtp, "a@b.example", "b").verdict, SMTP_AWAY);
	begin(smtp, "a@b.example", "b");
	smtp_abandon(smtp);
	assert_true(smtp_free(smtp));
	smtp_destroy(&smtp);
}

static int start(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	pthread_t thread;

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as service_run does */
	smtp_init();
	pthread_mutex_init(&server.mutex, NULL);
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(server.listener, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(listen(server.listener, 16) == 0);
	CHECK(getsockname(server.listener, (struct sockaddr *)&address, &length) == 0);
	snprintf(server.url, sizeof server.url, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
	CHECK(pthread_create(&thread, NULL, listen_on, NULL) == 0);
	CHECK(pthread_detach(thread) == 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_judged),
		cmocka_unit_test(a_connection_is_kept_through_refusals),
		cmocka_unit_test(a_kept_connection_that_was_hung_up_is_opened_again),
		cmocka_unit_test(lines_that_begin_with_a_dot_arrive),
		cmocka_unit_test(what_may_not_leave_does_not),
		cmocka_unit_test(a_slow_server_holds_up_nobody),
		cmocka_unit_test(nobody_there_is_away),
	};

	return cmocka_run_group_tests_name("smtp", tests, start, NULL);
}
