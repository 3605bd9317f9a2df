/* relancectl task: work that the ladder leaves to people. */
#include "common/base/text.h"
#include "ctl/notification.h"

static int cmd_task_list(struct ctl *ctl, int argc, char **argv);
static int cmd_task_done(struct ctl *ctl, int argc, char **argv);

const struct ctl_command TASK_COMMANDS[] = {
	{ "task", "list", "[--all] [--by-risk]",
	  "calls, letters, files and addresses to see to; what may be lost first", cmd_task_list },
	{ "task", "done", "TASK", "marks a task as done", cmd_task_done },
	{ 0 },
};

static struct table *task_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "phone", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "at_risk_minor", TABLE_MONEY);
	table_column_hidden(table, "risk_class", TABLE_TEXT);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "made_at", TABLE_TEXT);
	table_column(table, "done_at", TABLE_TEXT);
	table_column(table, "note", TABLE_TEXT);
	table_column(table, "done_note", TABLE_TEXT);
	table_column_hidden(table, "invoice_numbers", TABLE_TEXT);
	table_column(table, "id", TABLE_TEXT);
	return table;
}

static void task_row(struct ctl *ctl, struct table *table, const NB(Task) * task)
{
	table_row(table);
	table_cell_text(table, task->kind);
	table_cell_text(table, task->customer_number);
	table_cell_text(table, task->customer_name);
	table_cell_text(table, text_or_null(task->phone));
	table_cell_money(table, task->amount_minor, task->currency);
	table_cell_money(table, task->at_risk_minor, task->currency);
	table_cell_text(table, text_or_null(task->risk_class));
	table_cell_text(table, task->currency);
	table_cell_text(table, task->made_at);
	table_cell_text(table, text_or_null(task->done_at));
	table_cell_text(table, task->note);
	table_cell_text(table, text_or_null(task->done_note));
	table_cell_text(table, joined_texts(ctl, task->invoice_numbers, task->n_invoice_numbers));
	table_cell_text(table, task->id);
}

static struct err task_pages(struct ctl *ctl, NB(ListTasksRequest) * request, struct table *table)
{
	NB(ListTasksResponse) * reply;

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "ListTasks", &request->base, NB_TYPE(list_tasks_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_tasks; i++)
			task_row(ctl, table, reply->tasks[i]);
		request->page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_task_list(struct ctl *ctl, int argc, char **argv)
{
	bool all = false, by_risk = false;
	const struct ctl_option options[] = { CTL_OPTION_FLAG("--all", &all), CTL_OPTION_FLAG("--by-risk", &by_risk) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = task_table(ctl);
	NB(ListTasksRequest) request;

	NB_INIT(list_tasks_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.include_done = all;
	request.by_risk = by_risk;
	request.page_size = NOTIFICATION_PAGE;
	if (err_ok(err))
		err = task_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int cmd_task_done(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	struct table *table = task_table(ctl);
	NB(CompleteTaskRequest) request;
	NB(CompleteTaskResponse) * reply;

	NB_INIT(complete_task_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.id = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "CompleteTask", &request.base, NB_TYPE(complete_task_response),
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_as_record(table);
	task_row(ctl, table, reply->task);
	return ctl_table(ctl, table);
}
