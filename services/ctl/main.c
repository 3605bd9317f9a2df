/* relancectl - the command line of Relance
 *
 * usage: relancectl NOUN [VERB] [WORD…] [OPTION…]
 *
 * Imports, reports, operations and checks. Prints a table for people, JSON or CSV; amounts for programs are
 * integers in minor units, named *_minor; dates are YYYY-MM-DD.
 *
 * options of all commands
 *     --format table|json|csv   table is the default
 *     --creditor CODE           the legal entity that invoices; else $RELANCE_CREDITOR; else the only one there is
 *     --timeout SECONDS         how long to wait for a service
 *     --help                    the command's usage
 *
 * environment
 *     RELANCE_INVOICING, RELANCE_PAYMENTS, RELANCE_CREDIT, RELANCE_NOTIFICATION, RELANCE_FEED_REPLAY
 *                               endpoints of the services; `statement parse`, `credit backtest`, `credit scorecard`,
 *                               `policy check` and `keys new` need none
 *     RELANCE_KEYS              folder of the CURVE certificates
 *
 * exit: 0 done, 1 refused (the reason is on stderr), 2 wrong usage, 3 a service is away
 *
 * The frame is ctl.h, the output table.h; each noun is a file of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"

#define TIMEOUT_S_DEFAULT 60
#define TIMEOUT_S_MAX (RPC_DEADLINE_MS_MAX / 1000)
#define HELP_COLUMN 26

#define NOUN_FILE(name) extern const struct ctl_command name[]

NOUN_FILE(CREDITOR_COMMANDS);
NOUN_FILE(OPENITEMS_COMMANDS);
NOUN_FILE(AGING_COMMANDS);
NOUN_FILE(CUSTOMER_COMMANDS);
NOUN_FILE(INVOICE_COMMANDS);
NOUN_FILE(STATIONERY_COMMANDS);
NOUN_FILE(CLOCK_COMMANDS);
NOUN_FILE(STATEMENT_PARSE_COMMANDS);
NOUN_FILE(STATEMENT_IMPORT_COMMANDS);
NOUN_FILE(PAYMENTS_COMMANDS);
NOUN_FILE(PAYMENT_SHOW_COMMANDS);
NOUN_FILE(RULES_COMMANDS);
NOUN_FILE(MANDATE_COMMANDS);
NOUN_FILE(DEBIT_COMMANDS);
NOUN_FILE(PSP_COMMANDS);
NOUN_FILE(REFUND_COMMANDS);
NOUN_FILE(CREDIT_COMMANDS);
NOUN_FILE(CREDIT_BACKTEST_COMMANDS);
NOUN_FILE(CREDIT_SCORECARD_COMMANDS);
NOUN_FILE(DUNNING_COMMANDS);
NOUN_FILE(DUNNING_FILE_COMMANDS);
NOUN_FILE(SIMULATE_COMMANDS);
NOUN_FILE(INBOUND_COMMANDS);
NOUN_FILE(PROMISE_COMMANDS);
NOUN_FILE(PLAN_COMMANDS);
NOUN_FILE(REMINDERS_COMMANDS);
NOUN_FILE(QUEUE_COMMANDS);
NOUN_FILE(POLICY_COMMANDS);
NOUN_FILE(TEMPLATE_COMMANDS);
NOUN_FILE(TASK_COMMANDS);
NOUN_FILE(FEED_COMMANDS);
NOUN_FILE(MIGRATE_COMMANDS);
NOUN_FILE(KEYS_COMMANDS);
NOUN_FILE(APIKEY_COMMANDS);
NOUN_FILE(VERIFY_COMMANDS);

static int cmd_version(struct ctl *ctl, int argc, char **argv);

static const struct ctl_command MAIN_COMMANDS[] = {
	{ "version", NULL, "", "this program's version", cmd_version },
	{ 0 },
};

/* In the order of `relancectl help`: the main job first. */
static const struct ctl_command *const NOUNS[] = {
	CREDITOR_COMMANDS,
	OPENITEMS_COMMANDS,
	STATEMENT_PARSE_COMMANDS,
	STATEMENT_IMPORT_COMMANDS,
	PAYMENTS_COMMANDS,
	PAYMENT_SHOW_COMMANDS,
	RULES_COMMANDS,
	MANDATE_COMMANDS,
	DEBIT_COMMANDS,
	PSP_COMMANDS,
	REFUND_COMMANDS,
	AGING_COMMANDS,
	CUSTOMER_COMMANDS,
	INVOICE_COMMANDS,
	STATIONERY_COMMANDS,
	CREDIT_COMMANDS,
	CREDIT_BACKTEST_COMMANDS,
	CREDIT_SCORECARD_COMMANDS,
	DUNNING_COMMANDS,
	SIMULATE_COMMANDS,
	DUNNING_FILE_COMMANDS,
	INBOUND_COMMANDS,
	PROMISE_COMMANDS,
	PLAN_COMMANDS,
	REMINDERS_COMMANDS,
	TASK_COMMANDS,
	POLICY_COMMANDS,
	TEMPLATE_COMMANDS,
	FEED_COMMANDS,
	CLOCK_COMMANDS,
	QUEUE_COMMANDS,
	VERIFY_COMMANDS,
	MIGRATE_COMMANDS,
	KEYS_COMMANDS,
	APIKEY_COMMANDS,
	MAIN_COMMANDS,
};

