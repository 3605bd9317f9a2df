/* relancectl stationery: what stands on a creditor's documents beside its own data. */
#include "common/base/text.h"
#include "ctl/invoicing.h"

static int cmd_stationery_show(struct ctl *ctl, int argc, char **argv);
static int cmd_stationery_set(struct ctl *ctl, int argc, char **argv);

const struct ctl_command STATIONERY_COMMANDS[] = {
	{ "stationery", "show", "", "what stands on the creditor's documents", cmd_stationery_show },
	{ "stationery", "set", "[--registration TEXT] [--payment-link URL]",
	  "legal form and register; where invoices are paid online, with {number}, {reference}, {amount}, "
	  "{amount_minor}, {currency} or {customer} in it; \"\" takes away",
	  cmd_stationery_set },
	{ 0 },
};

static int stationery_print(struct ctl *ctl, const PB(Stationery) * stationery)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "registration", TABLE_TEXT);
	table_column(table, "payment_link", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, or_null(stationery->registration));
	table_cell_text(table, or_null(stationery->payment_link));
	return ctl_table(ctl, table);
}

static struct err stationery_get(struct ctl *ctl, PB(Stationery) * *stationery)
{
	PB(GetStationeryRequest) request;
	PB(GetStationeryResponse) * reply;

	PB_INIT(get_stationery_request)(&request);
	request.creditor = (char *)ctl->creditor;
	TRY(CALL(ctl, "GetStationery", get_stationery, &request, &reply));
	*stationery = reply->stationery;
	return OK;
}

static int cmd_stationery_show(struct ctl *ctl, int argc, char **argv)
{
	PB(Stationery) * stationery;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	if (err_ok(err))
		err = stationery_get(ctl, &stationery);
	return err_ok(err) ? stationery_print(ctl, stationery) : ctl_exit(ctl, err);
}

/* What is not given stays as it is. */
static int cmd_stationery_set(struct ctl *ctl, int argc, char **argv)
{
	const char *registration = NULL, *payment_link = NULL;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--registration", &registration),
					      CTL_OPTION_TEXT("--payment-link", &payment_link) };
	PB(SetStationeryRequest) request;
	PB(SetStationeryResponse) * reply;
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);

	PB_INIT(set_stationery_request)(&request);
	request.creditor = (char *)ctl->creditor;
	if (err_ok(err))
		err = stationery_get(ctl, &request.stationery);
	if (err_ok(err) && registration)
		request.stationery->registration = (char *)registration;
	if (err_ok(err) && payment_link)
		request.stationery->payment_link = (char *)payment_link;
	if (err_ok(err))
		err = CALL(ctl, "SetStationery", set_stationery, &request, &reply);
	return err_ok(err) ? stationery_print(ctl, reply->stationery) : ctl_exit(ctl, err);
}
