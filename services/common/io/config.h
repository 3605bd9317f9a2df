#ifndef IO_CONFIG_H
#define IO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* Settings from the environment. A process declares its table; config_read fills the variables, and reports
 * *all* mistakes at once on stderr, values without the form of their kind among them, after which the process exits
 * with 78 (EX_CONFIG). A secret may also come
 * from the file named by NAME_FILE (a trailing newline is dropped); both at once is a mistake. An unknown
 * RELANCE_* name is a warning. */

enum setting_kind {
	SETTING_TEXT,
	SETTING_SECRET,
	SETTING_INT,
	SETTING_BOOL,
	SETTING_ENDPOINTS, /* of the bus: "tcp://host:port", "ipc:///path"; several with commas between */
	SETTING_ADDRESS,   /* "host:port" */
	SETTING_REDIS,     /* a secret: "unix:/path", "redis://host:port" and what else io/cache.h takes */
	SETTING_SMTP,      /* "smtp://host:port" */
};

struct setting {
	const char *name; /* "RELANCE_PG" */
	enum setting_kind kind;
	const char *fallback; /* NULL: must be given; "": optional, and then "" */
	const char *help;     /* one sentence, printed by --help */
	long long min, max;   /* SETTING_INT */
	union {
		const char **text; /* lives as long as the process */
		long long *number;
		bool *flag;
	} to;
};

#define CONFIG_EXIT 78

/* Number of mistakes, each printed on stderr. */
int config_read(const struct setting *settings, size_t count);

#define CONFIG_SETTINGS_MAX 64 /* of one process */

/* The table as --help prints it, and as one log line at start (secrets masked). */
void config_print_help(const struct setting *settings, size_t count);
void config_log(const struct setting *settings, size_t count);

#endif