#define NOUN_COUNT (sizeof NOUNS / sizeof NOUNS[0])

static int cmd_version(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	if (ctl->format == TABLE_FORMAT_PEOPLE)
		return puts("relancectl " RELANCE_VERSION) < 0 ? CTL_REFUSED : CTL_DONE;
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "version", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, RELANCE_VERSION);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ help */

/* The whole usage, with the help below. */
static void print_command(FILE *to, const struct ctl_command *command)
{
	const char *verb = command->verb ? command->verb : "";

	fprintf(to, "  %s%s%s%s%s\n      %s\n", command->noun, verb[0] ? " " : "", verb,
		command->arguments[0] ? " " : "", command->arguments, command->help);
}

/* Of one noun. Returns how many there are. */
static int print_noun(FILE *to, const char *noun)
{
	int count = 0;

	for (size_t i = 0; i < NOUN_COUNT; i++)
		for (const struct ctl_command *at = NOUNS[i]; at->noun; at++)
			if (strcmp(at->noun, noun) == 0) {
				print_command(to, at);
				count++;
			}
	return count;
}

/* A line a command; the words and options are told by `relancectl NOUN help`. */
static void print_all(FILE *to)
{
	for (size_t i = 0; i < NOUN_COUNT; i++)
		for (const struct ctl_command *at = NOUNS[i]; at->noun; at++) {
			int width = fprintf(to, "  %s %s", at->noun, at->verb ? at->verb : "");

			fprintf(to, "%*s%s\n", HELP_COLUMN > width ? HELP_COLUMN - width : 1, "", at->help);
		}
}

static void print_shared_options(FILE *to)
{
	fputs("options of all commands:\n"
	      "  --format table|json|csv   table is the default\n"
	      "  --creditor CODE           else $RELANCE_CREDITOR, else the only one there is\n"
	      "  --timeout SECONDS         how long to wait for a service\n"
	      "  --help                    this\n"
	      "exit: 0 done, 1 refused, 2 wrong usage, 3 a service is away\n",
	      to);
}

static int help_all(void)
{
	puts("relancectl: the command line of Relance\n"
	     "usage: relancectl NOUN [VERB] [WORD…] [OPTION…]; `relancectl NOUN help` tells the words and options\n");
	print_all(stdout);
	putchar('\n');
	print_shared_options(stdout);
	return CTL_DONE;
}

static int help_noun(const char *noun)
{
	if (print_noun(stdout, noun) > 0)
		return CTL_DONE;
	fprintf(stderr, "relancectl: there is no '%s'; see `relancectl help`\n", noun);
	return CTL_USAGE;
}

static int help_command(const struct ctl_command *command)
{
	print_command(stdout, command);
	print_shared_options(stdout);
	return CTL_DONE;
}

/* ------------------------------------------------------------------ the shared options */

struct shared {
	const char *format, *creditor;
	long long timeout_s;
	bool help;
};

static bool shared_option(const char *word, bool *with_value)
{
	static const char *const NAMES[] = { "--format", "--creditor", "--timeout" };

	*with_value = false;
	if (strcmp(word, "--help") == 0)
		return true;
	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
		size_t length = strlen(NAMES[i]);

		*with_value = strcmp(word, NAMES[i]) == 0;
		if (*with_value || (strncmp(word, NAMES[i], length) == 0 && word[length] == '='))
			return true;
	}
	return false;
}

