#include "payments/wire_debit.h"

#include <string.h>

#include "common/base/text.h"
#include "payments/wire_parts.h"
#include "relance/payments/v1/debit.pb-c.h"

#define LEAD_DAYS_DEFAULT 1
#define NOTICE_DAYS_DEFAULT 14
#define RETRY_DAYS_DEFAULT 5

const ProtobufCServiceDescriptor *const DEBIT_SERVICE = &relance__payments__v1__debit_service__descriptor;

/* ------------------------------------------------------------------ requests */

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static struct err date_decode(const char *text, const char *field, struct date *date)
{
	*date = DATE_NONE;
	if (!text_empty(text) && !err_ok(date_parse(text, date)))
		return ERR(ERR_INVALID, "date.malformed", field, "a date has the form YYYY-MM-DD");
	return OK;
}

static struct err days_check(int days, int min, int max, const char *field)
{
	if (days < min || days > max)
		return ERR(ERR_INVALID, "debit.days", field,
			   "lead 1 to 10 TARGET days, notice 0 to 60 days, retry 1 to 60 days");
	return OK;
}

struct err wire_decode_set_debit_profile(const struct rpc_call *call, struct profile_ask *ask)
{
	const Relance__Payments__V1__SetDebitProfileRequest *request = (const void *)call->request;
	const Relance__Payments__V1__DebitProfile *profile = request->profile;

	if (!profile || !creditor_identifier_valid(profile->scheme_id))
		return ERR(ERR_INVALID, "debit.scheme_id", "profile.scheme_id",
			   "this is no SEPA creditor identifier: country, check digits, business code, number");
	struct profile_ask found = { .creditor = request->creditor,
				     .scheme_id = profile->scheme_id,
				     .account = or_null(profile->account),
				     .bic = or_null(profile->bic),
				     .lead_days = profile->lead_days ? profile->lead_days : LEAD_DAYS_DEFAULT,
				     .notice_days =
					     profile->_notice_days_case ? profile->notice_days : NOTICE_DAYS_DEFAULT,
				     .retry_days = profile->retry_days ? profile->retry_days : RETRY_DAYS_DEFAULT };

	TRY(days_check(found.lead_days, 1, 10, "profile.lead_days"));
	TRY(days_check(found.notice_days, 0, 60, "profile.notice_days"));
	TRY(days_check(found.retry_days, 1, 60, "profile.retry_days"));
	*ask = found;
	return OK;
}

struct err wire_decode_add_mandate(const struct rpc_call *call, struct mandate_ask *ask)
{
	const Relance__Payments__V1__AddMandateRequest *request = (const void *)call->request;
	struct mandate_ask found = {
		.creditor = request->creditor,
		.mandate = { .reference = request->reference,
			     .customer_number = request->customer_number,
			     .debtor_name = or_null(request->debtor_name),
			     .iban = text_empty(request->iban) ? NULL : text_normalise(call->arena, request->iban),
			     .bic = text_empty(request->bic) ? NULL : text_normalise(call->arena, request->bic),
			     .scheme = request->scheme == RELANCE__PAYMENTS__V1__DEBIT_SCHEME__DEBIT_SCHEME_B2B
					       ? SCHEME_B2B
					       : SCHEME_CORE,
			     .one_off = request->one_off },
	};

	TRY(date_decode(request->signed_on, "signed_on", &found.mandate.signed_on));
	TRY(date_decode(request->last_collected_on, "last_collected_on", &found.mandate.last_collected_on));
	found.mandate.collections = date_known(found.mandate.last_collected_on);
	*ask = found;
	return OK;
}

struct err wire_decode_change_mandate(const struct rpc_call *call, struct mandate_change_ask *ask)
{
	const Relance__Payments__V1__ChangeMandateRequest *request = (const void *)call->request;
	static const enum mandate_event EVENTS[] = { 0, MANDATE_CANCEL, MANDATE_RELEASE, MANDATE_FINISH };
	int change = (int)request->change;

	if (change < 1 || (size_t)change >= sizeof EVENTS / sizeof EVENTS[0])
		return ERR(ERR_INVALID, "mandate.change", "change", "say what is to change");
	*ask = (struct mandate_change_ask){ .creditor = request->creditor,
					    .reference = request->reference,
					    .event = EVENTS[change] };
	return OK;
}

