#include "credit/wire.h"
#include "credit/wire_parts.h"

/* Replies: the second part of wire.h. */

void wire_encode_get_score(struct rpc_call *call, const struct score_view *view, const struct past_score *past,
			   size_t past_count)
{
	struct arena *arena = call->arena;
	Relance__Credit__V1__GetScoreResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__credit__v1__get_score_response__init(reply);
	reply->score = wire_score(arena, view);
	reply->n_history = past_count;
	reply->history = arena_array(arena, past_count, sizeof *reply->history);
	for (size_t i = 0; i < past_count; i++) {
		Relance__Credit__V1__ScoreChange *change = arena_alloc(arena, sizeof *change);
		relance__credit__v1__score_change__init(change);
		change->scored_on = wire_date(arena, past[i].scored_on);
		change->score = past[i].score;
		change->risk_class = (Relance__Credit__V1__RiskClass)past[i].risk;
		change->reason = wire_text(arena, past[i].reason);
		reply->history[i] = change;
	}
	call->reply = &reply->base;
}

void wire_encode_list_scores(struct rpc_call *call, const struct score_view *views, size_t count, const char *next)
{
	Relance__Credit__V1__ListScoresResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__list_scores_response__init(reply);
	reply->n_scores = count;
	reply->scores = arena_array(call->arena, count, sizeof *reply->scores);
	for (size_t i = 0; i < count; i++)
		reply->scores[i] = wire_score(call->arena, &views[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_check_order(struct rpc_call *call, const struct order_view *view)
{
	struct arena *arena = call->arena;
	const struct order_facts *facts = &view->facts;
	Relance__Credit__V1__CheckOrderResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__credit__v1__check_order_response__init(reply);
	reply->verdict = (Relance__Credit__V1__OrderVerdict)(view->answer.verdict + 1);
	reply->deposit_percent = view->answer.deposit_percent;
	reply->deposit = wire_money(arena, view->answer.deposit_minor, facts->currency);
	reply->reasons = wire_reasons(arena, view->answer.reasons, view->answer.reason_count);
	reply->n_reasons = (size_t)view->answer.reason_count;
	reply->exposure = wire_money(arena, facts->exposure_minor, facts->currency);
	if (facts->limit_set) {
		reply->_limit_minor_case = RELANCE__CREDIT__V1__CHECK_ORDER_RESPONSE___LIMIT_MINOR_LIMIT_MINOR;
		reply->limit_minor = facts->limit_minor;
	}
	reply->score = facts->score;
	reply->risk_class = (Relance__Credit__V1__RiskClass)facts->risk;
	reply->checked_on = wire_date(arena, view->checked_on);
	call->reply = &reply->base;
}

void wire_encode_set_limit(struct rpc_call *call, const struct limit_view *view)
{
	Relance__Credit__V1__SetLimitResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__set_limit_response__init(reply);
	reply->customer_number = wire_text(call->arena, view->customer_number);
	reply->limit = wire_money(call->arena, view->limit_minor, view->currency);
	reply->removed = view->removed;
	if (view->had) {
		reply->_previous_minor_case = RELANCE__CREDIT__V1__SET_LIMIT_RESPONSE___PREVIOUS_MINOR_PREVIOUS_MINOR;
		reply->previous_minor = view->previous_minor;
	}
	call->reply = &reply->base;
}

void wire_encode_place_hold(struct rpc_call *call, const struct hold *hold)
{
	Relance__Credit__V1__PlaceHoldResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__place_hold_response__init(reply);
	reply->hold = wire_hold(call->arena, hold);
	call->reply = &reply->base;
}

void wire_encode_release_hold(struct rpc_call *call, const struct hold *released, size_t count)
{
	Relance__Credit__V1__ReleaseHoldResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__release_hold_response__init(reply);
	reply->released = wire_holds(call->arena, released, count);
	reply->n_released = count;
	call->reply = &reply->base;
}

void wire_encode_list_holds(struct rpc_call *call, const struct hold *holds, size_t count, const char *next)
{
	Relance__Credit__V1__ListHoldsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__list_holds_response__init(reply);
	reply->holds = wire_holds(call->arena, holds, count);
	reply->n_holds = count;
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count)
{
	Relance__Credit__V1__VerifyResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__credit__v1__verify_response__init(reply);
	reply->n_checks = count;
	reply->checks = arena_array(call->arena, count, sizeof *reply->checks);
	for (size_t i = 0; i < count; i++)
		reply->checks[i] =
			wire_check(call->arena, checks[i].name, checks[i].ok, checks[i].checked, checks[i].detail);
	call->reply = &reply->base;
}
