#include "payments/handlers_cash.h"

#include "common/base/text.h"
#include "payments/apply.h"
#include "payments/handlers.h"
#include "payments/refunds.h"
#include "payments/store_learned.h"
#include "payments/store_worklist.h"
#include "payments/undo.h"
#include "payments/views.h"
#include "payments/wire_cash.h"

/* ------------------------------------------------------------------ undo */

static struct undo_view undo_view_of(struct arena *arena, const struct desk *desk, const struct undo_record *undo)
{
	return (struct undo_view){
		.creditor = desk->creditor,
		.id = id_text(arena, undo->id),
		.payment_id = id_text(arena, undo->payment),
		.entry_ref = undo->entry_ref,
		.kind = undo_kind_name(undo->kind),
		.reason = undo->reason,
		.done_by = undo->done_by,
		.done_at = undo->done_at,
		.postings = id_texts(arena, undo->postings, undo->posting_count),
		.posting_count = undo->posting_count,
		.reversed = id_texts(arena, undo->reversed, undo->reversed_count),
		.reversed_count = undo->reversed_count,
		.allocations = allocation_views_of(arena, desk, undo->allocations, undo->allocation_count),
		.allocation_count = undo->allocation_count,
	};
}

struct err undo_match(struct rpc_call *call)
{
	struct undo_ask ask;
	struct undone undone;
	struct desk desk;

