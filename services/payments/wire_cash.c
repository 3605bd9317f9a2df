#include "payments/wire_cash.h"

#include <string.h>

#include "common/base/reference.h"
#include "common/base/text.h"
#include "payments/wire_parts.h"
#include "relance/payments/v1/cash.pb-c.h"

#define REASON_BYTES_MAX 500

const ProtobufCServiceDescriptor *const CASH_SERVICE = &relance__payments__v1__cash_service__descriptor;

/* ------------------------------------------------------------------ requests */

static struct err reason_check(const char *reason)
{
	if (strlen(reason) > REASON_BYTES_MAX)
		return ERR(ERR_INVALID, "cash.reason", "reason", "a reason has at most 500 bytes");
	return OK;
}

struct err wire_decode_undo_match(const struct rpc_call *call, struct undo_ask *ask)
{
	const Relance__Payments__V1__UndoMatchRequest *request = (const void *)call->request;

	TRY(wire_payment_check(request->payment));
	TRY(reason_check(request->reason));
	*ask = (struct undo_ask){ .creditor = request->creditor,
				  .payment = request->payment,
				  .reason = request->reason,
				  .customer_number = request->customer_number };
	return OK;
}

struct err wire_decode_list_undos(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListUndosRequest *request = (const void *)call->request;

	return wire_page_check(request->creditor, request->page_size, request->page_token, ask);
}

struct err wire_decode_reject_suggestion(const struct rpc_call *call, struct cash_ask *ask)
{
	const Relance__Payments__V1__RejectSuggestionRequest *request = (const void *)call->request;

	TRY(wire_payment_check(request->payment));
	*ask = (struct cash_ask){ .creditor = request->creditor, .payment = request->payment };
	return OK;
}

struct err wire_decode_list_worklist(const struct rpc_call *call, struct worklist_ask *ask)
{
	const Relance__Payments__V1__ListWorklistRequest *request = (const void *)call->request;

	TRY(wire_page_check(request->creditor, request->page_size, request->page_token, &ask->page));
	ask->customer_number = request->customer_number;
	return OK;
}

struct err wire_decode_list_learned(const struct rpc_call *call, struct learned_ask *ask)
{
	const Relance__Payments__V1__ListLearnedRequest *request = (const void *)call->request;

	*ask = (struct learned_ask){ .creditor = request->creditor, .customer_number = request->customer_number };
	return OK;
}

struct err wire_decode_forget_learned(const struct rpc_call *call, struct learned_ask *ask)
{
	const Relance__Payments__V1__ForgetLearnedRequest *request = (const void *)call->request;

	if (text_empty(request->value))
		return ERR(ERR_INVALID, "learned.value", "value", "name the account or the name to forget");
	*ask = (struct learned_ask){ request->creditor, request->value, request->customer_number };
	return OK;
}

/* In the order of the wire's numbers, which start at 1. */
static const char *const REFUND_STATES[] = { "owed", "paid", "cancelled", "recover" };
#define REFUND_STATE_NUMBER_MAX ((int)(sizeof REFUND_STATES / sizeof REFUND_STATES[0]))

struct err wire_decode_owe_refund(const struct rpc_call *call, struct owe_ask *ask)
{
	const Relance__Payments__V1__OweRefundRequest *request = (const void *)call->request;

	TRY(wire_payment_check(request->payment));
	TRY(reason_check(request->reason));
	if (request->amount_minor < 0 || request->amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "money.range", "amount_minor", "the amount is 0 (all that is left) or more");
	if (!text_empty(request->payee_iban) && !reference_iban_valid(request->payee_iban))
		return ERR(ERR_INVALID, "iban.invalid", "payee_iban", "this is no IBAN: its check digits are wrong");
	*ask = (struct owe_ask){ .creditor = request->creditor,
				 .payment = request->payment,
				 .payee_iban = request->payee_iban,
				 .reason = request->reason,
				 .amount_minor = request->amount_minor };
	return OK;
}

static struct err refund_named(const char *refund)
{
	if (text_empty(refund))
		return ERR(ERR_INVALID, "refund.missing", "refund", "name the refund by its number");
	return OK;
}

struct err wire_decode_settle_refund(const struct rpc_call *call, struct refund_ask *ask)
{
	const Relance__Payments__V1__SettleRefundRequest *request = (const void *)call->request;

	TRY(refund_named(request->refund));
	TRY(wire_payment_check(request->payment));
	*ask = (struct refund_ask){ request->creditor, request->refund, request->payment };
	return OK;
}

struct err wire_decode_cancel_refund(const struct rpc_call *call, struct refund_ask *ask)
{
	const Relance__Payments__V1__CancelRefundRequest *request = (const void *)call->request;

	TRY(refund_named(request->refund));
	*ask = (struct refund_ask){ .creditor = request->creditor, .refund = request->refund };
	return OK;
}