struct err wire_decode_list_mandates(const struct rpc_call *call, struct page_ask *ask, const char **customer_number)
{
	const Relance__Payments__V1__ListMandatesRequest *request = (const void *)call->request;

	TRY(wire_page_check(request->creditor, request->page_size, request->page_token, ask));
	*customer_number = or_null(request->customer_number);
	return OK;
}

struct err wire_decode_order_collections(const struct rpc_call *call, struct order_ask *ask)
{
	const Relance__Payments__V1__OrderCollectionsRequest *request = (const void *)call->request;
	struct date collect_on;

	TRY(date_decode(request->collect_on, "collect_on", &collect_on));
	if (!date_known(collect_on))
		return ERR(ERR_INVALID, "debit.date_missing", "collect_on",
			   "say on which day the money is to be collected");
	*ask = (struct order_ask){ .creditor = request->creditor, .collect_on = collect_on };
	return OK;
}

struct err wire_decode_read_run_file(const struct rpc_call *call, struct run_file_ask *ask)
{
	const Relance__Payments__V1__ReadRunFileRequest *request = (const void *)call->request;

	if (request->offset < 0 || request->offset > INT32_MAX || text_empty(request->run))
		return ERR(ERR_INVALID, "run.offset", "offset", "name the run, and a place in its file");
	*ask = (struct run_file_ask){ .creditor = request->creditor, .run = request->run, .offset = request->offset };
	return OK;
}

struct err wire_decode_list_collections(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListCollectionsRequest *request = (const void *)call->request;
	int state = (int)request->state;

	TRY(wire_page_check(request->creditor, request->page_size, request->page_token, ask));
	if (state < 0 || state > COLLECTION_STATE_COUNT)
		return ERR(ERR_INVALID, "collection.state_name", "state", "there is no such state of collections");
	ask->state = state == 0 ? NULL : collection_state_name((enum collection_state)(state - 1));
	ask->invoice_number = or_null(request->invoice_number);
	return OK;
}

struct err wire_decode_retry_collection(const struct rpc_call *call, struct retry_ask *ask)
{
	const Relance__Payments__V1__RetryCollectionRequest *request = (const void *)call->request;
	struct retry_ask found = { .creditor = request->creditor, .invoice_number = request->invoice_number };

	TRY(date_decode(request->retry_on, "retry_on", &found.retry_on));
	*ask = found;
	return OK;
}

struct err wire_decode_import_status_report(const struct rpc_call *call, struct report_ask *ask)
{
	const Relance__Payments__V1__ImportStatusReportRequest *request = (const void *)call->request;
	struct report_ask found = { .creditor = request->creditor, .size_bytes = request->size_bytes };

	TRY(id_parse(request->file_id, &found.file));
	*ask = found;
	return OK;
}

/* ------------------------------------------------------------------ messages */

static Relance__Payments__V1__DebitScheme scheme_number(enum debit_scheme scheme)
{
	return (Relance__Payments__V1__DebitScheme)(scheme + 1);
}

static Relance__Payments__V1__Mandate *mandate_message(struct arena *arena, const char *creditor,
						       const struct mandate *mandate)
{
	Relance__Payments__V1__Mandate *message = arena_alloc(arena, sizeof *message);

	relance__payments__v1__mandate__init(message);
	message->creditor = wire_text(arena, creditor);
	message->reference = wire_text(arena, mandate->reference);
	message->customer_number = wire_text(arena, mandate->customer_number);
	message->scheme = scheme_number(mandate->scheme);
	message->one_off = mandate->one_off;
	message->debtor_name = wire_text(arena, mandate->debtor_name);
	message->iban = wire_text(arena, mandate->iban);
	message->bic = wire_text(arena, mandate->bic);
	message->signed_on = wire_date(arena, mandate->signed_on);
	message->state = (Relance__Payments__V1__MandateState)(mandate->state + 1);
	message->reason = wire_text(arena, mandate->reason);
	message->next_sequence_type = wire_text(arena, mandate_sequence_type(mandate));
	message->last_collected_on = wire_date(arena, mandate->last_collected_on);
	message->valid_until = wire_date(arena, mandate_valid_until(mandate));
	return message;
}

static Relance__Payments__V1__ReturnAction action_number(const char *name)
{
	for (int i = 0; name && i < RETURN_ACTION_COUNT; i++)
		if (text_equal(return_action_name((enum return_action)i), name))
			return (Relance__Payments__V1__ReturnAction)(i + 1);
	return RELANCE__PAYMENTS__V1__RETURN_ACTION__RETURN_ACTION_UNSPECIFIED;
}

