/* Webhooks: the signature's published vector, what answers mean, and where a call may not go. A server of this process
 * answers, one connection after the other. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/text.h"
#include "notification/channels/webhook.h"
#include "unit/test.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy(&arena);
	return 0;
}

/* The vector that the implementations of the specification share. */
static void the_signature_is_the_published_one(void **state)
{
	const char *body = "{\"test\": 2432232314}";
	struct webhook_message message = { "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body) };

	(void)state;
	assert_string_equal(webhook_sign(arena, SECRET, &message), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static const struct {
	const char *sentence, *url, *secret, *reason;
} SETTINGS[] = {
	{ "a good one", "https://sms.example/v1", SECRET, NULL },
	{ "no other protocol", "file:///etc/passwd", SECRET, "webhook.url" },
	{ "the secret names its kind", "https://sms.example", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "webhook.secret" },
	{ "it has 24 bytes at least", "https://sms.example",
	  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==", "webhook.secret" },
	{ "it is base64", "https://sms.example", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "webhook.secret" },
	{ "an empty one is none", "https://sms.example", "", "webhook.secret" },
};

static void settings_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(SETTINGS); i++) {
		struct webhook_options webhook = { SETTINGS[i].url, SETTINGS[i].secret, false };
		struct err err = webhook_check(&webhook);

		SAY(SETTINGS[i].sentence);
		if (SETTINGS[i].reason)
			assert_string_equal(err.reason, SETTINGS[i].reason);
		else
			assert_true(err_ok(err));
	}
}

/* ------------------------------------------------------------------ answers */

struct server {
	int listener;
	uint16_t port;
	const char *answer;
	char request[4096];
	pthread_t thread;
};

static void *serve(void *with)
{
	struct server *server = with;
	int caller = accept(server->listener, NULL, NULL);
	size_t length = 0;
	ssize_t got = 1;

	while (caller >= 0 && got > 0 && !strstr(server->request, "\r\n\r\n{}")) {
		got = recv(caller, server->request + length, sizeof server->request - 1 - length, 0);
		length += got > 0 ? (size_t)got : 0;
	}
	send(caller, server->answer, strlen(server->answer), MSG_NOSIGNAL);
	close(caller);
	return NULL;
}

static void server_start(struct server *server, const char *answer)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof address;

	*server = (struct server){ .listener = socket(AF_INET, SOCK_STREAM, 0), .answer = answer };
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
}

static struct webhook_answer posted(const char *url, bool private_allowed)
{
	struct webhook_options options = { url, SECRET, private_allowed };
	struct webhook_message message = { "0196-id", 1700000000, "{}", 2 };
	struct webhook *webhook = webhook_new(&options);
	struct webhook_answer answer;
	void *with = NULL;

	webhook_start(webhook, arena, &message, &message);
	while (!webhook_next(webhook, 100, &answer, &with))
		continue;
	assert_ptr_equal(with, &message);
	webhook_destroy(&webhook);
	return answer;
}

static struct webhook_answer post(uint16_t port, bool private_allowed)
{
	return posted(arena_format(arena, "http://127.0.0.1:%u/sms", port), private_allowed);
}

static const struct {
	const char *sentence, *answer;
	enum webhook_verdict verdict;
	int64_t retry_after_ms;
	const char *reason;
} ANSWERS[] = {
	{ "2xx is taken", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", WEBHOOK_ACCEPTED, 0, "webhook.202" },
	{ "4xx is refused", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", WEBHOOK_REFUSED, 0,
	  "webhook.400" },
	{ "a redirect is not followed",
	  "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", WEBHOOK_REFUSED, 0,
	  "webhook.302" },
	{ "429 comes again when it says", "HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
	  WEBHOOK_LATER, 7000, "webhook.429" },
	{ "but not after more than a day", "HTTP/1.1 503 Busy\r\nRetry-After: 9999999\r\nContent-Length: 0\r\n\r\n",
	  WEBHOOK_LATER, 86400000, "webhook.503" },
	{ "5xx comes again", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", WEBHOOK_LATER, 0, "webhook.500" },
	{ "silence says nothing", "", WEBHOOK_AWAY, 0, "webhook.unreachable" },
};

static void answers_decide(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ANSWERS); i++) {
		struct server server;

		SAY(ANSWERS[i].sentence);
		server_start(&server, ANSWERS[i].answer);

		struct webhook_answer answer = post(server.port, true);

		server_stop(&server);
		assert_int_equal(answer.verdict, ANSWERS[i].verdict);
		assert_int_equal(answer.retry_after_ms, ANSWERS[i].retry_after_ms);
		assert_string_equal(answer.reason, ANSWERS[i].reason);
		assert_non_null(strstr(server.request, "webhook-id: 0196-id\r\n"));
		assert_non_null(strstr(server.request, "webhook-timestamp: 1700000000\r\n"));
		assert_non_null(strstr(server.request, "webhook-signature: v1,"));
	}
}

static const char *const PRIVATE[] = {
	"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254",    "100.64.0.1",
	"0.0.0.0",   "[::1]",    "[fe80::1]",  "[fd00::1]",   "[::ffff:127.0.0.1]", "[2002:7f00:1::]"
};

static void private_networks_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(PRIVATE); i++) {
		struct webhook_answer answer = posted(arena_format(arena, "http://%s:9/", PRIVATE[i]), false);

		SAY(PRIVATE[i]);
		assert_int_equal(answer.verdict, WEBHOOK_AWAY);
		assert_string_equal(answer.reason, "webhook.private_address");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_signature_is_the_published_one, begin, end),
		cmocka_unit_test_setup_teardown(settings_are_checked, begin, end),
		cmocka_unit_test_setup_teardown(answers_decide, begin, end),
		cmocka_unit_test_setup_teardown(private_networks_are_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