	TRY(wire_decode_undo_match(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(match_undo(call->tx, &desk,
		       &(struct undo_asked){
			       .payment = ask.payment, .reason = ask.reason, .customer_number = ask.customer_number },
		       &undone));
	struct undo_view undo = undo_view_of(call->arena, &desk, &undone.record);
	struct payment_view payment = payment_view_of(call->arena, &desk, &undone.payment);

	wire_encode_undo_match(call, &undo, &payment, undone.forgotten, undone.forgotten_count);
	return OK;
}

struct err list_undos(struct rpc_call *call)
{
	struct undo_record *undos;
	struct page_ask ask;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_undos(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(undos_page(call->tx, &desk, &(struct page){ ask.size, ask.after }, &undos, &count));
	struct undo_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = undo_view_of(call->arena, &desk, &undos[i]);
	struct id last = count > 0 ? undos[count - 1].id : (struct id){ 0 };

	wire_encode_list_undos(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}

/* ------------------------------------------------------------------ what is to be placed */

struct err reject_suggestion(struct rpc_call *call)
{
	struct payment_row payment;
	struct cash_ask ask;
	struct desk desk;

	TRY(wire_decode_reject_suggestion(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(suggestion_reject(call->tx, &desk, ask.payment, &payment));
	struct payment_view view = payment_view_of(call->arena, &desk, &payment);

	wire_encode_reject_suggestion(call, &view);
	return OK;
}

static struct err customer_asked(struct rpc_call *call, const struct desk *desk, const char *number,
				 struct id *customer)
{
	*customer = (struct id){ 0 };
	return text_empty(number) ? OK : customer_get(call->tx, desk, number, customer);
}

static struct worklist_view worklist_view_of(struct arena *arena, const struct desk *desk,
					     const struct worklist_row *row)
{
	bool known = !id_zero(row->payment.customer);

	return (struct worklist_view){
		.payment = payment_view_of(arena, desk, &row->payment),
		.age_days = row->age_days,
		.bucket = cash_age_name(cash_age_of(row->age_days)),
		.account = account_name(known ? ACCOUNT_UNAPPLIED_CASH : ACCOUNT_UNIDENTIFIED_CASH),
		.suggestion = row->suggestion ? allocation_views_of(arena, desk, row->suggestion, 1) : NULL,
		.suggested = row->suggested,
	};
}

struct err list_worklist(struct rpc_call *call)
{
	struct worklist_total *totals;
	struct worklist_row *rows;
	struct worklist_ask ask;
	struct id customer;
	struct desk desk;
	size_t count, total_count;

	TRY(wire_decode_list_worklist(call, &ask));
	TRY(desk_open(call->tx, ask.page.creditor, &desk));
	TRY(customer_asked(call, &desk, ask.customer_number, &customer));
	TRY(worklist_page(call->tx, &desk, customer, &(struct page){ ask.page.size, ask.page.after }, &rows, &count));
	TRY(worklist_totals(call->tx, &desk, &totals, &total_count));
	struct worklist_view *views = arena_array(call->arena, count, sizeof *views);
	struct total_view *sums = arena_array(call->arena, total_count, sizeof *sums);

	for (size_t i = 0; i < count; i++)
		views[i] = worklist_view_of(call->arena, &desk, &rows[i]);
	for (size_t i = 0; i < total_count; i++)
		sums[i] = (struct total_view){ .account = totals[i].account,
					       .bucket = totals[i].bucket,
					       .currency = totals[i].currency,
					       .count = totals[i].count,
					       .amount_minor = totals[i].amount_minor };
	struct id last = count > 0 ? rows[count - 1].payment.id : (struct id){ 0 };

	wire_encode_list_worklist(call, views, count, sums, total_count,
				  next_page(call->arena, &ask.page, count, last));
	return OK;
}

/* ------------------------------------------------------------------ what was learned */

struct err list_learned(struct rpc_call *call)
{
	struct learned_ask ask;
	struct learned *list;
	struct id customer;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_learned(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customer_asked(call, &desk, ask.customer_number, &customer));
	TRY(learned_list(call->tx, &desk, customer, &list, &count));
	struct learned_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = (struct learned_view){ .value = list[i].value,
						  .name = list[i].name,
						  .customer_number = list[i].customer_number,
						  .customer_name = list[i].customer_name,
						  .payment_id = id_text(call->arena, list[i].source),
						  .entry_ref = list[i].source_ref,
						  .learned_at = list[i].learned_at,
						  .learned_by = list[i].learned_by };
	wire_encode_list_learned(call, views, count);
	return OK;
}

struct err forget_learned(struct rpc_call *call)
{
	struct learned_ask ask;
	struct id customer;
	struct desk desk;
	int64_t forgotten;

	TRY(wire_decode_forget_learned(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customer_asked(call, &desk, ask.customer_number, &customer));
	TRY(learned_forget(call->tx, &desk, ask.value, customer, &forgotten));
	if (forgotten == 0)
		return ERR(ERR_NOT_FOUND, "learned.unknown", "value", "no such account or name was learned");
	wire_encode_forget_learned(call, forgotten);
	return OK;
}

/* ------------------------------------------------------------------ refunds */

struct err owe_refund(struct rpc_call *call)
{
	struct payment_row payment;
	struct refund_row refund;
	struct owe_ask ask;
	struct desk desk;

	TRY(wire_decode_owe_refund(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(cash_refund(call->tx, &desk,
			&(struct refund_asked){ .payment = ask.payment,
						.amount_minor = ask.amount_minor,
						.payee_iban = ask.payee_iban,
						.reason = ask.reason },
			&refund, &payment));
	struct refund_view view = refund_view_of(call->arena, &desk, &refund);
	struct payment_view from = payment_view_of(call->arena, &desk, &payment);

	wire_encode_owe_refund(call, &view, &from);
	return OK;
}

struct err settle_refund(struct rpc_call *call)
{
	struct refund_row refund;
	struct refund_ask ask;
	struct desk desk;

	TRY(wire_decode_settle_refund(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(refund_settle(call->tx, &desk, ask.refund, ask.payment, &refund));
	struct refund_view view = refund_view_of(call->arena, &desk, &refund);

	wire_encode_settle_refund(call, &view);
	return OK;
}

struct err cancel_refund(struct rpc_call *call)
{
	struct refund_row refund;
	struct refund_ask ask;
	struct desk desk;

	TRY(wire_decode_cancel_refund(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(refund_withdraw(call->tx, &desk, ask.refund, &refund));
	struct refund_view view = refund_view_of(call->arena, &desk, &refund);

	wire_encode_cancel_refund(call, &view);
	return OK;
}

struct err list_refunds(struct rpc_call *call)
{
	struct refund_row *refunds;
	struct page_ask ask;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_refunds(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(refunds_page(call->tx, &desk, ask.state, &(struct page){ ask.size, ask.after }, &refunds, &count));
	struct refund_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = refund_view_of(call->arena, &desk, &refunds[i]);
	struct id last = count > 0 ? refunds[count - 1].refund.id : (struct id){ 0 };

	wire_encode_list_refunds(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}
