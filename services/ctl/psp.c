/* relancectl psp: payment service providers, whose webhooks come in at the gateway. */
#include <string.h>

#include "common/base/money.h"
#include "common/base/text.h"
#include "ctl/ctl.h"
#include "relance/payments/v1/psp.pb-c.h"

#define PAGE_SIZE 500
#define SECRET_FILE_BYTES_MAX ((size_t)1024)

static int cmd_psp_secret(struct ctl *ctl, int argc, char **argv);
static int cmd_psp_register(struct ctl *ctl, int argc, char **argv);
static int cmd_psp_payments(struct ctl *ctl, int argc, char **argv);

const struct ctl_command PSP_COMMANDS[] = {
	{ "psp", "secret", "set PROVIDER --file FILE", "the secret that signs a provider's webhooks (- is stdin)",
	  cmd_psp_secret },
	{ "psp", "register", "PROVIDER PAYMENT-ID --reference TEXT --amount AMOUNT --currency CODE",
	  "say what a provider's payment is for, where its events do not", cmd_psp_register },
	{ "psp", "payments", "", "payments of providers, and what of them stands in the books", cmd_psp_payments },
	{ 0 },
};

/* In the order of the wire's numbers; 0 is unspecified. */
static const char *const PROVIDERS[] = { "", "stripe", "gocardless" };
static const char *const STANDINGS[] = { "", "announced", "failed", "paid", "paid_out", "charged_back", "reinstated" };

static struct err provider_number(struct ctl *ctl, const char *name, Relance__Payments__V1__PspProvider *number)
{
	for (size_t i = 1; i < sizeof PROVIDERS / sizeof PROVIDERS[0]; i++)
		if (text_equal(PROVIDERS[i], name)) {
			*number = (Relance__Payments__V1__PspProvider)i;
			return OK;
		}
	return ctl_usage(ctl, "the providers are stripe and gocardless, not '%s'", name);
}

static int cmd_psp_secret(struct ctl *ctl, int argc, char **argv)
{
	const char *path = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--file", &path) };
	Relance__Payments__V1__SetPspSecretRequest request;
	ProtobufCMessage *reply;
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 2, 2);
	char *secret = NULL;
	size_t length;

	relance__payments__v1__set_psp_secret_request__init(&request);
	if (err_ok(err) && (strcmp(argv[0], "set") != 0 || text_empty(path)))
		err = ctl_usage(ctl, "psp secret set PROVIDER --file FILE");
	if (err_ok(err))
		err = provider_number(ctl, argv[1], &request.provider);
	if (err_ok(err))
		err = ctl_read_file(ctl, path, SECRET_FILE_BYTES_MAX, &secret, &length);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = (char *)ctl->creditor;
	request.secret = text_trim(ctl->arena, secret);
	err = ctl_call(ctl, CTL_PSP, "SetPspSecret", &request.base,
		       &relance__payments__v1__set_psp_secret_response__descriptor, &reply);
	if (err_ok(err))
		ctl_note(ctl, "set; the secret before it stays good until the next one");
	return ctl_exit(ctl, err);
}

static struct table *payment_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "provider", TABLE_TEXT);
	table_column(table, "object_id", TABLE_TEXT);
	table_column(table, "standing", TABLE_TEXT);
	table_column(table, "paid_on", TABLE_DATE);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "refunded_minor", TABLE_MONEY);
	table_column(table, "booked_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "reference", TABLE_TEXT);
	table_column(table, "payer_name", TABLE_TEXT);
	table_column_hidden(table, "standing_at", TABLE_TEXT);
	return table;
}

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static void payment_row(struct table *table, const Relance__Payments__V1__PspPayment *payment)
{
	table_row(table);
	table_cell_text(table, PROVIDERS[payment->provider]);
	table_cell_text(table, payment->object_id);
	table_cell_text(table, STANDINGS[payment->standing]);
	table_cell_text(table, payment->paid_on);
	table_cell_money(table, payment->amount_minor, payment->currency);
	table_cell_money(table, payment->refunded_minor, payment->currency);
	table_cell_money(table, payment->booked_minor, payment->currency);
	table_cell_text(table, or_null(payment->currency));
	table_cell_text(table, or_null(payment->reference));
	table_cell_text(table, or_null(payment->payer_name));
	table_cell_text(table, or_null(payment->standing_at));
}

static int cmd_psp_register(struct ctl *ctl, int argc, char **argv)
{
	const char *reference = "", *code = "EUR", *amount = "";
	struct currency currency;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reference", &reference),
					      CTL_OPTION_TEXT("--currency", &code),
					      CTL_OPTION_TEXT("--amount", &amount) };
	Relance__Payments__V1__RegisterPspPaymentRequest request;
	Relance__Payments__V1__RegisterPspPaymentResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 3, &argc, argv, 2, 2);

	relance__payments__v1__register_psp_payment_request__init(&request);
	if (err_ok(err))
		err = provider_number(ctl, argv[0], &request.provider);
	if (err_ok(err))
		err = currency_parse(code, &currency);
	if (err_ok(err))
		err = ctl_amount(ctl, amount, currency, 1, &request.amount_minor);
	request.creditor = (char *)ctl->creditor;
	request.object_id = argv[1];
	request.reference = (char *)reference;
	request.currency = (char *)code;
	if (err_ok(err))
		err = ctl_call(ctl, CTL_PSP, "RegisterPspPayment", &request.base,
			       &relance__payments__v1__register_psp_payment_response__descriptor,
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = payment_table(ctl);

	table_as_record(table);
	payment_row(table, reply->payment);
	return ctl_table(ctl, table);
}

static int cmd_psp_payments(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ListPspPaymentsRequest request;
	Relance__Payments__V1__ListPspPaymentsResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);
	struct table *table = payment_table(ctl);

	relance__payments__v1__list_psp_payments_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_PSP, "ListPspPayments", &request.base,
			       &relance__payments__v1__list_psp_payments_response__descriptor,
			       (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_payments; i++)
			payment_row(table, reply->payments[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}
