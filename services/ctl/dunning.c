/* relancectl dunning: what the coming days would bring. */
#include "common/base/text.h"
#include "ctl/notification.h"

#define PREVIEW_DAYS_DEFAULT 14
#define PREVIEW_DAYS_MAX 366

static int cmd_dunning_preview(struct ctl *ctl, int argc, char **argv);

const struct ctl_command DUNNING_COMMANDS[] = {
	{ "dunning", "preview", "[--days N] [--customer NUMBER]",
	  "what would be sent if nobody paid, to whom, when and why; sends nothing", cmd_dunning_preview },
	{ 0 },
};

static struct table *preview_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "on", TABLE_DATE);
	table_column(table, "step", TABLE_TEXT);
	table_column(table, "channel", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "recipient", TABLE_TEXT);
	table_column(table, "why", TABLE_TEXT);
	table_column_hidden(table, "invoice_numbers", TABLE_TEXT);
	table_column_hidden(table, "scheduled", TABLE_BOOL);
	return table;
}

static void preview_row(struct ctl *ctl, struct table *table, const NB(PlannedReminder) * planned)
{
	table_row(table);
	table_cell_text(table, planned->on);
	table_cell_text(table, planned->step);
	table_cell_text(table, channel_text(planned->channel));
	table_cell_text(table, planned->customer_number);
	table_cell_text(table, planned->customer_name);
	table_cell_money(table, planned->amount_minor, planned->currency);
	table_cell_text(table, planned->currency);
	table_cell_text(table, text_or_null(planned->recipient));
	table_cell_text(table, planned->why);
	table_cell_text(table, joined_texts(ctl, planned->invoice_numbers, planned->n_invoice_numbers));
	table_cell_bool(table, planned->scheduled);
}

static struct err preview_pages(struct ctl *ctl, NB(PreviewDunningRequest) * request, struct table *table)
{
	NB(PreviewDunningResponse) * reply;

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "PreviewDunning", &request->base, NB_TYPE(preview_dunning_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_reminders; i++)
			preview_row(ctl, table, reply->reminders[i]);
		request->page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_dunning_preview(struct ctl *ctl, int argc, char **argv)
{
	long long days = PREVIEW_DAYS_DEFAULT;
	const char *customer = "";
	const struct ctl_option options[] = { CTL_OPTION_INT("--days", &days, 0, PREVIEW_DAYS_MAX),
					      CTL_OPTION_TEXT("--customer", &customer) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = preview_table(ctl);
	NB(PreviewDunningRequest) request;

	NB_INIT(preview_dunning_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.days = (int32_t)days;
	request.customer_number = arena_copy(ctl->arena, customer);
	if (err_ok(err))
		err = preview_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}
