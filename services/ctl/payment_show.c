/* relancectl payments show: one payment, and why it became what it is. */
#include <jansson.h>
#include <stdio.h>

#include "common/base/money.h"
#include "common/base/text.h"
#include "ctl/payments.h"

static int cmd_payments_show(struct ctl *ctl, int argc, char **argv);

const struct ctl_command PAYMENT_SHOW_COMMANDS[] = {
	{ "payments", "show", "PAYMENT", "one payment: the decision, its evidence, and the invoices it pays or may pay",
	  cmd_payments_show },
	{ 0 },
};

/* ------------------------------------------------------------------ JSON */

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static json_t *allocations_json(const Relance__Payments__V1__GetPaymentResponse *reply)
{
	json_t *list = json_array();

	for (size_t i = 0; i < reply->n_allocations; i++) {
		const Relance__Payments__V1__Allocation *at = reply->allocations[i];

		json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:I, s:s, s:I, s:I, s:s?, s:s, s:s, s:f}", "set",
						      at->alternative, "invoice_number", at->invoice_number,
						      "customer_number", at->customer_number, "amount_minor",
						      (json_int_t)at->amount_minor, "currency", at->currency,
						      "cash_minor", (json_int_t)at->cash_minor, "discount_minor",
						      (json_int_t)at->discount_minor, "relief", or_null(at->relief),
						      "state", allocation_state_word((int)at->state), "rule", at->rule,
						      "confidence", at->confidence_thousandths / 1000.0));
	}
	return list;
}

static json_t *payment_json(const Relance__Payments__V1__GetPaymentResponse *reply)
{
	const Relance__Payments__V1__Payment *at = reply->payment;

	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:s?, s:s?, s:s?, s:s?, s:o}",
			 "entry_ref", at->entry_ref, "payment_id", at->payment_id, "booking_date", at->booked_on,
			 "value_date", at->value_on, "amount_minor", (json_int_t)at->amount_minor, "currency",
			 at->currency, "state", payment_state_word((int)at->state), "rule", at->rule, "evidence",
			 at->evidence, "confidence", at->confidence_thousandths / 1000.0, "rest_minor",
			 (json_int_t)at->rest_minor, "rounding_minor", (json_int_t)at->rounding_minor,
			 "customer_number", or_null(at->customer_number), "payer_name", or_null(at->payer_name),
			 "remittance", or_null(at->remittance), "end_to_end_id", or_null(at->end_to_end_id),
			 "allocations", allocations_json(reply));
}

/* ------------------------------------------------------------------ people */

static struct table *payment_record(struct ctl *ctl, const Relance__Payments__V1__Payment *payment)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "value_date", TABLE_DATE);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "payer_name", TABLE_TEXT);
	table_column(table, "remittance", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "rule", TABLE_TEXT);
	table_column(table, "confidence", TABLE_REAL);
	table_column(table, "evidence", TABLE_TEXT);
	table_column(table, "rest_minor", TABLE_MONEY);
	table_row(table);
	table_cell_text(table, payment->entry_ref);
	table_cell_text(table, payment->value_on);
	table_cell_money(table, payment->amount_minor, payment->currency);
	table_cell_text(table, or_null(payment->payer_name));
	table_cell_text(table, or_null(payment->remittance));
	table_cell_text(table, payment_state_word((int)payment->state));
	table_cell_text(table, payment->rule);
	table_cell_real(table, payment->confidence_thousandths / 1000.0);
	table_cell_text(table, payment->evidence);
	table_cell_money(table, payment->rest_minor, payment->currency);
	return table;
}

static struct table *sets_table(struct ctl *ctl, const Relance__Payments__V1__GetPaymentResponse *reply)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "set", TABLE_INT);
	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "discount_minor", TABLE_MONEY);
	table_column(table, "relief", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	for (size_t i = 0; i < reply->n_allocations; i++) {
		const Relance__Payments__V1__Allocation *at = reply->allocations[i];

		table_row(table);
		table_cell_int(table, at->alternative);
		table_cell_text(table, at->invoice_number);
		table_cell_text(table, at->customer_number);
		table_cell_money(table, at->amount_minor, at->currency);
		table_cell_money(table, at->discount_minor, at->currency);
		table_cell_text(table, or_null(at->relief));
		table_cell_text(table, allocation_state_word((int)at->state));
	}
	return table;
}

static struct err payment_get(struct ctl *ctl, const char *payment, Relance__Payments__V1__GetPaymentResponse **reply)
{
	Relance__Payments__V1__GetPaymentRequest request;

	relance__payments__v1__get_payment_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.payment = (char *)payment;
	return ctl_call(ctl, CTL_PAYMENTS, "GetPayment", &request.base,
			&relance__payments__v1__get_payment_response__descriptor, (ProtobufCMessage **)reply);
}

struct err payment_currency(struct ctl *ctl, const char *payment, struct currency *currency)
{
	Relance__Payments__V1__GetPaymentResponse *reply = NULL;

	TRY(payment_get(ctl, payment, &reply));
	return currency_parse(reply->payment->currency, currency);
}

static int cmd_payments_show(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__GetPaymentResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (err_ok(err))
		err = payment_get(ctl, argv[0], &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	if (ctl->format == TABLE_FORMAT_JSON)
		return ctl_json(ctl, payment_json(reply));
	if (ctl->format == TABLE_FORMAT_CSV || reply->n_allocations == 0)
		return ctl_table(ctl, ctl->format == TABLE_FORMAT_CSV ? sets_table(ctl, reply)
								      : payment_record(ctl, reply->payment));
	table_print(payment_record(ctl, reply->payment), ctl->format, stdout);
	printf("\n");
	return ctl_table(ctl, sets_table(ctl, reply));
}
