/* relancectl payments: what people take back, and what is still to be placed. */
#include "common/base/text.h"
#include "ctl/ctl.h"
#include "ctl/payments.h"
#include "relance/payments/v1/cash.pb-c.h"

#define PAGE_SIZE 500

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

/* ------------------------------------------------------------------ undo */

/* A row an allocation that was taken back. */
static struct table *undo_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "done_at", TABLE_TEXT);
	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "discount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "done_by", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column_hidden(table, "undo_id", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	table_column_hidden(table, "postings", TABLE_TEXT);
	table_column_hidden(table, "reversed_postings", TABLE_TEXT);
	return table;
}

static const char *joined(struct arena *arena, char **texts, size_t count)
{
	const char *all = "";

	for (size_t i = 0; i < count; i++)
		all = arena_format(arena, "%s%s%s", all, i > 0 ? " " : "", texts[i]);
	return all;
}

static void undo_rows(struct ctl *ctl, struct table *table, const Relance__Payments__V1__Undo *undo)
{
	for (size_t i = 0; i < undo->n_allocations; i++) {
		const Relance__Payments__V1__Allocation *allocation = undo->allocations[i];

		table_row(table);
		table_cell_text(table, undo->done_at);
		table_cell_text(table, undo->entry_ref);
		table_cell_text(table,
				undo->kind == RELANCE__PAYMENTS__V1__UNDO_KIND__UNDO_KIND_UNDO ? "undo" : "return");
		table_cell_text(table, allocation->invoice_number);
		table_cell_money(table, allocation->amount_minor, allocation->currency);
		table_cell_money(table, allocation->discount_minor, allocation->currency);
		table_cell_text(table, allocation->currency);
		table_cell_text(table, or_null(undo->done_by));
		table_cell_text(table, or_null(undo->reason));
		table_cell_text(table, undo->undo_id);
		table_cell_text(table, undo->payment_id);
		table_cell_text(table, joined(ctl->arena, undo->postings, undo->n_postings));
		table_cell_text(table, joined(ctl->arena, undo->reversed_postings, undo->n_reversed_postings));
	}
}

int cmd_payments_undo(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "", *customer = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reason", &reason),
					      CTL_OPTION_TEXT("--customer", &customer) };
	Relance__Payments__V1__UndoMatchRequest request;
	Relance__Payments__V1__UndoMatchResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 2, &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__undo_match_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.payment = argv[0];
	request.reason = (char *)reason;
	request.customer_number = (char *)customer;
	err = ctl_call(ctl, CTL_CASH, "UndoMatch", &request.base,
		       &relance__payments__v1__undo_match_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = undo_table(ctl);

	undo_rows(ctl, table, reply->undo);
	for (size_t i = 0; i < reply->n_forgotten; i++)
		ctl_note(ctl, "forgotten: %s", reply->forgotten[i]);
	ctl_note(ctl, "the cash is %s now", payment_state_word((int)reply->payment->state));
	return ctl_table(ctl, table);
}