static Relance__Payments__V1__Collection *collection_message(struct arena *arena, const char *creditor,
							     const struct collection_view *view)
{
	Relance__Payments__V1__Collection *message = arena_alloc(arena, sizeof *message);

	relance__payments__v1__collection__init(message);
	message->creditor = wire_text(arena, creditor);
	message->collection_id = wire_text(arena, view->id);
	message->message_id = wire_text(arena, view->message_id);
	message->end_to_end_id = wire_text(arena, view->end_to_end_id);
	message->invoice_number = wire_text(arena, view->invoice_number);
	message->customer_number = wire_text(arena, view->customer_number);
	message->mandate_reference = wire_text(arena, view->mandate_reference);
	message->scheme = scheme_number(view->scheme);
	message->sequence_type = wire_text(arena, view->sequence_type);
	message->attempt = view->attempt;
	message->currency = wire_text(arena, view->currency.code);
	message->amount_minor = view->amount_minor;
	message->collect_on = wire_date(arena, view->collect_on);
	message->state = (Relance__Payments__V1__CollectionState)(view->state + 1);
	message->settled_on = wire_date(arena, view->settled_on);
	message->reversible_until = wire_date(arena, view->reversible_until);
	message->reason = wire_text(arena, view->reason);
	message->meaning = wire_text(arena, view->reason ? return_reason_find(view->reason)->meaning : "");
	message->action = action_number(view->action);
	message->retry_on = wire_date(arena, view->retry_on);
	message->bank_charge_minor = view->bank_charge_minor;
	return message;
}

