#include "support/server.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void server_fail(const struct server *server, const char *what)
{
	char command[128];

	fprintf(stderr, "%s: %s\n", server->folder, what);
	snprintf(command, sizeof command, "tail -n 30 %s/log >&2", server->folder);
	if (system(command) != 0)
		fprintf(stderr, "and left no log\n");
	exit(1);
}

static void become(const char *user)
{
	const struct passwd *entry = user && geteuid() == 0 ? getpwnam(user) : NULL;

	if (entry && (initgroups(user, entry->pw_gid) || setgid(entry->pw_gid) || setuid(entry->pw_uid)))
		_exit(126);
}

int server_command(const struct server *server, const char *const *argv)
{
	char log[96];
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		snprintf(log, sizeof log, "%s/log", server->folder);
		become(server->user);
		int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

		if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir("/") < 0)
			_exit(126);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void server_prepare(struct server *server, const char *user)
{
	*server = (struct server){ .folder = "/tmp/relance-test-XXXXXX", .user = user };
	const struct passwd *entry = user && geteuid() == 0 ? getpwnam(user) : NULL;

	if (!mkdtemp(server->folder) || chmod(server->folder, 0755) < 0)
		server_fail(server, "cannot make the folder");
	if (entry && chown(server->folder, entry->pw_uid, entry->pw_gid) < 0)
		server_fail(server, "cannot give the folder away");
}

static _Noreturn void janitor_run(const struct server *server, int lifeline)
{
	const char *const remove_all[] = { "rm", "-rf", server->folder, NULL };
	struct server own = *server;
	char byte;

	setsid(); /* Ctrl-C is for the test, not for who cleans up behind it */
	while (read(lifeline, &byte, 1) > 0)
		;
	server_command(server, server->stop);
	own.user = NULL; /* the folder itself lies in /tmp, which its owner alone may take it from */
	server_command(&own, remove_all);
	_exit(0);
}

void server_guard(struct server *server, const char *const *stop)
{
	int ends[2];

	server->stop = stop;
	if (pipe2(ends, O_CLOEXEC) < 0)
		server_fail(server, "cannot make a pipe");
	server->janitor = fork();
	if (server->janitor < 0)
		server_fail(server, "cannot fork");
	if (server->janitor == 0) {
		close(ends[1]);
		janitor_run(server, ends[0]);
	}
	close(ends[0]);
	server->lifeline = ends[1];
}

void server_release(struct server *server)
{
	close(server->lifeline);
	waitpid(server->janitor, NULL, 0);
}
