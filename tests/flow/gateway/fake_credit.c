/* CreditService as the gateway's tests want it, on the skeleton of all processes and without records: PlaceHold tells
 * what it was told, GetScore sleeps or fails as its customer number says. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/io/service.h"
#include "relance/credit/v1/credit.pb-c.h"

typedef Relance__Credit__V1__GetScoreRequest get_score_request;
typedef Relance__Credit__V1__GetScoreResponse get_score_response;
typedef Relance__Credit__V1__PlaceHoldRequest place_hold_request;
typedef Relance__Credit__V1__PlaceHoldResponse place_hold_response;

static char *text_or_empty(struct rpc_call *call, const char *text)
{
	return arena_copy(call->arena, text ? text : "");
}

/* "sleep:300" or "error:5" */
static long number_behind(const char *text, const char *word)
{
	return text_starts(text, word) ? strtol(text + strlen(word), NULL, 10) : 0;
}

static struct err get_score(struct rpc_call *call)
{
	const char *number = ((const get_score_request *)call->request)->customer_number;
	get_score_response *reply = arena_alloc(call->arena, sizeof *reply);
	Relance__Credit__V1__Score *score = arena_alloc(call->arena, sizeof *score);

	poll(NULL, 0, (int)number_behind(number, "sleep:"));
	if (text_starts(number, "error:"))
		return ERR((enum err_code)number_behind(number, "error:"), "fake.refused", "customer_number",
			   "refused, as was asked");
	relance__credit__v1__get_score_response__init(reply);
	relance__credit__v1__score__init(score);
	score->customer_number = text_or_empty(call, number);
	score->score = 73;
	score->risk_class = RELANCE__CREDIT__V1__RISK_CLASS__RISK_CLASS_MEDIUM;
	reply->score = score;
	call->reply = &reply->base;
	return OK;
}

static struct err place_hold(struct rpc_call *call)
{
	const place_hold_request *request = (const place_hold_request *)call->request;
	place_hold_response *reply = arena_alloc(call->arena, sizeof *reply);
	Relance__Credit__V1__Hold *hold = arena_alloc(call->arena, sizeof *hold);

	relance__credit__v1__place_hold_response__init(reply);
	relance__credit__v1__hold__init(hold);
	hold->customer_number = text_or_empty(call, request->customer_number);
	hold->reason = text_or_empty(call, request->reason);
	hold->placed_by = text_or_empty(call, call->principal.user);
	hold->released_by = text_or_empty(call, call->principal.peer);
	hold->id = text_or_empty(call, call->idempotency_key);
	hold->release_reason = text_or_empty(call, call->trace_parent);
	reply->hold = hold;
	call->reply = &reply->base;
	return OK;
}

static struct err not_here(struct rpc_call *call)
{
	(void)call;
	return ERR(ERR_UNIMPLEMENTED, "fake.unimplemented", NULL, "this service is a fake");
}

#define SERVICE &relance__credit__v1__credit_service__descriptor

static const struct rpc_method METHODS[] = {
	{ SERVICE, "GetScore", RPC_PURE, get_score },   { SERVICE, "ListScores", RPC_PURE, not_here },
	{ SERVICE, "CheckOrder", RPC_PURE, not_here },  { SERVICE, "SetLimit", RPC_PURE, not_here },
	{ SERVICE, "PlaceHold", RPC_PURE, place_hold }, { SERVICE, "ReleaseHold", RPC_PURE, not_here },
	{ SERVICE, "ListHolds", RPC_PURE, not_here },   { SERVICE, "Verify", RPC_PURE, not_here },
};

int main(int argc, char **argv)
{
	const struct service service = { .name = "credit",
					 .summary = "pretends to be credit",
					 .methods = METHODS,
					 .method_count = sizeof METHODS / sizeof METHODS[0],
					 .without_database = true };

	return service_run(&service, argc, argv);
}
