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
