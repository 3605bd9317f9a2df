/* relancectl policy: the dunning policy of a creditor. */
#include <stdio.h>
#include <string.h>

#include "ctl/notification.h"
#include "notification/policy_file.h"

static int cmd_policy_show(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_apply(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_check(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_list(struct ctl *ctl, int argc, char **argv);
static int cmd_policy_retire(struct ctl *ctl, int argc, char **argv);

const struct ctl_command POLICY_COMMANDS[] = {
	{ "policy", "show", "[NAME] [--version N]", "the dunning policy in force for everybody, or another",
	  cmd_policy_show },
	{ "policy", "list", "[--all]", "the policies in force and whom they are for; all versions", cmd_policy_list },
	{ "policy", "apply", "FILE [--open-cases]",
	  "makes FILE the creditor's next policy, for new cases or also for those that are open", cmd_policy_apply },
	{ "policy", "retire", "NAME", "takes a policy for some customers out of force", cmd_policy_retire },
	{ "policy", "check", "FILE", "checks a policy, without any service", cmd_policy_check },
	{ 0 },
};

static int result_print(struct ctl *ctl, const char *name, int version, int64_t steps, const char *days)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "policy", TABLE_TEXT);
	table_column(table, "version", TABLE_INT);
	table_column(table, "steps", TABLE_INT);
	table_column(table, "sending_days", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, name);
	if (version > 0)
		table_cell_int(table, version);
	else
		table_cell_null(table);
	table_cell_int(table, steps);
	table_cell_text(table, days);
	return ctl_table(ctl, table);
}

static struct err file_read(struct ctl *ctl, const struct ctl_option *options, size_t count, int *argc, char **argv,
			    char **text, size_t *length)
{
	TRY(ctl_options(ctl, options, count, argc, argv, 1, 1));
	return ctl_read_file(ctl, argv[0], POLICY_FILE_BYTES_MAX, text, length);
}

static const char *days_of(struct ctl *ctl, const struct policy *policy)
{
	char **days = NULL;
	size_t count = 0;

	for (unsigned day = 0; day < 7; day++) {
		if (policy->sending_days & (1U << day))
			*ARENA_PUSH(ctl->arena, days, count) = arena_copy(ctl->arena, policy_day_name(day));
	}
	return joined_texts(ctl, days, count);
}

static int cmd_policy_check(struct ctl *ctl, int argc, char **argv)
{
	struct policy policy;
	char *text;
	size_t length;
	struct err err = file_read(ctl, NULL, 0, &argc, argv, &text, &length);

	if (err_ok(err))
		err = policy_file_read(ctl->arena, argv[0], text, length, &policy);
	return err_ok(err) ? result_print(ctl, policy.name, 0, (int64_t)policy.step_count, days_of(ctl, &policy))
			   : ctl_exit(ctl, err);
}

static int cmd_policy_apply(struct ctl *ctl, int argc, char **argv)
{
	bool open_cases = false;
	const struct ctl_option options[] = { CTL_OPTION_FLAG("--open-cases", &open_cases) };
	NB(ApplyPolicyRequest) request;
	NB(ApplyPolicyResponse) * reply;
	size_t length;

	NB_INIT(apply_policy_request)(&request);
	struct err err = file_read(ctl, options, 1, &argc, argv, &request.text, &length);

	request.open_cases = open_cases;
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.file_name = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "ApplyPolicy", &request.base, NB_TYPE(apply_policy_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? result_print(ctl, reply->name, reply->version, reply->steps,
					  joined_texts(ctl, reply->sending_days, reply->n_sending_days))
			   : ctl_exit(ctl, err);
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
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 1);
	NB(GetPolicyRequest) request;
	NB(GetPolicyResponse) * reply;

	NB_INIT(get_policy_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.version = (int32_t)version;
	request.name = argc > 0 ? argv[0] : arena_copy(ctl->arena, "");
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "GetPolicy", &request.base, NB_TYPE(get_policy_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? show_print(ctl, reply) : ctl_exit(ctl, err);
}

static void list_row(struct table *table, const NB(Policy) * policy)
{
	table_row(table);
	table_cell_int(table, policy->version);
	table_cell_text(table, policy->name);
	table_cell_bool(table, policy->in_force);
	table_cell_text(table, text_or_null(policy->applies_to));
	table_cell_int(table, policy->steps);
	table_cell_int(table, policy->open_cases);
	table_cell_text(table, text_or_null(policy->applied_at));
	table_cell_text(table, text_or_null(policy->retired_at));
}

static int list_print(struct ctl *ctl, const NB(ListPoliciesResponse) * reply, bool all)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "version", TABLE_INT);
	table_column(table, "name", TABLE_TEXT);
	table_column(table, "in_force", TABLE_BOOL);
	table_column(table, "for", TABLE_TEXT);
	table_column(table, "steps", TABLE_INT);
	table_column(table, "open_cases", TABLE_INT);
	table_column(table, "applied_at", TABLE_TEXT);
	table_column(table, "retired_at", TABLE_TEXT);
	for (size_t i = 0; i < reply->n_policies; i++) {
		const NB(Policy) *policy = reply->policies[i];

		if (all || policy->in_force || policy->open_cases > 0)
			list_row(table, policy);
	}
	return ctl_table(ctl, table);
}

static int cmd_policy_list(struct ctl *ctl, int argc, char **argv)
{
	bool all = false;
	const struct ctl_option options[] = { CTL_OPTION_FLAG("--all", &all) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 0);
	NB(ListPoliciesRequest) request;
	NB(ListPoliciesResponse) * reply;

	NB_INIT(list_policies_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "ListPolicies", &request.base, NB_TYPE(list_policies_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? list_print(ctl, reply, all) : ctl_exit(ctl, err);
}

static int cmd_policy_retire(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	NB(RetirePolicyRequest) request;
	NB(RetirePolicyResponse) * reply;

	NB_INIT(retire_policy_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.name = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "RetirePolicy", &request.base, NB_TYPE(retire_policy_response),
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	ctl_note(ctl, "policy %s is in force for no new case", argv[0]);
	return CTL_DONE;
}
