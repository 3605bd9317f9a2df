#include "store/notification/mailbox.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define WAIT_MS 10000 /* ends a hang */
#define MAIL_BYTES_MAX ((size_t)1024 * 1024)

struct mailbox {
	char folder[64], url[64], address[48];
	int port;
	pid_t pid;
};

/* A free port: bound by nobody a moment ago. */
static int listen_somewhere(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static bool answers(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

	close(fd);
	return connected;
}

void mailbox_up(struct mailbox *mailbox)
{
	char script[512];

	snprintf(script, sizeof script, "%s/deploy/local/mail-sink", getenv("RELANCE_SOURCE"));
	mailbox->pid = fork();
	if (mailbox->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/bin/python3", "python3", script, mailbox->address, mailbox->folder, (char *)NULL);
		_exit(127);
	}
	for (int waited = 0; !answers(mailbox->port); waited += 20) {
		CHECK(waited < WAIT_MS);
		usleep(20000);
	}
}

void mailbox_down(struct mailbox *mailbox)
{
	kill(mailbox->pid, SIGKILL);
	waitpid(mailbox->pid, NULL, 0);
}

struct mailbox *mailbox_start(void)
{
	struct mailbox *mailbox = calloc(1, sizeof *mailbox);

	CHECK(mailbox != NULL);
	close(listen_somewhere(&mailbox->port));
	strcpy(mailbox->folder, "/tmp/relance-mail-XXXXXX");
	CHECK(mkdtemp(mailbox->folder) != NULL);
	snprintf(mailbox->address, sizeof mailbox->address, "127.0.0.1:%d", mailbox->port);
	snprintf(mailbox->url, sizeof mailbox->url, "smtp://127.0.0.1:%d", mailbox->port);
	mailbox_up(mailbox);
	return mailbox;
}

void mailbox_stop(struct mailbox **mailbox)
{
	char command[128];

	mailbox_down(*mailbox);
	snprintf(command, sizeof command, "rm -rf %s", (*mailbox)->folder);
	CHECK(system(command) == 0);
	free(*mailbox);
	*mailbox = NULL;
}

const char *mailbox_url(const struct mailbox *mailbox)
{
	return mailbox->url;
}

/* ------------------------------------------------------------------ what has come */

static char *read_mail(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = arena_alloc(arena, MAIL_BYTES_MAX);

	CHECK(file != NULL);
	CHECK(fread(bytes, 1, MAIL_BYTES_MAX - 1, file) > 0);
	fclose(file);
	return bytes;
}

static int look_through(const struct mailbox *mailbox, struct arena *arena, const char *text, const char **first)
{
	const char *folder = arena_format(arena, "%s/new", mailbox->folder);
	DIR *dir = opendir(folder);
	int count = 0;

	CHECK(dir != NULL);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;

		char *mail = read_mail(arena, arena_format(arena, "%s/%s", folder, entry->d_name));

		if (!strstr(mail, text))
			continue;
		if (count++ == 0)
			*first = mail;
	}
	closedir(dir);
	return count;
}

int mailbox_count(const struct mailbox *mailbox, const char *text)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *first;

	return look_through(mailbox, arena, text, &first);
}

const char *mailbox_find(const struct mailbox *mailbox, struct arena *arena, const char *text)
{
	const char *first = NULL;

	look_through(mailbox, arena, text, &first);
	return first;
}

/* ------------------------------------------------------------------ a server that refuses */

static void say(int fd, const char *line)
{
	CHECK(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
}

static const char *refusal;

static void refuse_one(int fd)
{
	char line[1024];
	ssize_t length;

	say(fd, "220 nobody.example\r\n");
	while ((length = read(fd, line, sizeof line - 1)) > 0) {
		line[length] = '\0';
		say(fd, text_starts(line, "RCPT") ? refusal : "250 ok\r\n");
	}
}

static void *refuse(void *with)
{
	int listener = *(int *)with;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		refuse_one(fd);
		close(fd);
	}
	return NULL;
}

const char *mailbox_refusing(const char *reply)
{
	static char url[64];
	static int listener;
	pthread_t thread;
	int port;

	refusal = reply;
	if (*url)
		return url;
	listener = listen_somewhere(&port);
	CHECK(pthread_create(&thread, NULL, refuse, &listener) == 0);
	CHECK(pthread_detach(thread) == 0);
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", port);
	return url;
}

/* ------------------------------------------------------------------ a server that is slow */

static struct {
	int listener, ms;
	atomic_int taken;
} slow;

/* Reads up to the final dot; false where the client has gone. */
static bool read_message(int fd)
{
	static const char END[] = "\r\n.\r\n";
	size_t matched = 0;
	char byte;

	while (matched < sizeof END - 1) {
		if (read(fd, &byte, 1) != 1)
			return false;
		matched = byte == END[matched] ? matched + 1 : byte == END[0];
	}
	return true;
}

static void *take_slowly(void *with)
{
	int fd = (int)(intptr_t)with;
	char line[1024];
	ssize_t length;

	say(fd, "220 slow.example\r\n");
	while ((length = read(fd, line, sizeof line - 1)) > 0) {
		line[length] = '\0';
		if (!text_starts(line, "DATA")) {
			say(fd, "250 ok\r\n");
			continue;
		}
		say(fd, "354 go on\r\n");
		if (!read_message(fd))
			break;
		usleep((useconds_t)slow.ms * 1000);
		atomic_fetch_add(&slow.taken, 1);
		say(fd, "250 taken\r\n");
	}
	close(fd);
	return NULL;
}

static void *accept_slowly(void *with)
{
	(void)with;
	for (;;) {
		int fd = accept(slow.listener, NULL, NULL);
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, take_slowly, (void *)(intptr_t)fd) == 0);
		CHECK(pthread_detach(thread) == 0);
	}
	return NULL;
}

const char *mailbox_slow(int ms)
{
	static char url[64];
	pthread_t thread;
	int port;

	slow.ms = ms;
	atomic_store(&slow.taken, 0);
	if (*url)
		return url;
	slow.listener = listen_somewhere(&port);
	CHECK(pthread_create(&thread, NULL, accept_slowly, NULL) == 0);
	CHECK(pthread_detach(thread) == 0);
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", port);
	return url;
}

int mailbox_slow_count(void)
{
	return atomic_load(&slow.taken);
}
