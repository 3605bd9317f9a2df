#include "common/base/text.h"
#include "notification/wire_parts.h"

/* Promises, plans and holds: the third part of wire.h. */

#define PB(name) Relance__Notification__V1__##name

_Static_assert((int)RELANCE__NOTIFICATION__V1__AGREEMENT_KIND__AGREEMENT_KIND_PLAN == (int)AGREEMENT_PLAN,
	       "one numbering");
_Static_assert((int)RELANCE__NOTIFICATION__V1__AGREEMENT_STATE__AGREEMENT_STATE_CANCELLED == (int)AGREEMENT_CANCELLED,
	       "one numbering");

#define NUMBERS_MAX 1000 /* invoices that one agreement or hold may name */

/* ------------------------------------------------------------------ requests */

static struct err kind_check(int kind, enum agreement_kind *known)
{
	if (kind < 0 || kind >= AGREEMENT_KIND_COUNT)
		return ERR(ERR_INVALID, "agreement.kind", "kind", "an agreement is a promise or a plan");
	*known = (enum agreement_kind)kind;
	return OK;
}

static struct err numbers_check(char **numbers, size_t count, struct pause_ask *ask)
{
	if (count > NUMBERS_MAX)
		return ERR(ERR_INVALID, "invoice.too_many", "invoice_numbers", "at most 1000 invoices can be named");
	ask->numbers = (const char *const *)numbers;
	ask->number_count = count;
	return OK;
}

static struct err read_instalments(struct arena *arena, PB(Instalment) * *from, size_t count, struct agreement *terms)
{
	struct instalment *instalments = arena_array(arena, count, sizeof *instalments);

	if (count > AGREEMENT_INSTALMENTS_MAX)
		return ERR(ERR_INVALID, "agreement.instalments", "instalments", "a plan has at most 60 instalments");
	for (size_t i = 0; i < count; i++) {
		TRY(date_parse(from[i]->due_on, &instalments[i].due_on));
		instalments[i].amount_minor = from[i]->amount_minor;
	}
	*terms = (struct agreement){ .instalments = instalments, .count = count };
	return OK;
}

struct err wire_decode_make_agreement(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(MakeAgreementRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor,
				   .customer_number = request->customer_number,
				   .proposed = request->proposed };

	TRY(kind_check((int)request->kind, &found.kind));
	if (found.kind == AGREEMENT_NONE || (found.proposed && found.kind != AGREEMENT_PLAN))
		return ERR(ERR_INVALID, "agreement.kind", "kind", "say promise or plan; only a plan is proposed first");
	if (!text_empty(request->currency))
		TRY(currency_parse(request->currency, &found.currency));
	TRY(numbers_check(request->invoice_numbers, request->n_invoice_numbers, &found));
	TRY(read_instalments(call->arena, request->instalments, request->n_instalments, &found.terms));
	*ask = found;
	return OK;
}

struct err wire_decode_agreement_id(const struct rpc_call *call, struct pause_ask *ask)
{
	/* The two requests have the same two fields. */
	const PB(AcceptAgreementRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor };

	TRY(wire_id_check(request->id, &found.id));
	*ask = found;
	return OK;
}

struct err wire_decode_list_agreements(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(ListAgreementsRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor,
				   .customer_number = request->customer_number,
				   .ended_too = request->include_ended,
				   .page_token = request->page_token };

	TRY(kind_check((int)request->kind, &found.kind));
	TRY(wire_page_check(request->page_size, &found.page_size));
	*ask = found;
	return OK;
}

struct err wire_decode_hold_dunning(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(HoldDunningRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor,
				   .customer_number = request->customer_number,
				   .reason = request->reason };

	if (text_empty(request->customer_number) == (request->n_invoice_numbers == 0))
		return ERR(ERR_INVALID, "pause.subject", "customer_number", "name the customer, or the invoices");
	if (!err_ok(date_parse(request->until, &found.until)))
		return ERR(ERR_INVALID, "pause.until", "until", "the hold's last day is expected, YYYY-MM-DD");
	TRY(numbers_check(request->invoice_numbers, request->n_invoice_numbers, &found));
	*ask = found;
	return OK;
}

struct err wire_decode_release_dunning(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(ReleaseDunningRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor, .customer_number = request->customer_number };
	int named =
		!text_empty(request->customer_number) + !text_empty(request->invoice_number) + !text_empty(request->id);

	if (named != 1)
		return ERR(ERR_INVALID, "pause.subject", "customer_number", "name a customer, an invoice or a hold");
	if (!text_empty(request->invoice_number)) {
		found.numbers = (const char *const *)&request->invoice_number;
		found.number_count = 1;
	}
	if (!text_empty(request->id))
		TRY(wire_id_check(request->id, &found.id));
	*ask = found;
	return OK;
}

struct err wire_decode_list_pauses(const struct rpc_call *call, struct pause_ask *ask)
{
	const PB(ListPausesRequest) *request = (const void *)call->request;
	struct pause_ask found = { .creditor = request->creditor,
				   .customer_number = request->customer_number,
				   .ended_too = request->include_ended,
				   .page_token = request->page_token };

	TRY(wire_page_check(request->page_size, &found.page_size));
	*ask = found;
	return OK;
}

