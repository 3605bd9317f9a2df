#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define READ_STEP_BYTES ((size_t)64 * 1024)

/* ------------------------------------------------------------------ errors and exit codes */

static int exit_code(struct err err)
{
	if (text_equal(err.reason, "ctl.usage"))
		return CTL_USAGE;
	return err.code == ERR_UNAVAILABLE || err.code == ERR_DEADLINE ? CTL_UNAVAILABLE : CTL_REFUSED;
}

int ctl_exit(struct ctl *ctl, struct err err)
{
	if (err_ok(err))
		return CTL_DONE;
	int code = exit_code(err);

	fflush(stdout);
	fprintf(stderr, "relancectl: %s", text_empty(err.message) ? err_code_name(err.code) : err.message);
	if (code != CTL_USAGE)
		fprintf(stderr, " (%s)", text_empty(err.reason) ? err_code_name(err.code) : err.reason);
	if (!text_empty(err.field))
		fprintf(stderr, " [%s]", err.field);
	fputc('\n', stderr);
	if (code == CTL_USAGE && ctl->command)
		fprintf(stderr, "usage: relancectl %s%s%s%s%s\n", ctl->command->noun, ctl->command->verb ? " " : "",
			ctl->command->verb ? ctl->command->verb : "", ctl->command->arguments[0] ? " " : "",
			ctl->command->arguments);
	return code;
}

struct err ctl_usage(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *message = arena_vformat(ctl->arena, format, args);

	va_end(args);
	return ERR(ERR_INVALID, "ctl.usage", NULL, message);
}

/* ------------------------------------------------------------------ a verb's own options */

static struct err option_store(struct ctl *ctl, const struct ctl_option *option, const char *value)
{
	struct err err = OK;

	switch (option->kind) {
	case CTL_FLAG:
		*option->to.flag = true;
		break;
	case CTL_TEXT:
		*option->to.text = value;
		break;
	case CTL_INT:
		err = text_to_int64(value, option->min, option->max, option->to.number);
		break;
	case CTL_DATE:
		err = date_parse(value, option->to.date);
		break;
	}
	if (err_ok(err))
		return OK;
	if (option->kind == CTL_DATE)
		return ctl_usage(ctl, "%s: '%s' is no date (YYYY-MM-DD)", option->name, value);
	return ctl_usage(ctl, "%s: '%s' is no number from %lld to %lld", option->name, value, option->min, option->max);
}

/* The option that `word` names; *value is what follows a '=', or NULL. */
static const struct ctl_option *option_find(const struct ctl_option *options, size_t count, const char *word,
					    const char **value)
{
	size_t length = strcspn(word, "=");

	*value = word[length] == '=' ? word + length + 1 : NULL;
	for (size_t i = 0; i < count; i++)
		if (strlen(options[i].name) == length && strncmp(options[i].name, word, length) == 0)
			return &options[i];
	return NULL;
}

/* Takes argv[*at], and the word behind it where that is its value. */
static struct err option_take(struct ctl *ctl, const struct ctl_option *options, size_t count, int argc, char **argv,
			      int *at)
{
	const char *value;
	const struct ctl_option *option = option_find(options, count, argv[*at], &value);

	if (!option)
		return ctl_usage(ctl, "unknown option %s", argv[*at]);
	if (option->kind == CTL_FLAG && value)
		return ctl_usage(ctl, "%s takes no value", option->name);
	if (option->kind != CTL_FLAG && !value) {
		if (*at + 1 >= argc)
			return ctl_usage(ctl, "%s needs a value", option->name);
		value = argv[++*at];
	}
	return option_store(ctl, option, value);
}

