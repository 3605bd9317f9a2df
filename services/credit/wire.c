#include "credit/wire.h"

#include <string.h>

#include "common/base/text.h"
#include "relance/credit/v1/credit.pb-c.h"

const ProtobufCServiceDescriptor *const CREDIT_SERVICE = &relance__credit__v1__credit_service__descriptor;

_Static_assert((int)RELANCE__CREDIT__V1__RISK_CLASS__RISK_CLASS_SEVERE == (int)RISK_SEVERE, "one numbering");
_Static_assert((int)RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_HOLD == (int)ORDER_HOLD + 1, "shifted by one");
_Static_assert((int)RELANCE__CREDIT__V1__HOLD_ORIGIN__HOLD_ORIGIN_DUNNING == (int)HOLD_BY_DUNNING + 1,
	       "shifted by one");

/* ------------------------------------------------------------------ requests */

static struct err customer_required(const char *number)
{
	if (text_empty(number))
		return ERR(ERR_INVALID, "customer.missing", "customer_number", "name the customer by its number");
	return OK;
}

static struct err page_decode(int32_t size, const char *token, struct page_ask *ask)
{
	if (size < 0 || size > PAGE_SIZE_MAX)
		return ERR(ERR_INVALID, "page.size", "page_size", "a page has 1 to 200 lines");
	ask->size = size == 0 ? PAGE_SIZE_DEFAULT : size;
	ask->after = token;
	return OK;
}

static struct err money_decode(const Relance__Common__V1__Money *money, const char *field, int64_t least,
			       int64_t *minor, struct currency *currency)
{
	if (money == NULL)
		return ERR(ERR_INVALID, "money.missing", field, "name the amount and its currency");
	TRY(currency_parse(money->currency, currency));
	if (money->minor < least || money->minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "money.range", field, "the amount is below the least or above the largest");
	*minor = money->minor;
	return OK;
}

struct err wire_decode_get_score(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Credit__V1__GetScoreRequest *request = (const void *)call->request;

	TRY(customer_required(request->customer_number));
	*ask = (struct ask){ request->creditor, request->customer_number };
	return OK;
}

struct err wire_decode_list_scores(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Credit__V1__ListScoresRequest *request = (const void *)call->request;
	struct page_ask found = { .creditor = request->creditor, .customer_number = "" };

	TRY(page_decode(request->page_size, request->page_token, &found));
	*ask = found;
	return OK;
}

struct err wire_decode_check_order(const struct rpc_call *call, struct order_ask *ask)
{
	const Relance__Credit__V1__CheckOrderRequest *request = (const void *)call->request;
	struct order_ask found = { .ask = { request->creditor, request->customer_number } };

	TRY(customer_required(request->customer_number));
	TRY(money_decode(request->amount, "amount", 1, &found.amount_minor, &found.currency));
	*ask = found;
	return OK;
}

struct err wire_decode_set_limit(const struct rpc_call *call, struct limit_ask *ask)
{
	const Relance__Credit__V1__SetLimitRequest *request = (const void *)call->request;
	struct limit_ask found = { .ask = { request->creditor, request->customer_number },
				   .remove = request->remove,
				   .reason = request->reason };

	TRY(customer_required(request->customer_number));
	TRY(money_decode(request->limit, "limit", 0, &found.limit_minor, &found.currency));
	*ask = found;
	return OK;
}

static struct err reason_check(const char *reason)
{
	if (strlen(reason) > HOLD_REASON_BYTES_MAX)
		return ERR(ERR_INVALID, "hold.reason_too_long", "reason", "a reason has at most 500 bytes");
	return OK;
}

struct err wire_decode_place_hold(const struct rpc_call *call, struct hold_ask *ask)
{
	const Relance__Credit__V1__PlaceHoldRequest *request = (const void *)call->request;
	struct hold_ask found = { .ask = { request->creditor, request->customer_number },
				  .reason = request->reason,
				  .expires_on = DATE_NONE };

	TRY(customer_required(request->customer_number));
	TRY(reason_check(request->reason));
	if (text_empty(request->reason))
		return ERR(ERR_INVALID, "hold.reason_missing", "reason", "a hold needs a reason");
	if (!text_empty(request->expires_on))
		TRY(date_parse(request->expires_on, &found.expires_on));
	*ask = found;
	return OK;
}

struct err wire_decode_release_hold(const struct rpc_call *call, struct hold_ask *ask)
{
	const Relance__Credit__V1__ReleaseHoldRequest *request = (const void *)call->request;

	TRY(customer_required(request->customer_number));
	TRY(reason_check(request->reason));
	*ask = (struct hold_ask){ .ask = { request->creditor, request->customer_number },
				  .reason = request->reason,
				  .expires_on = DATE_NONE };
	return OK;
}

struct err wire_decode_list_holds(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Credit__V1__ListHoldsRequest *request = (const void *)call->request;
	struct page_ask found = { .creditor = request->creditor,
				  .customer_number = request->customer_number,
				  .released = request->include_released };

	TRY(page_decode(request->page_size, request->page_token, &found));
	*ask = found;
	return OK;
}

struct err wire_decode_verify(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Credit__V1__VerifyRequest *request = (const void *)call->request;

	*ask = (struct ask){ request->creditor, "" };
	return OK;
}