struct err wire_decode_list_refunds(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListRefundsRequest *request = (const void *)call->request;
	int state = (int)request->state;

	TRY(wire_page_check(request->creditor, request->page_size, request->page_token, ask));
	if (state < 0 || state > REFUND_STATE_NUMBER_MAX)
		return ERR(ERR_INVALID, "refund.state", "state", "there is no such state of refunds");
	ask->state = state > 0 ? REFUND_STATES[state - 1] : NULL;
	return OK;
}

/* ------------------------------------------------------------------ answers */

static char **texts_of(struct arena *arena, const char *const *texts, size_t count)
{
	char **list = arena_array(arena, count, sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = wire_text(arena, texts[i]);
	return list;
}

static Relance__Payments__V1__Undo *wire_undo(struct arena *arena, const struct undo_view *view)
{
	Relance__Payments__V1__Undo *undo = arena_alloc(arena, sizeof *undo);

	relance__payments__v1__undo__init(undo);
	undo->creditor = wire_text(arena, view->creditor);
	undo->undo_id = wire_text(arena, view->id);
	undo->payment_id = wire_text(arena, view->payment_id);
	undo->entry_ref = wire_text(arena, view->entry_ref);
	undo->kind = text_equal(view->kind, "undo") ? RELANCE__PAYMENTS__V1__UNDO_KIND__UNDO_KIND_UNDO
						    : RELANCE__PAYMENTS__V1__UNDO_KIND__UNDO_KIND_RETURN;
	undo->reason = wire_text(arena, view->reason);
	undo->done_by = wire_text(arena, view->done_by);
	undo->done_at = wire_instant(arena, view->done_at);
	undo->postings = texts_of(arena, view->postings, view->posting_count);
	undo->n_postings = view->posting_count;
	undo->reversed_postings = texts_of(arena, view->reversed, view->reversed_count);
	undo->n_reversed_postings = view->reversed_count;
	undo->allocations = wire_allocations(arena, view->allocations, view->allocation_count);
	undo->n_allocations = view->allocation_count;
	return undo;
}

void wire_encode_undo_match(struct rpc_call *call, const struct undo_view *undo, const struct payment_view *payment,
			    const char *const *forgotten, size_t count)
{
	Relance__Payments__V1__UndoMatchResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__undo_match_response__init(reply);
	reply->undo = wire_undo(call->arena, undo);
	reply->payment = wire_payment(call->arena, payment);
	reply->forgotten = texts_of(call->arena, forgotten, count);
	reply->n_forgotten = count;
	call->reply = &reply->base;
}

void wire_encode_list_undos(struct rpc_call *call, const struct undo_view *undos, size_t count, const char *next)
{
	Relance__Payments__V1__ListUndosResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_undos_response__init(reply);
	reply->undos = arena_array(call->arena, count, sizeof *reply->undos);
	reply->n_undos = count;
	for (size_t i = 0; i < count; i++)
		reply->undos[i] = wire_undo(call->arena, &undos[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_reject_suggestion(struct rpc_call *call, const struct payment_view *payment)
{
	Relance__Payments__V1__RejectSuggestionResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__reject_suggestion_response__init(reply);
	reply->payment = wire_payment(call->arena, payment);
	call->reply = &reply->base;
}

static Relance__Payments__V1__WorklistItem *wire_item(struct arena *arena, const struct worklist_view *view)
{
	Relance__Payments__V1__WorklistItem *item = arena_alloc(arena, sizeof *item);

	relance__payments__v1__worklist_item__init(item);
	item->payment = wire_payment(arena, &view->payment);
	item->age_days = view->age_days;
	item->bucket = wire_text(arena, view->bucket);
	item->account = wire_text(arena, view->account);
	item->suggestion = view->suggestion ? wire_allocation(arena, view->suggestion) : NULL;
	item->suggested_invoices = view->suggested;
	return item;
}

static Relance__Payments__V1__WorklistTotal *wire_total(struct arena *arena, const struct total_view *view)
{
	Relance__Payments__V1__WorklistTotal *total = arena_alloc(arena, sizeof *total);

	relance__payments__v1__worklist_total__init(total);
	total->account = wire_text(arena, view->account);
	total->currency = wire_text(arena, view->currency.code);
	total->bucket = wire_text(arena, view->bucket);
	total->count = view->count;
	total->amount_minor = view->amount_minor;
	return total;
}

void wire_encode_list_worklist(struct rpc_call *call, const struct worklist_view *items, size_t count,
			       const struct total_view *totals, size_t total_count, const char *next)
{
	Relance__Payments__V1__ListWorklistResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_worklist_response__init(reply);
	reply->items = arena_array(call->arena, count, sizeof *reply->items);
	reply->n_items = count;
	for (size_t i = 0; i < count; i++)
		reply->items[i] = wire_item(call->arena, &items[i]);
	reply->totals = arena_array(call->arena, total_count, sizeof *reply->totals);
	reply->n_totals = total_count;
	for (size_t i = 0; i < total_count; i++)
		reply->totals[i] = wire_total(call->arena, &totals[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

static Relance__Payments__V1__Learned *wire_learned(struct arena *arena, const struct learned_view *view)
{
	Relance__Payments__V1__Learned *learned = arena_alloc(arena, sizeof *learned);

	relance__payments__v1__learned__init(learned);
	learned->value = wire_text(arena, view->value);
	learned->is_name = view->name;
	learned->customer_number = wire_text(arena, view->customer_number);
	learned->customer_name = wire_text(arena, view->customer_name);
	learned->payment_id = wire_text(arena, view->payment_id);
	learned->entry_ref = wire_text(arena, view->entry_ref);
	learned->learned_at = wire_instant(arena, view->learned_at);
	learned->learned_by = wire_text(arena, view->learned_by);
	return learned;
}

void wire_encode_list_learned(struct rpc_call *call, const struct learned_view *learned, size_t count)
{
	Relance__Payments__V1__ListLearnedResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_learned_response__init(reply);
	reply->learned = arena_array(call->arena, count, sizeof *reply->learned);
	reply->n_learned = count;
	for (size_t i = 0; i < count; i++)
		reply->learned[i] = wire_learned(call->arena, &learned[i]);
	call->reply = &reply->base;
}

void wire_encode_forget_learned(struct rpc_call *call, int64_t forgotten)
{
	Relance__Payments__V1__ForgetLearnedResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__forget_learned_response__init(reply);
	reply->forgotten = forgotten;
	call->reply = &reply->base;
}

static Relance__Payments__V1__Refund *wire_refund(struct arena *arena, const struct refund_view *view)
{
	Relance__Payments__V1__Refund *refund = arena_alloc(arena, sizeof *refund);

	relance__payments__v1__refund__init(refund);
	refund->creditor = wire_text(arena, view->creditor);
	refund->number = wire_text(arena, view->number);
	for (int i = 0; i < REFUND_STATE_NUMBER_MAX; i++)
		if (text_equal(REFUND_STATES[i], view->state))
			refund->state = (Relance__Payments__V1__RefundState)(i + 1);
	refund->payment_id = wire_text(arena, view->payment_id);
	refund->entry_ref = wire_text(arena, view->entry_ref);
	refund->customer_number = wire_text(arena, view->customer_number);
	refund->currency = wire_text(arena, view->currency.code);
	refund->amount_minor = view->amount_minor;
	refund->paid_minor = view->paid_minor;
	refund->payee_name = wire_text(arena, view->payee_name);
	refund->payee_iban = wire_text(arena, view->payee_iban);
	refund->reason = wire_text(arena, view->reason);
	refund->made_by = wire_text(arena, view->made_by);
	refund->made_at = wire_instant(arena, view->made_at);
	return refund;
}

void wire_encode_owe_refund(struct rpc_call *call, const struct refund_view *refund, const struct payment_view *payment)
{
	Relance__Payments__V1__OweRefundResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__owe_refund_response__init(reply);
	reply->refund = wire_refund(call->arena, refund);
	reply->payment = wire_payment(call->arena, payment);
	call->reply = &reply->base;
}

void wire_encode_settle_refund(struct rpc_call *call, const struct refund_view *refund)
{
	Relance__Payments__V1__SettleRefundResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__settle_refund_response__init(reply);
	reply->refund = wire_refund(call->arena, refund);
	call->reply = &reply->base;
}

void wire_encode_cancel_refund(struct rpc_call *call, const struct refund_view *refund)
{
	Relance__Payments__V1__CancelRefundResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__cancel_refund_response__init(reply);
	reply->refund = wire_refund(call->arena, refund);
	call->reply = &reply->base;
}

void wire_encode_list_refunds(struct rpc_call *call, const struct refund_view *refunds, size_t count, const char *next)
{
	Relance__Payments__V1__ListRefundsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_refunds_response__init(reply);
	reply->refunds = arena_array(call->arena, count, sizeof *reply->refunds);
	reply->n_refunds = count;
	for (size_t i = 0; i < count; i++)
		reply->refunds[i] = wire_refund(call->arena, &refunds[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

struct payload wire_event_refund(struct arena *arena, const struct refund_view *refund, const char *customer_id)
{
	Relance__Payments__V1__RefundChanged event;

	relance__payments__v1__refund_changed__init(&event);
	event.refund = wire_refund(arena, refund);
	event.customer_id = wire_text(arena, customer_id);
	return wire_packed(arena, &event.base);
}
