#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/money.h"
#include "common/io/rpc.h"
#include "ctl/table.h"

/* The frame of relancectl. A noun is a file (ctl/<noun>.c) that exports a table of its commands, ended by an empty
 * row; main.c lists the tables:
 *
 *     const struct ctl_command AGING_COMMANDS[] = {
 *         { "aging", NULL, "[--on DATE]", "what is open, by days past due", cmd_aging },
 *         { 0 },
 *     };
 *
 * A new noun file needs two lines in main.c, and, if it needs a library of its service (formats, domain), one in
 * CMakeLists.txt. Offline commands never call ctl_call, and so need no environment. */

struct ctl;

struct ctl_command {
	const char *noun;
	const char *verb;      /* NULL: the noun alone is the command */
	const char *arguments; /* "FILE… [--strict] [--skip-bad]"; "" for none */
	const char *help;      /* one line, small first letter, no full stop */
	/* argv are the words behind the verb, without the shared options. Returns the exit code: end with
	 * `return ctl_exit(ctl, err);` or ctl_table. */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

enum ctl_exit { CTL_DONE = 0, CTL_REFUSED = 1, CTL_USAGE = 2, CTL_UNAVAILABLE = 3 };

enum ctl_service {
	CTL_INVOICING,
	CTL_PAYMENTS,
	CTL_CREDIT,
	CTL_NOTIFICATION,
	CTL_FEED,
	CTL_DEBIT, /* of payments */
	CTL_PSP,   /* of payments */
	CTL_CASH,  /* of payments */
	CTL_RULES, /* of payments */
	CTL_SERVICE_COUNT
};

struct ctl {
	struct arena *arena; /* lives as long as the command */
	enum table_format format;
	const char *creditor;                          /* --creditor, else $RELANCE_CREDITOR, else "" */
	int64_t timeout_ms;                            /* --timeout S, for each call */
	const struct ctl_command *command;             /* the one that runs */
	struct rpc_client *clients[CTL_SERVICE_COUNT]; /* made by ctl_call on first use */
};

/* ------------------------------------------------------------------ errors and exit codes */

/* OK -> 0; else prints `relancectl: <message> (<reason>)` with the field on stderr, for wrong usage also the usage,
 * and gives the exit code: 2 for "ctl.usage", 3 for ERR_UNAVAILABLE and ERR_DEADLINE, else 1. */
int ctl_exit(struct ctl *ctl, struct err err);

/* Wrong usage: ERR_INVALID "ctl.usage". */
struct err ctl_usage(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------------ a verb's own options */

enum ctl_option_kind { CTL_FLAG, CTL_TEXT, CTL_INT, CTL_DATE };

struct ctl_option {
	const char *name; /* "--days"; given as `--days 30` or `--days=30` */
	enum ctl_option_kind kind;
	union {
		bool *flag;
		const char **text;
		long long *number;
		struct date *date;
	} to;
	long long min, max; /* CTL_INT */
};

#define CTL_OPTION_FLAG(name_, to_)                                                                                    \
	{                                                                                                              \
		.name = (name_), .kind = CTL_FLAG, .to.flag = (to_)                                                    \
	}
#define CTL_OPTION_TEXT(name_, to_)                                                                                    \
	{                                                                                                              \
		.name = (name_), .kind = CTL_TEXT, .to.text = (to_)                                                    \
	}
#define CTL_OPTION_DATE(name_, to_)                                                                                    \
	{                                                                                                              \
		.name = (name_), .kind = CTL_DATE, .to.date = (to_)                                                    \
	}
#define CTL_OPTION_INT(name_, to_, min_, max_)                                                                         \
	{                                                                                                              \
		.name = (name_), .kind = CTL_INT, .to.number = (to_), .min = (min_), .max = (max_)                     \
	}

/* Takes the options out of argv, which then holds *argc plain words; refuses unknown options, and fewer than `least` or
 * more than `most` words (CTL_WORDS_MAX: no limit). `--` ends the options. Variables of options that are not given
 * keep their value. */
#define CTL_WORDS_MAX 1000000
MUST_USE struct err ctl_options(struct ctl *ctl, const struct ctl_option *options, size_t count, int *argc, char **argv,
				int least, int most);

/* Every amount that a person types is decimal, "50" or "50.00": here it becomes minor units of the currency, at least
 * `least` of them. Errors of money_parse; wrong usage where it is less. */
MUST_USE struct err ctl_amount(struct ctl *ctl, const char *text, struct currency currency, int64_t least,
			       int64_t *minor);

/* ------------------------------------------------------------------ calls */

/* One rpc, waited for: ctl_call(ctl, CTL_INVOICING, "ShowInvoice", &request.base,
 * &relance__invoicing__v1__show_invoice_response__descriptor, (ProtobufCMessage **)&reply). The reply lives in
 * ctl->arena. A service that is away, or has no endpoint in the environment, is ERR_UNAVAILABLE. */
MUST_USE struct err ctl_call(struct ctl *ctl, enum ctl_service service, const char *rpc,
			     const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
			     ProtobufCMessage **reply);

/* The same with an idempotency key of the command's own (imports in parts: a repeated command gets the stored
 * answers). */
MUST_USE struct err ctl_call_key(struct ctl *ctl, enum ctl_service service, const char *rpc, const char *key,
				 const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
				 ProtobufCMessage **reply);

/* Calls in flight side by side, for what only has to be taken: each ctl_start needs its ctl_settle, which waits for one
 * of them, whichever it is. No ctl_call in between. */
MUST_USE struct err ctl_start(struct ctl *ctl, enum ctl_service service, const char *rpc,
			      const ProtobufCMessage *request);
MUST_USE struct err ctl_settle(struct ctl *ctl, enum ctl_service service);

/* "invoicing" */
const char *ctl_service_name(enum ctl_service service);

/* ------------------------------------------------------------------ output */

/* Prints the table on stdout in the chosen format. Returns CTL_DONE, or CTL_REFUSED where stdout cannot be written. */
int ctl_table(struct ctl *ctl, const struct table *table);

/* Prints a nested object, indented, whatever the format, and releases it. */
int ctl_json(struct ctl *ctl, json_t *object);

/* The same as one line (JSON lines: `statement parse`, `feed tail`). */
int ctl_json_line(struct ctl *ctl, json_t *object);

/* A line for people on stdout; nothing in JSON and CSV. */
void ctl_note(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------------ files */

/* The whole file ("-" is stdin) into the arena, followed by a zero byte that is not counted. ERR_NOT_FOUND, ERR_DENIED
 * or ERR_INVALID "file.unreadable", ERR_EXHAUSTED "file.too_large". */
MUST_USE struct err ctl_read_file(struct ctl *ctl, const char *path, size_t limit_bytes, char **bytes, size_t *length);

#endif