/* ------------------------------------------------------------------ replies */

PB(Agreement) * wire_agreement(struct arena *arena, const struct agreement_view *view)
{
	PB(Agreement) *agreement = arena_alloc(arena, sizeof *agreement);

	relance__notification__v1__agreement__init(agreement);
	agreement->id = wire_id(arena, view->id);
	agreement->kind = (PB(AgreementKind))view->kind;
	agreement->state = (PB(AgreementState))view->state;
	agreement->customer_id = wire_id(arena, view->customer);
	agreement->customer_number = wire_text(arena, view->customer_number);
	agreement->customer_name = wire_text(arena, view->customer_name);
	agreement->currency = wire_text(arena, view->currency.code);
	agreement->amount_minor = agreement_total_minor(&view->terms);
	agreement->paid_minor = view->paid_minor;
	agreement->grace_days = view->terms.grace_days;
	agreement->made_at = wire_instant(arena, view->made_at);
	agreement->ended_at = wire_instant(arena, view->ended_at);
	agreement->made_by = wire_text(arena, view->made_by);
	agreement->n_invoice_numbers = view->invoice_count;
	agreement->invoice_numbers = wire_texts(arena, view->invoices, view->invoice_count);
	agreement->instalments = arena_array(arena, view->terms.count, sizeof *agreement->instalments);
	for (size_t i = 0; i < view->terms.count; i++) {
		PB(Instalment) *instalment = arena_alloc(arena, sizeof *instalment);

		relance__notification__v1__instalment__init(instalment);
		instalment->due_on = wire_date(arena, view->terms.instalments[i].due_on);
		instalment->amount_minor = view->terms.instalments[i].amount_minor;
		agreement->instalments[agreement->n_instalments++] = instalment;
	}
	return agreement;
}

void wire_encode_make_agreement(struct rpc_call *call, const struct agreement_view *agreement)
{
	PB(MakeAgreementResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__make_agreement_response__init(reply);
	reply->agreement = wire_agreement(call->arena, agreement);
	call->reply = &reply->base;
}

void wire_encode_accept_agreement(struct rpc_call *call, const struct agreement_view *agreement)
{
	PB(AcceptAgreementResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__accept_agreement_response__init(reply);
	reply->agreement = wire_agreement(call->arena, agreement);
	call->reply = &reply->base;
}

void wire_encode_cancel_agreement(struct rpc_call *call, const struct agreement_view *agreement)
{
	PB(CancelAgreementResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__cancel_agreement_response__init(reply);
	reply->agreement = wire_agreement(call->arena, agreement);
	call->reply = &reply->base;
}

void wire_encode_list_agreements(struct rpc_call *call, const struct agreement_view *agreements, size_t count,
				 const char *next_page_token)
{
	PB(ListAgreementsResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__list_agreements_response__init(reply);
	reply->agreements = arena_array(call->arena, count, sizeof *reply->agreements);
	for (size_t i = 0; i < count; i++)
		reply->agreements[reply->n_agreements++] = wire_agreement(call->arena, &agreements[i]);
	reply->next_page_token = wire_text(call->arena, next_page_token);
	call->reply = &reply->base;
}

static PB(Pause) * pause_encode(struct arena *arena, const struct pause_view *view)
{
	PB(Pause) *pause = arena_alloc(arena, sizeof *pause);

	relance__notification__v1__pause__init(pause);
	pause->id = wire_id(arena, view->id);
	pause->kind = wire_text(arena, position_pause_name(view->kind));
	pause->customer_number = wire_text(arena, view->customer_number);
	pause->customer_name = wire_text(arena, view->customer_name);
	pause->n_invoice_numbers = view->invoice_count;
	pause->invoice_numbers = wire_texts(arena, view->invoices, view->invoice_count);
	pause->reason = wire_text(arena, view->reason);
	pause->until = wire_date(arena, view->until);
	pause->made_at = wire_instant(arena, view->made_at);
	pause->made_by = wire_text(arena, view->made_by);
	pause->ended_at = wire_instant(arena, view->ended_at);
	pause->end_reason = wire_text(arena, view->end_reason);
	return pause;
}

void wire_encode_hold_dunning(struct rpc_call *call, const struct pause_view *pause)
{
	PB(HoldDunningResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__hold_dunning_response__init(reply);
	reply->pause = pause_encode(call->arena, pause);
	call->reply = &reply->base;
}

void wire_encode_release_dunning(struct rpc_call *call, size_t released)
{
	PB(ReleaseDunningResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__release_dunning_response__init(reply);
	reply->released = (int32_t)released;
	call->reply = &reply->base;
}

void wire_encode_list_pauses(struct rpc_call *call, const struct pause_view *pauses, size_t count,
			     const char *next_page_token)
{
	PB(ListPausesResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__list_pauses_response__init(reply);
	reply->pauses = arena_array(call->arena, count, sizeof *reply->pauses);
	for (size_t i = 0; i < count; i++)
		reply->pauses[reply->n_pauses++] = pause_encode(call->arena, &pauses[i]);
	reply->next_page_token = wire_text(call->arena, next_page_token);
	call->reply = &reply->base;
}
