/* relancectl reminders: what became of each reminder. */
#include "common/base/buf.h"
#include "common/base/text.h"
#include "ctl/notification.h"
#include "notification/domain/policy.h"
#include "notification/domain/reminder.h"

#define JOINED_BYTES_MAX ((size_t)1024 * 1024)

static int cmd_reminders_list(struct ctl *ctl, int argc, char **argv);

const struct ctl_command REMINDERS_COMMANDS[] = {
	{ "reminders", "list", "[--state STATE] [--customer NUMBER]",
	  "each reminder: step, channel, times, and the reason when it was not sent", cmd_reminders_list },
	{ 0 },
};

const char *reminder_state_text(NB(ReminderState) state)
{
	return reminder_state_name((enum reminder_state)state);
}

const char *channel_text(NB(Channel) channel)
{
	return policy_channel_name((enum policy_channel)channel);
}

const char *text_or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

void take_invoices(struct ctl *ctl, int *argc, char **argv, char ***numbers, size_t *count)
{
	int kept = 0;

	*numbers = NULL;
	*count = 0;
	for (int i = 0; i < *argc; i++) {
		if (text_equal(argv[i], "--invoice") && i + 1 < *argc)
			*ARENA_PUSH(ctl->arena, *numbers, *count) = argv[++i];
		else
			argv[kept++] = argv[i];
	}
	*argc = kept;
}

const char *joined_texts(struct ctl *ctl, char **texts, size_t count)
{
	BUF_SCOPE joined;

	buf_init(&joined, JOINED_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(&joined, ';');
		buf_append_text(&joined, texts[i]);
	}
	return arena_copy(ctl->arena, buf_text(&joined));
}

static struct table *reminder_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "state", TABLE_TEXT);
	table_column(table, "step", TABLE_TEXT);
	table_column(table, "channel", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "due_at", TABLE_TEXT);
	table_column(table, "done_at", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "recipient", TABLE_TEXT);
	table_column(table, "invoice_numbers", TABLE_TEXT);
	table_column(table, "id", TABLE_TEXT);
	table_column_hidden(table, "message_id", TABLE_TEXT);
	table_column_hidden(table, "effective_on", TABLE_DATE);
	table_column_hidden(table, "customer_name", TABLE_TEXT);
	table_column_hidden(table, "attempt", TABLE_INT);
	table_column_hidden(table, "policy_version", TABLE_INT);
	table_column_hidden(table, "case_id", TABLE_TEXT);
	return table;
}

static void reminder_row(struct ctl *ctl, struct table *table, const NB(Reminder) * reminder)
{
	table_row(table);
	table_cell_text(table, reminder_state_text(reminder->state));
	table_cell_text(table, reminder->step);
	table_cell_text(table, channel_text(reminder->channel));
	table_cell_text(table, reminder->customer_number);
	table_cell_money(table, reminder->amount_minor, reminder->currency);
	table_cell_text(table, reminder->currency);
	table_cell_text(table, reminder->due_at);
	table_cell_text(table, text_or_null(reminder->done_at));
	table_cell_text(table, text_or_null(reminder->reason));
	table_cell_text(table, text_or_null(reminder->recipient));
	table_cell_text(table, joined_texts(ctl, reminder->invoice_numbers, reminder->n_invoice_numbers));
	table_cell_text(table, reminder->id);
	table_cell_text(table, text_or_null(reminder->message_id));
	table_cell_text(table, reminder->effective_on);
	table_cell_text(table, reminder->customer_name);
	table_cell_int(table, reminder->attempt);
	table_cell_int(table, reminder->policy_version);
	table_cell_text(table, text_or_null(reminder->case_id));
}

static struct err list_pages(struct ctl *ctl, NB(ListRemindersRequest) * request, struct table *table)
{
	NB(ListRemindersResponse) * reply;

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "ListReminders", &request->base, NB_TYPE(list_reminders_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_reminders; i++)
			reminder_row(ctl, table, reply->reminders[i]);
		request->page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_reminders_list(struct ctl *ctl, int argc, char **argv)
{
	const char *state = "", *customer = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--state", &state),
					      CTL_OPTION_TEXT("--customer", &customer) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = reminder_table(ctl);
	NB(ListRemindersRequest) request;

	if (err_ok(err) && !text_empty(state) && reminder_state_find(state) == REMINDER_NONE)
		err = ctl_usage(ctl, "a state is scheduled, queued, sending, sent, spared, failed, dead or cancelled");
	NB_INIT(list_reminders_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.state = (NB(ReminderState))reminder_state_find(state);
	request.customer_number = arena_copy(ctl->arena, customer);
	request.page_size = NOTIFICATION_PAGE;
	if (err_ok(err))
		err = list_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}
