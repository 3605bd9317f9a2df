#include "support/echo/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define WAIT_MS 10000
#define LOOK_MS 10
#define LOG_BYTES 65536
#define SETTINGS_MAX 16

void folder_make(char folder[PROCESS_TEXT_BYTES])
{
	text_copy(folder, PROCESS_TEXT_BYTES, "/tmp/relance-io-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info;
	(void)kind;
	(void)at;
	return remove(path);
}

void folder_remove(const char *folder)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The settings, and what a sanitizer was told. */
static void environment_make(char *const settings[], char *environment[static SETTINGS_MAX + 2])
{
	static char sanitizer[PROCESS_TEXT_BYTES];
	const char *options = getenv("TSAN_OPTIONS");
	size_t count = 0;

	while (settings[count]) {
		CHECK(count < SETTINGS_MAX);
		environment[count] = settings[count];
		count++;
	}
	if (options) {
		snprintf(sanitizer, sizeof sanitizer, "TSAN_OPTIONS=%s", options);
		environment[count++] = sanitizer;
	}
	environment[count] = NULL;
}

void process_start(struct process *process, const char *folder, const char *name, char *const settings[])
{
	char program[PROCESS_TEXT_BYTES * 2];
	const char *build = getenv("RELANCE_BUILD");

	snprintf(program, sizeof program, "%s/tests/echo_server", build ? build : ".");
	int length = snprintf(process->log, sizeof process->log, "%s/%s.log", folder, name);

	CHECK(length > 0 && (size_t)length < sizeof process->log);
	process->pid = fork();
	CHECK(process->pid >= 0);
	if (process->pid > 0)
		return;
	char *environment[SETTINGS_MAX + 2];

	environment_make(settings, environment);
	int fd = open(process->log, O_CREAT | O_WRONLY | O_APPEND, 0600);
	char *arguments[] = { program, NULL };

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execve(program, arguments, environment);
	_exit(127);
}

static bool log_read(const struct process *process, char text[static LOG_BYTES])
{
	FILE *file = fopen(process->log, "r");

	if (!file)
		return false;
	text[fread(text, 1, LOG_BYTES - 1, file)] = '\0';
	fclose(file);
	return true;
}

bool process_logged(const struct process *process, const char *wanted)
{
	static char text[LOG_BYTES];

	for (int waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
		if (log_read(process, text) && strstr(text, wanted))
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	return false;
}

const char *process_log_value(const struct process *process, const char *wanted, const char *key)
{
	static char text[LOG_BYTES];
	char quoted[64];

	snprintf(quoted, sizeof quoted, "\"%s\":\"", key);
	char *line = process_logged(process, wanted) && log_read(process, text) ? strstr(text, wanted) : NULL;
	char *value = line ? strstr(line, quoted) : NULL;

	if (!value)
		return "";
	value += strlen(quoted);
	value[strcspn(value, "\"")] = '\0';
	return value;
}

int process_end(struct process *process, int signal_number)
{
	int status = 0;

	if (process->pid <= 0)
		return 0;
	if (signal_number)
		kill(process->pid, signal_number);
	waitpid(process->pid, &status, 0);
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int port_free(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
	close(fd);
	return ntohs(address.sin_port);
}
