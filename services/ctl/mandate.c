/* relancectl mandate: debtors' permissions to be debited. */
#include "common/base/text.h"
#include "ctl/ctl.h"
#include "relance/payments/v1/debit.pb-c.h"

#define PAGE_SIZE 500

static int cmd_mandate_add(struct ctl *ctl, int argc, char **argv);
static int cmd_mandate_list(struct ctl *ctl, int argc, char **argv);
static int cmd_mandate_cancel(struct ctl *ctl, int argc, char **argv);
static int cmd_mandate_release(struct ctl *ctl, int argc, char **argv);
static int cmd_mandate_finish(struct ctl *ctl, int argc, char **argv);

const struct ctl_command MANDATE_COMMANDS[] = {
	{ "mandate", "add",
	  "REFERENCE --customer NUMBER --signed DATE [--b2b] [--one-off] [--iban IBAN] [--bic BIC] [--name NAME] "
	  "[--last-collected DATE]",
	  "record a signed SEPA mandate; name and IBAN are the customer's where not given", cmd_mandate_add },
	{ "mandate", "list", "[--customer NUMBER]", "mandates, their state and next sequence type", cmd_mandate_list },
	{ "mandate", "cancel", "REFERENCE", "the debtor has revoked it", cmd_mandate_cancel },
	{ "mandate", "release", "REFERENCE", "the reason for which the bank blocked it is gone", cmd_mandate_release },
	{ "mandate", "finish", "REFERENCE", "its next collection is the last", cmd_mandate_finish },
	{ 0 },
};

static const char *const SCHEMES[] = { "", "core", "b2b" };
static const char *const STATES[] = { "", "active", "blocked", "cancelled", "lapsed", "used" };

static struct table *mandate_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "reference", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "scheme", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "next", TABLE_TEXT);
	table_column(table, "signed_on", TABLE_DATE);
	table_column(table, "last_collected_on", TABLE_DATE);
	table_column(table, "valid_until", TABLE_DATE);
	table_column(table, "iban", TABLE_TEXT);
	table_column(table, "debtor_name", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	return table;
}

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static void mandate_row(struct table *table, const Relance__Payments__V1__Mandate *mandate)
{
	table_row(table);
	table_cell_text(table, mandate->reference);
	table_cell_text(table, mandate->customer_number);
	table_cell_text(table, SCHEMES[mandate->scheme]);
	table_cell_text(table, STATES[mandate->state]);
	table_cell_text(table, mandate->next_sequence_type);
	table_cell_text(table, mandate->signed_on);
	table_cell_text(table, mandate->last_collected_on);
	table_cell_text(table, mandate->valid_until);
	table_cell_text(table, mandate->iban);
	table_cell_text(table, mandate->debtor_name);
	table_cell_text(table, or_null(mandate->reason));
}

static int show(struct ctl *ctl, const Relance__Payments__V1__Mandate *mandate)
{
	struct table *table = mandate_table(ctl);

	table_as_record(table);
	mandate_row(table, mandate);
	return ctl_table(ctl, table);
}

static char *date_text(struct ctl *ctl, struct date date)
{
	char text[DATE_TEXT_BYTES];

	return arena_copy(ctl->arena, date_format(date, text));
}

static int cmd_mandate_add(struct ctl *ctl, int argc, char **argv)
{
	const char *customer = "", *iban = "", *bic = "", *name = "";
	struct date signed_on = DATE_NONE, last = DATE_NONE;
	bool b2b = false, one_off = false;
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--customer", &customer), CTL_OPTION_DATE("--signed", &signed_on),
		CTL_OPTION_FLAG("--b2b", &b2b),           CTL_OPTION_FLAG("--one-off", &one_off),
		CTL_OPTION_TEXT("--iban", &iban),         CTL_OPTION_TEXT("--bic", &bic),
		CTL_OPTION_TEXT("--name", &name),         CTL_OPTION_DATE("--last-collected", &last)
	};
	Relance__Payments__V1__AddMandateRequest request;
	Relance__Payments__V1__AddMandateResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);

	if (err_ok(err) && (text_empty(customer) || !date_known(signed_on)))
		err = ctl_usage(ctl, "--customer and --signed are needed");
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__add_mandate_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.reference = argv[0];
	request.customer_number = (char *)customer;
	request.scheme = b2b ? RELANCE__PAYMENTS__V1__DEBIT_SCHEME__DEBIT_SCHEME_B2B
			     : RELANCE__PAYMENTS__V1__DEBIT_SCHEME__DEBIT_SCHEME_CORE;
	request.one_off = one_off;
	request.debtor_name = (char *)name;
	request.iban = (char *)iban;
	request.bic = (char *)bic;
	request.signed_on = date_text(ctl, signed_on);
	request.last_collected_on = date_text(ctl, last);
	err = ctl_call(ctl, CTL_DEBIT, "AddMandate", &request.base,
		       &relance__payments__v1__add_mandate_response__descriptor, (ProtobufCMessage **)&reply);
	return err_ok(err) ? show(ctl, reply->mandate) : ctl_exit(ctl, err);
}

static int cmd_mandate_list(struct ctl *ctl, int argc, char **argv)
{
	const char *customer = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--customer", &customer) };
	Relance__Payments__V1__ListMandatesRequest request;
	Relance__Payments__V1__ListMandatesResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 0);
	struct table *table = mandate_table(ctl);

	relance__payments__v1__list_mandates_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.customer_number = (char *)customer;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_DEBIT, "ListMandates", &request.base,
			       &relance__payments__v1__list_mandates_response__descriptor, (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_mandates; i++)
			mandate_row(table, reply->mandates[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int change(struct ctl *ctl, int argc, char **argv, Relance__Payments__V1__MandateChange what)
{
	Relance__Payments__V1__ChangeMandateRequest request;
	Relance__Payments__V1__ChangeMandateResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	relance__payments__v1__change_mandate_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.reference = argv[0];
	request.change = what;
	if (err_ok(err))
		err = ctl_call(ctl, CTL_DEBIT, "ChangeMandate", &request.base,
			       &relance__payments__v1__change_mandate_response__descriptor,
			       (ProtobufCMessage **)&reply);
	return err_ok(err) ? show(ctl, reply->mandate) : ctl_exit(ctl, err);
}

static int cmd_mandate_cancel(struct ctl *ctl, int argc, char **argv)
{
	return change(ctl, argc, argv, RELANCE__PAYMENTS__V1__MANDATE_CHANGE__MANDATE_CHANGE_CANCEL);
}

static int cmd_mandate_release(struct ctl *ctl, int argc, char **argv)
{
	return change(ctl, argc, argv, RELANCE__PAYMENTS__V1__MANDATE_CHANGE__MANDATE_CHANGE_RELEASE);
}

static int cmd_mandate_finish(struct ctl *ctl, int argc, char **argv)
{
	return change(ctl, argc, argv, RELANCE__PAYMENTS__V1__MANDATE_CHANGE__MANDATE_CHANGE_FINISH);
}
