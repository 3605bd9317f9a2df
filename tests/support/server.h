#ifndef SUPPORT_SERVER_H
#define SUPPORT_SERVER_H

#include <sys/types.h>

/* What the private servers of the tests share: a folder, and somebody who cleans up. A janitor process waits for the
 * test to end, however it ends (even by kill -9), then stops the server and removes the folder. */

struct server {
	char folder[64];         /* "/tmp/relance-test-XXXXXX" */
	const char *user;        /* runs the server; NULL: whoever runs the test */
	const char *const *stop; /* the command that stops it; ends with NULL */
	int lifeline;            /* the janitor sees this close */
	pid_t janitor;
};

/* Makes the folder (owned by `user` where the test runs as root). Ends the test on failure, as all here do. */
void server_prepare(struct server *server, const char *user);

/* From now on the janitor stops the server. `stop` lives as long as `server`. */
void server_guard(struct server *server, const char *const *stop);

/* Stops the server, removes the folder, waits for both. */
void server_release(struct server *server);

/* Runs a command as the server's user and waits; its output goes to FOLDER/log. The exit status. */
int server_command(const struct server *server, const char *const *argv);

/* Prints the log and ends the test. */
_Noreturn void server_fail(const struct server *server, const char *what);

#endif
