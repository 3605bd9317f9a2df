#include "payments/wire_cash.h"

#include <string.h>

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
	undo->done_at = wire_time(arena, view->done_at);
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
	learned->learned_at = wire_time(arena, view->learned_at);
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
