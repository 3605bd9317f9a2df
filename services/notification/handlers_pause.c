#include "common/base/text.h"
#include "common/io/random.h"
#include "notification/events.h"
#include "notification/handlers.h"
#include "notification/handlers_parts.h"
#include "notification/policies.h"
#include "notification/store_pause.h"
#include "notification/wire.h"

/* Promises, plans and holds. */

#define HOLD_DAYS_MAX 366
#define REASON_BYTES_MAX 500

/* ------------------------------------------------------------------ agreements */

static struct err agreement_get(struct rpc_call *call, const struct creditor *creditor, struct id id,
				struct agreement_view *agreement)
{
	struct agreement_list_ask ask = { .id = id, .ended_too = true, .limit = 1 };
	struct agreement_view *found;
	size_t count;

	TRY(agreements_list(call->tx, creditor, &ask, &found, &count));
	if (count == 0)
		return ERR(ERR_NOT_FOUND, "agreement.unknown", "id", "there is no such promise or plan");
	*agreement = found[0];
	return OK;
}

/* The agreement that the request names. */
static struct err agreement_asked(struct rpc_call *call, struct creditor *creditor, struct agreement_view *agreement)
{
	struct pause_ask ask;

	TRY(wire_decode_agreement_id(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, creditor));
	return agreement_get(call, creditor, ask.id, agreement);
}

/* Reads the agreement as it is now, and tells others. */
static struct err agreement_tell(struct rpc_call *call, const struct creditor *creditor, const char *verb,
				 struct agreement_view *agreement)
{
	TRY(agreement_get(call, creditor, agreement->id, agreement));
	return event_agreement(call->tx, creditor, verb, agreement);
}

static struct err make(struct rpc_call *call, const struct creditor *creditor, const struct pause_ask *ask,
		       struct agreement_view *agreement)
{
	struct cover_ask cover = { .customer_number = ask->customer_number,
				   .numbers = ask->numbers,
				   .number_count = ask->number_count,
				   .currency = ask->currency };
	struct policy_version policy;
	struct covered covered;

	TRY(policies_find(call->tx, call->process, creditor->letter.code, 0, &policy));
	TRY(covered_find(call->tx, creditor, &cover, &covered));
	agreement->terms.grace_days = policy.policy.promise_grace_days;
	TRY(agreement_check(ask->kind, &agreement->terms, covered.total_minor, creditor->today));
	return agreement_add(call->tx, creditor, &covered, agreement);
}

struct err make_agreement(struct rpc_call *call)
{
	struct creditor creditor;
	struct pause_ask ask;

	TRY(wire_decode_make_agreement(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));

	struct agreement_view agreement = { .id = id_fresh(),
					    .kind = ask.kind,
					    .state = ask.proposed ? AGREEMENT_PROPOSED : AGREEMENT_STANDS,
					    .terms = ask.terms,
					    .made_by = handler_caller(call) };

	TRY(make(call, &creditor, &ask, &agreement));
	TRY(agreement_tell(call, &creditor, ask.proposed ? "proposed" : "made", &agreement));
	wire_encode_make_agreement(call, &agreement);
	return OK;
}

struct err accept_agreement(struct rpc_call *call)
{
	struct creditor creditor;
	struct agreement_view agreement;

	TRY(agreement_asked(call, &creditor, &agreement));
	if (agreement.state != AGREEMENT_PROPOSED)
		return ERR(ERR_CONFLICT, "agreement.not_proposed", "id", "only a proposed plan can be accepted");
	TRY(agreement_accept(call->tx, &creditor, &agreement));
	TRY(agreement_tell(call, &creditor, "made", &agreement));
	wire_encode_accept_agreement(call, &agreement);
	return OK;
}

struct err cancel_agreement(struct rpc_call *call)
{
	struct creditor creditor;
	struct agreement_view agreement;

	TRY(agreement_asked(call, &creditor, &agreement));
	if (agreement.state != AGREEMENT_PROPOSED && agreement.state != AGREEMENT_STANDS)
		return ERR(ERR_CONFLICT, "agreement.over", "id", "the promise or plan has ended already");
	TRY(agreement_end(call->tx, &creditor, &agreement, AGREEMENT_CANCELLED));
	TRY(agreement_tell(call, &creditor, "cancelled", &agreement));
	wire_encode_cancel_agreement(call, &agreement);
	return OK;
}

