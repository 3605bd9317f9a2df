/* relancectl dunning: what the coming days would bring. */
#include "common/base/text.h"
#include "ctl/notification.h"

#define PREVIEW_DAYS_DEFAULT 14
#define PREVIEW_DAYS_MAX 366

static int cmd_dunning_preview(struct ctl *ctl, int argc, char **argv);
static int cmd_dunning_hold(struct ctl *ctl, int argc, char **argv);
static int cmd_dunning_release(struct ctl *ctl, int argc, char **argv);
static int cmd_dunning_holds(struct ctl *ctl, int argc, char **argv);
static int cmd_dunning_delivered(struct ctl *ctl, int argc, char **argv);

const struct ctl_command DUNNING_COMMANDS[] = {
	{ "dunning", "preview", "[--days N] [--customer NUMBER] [--changes]",
	  "what would be sent if nobody paid, to whom, when, why, and what has changed since the day before; sends "
	  "nothing",
	  cmd_dunning_preview },
	{ "dunning", "hold", "[CUSTOMER] [--invoice NUMBER]… --until DATE --reason TEXT",
	  "leaves a customer, or some invoices, alone up to a day", cmd_dunning_hold },
	{ "dunning", "release", "[CUSTOMER] [--invoice NUMBER] [--id HOLD]", "lifts holds before their last day",
	  cmd_dunning_release },
	{ "dunning", "holds", "[--customer NUMBER] [--all]", "what is left alone, why and until when",
	  cmd_dunning_holds },
	{ "dunning", "delivered",
	  "INVOICE --on DATE --proof mail|post|registered_post|e_invoice|handed_over [--reference TEXT]",
	  "records that an invoice arrived", cmd_dunning_delivered },
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
	table_column(table, "change", TABLE_TEXT);
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
	table_cell_text(table, text_or_null(planned->change));
	table_cell_text(table, text_or_null(planned->why));
	table_cell_text(table, joined_texts(ctl, planned->invoice_numbers, planned->n_invoice_numbers));
	table_cell_bool(table, planned->scheduled);
}

static struct err preview_pages(struct ctl *ctl, NB(PreviewDunningRequest) * request, struct table *table)
{
	NB(PreviewDunningResponse) * reply;
	const char *since = "";

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "PreviewDunning", &request->base, NB_TYPE(preview_dunning_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_reminders; i++)
			preview_row(ctl, table, reply->reminders[i]);
		request->page_token = reply->next_page_token;
		since = reply->since;
	} while (!text_empty(reply->next_page_token));
	if (request->changes_only)
		ctl_note(ctl,
			 text_empty(since) ? "there is no outlook of a day before" : "since the start of %s:", since);
	return OK;
}

static int cmd_dunning_preview(struct ctl *ctl, int argc, char **argv)
{
	long long days = PREVIEW_DAYS_DEFAULT;
	const char *customer = "";
	bool changes = false;
	const struct ctl_option options[] = { CTL_OPTION_INT("--days", &days, 0, PREVIEW_DAYS_MAX),
					      CTL_OPTION_TEXT("--customer", &customer),
					      CTL_OPTION_FLAG("--changes", &changes) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = preview_table(ctl);
	NB(PreviewDunningRequest) request;

	NB_INIT(preview_dunning_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.days = (int32_t)days;
	request.changes_only = changes;
	request.customer_number = arena_copy(ctl->arena, customer);
	if (err_ok(err))
		err = preview_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ holds */

static struct table *pause_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "invoice_numbers", TABLE_TEXT);
	table_column(table, "until", TABLE_DATE);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "made_by", TABLE_TEXT);
	table_column(table, "made_at", TABLE_TEXT);
	table_column_hidden(table, "ended_at", TABLE_TEXT);
	table_column_hidden(table, "end_reason", TABLE_TEXT);
	table_column(table, "id", TABLE_TEXT);
	return table;
}

static void pause_row(struct ctl *ctl, struct table *table, const NB(Pause) * pause)
{
	table_row(table);
	table_cell_text(table, pause->customer_number);
	table_cell_text(table, pause->customer_name);
	table_cell_text(table, pause->kind);
	table_cell_text(table, joined_texts(ctl, pause->invoice_numbers, pause->n_invoice_numbers));
	table_cell_text(table, pause->until);
	table_cell_text(table, pause->reason);
	table_cell_text(table, pause->made_by);
	table_cell_text(table, pause->made_at);
	table_cell_text(table, text_or_null(pause->ended_at));
	table_cell_text(table, text_or_null(pause->end_reason));
	table_cell_text(table, pause->id);
}

