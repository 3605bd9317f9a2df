#include "payments/handlers_psp.h"

#include "common/base/text.h"
#include "common/io/clock.h"
#include "payments/psp_receive.h"
#include "payments/psp_signature.h"
#include "payments/wire_psp.h"

/* By the system's clock, not the creditor's: the provider knows no test clocks. */
static struct err signature_check(struct db_tx *tx, const struct desk *desk, const struct psp_event_ask *ask)
{
	const char **secrets;
	size_t count;

	TRY(psp_secrets_load(tx, desk, ask->provider, &secrets, &count));
	if (count == 0)
		return ERR(ERR_UNAUTHENTICATED, "psp.no_secret", NULL, "no secret of this provider's webhooks is set");
	return psp_signature_check(ask->provider, ask->signature, ask->body, ask->length, secrets, count,
				   clock_system());
}

struct err receive_psp_event(struct rpc_call *call)
{
	struct psp_event *events;
	struct psp_event_ask ask;
	struct desk desk;
	size_t count, repeated = 0;

	TRY(wire_decode_receive_psp_event(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(signature_check(call->tx, &desk, &ask));
	TRY(wire_psp_events(call->arena, ask.provider, ask.body, ask.length, &events, &count));
	TRY(desk_lock(call->tx, &desk));
	for (size_t i = 0; i < count; i++) {
		bool fresh;

		TRY(psp_receive(call->tx, &desk, ask.provider, &events[i], i == 0 ? ask.body : NULL, ask.length,
				call->trace_parent, &fresh));
		repeated += !fresh;
	}
	wire_encode_receive_psp_event(call, count, repeated);
	return OK;
}

struct err set_psp_secret(struct rpc_call *call)
{
	struct psp_secret_ask ask;
	struct desk desk;

	TRY(wire_decode_set_psp_secret(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(psp_secret_add(call->tx, &desk, ask.provider, ask.secret));
	wire_encode_set_psp_secret(call);
	return OK;
}

struct err register_psp_payment(struct rpc_call *call)
{
	struct psp_register_ask ask;
	struct psp_payment payment;
	struct desk desk;

	TRY(wire_decode_register_psp_payment(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(desk_lock(call->tx, &desk));
	/* Bears no time and no standing: it only tells what the payment is. */
	ask.told.at = INSTANT_NONE;
	TRY(psp_register(call->tx, &desk, ask.provider, &ask.told, call->trace_parent, &payment));
	wire_encode_register_psp_payment(call, desk.creditor, &payment);
	return OK;
}

struct err list_psp_payments(struct rpc_call *call)
{
	struct psp_payment *list;
	struct page_ask ask;
	struct desk desk;
	size_t count;
	const char *next = "";

	TRY(wire_decode_list_psp_payments(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(psp_payments_page(call->tx, &desk, &(struct page){ ask.size, ask.after }, &list, &count));
	if (count == (size_t)ask.size)
		next = arena_format(call->arena, "%s/%s", psp_provider_name(list[count - 1].provider),
				    list[count - 1].object_id);
	wire_encode_list_psp_payments(call, desk.creditor, list, count, next);
	return OK;
}
