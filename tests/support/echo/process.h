#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* echo_server as a real process. Its stderr goes to `log`, a file in a folder of the test's own. */

#define PROCESS_TEXT_BYTES 256

struct process {
	pid_t pid;
	char log[PROCESS_TEXT_BYTES];
};

/* A folder that the caller removes with folder_remove. */
void folder_make(char folder[PROCESS_TEXT_BYTES]);
void folder_remove(const char *folder);

/* `settings` are "NAME=value" texts, ended by NULL, 16 at most; nothing else is in its environment. */
void process_start(struct process *process, const char *folder, const char *name, char *const settings[]);

/* Waits until the log has a line with `text`, 10 s at most; false where it has none then. */
bool process_logged(const struct process *process, const char *text);

/* The value behind `"key":"` in the first line with `text`; "" where there is none. */
const char *process_log_value(const struct process *process, const char *text, const char *key);

/* Sends the signal (0: none) and waits for the end; the exit code, or minus the signal that ended it. */
int process_end(struct process *process, int signal_number);

/* A tcp port that was free a moment ago. */
int port_free(void);

#endif