struct err list_agreements(struct rpc_call *call)
{
	struct creditor creditor;
	struct agreement_view *agreements;
	struct pause_ask ask;
	size_t count;

	TRY(wire_decode_list_agreements(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(agreements_list(call->tx, &creditor,
			    &(struct agreement_list_ask){ .kind = ask.kind,
							  .customer_number = ask.customer_number,
							  .ended_too = ask.ended_too,
							  .after = ask.page_token,
							  .limit = ask.page_size },
			    &agreements, &count));
	wire_encode_list_agreements(call, agreements, count,
				    handler_token(call, agreements[count ? count - 1 : 0].id, count, ask.page_size));
	return OK;
}

/* ------------------------------------------------------------------ holds */

static struct err check_hold(const struct pause_ask *ask, const struct creditor *creditor)
{
	int days = date_days_between(creditor->today, ask->until);

	if (text_empty(ask->reason) || !text_copy((char[REASON_BYTES_MAX + 1]){ 0 }, REASON_BYTES_MAX + 1, ask->reason))
		return ERR(ERR_INVALID, "pause.reason", "reason", "a reason of at most 500 bytes is expected");
	if (days < 0 || days > HOLD_DAYS_MAX)
		return ERR(ERR_INVALID, "pause.until", "until", "the last day lies within a year from today");
	return OK;
}

/* A customer as a whole may owe nothing yet. */
static struct err cover_hold(struct rpc_call *call, const struct creditor *creditor, const struct pause_ask *ask,
			     struct covered *covered)
{
	struct cover_ask cover = { .numbers = ask->numbers, .number_count = ask->number_count, .any_currency = true };

	if (ask->number_count > 0)
		return covered_find(call->tx, creditor, &cover, covered);
	*covered = (struct covered){ 0 };
	return customer_find(call->tx, creditor->letter.code, ask->customer_number, &covered->customer);
}

struct err hold_dunning(struct rpc_call *call)
{
	struct creditor creditor;
	struct covered covered;
	struct pause_view *pauses;
	struct pause_ask ask;
	size_t count;

	TRY(wire_decode_hold_dunning(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(check_hold(&ask, &creditor));
	TRY(cover_hold(call, &creditor, &ask, &covered));

	struct pause_view pause = { .id = id_fresh(),
				    .kind = PAUSE_HELD,
				    .reason = ask.reason,
				    .until = ask.until,
				    .made_by = handler_caller(call) };

	TRY(pause_add(call->tx, &creditor, &covered, &pause));
	TRY(pauses_list(call->tx, &creditor, &(struct pause_list_ask){ .id = pause.id, .limit = 1 }, &pauses, &count));
	wire_encode_hold_dunning(call, &pauses[0]);
	return OK;
}

struct err release_dunning(struct rpc_call *call)
{
	struct creditor creditor;
	struct pause_ask ask;
	size_t count;

	TRY(wire_decode_release_dunning(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(pauses_release(call->tx, &creditor, ask.customer_number, ask.number_count > 0 ? ask.numbers[0] : NULL,
			   ask.id, &count));
	if (count == 0)
		return ERR(ERR_NOT_FOUND, "pause.none", NULL, "nothing is held there");
	wire_encode_release_dunning(call, count);
	return OK;
}

struct err list_pauses(struct rpc_call *call)
{
	struct creditor creditor;
	struct pause_view *pauses;
	struct pause_ask ask;
	size_t count;

	TRY(wire_decode_list_pauses(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(pauses_list(call->tx, &creditor,
			&(struct pause_list_ask){ .customer_number = ask.customer_number,
						  .ended_too = ask.ended_too,
						  .after = ask.page_token,
						  .limit = ask.page_size },
			&pauses, &count));
	wire_encode_list_pauses(call, pauses, count,
				handler_token(call, pauses[count ? count - 1 : 0].id, count, ask.page_size));
	return OK;
}
