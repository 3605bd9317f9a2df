/* relancectl refund: cash that goes back to whom it belongs. The transfer itself is ordered at the bank, with the
 * refund's number in its text. */
#include "common/base/text.h"
#include "ctl/payments.h"
#include "relance/payments/v1/cash.pb-c.h"

#define PAGE_SIZE 500

static int cmd_refund_add(struct ctl *ctl, int argc, char **argv);
static int cmd_refund_list(struct ctl *ctl, int argc, char **argv);
static int cmd_refund_settle(struct ctl *ctl, int argc, char **argv);
static int cmd_refund_cancel(struct ctl *ctl, int argc, char **argv);

const struct ctl_command REFUND_COMMANDS[] = {
	{ "refund", "add", "PAYMENT [--amount AMOUNT] [--iban IBAN] [--reason TEXT]",
	  "a payment's cash is owed back: all that is left of it, to the account that paid", cmd_refund_add },
	{ "refund", "list", "[--state STATE]", "refunds: owed, paid, cancelled, recover", cmd_refund_list },
	{ "refund", "settle", "REFUND PAYMENT", "say which debit paid it out, where that was not recognised",
	  cmd_refund_settle },
	{ "refund", "cancel", "REFUND", "what is not paid out is the payer's cash again", cmd_refund_cancel },
	{ 0 },
};

/* In the order of the wire's numbers; 0 is unspecified. */
static const char *const STATES[] = { "", "owed", "paid", "cancelled", "recover" };
#define STATE_COUNT (sizeof STATES / sizeof STATES[0])

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static struct table *refund_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "refund", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "paid_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "payee_name", TABLE_TEXT);
	table_column(table, "payee_iban", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "made_at", TABLE_TEXT);
	table_column(table, "made_by", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	return table;
}

static void refund_row(struct table *table, const Relance__Payments__V1__Refund *refund)
{
	size_t state = (size_t)refund->state;

	table_row(table);
	table_cell_text(table, refund->number);
	table_cell_text(table, state < STATE_COUNT ? STATES[state] : "?");
	table_cell_money(table, refund->amount_minor, refund->currency);
	table_cell_money(table, refund->paid_minor, refund->currency);
	table_cell_text(table, refund->currency);
	table_cell_text(table, refund->entry_ref);
	table_cell_text(table, or_null(refund->customer_number));
	table_cell_text(table, or_null(refund->payee_name));
	table_cell_text(table, or_null(refund->payee_iban));
	table_cell_text(table, or_null(refund->reason));
	table_cell_text(table, refund->made_at);
	table_cell_text(table, or_null(refund->made_by));
	table_cell_text(table, refund->payment_id);
}

/* One refund as a record. */
static int refund_print(struct ctl *ctl, const Relance__Payments__V1__Refund *refund)
{
	struct table *table = refund_table(ctl);

	refund_row(table, refund);
	table_as_record(table);
	return ctl_table(ctl, table);
}

static int cmd_refund_add(struct ctl *ctl, int argc, char **argv)
{
	const char *amount = NULL, *iban = "", *reason = "";
	struct currency currency;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--amount", &amount), CTL_OPTION_TEXT("--iban", &iban),
					      CTL_OPTION_TEXT("--reason", &reason) };
	Relance__Payments__V1__OweRefundRequest request;
	Relance__Payments__V1__OweRefundResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 3, &argc, argv, 1, 1);

	relance__payments__v1__owe_refund_request__init(&request);
	if (err_ok(err) && amount)
		err = payment_currency(ctl, argv[0], &currency);
	if (err_ok(err) && amount)
		err = ctl_amount(ctl, amount, currency, 1, &request.amount_minor);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = (char *)ctl->creditor;
	request.payment = argv[0];
	request.payee_iban = (char *)iban;
	request.reason = (char *)reason;
	err = ctl_call(ctl, CTL_CASH, "OweRefund", &request.base,
		       &relance__payments__v1__owe_refund_response__descriptor, (ProtobufCMessage **)&reply);
	return err_ok(err) ? refund_print(ctl, reply->refund) : ctl_exit(ctl, err);
}

static struct err state_number(struct ctl *ctl, const char *name, Relance__Payments__V1__RefundState *number)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (text_equal(STATES[i], name)) {
			*number = (Relance__Payments__V1__RefundState)i;
			return OK;
		}
	return ctl_usage(ctl, "there is no state '%s'", name);
}

static int cmd_refund_list(struct ctl *ctl, int argc, char **argv)
{
	const char *state = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--state", &state) };
	Relance__Payments__V1__ListRefundsRequest request;
	Relance__Payments__V1__ListRefundsResponse *reply = NULL;
	struct table *table = refund_table(ctl);
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 0);

	relance__payments__v1__list_refunds_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_SIZE;
	if (err_ok(err))
		err = state_number(ctl, state, &request.state);
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_CASH, "ListRefunds", &request.base,
			       &relance__payments__v1__list_refunds_response__descriptor, (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_refunds; i++)
			refund_row(table, reply->refunds[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int cmd_refund_settle(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__SettleRefundRequest request;
	Relance__Payments__V1__SettleRefundResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 2, 2);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__settle_refund_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.refund = argv[0];
	request.payment = argv[1];
	err = ctl_call(ctl, CTL_CASH, "SettleRefund", &request.base,
		       &relance__payments__v1__settle_refund_response__descriptor, (ProtobufCMessage **)&reply);
	return err_ok(err) ? refund_print(ctl, reply->refund) : ctl_exit(ctl, err);
}

static int cmd_refund_cancel(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__CancelRefundRequest request;
	Relance__Payments__V1__CancelRefundResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__cancel_refund_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.refund = argv[0];
	err = ctl_call(ctl, CTL_CASH, "CancelRefund", &request.base,
		       &relance__payments__v1__cancel_refund_response__descriptor, (ProtobufCMessage **)&reply);
	return err_ok(err) ? refund_print(ctl, reply->refund) : ctl_exit(ctl, err);
}