/* Parts argv into the shared options, which may stand anywhere before "--", and the rest. */
static void words_part(int argc, char **argv, char **mine, int *mine_count, char **rest, int *rest_count)
{
	bool ended = false, with_value = false;

	for (int i = 0; i < argc; i++) {
		ended = ended || strcmp(argv[i], "--") == 0;
		if (ended || !shared_option(argv[i], &with_value)) {
			rest[(*rest_count)++] = argv[i];
			continue;
		}
		mine[(*mine_count)++] = argv[i];
		if (with_value && i + 1 < argc)
			mine[(*mine_count)++] = argv[++i];
	}
}

static struct err shared_apply(struct ctl *ctl, const struct shared *shared)
{
	static const char *const FORMATS[] = {
		[TABLE_FORMAT_PEOPLE] = "table", [TABLE_FORMAT_JSON] = "json", [TABLE_FORMAT_CSV] = "csv"
	};
	size_t format = 0;

	while (format < sizeof FORMATS / sizeof FORMATS[0] && strcmp(FORMATS[format], shared->format) != 0)
		format++;
	if (format == sizeof FORMATS / sizeof FORMATS[0])
		return ctl_usage(ctl, "--format is table, json or csv, not '%s'", shared->format);
	ctl->format = (enum table_format)format;
	ctl->creditor = shared->creditor;
	ctl->timeout_ms = shared->timeout_s * 1000;
	return OK;
}

static struct err shared_read(struct ctl *ctl, struct shared *shared, int argc, char **argv)
{
	const char *creditor = getenv("RELANCE_CREDITOR");

	*shared = (struct shared){ .format = "table",
				   .creditor = creditor ? creditor : "",
				   .timeout_s = TIMEOUT_S_DEFAULT };
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--format", &shared->format),
		CTL_OPTION_TEXT("--creditor", &shared->creditor),
		CTL_OPTION_INT("--timeout", &shared->timeout_s, 1, TIMEOUT_S_MAX),
		CTL_OPTION_FLAG("--help", &shared->help),
	};

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0));
	return shared_apply(ctl, shared);
}

/* ------------------------------------------------------------------ which command */

/* Counts the words that name the command: 2 with a verb, 1 without. */
static const struct ctl_command *command_find(const char *noun, const char *verb, int *words)
{
	const struct ctl_command *alone = NULL;

	for (size_t i = 0; i < NOUN_COUNT; i++)
		for (const struct ctl_command *at = NOUNS[i]; at->noun; at++) {
			if (strcmp(at->noun, noun) != 0)
				continue;
			if (!at->verb)
				alone = at;
			else if (verb && strcmp(at->verb, verb) == 0)
				return *words = 2, at;
		}
	*words = 1;
	return alone;
}

static int command_run(struct ctl *ctl, const struct shared *shared, int argc, char **argv)
{
	if (argc == 0 || strcmp(argv[0], "help") == 0)
		return argc > 1 ? help_noun(argv[1]) : help_all();
	if (argc > 1 && strcmp(argv[1], "help") == 0)
		return help_noun(argv[0]);
	int words;

	ctl->command = command_find(argv[0], argc > 1 ? argv[1] : NULL, &words);
	if (shared->help)
		return ctl->command ? help_command(ctl->command) : help_noun(argv[0]);
	if (ctl->command)
		return ctl->command->run(ctl, argc - words, argv + words);
	if (argc > 1)
		fprintf(stderr, "relancectl: there is no '%s %s'\n", argv[0], argv[1]);
	if (print_noun(stderr, argv[0]) == 0)
		fprintf(stderr, "relancectl: there is no '%s'; see `relancectl help`\n", argv[0]);
	return CTL_USAGE;
}

int main(int argc, char **argv)
{
	ARENA_SCOPE arena = arena_new(0);
	struct ctl ctl = { .arena = arena };
	char **mine = arena_array(arena, (size_t)argc, sizeof *mine);
	char **rest = arena_array(arena, (size_t)argc, sizeof *rest);
	int mine_count = 0, rest_count = 0;
	struct shared shared;

	words_part(argc - 1, argv + 1, mine, &mine_count, rest, &rest_count);
	struct err err = shared_read(&ctl, &shared, mine_count, mine);
	int code = err_ok(err) ? command_run(&ctl, &shared, rest_count, rest) : ctl_exit(&ctl, err);

	for (size_t i = 0; i < CTL_SERVICE_COUNT; i++)
		if (ctl.clients[i])
			rpc_client_destroy(&ctl.clients[i]);
	return code;
}