static Relance__Payments__V1__Collection **collection_messages(struct arena *arena, const char *creditor,
							       const struct collection_view *views, size_t count)
{
	Relance__Payments__V1__Collection **list = arena_array(arena, count, sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = collection_message(arena, creditor, &views[i]);
	return list;
}

#define REPLY(type_, init_)                                                                                            \
	type_ *reply = arena_alloc(call->arena, sizeof *reply);                                                        \
	init_(reply);                                                                                                  \
	call->reply = &reply->base

void wire_encode_set_debit_profile(struct rpc_call *call, const struct profile_ask *profile)
{
	REPLY(Relance__Payments__V1__SetDebitProfileResponse, relance__payments__v1__set_debit_profile_response__init);
	Relance__Payments__V1__DebitProfile *message = arena_alloc(call->arena, sizeof *message);

	relance__payments__v1__debit_profile__init(message);
	message->scheme_id = wire_text(call->arena, profile->scheme_id);
	message->account = wire_text(call->arena, profile->account);
	message->bic = wire_text(call->arena, profile->bic);
	message->lead_days = profile->lead_days;
	message->_notice_days_case = RELANCE__PAYMENTS__V1__DEBIT_PROFILE___NOTICE_DAYS_NOTICE_DAYS;
	message->notice_days = profile->notice_days;
	message->retry_days = profile->retry_days;
	reply->profile = message;
}

void wire_encode_add_mandate(struct rpc_call *call, const char *creditor, const struct mandate *mandate)
{
	REPLY(Relance__Payments__V1__AddMandateResponse, relance__payments__v1__add_mandate_response__init);
	reply->mandate = mandate_message(call->arena, creditor, mandate);
}

void wire_encode_change_mandate(struct rpc_call *call, const char *creditor, const struct mandate *mandate)
{
	REPLY(Relance__Payments__V1__ChangeMandateResponse, relance__payments__v1__change_mandate_response__init);
	reply->mandate = mandate_message(call->arena, creditor, mandate);
}

void wire_encode_list_mandates(struct rpc_call *call, const char *creditor, const struct mandate *mandates,
			       size_t count, const char *next)
{
	REPLY(Relance__Payments__V1__ListMandatesResponse, relance__payments__v1__list_mandates_response__init);
	reply->mandates = arena_array(call->arena, count, sizeof(*reply->mandates));
	reply->n_mandates = count;
	for (size_t i = 0; i < count; i++)
		reply->mandates[i] = mandate_message(call->arena, creditor, &mandates[i]);
	reply->next_page_token = wire_text(call->arena, next);
}

static Relance__Payments__V1__SkippedItem *skipped_message(struct arena *arena, const struct skipped *skipped)
{
	Relance__Payments__V1__SkippedItem *message = arena_alloc(arena, sizeof *message);

	relance__payments__v1__skipped_item__init(message);
	message->invoice_number = wire_text(arena, skipped->item->number);
	message->customer_number = wire_text(arena, skipped->item->customer_number);
	message->reason = wire_text(arena, skipped->why.reason);
	message->message = wire_text(arena, skipped->why.message);
	return message;
}

/* A reply holds 2 MiB: of longer lists the first are shown, ListCollections has them all. */
#define ORDER_LINES_MAX 2000

static size_t at_most(size_t count)
{
	return count < ORDER_LINES_MAX ? count : ORDER_LINES_MAX;
}

void wire_encode_order_collections(struct rpc_call *call, const char *creditor, const struct order_view *order)
{
	const struct collect_plan *plan = order->plan;

	REPLY(Relance__Payments__V1__OrderCollectionsResponse, relance__payments__v1__order_collections_response__init);
	reply->run_id = wire_text(call->arena, order->run_id);
	reply->message_id = wire_text(call->arena, order->message_id);
	reply->collect_on = wire_date(call->arena, plan->collect_on);
	reply->n_collections = at_most(plan->count);
	reply->collections = collection_messages(call->arena, creditor, order->collections, reply->n_collections);
	reply->n_skipped = at_most(plan->skipped_count);
	reply->skipped = arena_array(call->arena, reply->n_skipped, sizeof(*reply->skipped));
	for (size_t i = 0; i < reply->n_skipped; i++)
		reply->skipped[i] = skipped_message(call->arena, &plan->skipped[i]);
	reply->file_bytes = order->file_bytes;
}

void wire_encode_read_run_file(struct rpc_call *call, const void *bytes, size_t length, int64_t file_bytes)
{
	REPLY(Relance__Payments__V1__ReadRunFileResponse, relance__payments__v1__read_run_file_response__init);
	reply->content = (ProtobufCBinaryData){ .len = length, .data = (uint8_t *)(uintptr_t)bytes };
	reply->file_bytes = file_bytes;
}

void wire_encode_list_collections(struct rpc_call *call, const char *creditor,
				  const struct collection_view *collections, size_t count, const char *next)
{
	REPLY(Relance__Payments__V1__ListCollectionsResponse, relance__payments__v1__list_collections_response__init);
	reply->collections = collection_messages(call->arena, creditor, collections, count);
	reply->n_collections = count;
	reply->next_page_token = wire_text(call->arena, next);
}

void wire_encode_retry_collection(struct rpc_call *call, const char *creditor, const struct collection_view *collection)
{
	REPLY(Relance__Payments__V1__RetryCollectionResponse, relance__payments__v1__retry_collection_response__init);
	reply->collection = collection_message(call->arena, creditor, collection);
}

void wire_encode_import_status_report(struct rpc_call *call, const char *creditor, const struct report_view *report)
{
	REPLY(Relance__Payments__V1__ImportStatusReportResponse,
	      relance__payments__v1__import_status_report_response__init);
	reply->message_id = wire_text(call->arena, report->message_id);
	reply->original_message_id = wire_text(call->arena, report->original_message_id);
	reply->n_collections = at_most(report->count);
	reply->collections = collection_messages(call->arena, creditor, report->collections, reply->n_collections);
	reply->unknown = report->unknown;
	reply->unchanged = report->unchanged;
}

/* ------------------------------------------------------------------ events */

struct payload wire_event_debit_ordered(struct arena *arena, const struct ordered_news *news)
{
	Relance__Payments__V1__DebitOrdered event;

	relance__payments__v1__debit_ordered__init(&event);
	event.message_id = wire_text(arena, news->message_id);
	event.collect_on = wire_date(arena, news->collect_on);
	event.collections = news->collections;
	event.amount_minor = news->amount_minor;
	event.currency = wire_text(arena, "EUR");
	return wire_packed(arena, &event.base);
}

struct payload wire_event_debit_returned(struct arena *arena, const char *creditor, const struct returned_news *news)
{
	Relance__Payments__V1__DebitReturned event;

	relance__payments__v1__debit_returned__init(&event);
	event.collection = collection_message(arena, creditor, news->collection);
	event.customer_id = wire_text(arena, news->customer_id);
	event.customer_number = wire_text(arena, news->collection->customer_number);
	event.mandate_blocked = news->mandate_blocked;
	return wire_packed(arena, &event.base);
}
