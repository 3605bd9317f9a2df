#include "common/io/zap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <zmq.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/curve.h"
#include "common/io/log.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_VERSION "1.0"
#define FRAME_BYTES_MAX 4096

static struct {
	pthread_t thread;
	bool running;
	void *socket;
} zap;

/* The frames of a question, in their order on the wire; the address is only logged. */
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, ROUTING_ID, MECHANISM, CREDENTIAL, FRAME_COUNT };

struct question {
	char frames[FRAME_COUNT][FRAME_BYTES_MAX];
	size_t lengths[FRAME_COUNT];
};

/* False when the context is ending. A frame beyond the expected ones (a second credential) makes it malformed. */
static bool question_receive(struct question *question, bool *whole)
{
	int count = 0, more = 1;

	*whole = true;
	while (more) {
		char *frame = question->frames[count < FRAME_COUNT ? count : FRAME_COUNT - 1];
		int length = zmq_recv(zap.socket, frame, FRAME_BYTES_MAX - 1, 0);
		size_t size = sizeof more;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		if (count < FRAME_COUNT && length < FRAME_BYTES_MAX) {
			frame[length] = '\0';
			question->lengths[count] = (size_t)length;
		} else {
			*whole = false;
		}
		count++;
		if (zmq_getsockopt(zap.socket, ZMQ_RCVMORE, &more, &size) != 0)
			return false;
	}
	*whole = *whole && count == FRAME_COUNT;
	return true;
}

static bool name_of(const struct question *question, char name[static CURVE_NAME_BYTES])
{
	return strcmp(question->frames[VERSION], ZAP_VERSION) == 0 &&
	       strcmp(question->frames[MECHANISM], "CURVE") == 0 && question->lengths[CREDENTIAL] == CURVE_KEY_BYTES &&
	       err_ok(curve_name_find(question->frames[DOMAIN], (const uint8_t *)question->frames[CREDENTIAL], name));
}

static void send_text(const char *text, size_t length, bool more)
{
	while (zmq_send(zap.socket, text, length, more ? ZMQ_SNDMORE : 0) < 0 && errno == EINTR)
		;
}

static void answer_send(const struct question *question, const char *name)
{
	const char *status = name ? "200" : "400", *text = name ? "OK" : "unknown key";

	send_text(ZAP_VERSION, strlen(ZAP_VERSION), true);
	send_text(question->frames[REQUEST_ID], question->lengths[REQUEST_ID], true);
	send_text(status, strlen(status), true);
	send_text(text, strlen(text), true);
	send_text(name ? name : "", name ? strlen(name) : 0, true);
	send_text("", 0, false);
}

static void *zap_main(void *unused)
{
	struct question question;
	char name[CURVE_NAME_BYTES];
	bool whole;

	(void)unused;
	while (question_receive(&question, &whole)) {
		bool known = whole && name_of(&question, name);

		if (!known)
			log_warn("a caller with an unknown key was refused",
				 LOG_TEXT("address", whole ? question.frames[ADDRESS] : "?"));
		answer_send(&question, known ? name : NULL);
	}
	zmq_close(zap.socket);
	return NULL;
}

struct err zap_start(void *context)
{
	int linger = 0;

	if (zap.running)
		return OK;
	zap.socket = zmq_socket(context, ZMQ_REP);
	CHECK(zap.socket != NULL);
	zmq_setsockopt(zap.socket, ZMQ_LINGER, &linger, sizeof linger);
	if (zmq_bind(zap.socket, ZAP_ENDPOINT) != 0)
		return ERR(ERR_INTERNAL, "bus.zap", NULL, "somebody else answers ZAP in this process");
	CHECK(pthread_create(&zap.thread, NULL, zap_main, NULL) == 0);
	pthread_setname_np(zap.thread, "zap");
	zap.running = true;
	return OK;
}

void zap_join(void)
{
	if (!zap.running)
		return;
	pthread_join(zap.thread, NULL);
	zap.running = false;
}
