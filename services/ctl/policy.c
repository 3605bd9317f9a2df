/* relancectl policy: the dunning policy of a creditor. */
#include <stdio.h>
#include <string.h>

#include "ctl/notification.h"
#include "notification/policy_file.h"

static int cmd_policy_show(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_apply(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_check(struct ctl *ctl, int argc, char **argv);

const struct ctl_command POLICY_COMMANDS[] = {
	{ "policy", "show", "[--version N]", "the dunning policy in force", cmd_policy_show },
	{ "policy", "apply", "FILE", "makes FILE the creditor's next policy", cmd_policy_apply },
	{ "policy", "check", "FILE", "checks a policy, without any service", cmd_policy_check },
	{ 0 },
};

static int result_print(struct ctl *ctl, const char *name, int version, int64_t steps)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "policy", TABLE_TEXT);
	table_column(table, "version", TABLE_INT);
	table_column(table, "steps", TABLE_INT);
	table_row(table);
	table_cell_text(table, name);
	if (version > 0)
		table_cell_int(table, version);
	else
		table_cell_null(table);
	table_cell_int(table, steps);
	return ctl_table(ctl, table);
}

static struct err file_read(struct ctl *ctl, int *argc, char **argv, char **text, size_t *length)
{
	TRY(ctl_options(ctl, NULL, 0, argc, argv, 1, 1));
	return ctl_read_file(ctl, argv[0], POLICY_FILE_BYTES_MAX, text, length);
}

static int cmd_policy_check(struct ctl *ctl, int argc, char **argv)
{
	struct policy policy;
	char *text;
	size_t length;
	struct err err = file_read(ctl, &argc, argv, &text, &length);

	if (err_ok(err))
		err = policy_file_read(ctl->arena, argv[0], text, length, &policy);
	return err_ok(err) ? result_print(ctl, policy.name, 0, (int64_t)policy.step_count) : ctl_exit(ctl, err);
}

static int cmd_policy_apply(struct ctl *ctl, int argc, char **argv)
{
	NB(ApplyPolicyRequest) request;
	NB(ApplyPolicyResponse) * reply;
	size_t length;

	NB_INIT(apply_policy_request)(&request);
	struct err err = file_read(ctl, &argc, argv, &request.text, &length);

	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.file_name = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "ApplyPolicy", &request.base, NB_TYPE(apply_policy_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? result_print(ctl, argv[0], reply->version, reply->steps) : ctl_exit(ctl, err);
}

static int show_print(struct ctl *ctl, const NB(GetPolicyResponse) * reply)
{
	struct table *table = table_new(ctl->arena);

	if (ctl->format == TABLE_FORMAT_PEOPLE)
		return fputs(reply->text, stdout) < 0 ? CTL_REFUSED : CTL_DONE;
	table_as_record(table);
	table_column(table, "version", TABLE_INT);
	table_column(table, "applied_at", TABLE_TEXT);
	table_column(table, "text", TABLE_TEXT);
	table_row(table);
	table_cell_int(table, reply->version);
	table_cell_text(table, text_or_null(reply->applied_at));
	table_cell_text(table, reply->text);
	return ctl_table(ctl, table);
}

static int cmd_policy_show(struct ctl *ctl, int argc, char **argv)
{
	long long version = 0;
	const struct ctl_option options[] = { CTL_OPTION_INT("--version", &version, 1, INT32_MAX) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 0);
	NB(GetPolicyRequest) request;
	NB(GetPolicyResponse) * reply;

	NB_INIT(get_policy_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.version = (int32_t)version;
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "GetPolicy", &request.base, NB_TYPE(get_policy_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? show_print(ctl, reply) : ctl_exit(ctl, err);
}