int cmd_payments_undone(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ListUndosRequest request;
	Relance__Payments__V1__ListUndosResponse *reply = NULL;
	struct table *table = undo_table(ctl);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	relance__payments__v1__list_undos_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_CASH, "ListUndos", &request.base,
			       &relance__payments__v1__list_undos_response__descriptor, (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_undos; i++)
			undo_rows(ctl, table, reply->undos[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ proposals and the worklist */

int cmd_payments_reject(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__RejectSuggestionRequest request;
	Relance__Payments__V1__RejectSuggestionResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__reject_suggestion_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.payment = argv[0];
	err = ctl_call(ctl, CTL_CASH, "RejectSuggestion", &request.base,
		       &relance__payments__v1__reject_suggestion_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = payment_table(ctl);

	payment_row(table, reply->payment);
	return ctl_table(ctl, table);
}

static struct table *worklist_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "value_date", TABLE_DATE);
	table_column(table, "age_days", TABLE_INT);
	table_column(table, "bucket", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "rest_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column_hidden(table, "account", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "payer_name", TABLE_TEXT);
	table_column(table, "suggestion", TABLE_TEXT);
	table_column_hidden(table, "suggestion_minor", TABLE_MONEY);
	table_column_hidden(table, "suggested_invoices", TABLE_INT);
	table_column_hidden(table, "confidence", TABLE_REAL);
	table_column(table, "rule", TABLE_TEXT);
	table_column(table, "remittance", TABLE_TEXT);
	table_column_hidden(table, "evidence", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	return table;
}

static void suggestion_cells(struct table *table, const Relance__Payments__V1__WorklistItem *item)
{
	const Relance__Payments__V1__Allocation *suggestion = item->suggestion;

	if (!suggestion) {
		for (int i = 0; i < 4; i++)
			table_cell_null(table);
		return;
	}
	table_cell_text(table, suggestion->invoice_number);
	table_cell_money(table, suggestion->amount_minor, suggestion->currency);
	table_cell_int(table, item->suggested_invoices);
	table_cell_real(table, suggestion->confidence_thousandths / 1000.0);
}

static void worklist_row(struct table *table, const Relance__Payments__V1__WorklistItem *item)
{
	const Relance__Payments__V1__Payment *payment = item->payment;

	table_row(table);
	table_cell_text(table, payment->entry_ref);
	table_cell_text(table, payment->value_on);
	table_cell_int(table, item->age_days);
	table_cell_text(table, item->bucket);
	table_cell_money(table, payment->amount_minor, payment->currency);
	table_cell_money(table, payment->rest_minor, payment->currency);
	table_cell_text(table, payment->currency);
	table_cell_text(table, payment_state_word((int)payment->state));
	table_cell_text(table, item->account);
	table_cell_text(table, or_null(payment->customer_number));
	table_cell_text(table, or_null(payment->payer_name));
	suggestion_cells(table, item);
	table_cell_text(table, payment->rule);
	table_cell_text(table, or_null(payment->remittance));
	table_cell_text(table, payment->evidence);
	table_cell_text(table, payment->payment_id);
}

static struct table *totals_table(struct ctl *ctl, const Relance__Payments__V1__ListWorklistResponse *reply)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "account", TABLE_TEXT);
	table_column(table, "bucket", TABLE_TEXT);
	table_column(table, "count", TABLE_INT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	for (size_t i = 0; i < reply->n_totals; i++) {
		const Relance__Payments__V1__WorklistTotal *total = reply->totals[i];

		table_row(table);
		table_cell_text(table, total->account);
		table_cell_text(table, total->bucket);
		table_cell_int(table, total->count);
		table_cell_money(table, total->amount_minor, total->currency);
		table_cell_text(table, total->currency);
	}
	return table;
}

int cmd_payments_worklist(struct ctl *ctl, int argc, char **argv)
{
	const char *customer = "";
	bool totals = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--customer", &customer),
					      CTL_OPTION_FLAG("--totals", &totals) };
	Relance__Payments__V1__ListWorklistRequest request;
	Relance__Payments__V1__ListWorklistResponse *reply = NULL;
	struct table *table = worklist_table(ctl);
	struct err err = ctl_options(ctl, options, 2, &argc, argv, 0, 0);

	relance__payments__v1__list_worklist_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.customer_number = (char *)customer;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_CASH, "ListWorklist", &request.base,
			       &relance__payments__v1__list_worklist_response__descriptor, (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_items; i++)
			worklist_row(table, reply->items[i]);
		if (!err_ok(err) || totals || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	return ctl_table(ctl, totals ? totals_table(ctl, reply) : table);
}

/* ------------------------------------------------------------------ what was learned */

static int learned_print(struct ctl *ctl, const char *customer)
{
	Relance__Payments__V1__ListLearnedRequest request;
	Relance__Payments__V1__ListLearnedResponse *reply = NULL;
	struct table *table = table_new(ctl->arena);

	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "value", TABLE_TEXT);
	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "learned_at", TABLE_TEXT);
	table_column(table, "learned_by", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	relance__payments__v1__list_learned_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.customer_number = (char *)customer;
	struct err err =
		ctl_call(ctl, CTL_CASH, "ListLearned", &request.base,
			 &relance__payments__v1__list_learned_response__descriptor, (ProtobufCMessage **)&reply);

	for (size_t i = 0; err_ok(err) && i < reply->n_learned; i++) {
		const Relance__Payments__V1__Learned *learned = reply->learned[i];

		table_row(table);
		table_cell_text(table, learned->customer_number);
		table_cell_text(table, learned->customer_name);
		table_cell_text(table, learned->is_name ? "name" : "account");
		table_cell_text(table, learned->value);
		table_cell_text(table, or_null(learned->entry_ref));
		table_cell_text(table, or_null(learned->learned_at));
		table_cell_text(table, or_null(learned->learned_by));
		table_cell_text(table, learned->payment_id);
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int learned_forget(struct ctl *ctl, const char *value, const char *customer)
{
	Relance__Payments__V1__ForgetLearnedRequest request;
	Relance__Payments__V1__ForgetLearnedResponse *reply = NULL;

	relance__payments__v1__forget_learned_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.value = (char *)value;
	request.customer_number = (char *)customer;
	struct err err =
		ctl_call(ctl, CTL_CASH, "ForgetLearned", &request.base,
			 &relance__payments__v1__forget_learned_response__descriptor, (ProtobufCMessage **)&reply);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = table_new(ctl->arena);

	table_column(table, "forgotten", TABLE_INT);
	table_row(table);
	table_cell_int(table, reply->forgotten);
	table_as_record(table);
	return ctl_table(ctl, table);
}

int cmd_payments_learned(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 3);

	if (err_ok(err) && text_equal(argv[0], "list") && argc <= 2)
		return learned_print(ctl, argc == 2 ? argv[1] : "");
	if (err_ok(err) && text_equal(argv[0], "forget") && argc >= 2)
		return learned_forget(ctl, argv[1], argc == 3 ? argv[2] : "");
	return ctl_exit(ctl, err_ok(err) ? ctl_usage(ctl, "list [CUSTOMER] | forget ACCOUNT|NAME [CUSTOMER]") : err);
}
