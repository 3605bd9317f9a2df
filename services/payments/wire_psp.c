#include "payments/wire_psp.h"

#include <string.h>

#include "common/base/text.h"
#include "payments/wire_debit.h"
#include "payments/wire_parts.h"
#include "relance/payments/v1/psp.pb-c.h"

#define SECRET_BYTES_MIN 16
#define SECRET_BYTES_MAX 256
#define OBJECT_BYTES_MAX 128

const ProtobufCServiceDescriptor *const PSP_SERVICE = &relance__payments__v1__psp_service__descriptor;

static struct err provider_decode(Relance__Payments__V1__PspProvider number, enum psp_provider *provider)
{
	if ((int)number < 1 || (int)number > PSP_PROVIDER_COUNT)
		return ERR(ERR_INVALID, "psp.provider", "provider", "the providers are stripe and gocardless");
	*provider = (enum psp_provider)((int)number - 1);
	return OK;
}

struct err wire_decode_receive_psp_event(const struct rpc_call *call, struct psp_event_ask *ask)
{
	const Relance__Payments__V1__ReceivePspEventRequest *request = (const void *)call->request;
	struct psp_event_ask found = { .creditor = request->creditor,
				       .signature = request->signature,
				       .body = request->body.data,
				       .length = request->body.len };

	TRY(provider_decode(request->provider, &found.provider));
	*ask = found;
	return OK;
}

struct err wire_decode_set_psp_secret(const struct rpc_call *call, struct psp_secret_ask *ask)
{
	const Relance__Payments__V1__SetPspSecretRequest *request = (const void *)call->request;
	struct psp_secret_ask found = { .creditor = request->creditor, .secret = request->secret };
	size_t length = strlen(request->secret);

	TRY(provider_decode(request->provider, &found.provider));
	if (length < SECRET_BYTES_MIN || length > SECRET_BYTES_MAX)
		return ERR(ERR_INVALID, "psp.secret", "secret", "a webhook's secret has 16 to 256 bytes");
	*ask = found;
	return OK;
}

struct err wire_decode_register_psp_payment(const struct rpc_call *call, struct psp_register_ask *ask)
{
	const Relance__Payments__V1__RegisterPspPaymentRequest *request = (const void *)call->request;
	struct psp_register_ask found = { .creditor = request->creditor,
					  .told = { .id = "",
						    .type = "registered",
						    .object_id = request->object_id,
						    .amount_minor = request->amount_minor,
						    .reference = request->reference } };

	TRY(provider_decode(request->provider, &found.provider));
	TRY(currency_parse(request->currency, &found.told.currency));
	if (text_empty(request->object_id) || strlen(request->object_id) > OBJECT_BYTES_MAX)
		return ERR(ERR_INVALID, "psp.object", "object_id", "a provider's payment id has 1 to 128 bytes");
	if (request->amount_minor <= 0 || request->amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "psp.amount", "amount_minor", "the amount is missing or too large");
	if (text_empty(request->reference))
		return ERR(ERR_INVALID, "psp.reference", "reference", "say what it pays");
	*ask = found;
	return OK;
}

struct err wire_decode_list_psp_payments(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListPspPaymentsRequest *request = (const void *)call->request;

	TRY(wire_page_check(request->creditor, request->page_size, "", ask));
	ask->after = request->page_token;
	return OK;
}

/* ------------------------------------------------------------------ answers */

static Relance__Payments__V1__PspPayment *payment_message(struct arena *arena, const char *creditor,
							  const struct psp_payment *payment)
{
	Relance__Payments__V1__PspPayment *message = arena_alloc(arena, sizeof *message);

	relance__payments__v1__psp_payment__init(message);
	message->creditor = wire_text(arena, creditor);
	message->provider = (Relance__Payments__V1__PspProvider)(payment->provider + 1);
	message->object_id = wire_text(arena, payment->object_id);
	message->standing = (Relance__Payments__V1__PspStanding)(payment->standing + 1);
	message->standing_at = wire_instant(arena, payment->standing_at);
	message->amount_minor = payment->amount_minor;
	message->refunded_minor = payment->refunded_minor;
	message->currency = wire_text(arena, payment->currency.code);
	message->reference = wire_text(arena, payment->reference);
	message->payer_name = wire_text(arena, payment->payer_name);
	message->paid_on = wire_date(arena, payment->paid_on);
	message->booked_minor = payment->booked_minor;
	return message;
}

void wire_encode_receive_psp_event(struct rpc_call *call, size_t events, size_t repeated)
{
	Relance__Payments__V1__ReceivePspEventResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__receive_psp_event_response__init(reply);
	reply->events = (int32_t)events;
	reply->repeated_events = (int32_t)repeated;
	call->reply = &reply->base;
}

void wire_encode_set_psp_secret(struct rpc_call *call)
{
	Relance__Payments__V1__SetPspSecretResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__set_psp_secret_response__init(reply);
	call->reply = &reply->base;
}

void wire_encode_register_psp_payment(struct rpc_call *call, const char *creditor, const struct psp_payment *payment)
{
	Relance__Payments__V1__RegisterPspPaymentResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__register_psp_payment_response__init(reply);
	reply->payment = payment_message(call->arena, creditor, payment);
	call->reply = &reply->base;
}

void wire_encode_list_psp_payments(struct rpc_call *call, const char *creditor, const struct psp_payment *payments,
				   size_t count, const char *next)
{
	Relance__Payments__V1__ListPspPaymentsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_psp_payments_response__init(reply);
	reply->payments = arena_array(call->arena, count, sizeof(*reply->payments));
	reply->n_payments = count;
	for (size_t i = 0; i < count; i++)
		reply->payments[i] = payment_message(call->arena, creditor, &payments[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}