struct err ctl_options(struct ctl *ctl, const struct ctl_option *options, size_t count, int *argc, char **argv,
		       int least, int most)
{
	int words = 0;
	bool ended = false;

	for (int at = 0; at < *argc; at++) {
		if (!ended && strcmp(argv[at], "--") == 0)
			ended = true;
		else if (!ended && argv[at][0] == '-' && argv[at][1] != '\0')
			TRY(option_take(ctl, options, count, *argc, argv, &at));
		else
			argv[words++] = argv[at];
	}
	*argc = words;
	if (words < least)
		return ctl_usage(ctl, "too few words");
	if (words > most)
		return ctl_usage(ctl, "unexpected word '%s'", argv[most]);
	return OK;
}

struct err ctl_amount(struct ctl *ctl, const char *text, struct currency currency, int64_t least, int64_t *minor)
{
	int64_t read;

	TRY(money_parse(text, currency, &read));
	if (read < least)
		return ctl_usage(ctl, "'%s' is too small an amount", text);
	*minor = read;
	return OK;
}

/* ------------------------------------------------------------------ calls */

struct service {
	const char *name, *endpoint_name, *full_name;
};

static const struct service SERVICES[CTL_SERVICE_COUNT] = {
	[CTL_INVOICING] = { "invoicing", "RELANCE_INVOICING", "relance.invoicing.v1.InvoicingService" },
	[CTL_PAYMENTS] = { "payments", "RELANCE_PAYMENTS", "relance.payments.v1.PaymentsService" },
	[CTL_CREDIT] = { "credit", "RELANCE_CREDIT", "relance.credit.v1.CreditService" },
	[CTL_NOTIFICATION] = { "notification", "RELANCE_NOTIFICATION", "relance.notification.v1.NotificationService" },
	[CTL_FEED] = { "feed", "RELANCE_FEED_REPLAY", "relance.feed.v1.FeedService" },
	[CTL_DEBIT] = { "payments", "RELANCE_PAYMENTS", "relance.payments.v1.DebitService" },
	[CTL_PSP] = { "payments", "RELANCE_PAYMENTS", "relance.payments.v1.PspService" },
	[CTL_RULES] = { "payments", "RELANCE_PAYMENTS", "relance.payments.v1.MatchRulesService" },
	[CTL_CASH] = { "payments", "RELANCE_PAYMENTS", "relance.payments.v1.CashService" },
};

const char *ctl_service_name(enum ctl_service service)
{
	return SERVICES[service].name;
}

static struct err client_get(struct ctl *ctl, enum ctl_service service, struct rpc_client **client)
{
	const struct service *at = &SERVICES[service];
	const char *endpoints = getenv(at->endpoint_name);
	const char *keys = getenv("RELANCE_KEYS");

	if (!ctl->clients[service]) {
		if (text_empty(endpoints))
			return err_format(ctl->arena, ERR_UNAVAILABLE, "ctl.endpoint", at->endpoint_name,
					  "no endpoint of %s is given", at->name);
		const struct rpc_client_options options = {
			.endpoints = endpoints, .service = at->name, .peer = "relancectl", .keys = keys ? keys : ""
		};

		TRY(rpc_client_new(&options, &ctl->clients[service]));
	}
	*client = ctl->clients[service];
	return OK;
}

struct err ctl_call_key(struct ctl *ctl, enum ctl_service service, const char *rpc, const char *key,
			const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
			ProtobufCMessage **reply)
{
	const char *method = arena_format(ctl->arena, "%s/%s", SERVICES[service].full_name, rpc);
	const struct rpc_options options = { .idempotency_key = key,
					     .deadline_ms = ctl->timeout_ms,
					     .fail_fast = true };
	struct rpc_client *client;

	TRY(client_get(ctl, service, &client));
	return rpc_call(client, ctl->arena, method, request, &options, reply_type, reply);
}

struct err ctl_call(struct ctl *ctl, enum ctl_service service, const char *rpc, const ProtobufCMessage *request,
		    const ProtobufCMessageDescriptor *reply_type, ProtobufCMessage **reply)
{
	return ctl_call_key(ctl, service, rpc, NULL, request, reply_type, reply);
}