static int cmd_dunning_hold(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "";
	struct date until = DATE_NONE;
	char day[DATE_TEXT_BYTES];
	const struct ctl_option options[] = { CTL_OPTION_DATE("--until", &until),
					      CTL_OPTION_TEXT("--reason", &reason) };
	struct table *table = pause_table(ctl);
	NB(HoldDunningRequest) request;
	NB(HoldDunningResponse) * reply;

	NB_INIT(hold_dunning_request)(&request);
	take_invoices(ctl, &argc, argv, &request.invoice_numbers, &request.n_invoice_numbers);

	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 1);

	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argc > 0 ? argv[0] : arena_copy(ctl->arena, "");
	request.until = arena_copy(ctl->arena, date_format(until, day));
	request.reason = arena_copy(ctl->arena, reason);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "HoldDunning", &request.base, NB_TYPE(hold_dunning_response),
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_as_record(table);
	pause_row(ctl, table, reply->pause);
	return ctl_table(ctl, table);
}

static int released_print(struct ctl *ctl, int64_t released)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "released", TABLE_INT);
	table_row(table);
	table_cell_int(table, released);
	return ctl_table(ctl, table);
}

static int cmd_dunning_release(struct ctl *ctl, int argc, char **argv)
{
	const char *invoice = "", *id = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--invoice", &invoice), CTL_OPTION_TEXT("--id", &id) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 1);
	NB(ReleaseDunningRequest) request;
	NB(ReleaseDunningResponse) * reply;

	NB_INIT(release_dunning_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argc > 0 ? argv[0] : arena_copy(ctl->arena, "");
	request.invoice_number = arena_copy(ctl->arena, invoice);
	request.id = arena_copy(ctl->arena, id);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "ReleaseDunning", &request.base,
			       NB_TYPE(release_dunning_response), (ProtobufCMessage **)&reply);
	return err_ok(err) ? released_print(ctl, reply->released) : ctl_exit(ctl, err);
}

static struct err pause_pages(struct ctl *ctl, NB(ListPausesRequest) * request, struct table *table)
{
	NB(ListPausesResponse) * reply;

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "ListPauses", &request->base, NB_TYPE(list_pauses_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_pauses; i++)
			pause_row(ctl, table, reply->pauses[i]);
		request->page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_dunning_holds(struct ctl *ctl, int argc, char **argv)
{
	const char *customer = "";
	bool all = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--customer", &customer),
					      CTL_OPTION_FLAG("--all", &all) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = pause_table(ctl);
	NB(ListPausesRequest) request;

	NB_INIT(list_pauses_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = arena_copy(ctl->arena, customer);
	request.include_ended = all;
	request.page_size = NOTIFICATION_PAGE;
	if (err_ok(err))
		err = pause_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ deliveries */

static int cmd_dunning_delivered(struct ctl *ctl, int argc, char **argv)
{
	const char *proof = "", *reference = "";
	struct date on = DATE_NONE;
	char day[DATE_TEXT_BYTES];
	const struct ctl_option options[] = { CTL_OPTION_DATE("--on", &on), CTL_OPTION_TEXT("--proof", &proof),
					      CTL_OPTION_TEXT("--reference", &reference) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);
	NB(RecordDeliveryRequest) request;
	NB(RecordDeliveryResponse) * reply;

	NB_INIT(record_delivery_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.invoice_number = argv[0];
	request.delivered_on = arena_copy(ctl->arena, date_format(on, day));
	request.proof = arena_copy(ctl->arena, proof);
	request.reference = arena_copy(ctl->arena, reference);
	if (err_ok(err) && (!date_known(on) || text_empty(proof)))
		err = ctl_usage(ctl, "a delivery has a day, --on DATE, and a --proof");
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "RecordDelivery", &request.base,
			       NB_TYPE(record_delivery_response), (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	ctl_note(ctl, "%s of %s was delivered on %s", argv[0], reply->customer_number, day);
	return CTL_DONE;
}
