/* relancectl dunning simulate: another policy on the real books, beside the one in force; sends nothing. */
#include "ctl/notification.h"
#include "notification/policy_file.h"

#define SIMULATE_DAYS_DEFAULT 90
#define SIMULATE_DAYS_MAX 366

static int cmd_dunning_simulate(struct ctl *ctl, int argc, char **argv);

const struct ctl_command SIMULATE_COMMANDS[] = {
	{ "dunning", "simulate", "--policy FILE [--days N] [--by-day]",
	  "what FILE would send on the real books, beside the policy in force; sends nothing", cmd_dunning_simulate },
	{ 0 },
};

static int steps_print(struct ctl *ctl, const NB(SimulateDunningResponse) * reply)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "step", TABLE_TEXT);
	table_column(table, "channel", TABLE_TEXT);
	table_column(table, "reminders", TABLE_INT);
	table_column(table, "customers", TABLE_INT);
	table_column(table, "reminders_in_force", TABLE_INT);
	table_column(table, "customers_in_force", TABLE_INT);
	table_column(table, "difference", TABLE_INT);
	for (size_t i = 0; i < reply->n_steps; i++) {
		const NB(SimulatedStep) *step = reply->steps[i];

		table_row(table);
		table_cell_text(table, step->step);
		table_cell_text(table, channel_text(step->channel));
		table_cell_int(table, step->reminders);
		table_cell_int(table, step->customers);
		table_cell_int(table, step->reminders_in_force);
		table_cell_int(table, step->customers_in_force);
		table_cell_int(table, step->reminders - step->reminders_in_force);
	}
	return ctl_table(ctl, table);
}

static int days_print(struct ctl *ctl, const NB(SimulateDunningResponse) * reply)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "on", TABLE_DATE);
	table_column(table, "reminders", TABLE_INT);
	table_column(table, "contacts", TABLE_INT);
	table_column(table, "reminders_in_force", TABLE_INT);
	table_column(table, "contacts_in_force", TABLE_INT);
	table_column(table, "difference", TABLE_INT);
	for (size_t i = 0; i < reply->n_days; i++) {
		const NB(SimulatedDay) *day = reply->days[i];

		table_row(table);
		table_cell_text(table, day->on);
		table_cell_int(table, day->reminders);
		table_cell_int(table, day->contacts);
		table_cell_int(table, day->reminders_in_force);
		table_cell_int(table, day->contacts_in_force);
		table_cell_int(table, day->reminders - day->reminders_in_force);
	}
	return ctl_table(ctl, table);
}

static int cmd_dunning_simulate(struct ctl *ctl, int argc, char **argv)
{
	long long days = SIMULATE_DAYS_DEFAULT;
	const char *file = NULL;
	bool by_day = false;
	const struct ctl_option options[] = { CTL_OPTION_INT("--days", &days, 0, SIMULATE_DAYS_MAX),
					      CTL_OPTION_TEXT("--policy", &file),
					      CTL_OPTION_FLAG("--by-day", &by_day) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	NB(SimulateDunningRequest) request;
	NB(SimulateDunningResponse) * reply;
	size_t length;

	NB_INIT(simulate_dunning_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.days = (int32_t)days;
	if (err_ok(err) && !file)
		err = ctl_usage(ctl, "--policy FILE is missing");
	if (err_ok(err))
		err = ctl_read_file(ctl, file, POLICY_FILE_BYTES_MAX, &request.text, &length);
	request.file_name = arena_copy(ctl->arena, file);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "SimulateDunning", &request.base,
			       NB_TYPE(simulate_dunning_response), (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	ctl_note(ctl, "%lld positions, %lld days, beside version %d:", (long long)reply->positions, days,
		 (int)reply->version);
	return by_day ? days_print(ctl, reply) : steps_print(ctl, reply);
}
