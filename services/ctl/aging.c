/* relancectl aging: what is open, by days past due. */
#include "common/base/text.h"
#include "ctl/invoicing.h"

static int cmd_aging(struct ctl *ctl, int argc, char **argv);

const struct ctl_command AGING_COMMANDS[] = {
	{ "aging", NULL, "[--on DATE] [--by-customer]", "what is open, by days past due", cmd_aging },
	{ 0 },
};

struct table *aging_table(struct ctl *ctl, bool customers)
{
	static const char *const AMOUNTS[] = { "not_due_minor",    "days_1_30_minor", "days_31_60_minor",
					       "days_61_90_minor", "over_90_minor",   "outstanding_minor",
					       "unapplied_minor",  "disputed_minor" };
	struct table *table = table_new(ctl->arena);

	if (customers) {
		table_column(table, "customer_number", TABLE_TEXT);
		table_column(table, "customer_name", TABLE_TEXT);
	}
	table_column(table, "currency", TABLE_TEXT);
	for (size_t i = 0; i < sizeof AMOUNTS / sizeof AMOUNTS[0]; i++)
		table_column(table, AMOUNTS[i], TABLE_MONEY);
	table_column(table, "invoice_count", TABLE_INT);
	return table;
}

void aging_table_row(struct table *table, const PB(AgingRow) * row, bool customer)
{
	const int64_t amounts[] = { row->not_due_minor,    row->days_1_30_minor, row->days_31_60_minor,
				    row->days_61_90_minor, row->over_90_minor,   row->outstanding_minor,
				    row->unapplied_minor,  row->disputed_minor };

	table_row(table);
	if (customer) {
		table_cell_text(table, or_null(row->customer_number));
		table_cell_text(table, or_null(row->customer_name));
	}
	table_cell_text(table, row->currency);
	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
		table_cell_money(table, amounts[i], row->currency);
	table_cell_int(table, row->invoice_count);
}

static struct err aging_page(struct ctl *ctl, struct date on, bool by_customer, const char *token,
			     PB(AgingResponse) * *reply)
{
	PB(AgingRequest) request;

	PB_INIT(aging_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.on = date_text(ctl, on);
	request.by_customer = by_customer;
	request.page_size = PAGE_ROWS;
	request.page_token = (char *)token;
	return CALL(ctl, "Aging", aging, &request, reply);
}

/* The customers of all pages; the totals are the same on each. */
static struct err aging_read(struct ctl *ctl, struct date on, bool by_customer, struct table *table,
			     PB(AgingResponse) * *reply)
{
	const char *token = "";

	do {
		TRY(aging_page(ctl, on, by_customer, token, reply));
		for (size_t i = 0; i < (*reply)->n_customers; i++)
			aging_table_row(table, (*reply)->customers[i], true);
		token = (*reply)->next_page_token;
	} while (!text_empty(token));
	return OK;
}

static int cmd_aging(struct ctl *ctl, int argc, char **argv)
{
	struct date on = DATE_NONE;
	bool by_customer = false;
	const struct ctl_option options[] = {
		CTL_OPTION_DATE("--on", &on),
		CTL_OPTION_FLAG("--by-customer", &by_customer),
	};
	PB(AgingResponse) *reply = NULL;
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = aging_table(ctl, by_customer);

	if (err_ok(err))
		err = aging_read(ctl, on, by_customer, table, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	for (size_t i = 0; !by_customer && i < reply->n_totals; i++)
		aging_table_row(table, reply->totals[i], false);
	ctl_note(ctl, "On %s, by days past due:", reply->on);
	return ctl_table(ctl, table);
}
