/* relancectl queue: whether reminders get through, and those that did not. */
#include "ctl/notification.h"

static int cmd_queue_status(struct ctl *ctl, int argc, char **argv);
static int cmd_queue_retry(struct ctl *ctl, int argc, char **argv);

const struct ctl_command QUEUE_COMMANDS[] = {
	{ "queue", "status", "", "reminders by state, and whether anything that is due waits", cmd_queue_status },
	{ "queue", "retry", "REMINDER", "puts a failed or dead reminder back into the queue", cmd_queue_retry },
	{ 0 },
};

static void status_columns(struct table *table, const NB(QueueStatusResponse) * reply)
{
	for (size_t i = 0; i < reply->n_states; i++)
		table_column(table, reminder_state_text(reply->states[i]->state), TABLE_INT);
	table_column(table, "pending_due", TABLE_INT);
	table_column(table, "open_cases", TABLE_INT);
	table_column(table, "open_tasks", TABLE_INT);
	table_column(table, "redis_ok", TABLE_BOOL);
	table_column(table, "now", TABLE_TEXT);
	table_column(table, "next_due_at", TABLE_TEXT);
}

static int status_print(struct ctl *ctl, const NB(QueueStatusResponse) * reply)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	status_columns(table, reply);
	table_row(table);
	for (size_t i = 0; i < reply->n_states; i++)
		table_cell_int(table, reply->states[i]->count);
	table_cell_int(table, reply->pending_due);
	table_cell_int(table, reply->open_cases);
	table_cell_int(table, reply->open_tasks);
	table_cell_bool(table, reply->redis_ok);
	table_cell_text(table, reply->now);
	table_cell_text(table, text_or_null(reply->next_due_at));
	return ctl_table(ctl, table);
}

static int cmd_queue_status(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);
	NB(QueueStatusRequest) request;
	NB(QueueStatusResponse) * reply;

	NB_INIT(queue_status_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "QueueStatus", &request.base, NB_TYPE(queue_status_response),
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? status_print(ctl, reply) : ctl_exit(ctl, err);
}

static int cmd_queue_retry(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	NB(RetryReminderRequest) request;
	NB(RetryReminderResponse) * reply;

	NB_INIT(retry_reminder_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.id = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "RetryReminder", &request.base, NB_TYPE(retry_reminder_response),
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);

	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "id", TABLE_TEXT);
	table_column(table, "step", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, reply->reminder->id);
	table_cell_text(table, reply->reminder->step);
	table_cell_text(table, reply->reminder->customer_number);
	table_cell_text(table, reminder_state_text(reply->reminder->state));
	return ctl_table(ctl, table);
}