struct err ctl_start(struct ctl *ctl, enum ctl_service service, const char *rpc, const ProtobufCMessage *request)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *method = arena_format(arena, "%s/%s", SERVICES[service].full_name, rpc);
	const struct rpc_options options = { .deadline_ms = ctl->timeout_ms, .fail_fast = true };
	size_t length = protobuf_c_message_get_packed_size(request);
	uint8_t *body = arena_alloc(arena, length);
	struct rpc_client *client;

	TRY(client_get(ctl, service, &client));
	protobuf_c_message_pack(request, body);
	return rpc_start(client, method, body, length, &options, 0);
}

struct err ctl_settle(struct ctl *ctl, enum ctl_service service)
{
	ARENA_SCOPE arena = arena_new(0);
	struct rpc_client *client;
	struct rpc_answer answer;
	struct err err;

	TRY(client_get(ctl, service, &client));
	do
		err = rpc_poll(client, arena, RPC_TICK_MS, &answer);
	while (err.code == ERR_DEADLINE && text_equal(err.reason, "rpc.nothing"));
	TRY(err);
	return err_ok(answer.err) ? OK
				  : err_format(ctl->arena, answer.err.code, arena_copy(ctl->arena, answer.err.reason),
					       answer.err.field ? arena_copy(ctl->arena, answer.err.field) : NULL, "%s",
					       answer.err.message);
}

/* ------------------------------------------------------------------ output */

static int output_end(struct ctl *ctl)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_DONE;
	return ctl_exit(ctl, ERR(ERR_DATA_LOSS, "ctl.output", "stdout", "the output cannot be written"));
}

int ctl_table(struct ctl *ctl, const struct table *table)
{
	table_print(table, ctl->format, stdout);
	return output_end(ctl);
}

static int json_print(struct ctl *ctl, json_t *object, size_t flags)
{
	CHECK(object != NULL);
	int failed = json_dumpf(object, stdout, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));

	json_decref(object);
	fputc('\n', stdout);
	return failed ? ctl_exit(ctl, ERR(ERR_DATA_LOSS, "ctl.output", "stdout", "the output cannot be written"))
		      : output_end(ctl);
}

int ctl_json(struct ctl *ctl, json_t *object)
{
	return json_print(ctl, object, JSON_INDENT(2));
}

int ctl_json_line(struct ctl *ctl, json_t *object)
{
	return json_print(ctl, object, JSON_COMPACT);
}

void ctl_note(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	if (ctl->format != TABLE_FORMAT_PEOPLE)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* ------------------------------------------------------------------ files */

static struct err file_error(struct ctl *ctl, const char *path, int error)
{
	enum err_code code = error == ENOENT ? ERR_NOT_FOUND : error == EACCES ? ERR_DENIED : ERR_INVALID;

	return err_format(ctl->arena, code, "file.unreadable", path, "the file cannot be read: %s", strerror(error));
}

static struct err read_all(struct ctl *ctl, FILE *from, const char *path, size_t limit, char **bytes, size_t *length)
{
	size_t used = 0, capacity = READ_STEP_BYTES;
	char *data = arena_alloc(ctl->arena, capacity);

	for (;;) {
		used += fread(data + used, 1, capacity - 1 - used, from);
		if (ferror(from))
			return file_error(ctl, path, errno);
		if (used > limit)
			return err_format(ctl->arena, ERR_EXHAUSTED, "file.too_large", path,
					  "the file has more than %zu bytes", limit);
		if (feof(from))
			break;
		if (used == capacity - 1) {
			char *grown = arena_alloc(ctl->arena, capacity * 2);

			memcpy(grown, data, used);
			data = grown;
			capacity *= 2;
		}
	}
	data[used] = '\0';
	*bytes = data;
	*length = used;
	return OK;
}

struct err ctl_read_file(struct ctl *ctl, const char *path, size_t limit_bytes, char **bytes, size_t *length)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *from = standard ? stdin : fopen(path, "rb");

	if (!from)
		return file_error(ctl, path, errno);
	struct err err = read_all(ctl, from, path, limit_bytes, bytes, length);

	if (!standard)
		fclose(from);
	return err;
}
