#ifndef PAYMENTS_WIRE_PSP_H
#define PAYMENTS_WIRE_PSP_H

#include "payments/domain/psp.h"
#include "payments/wire.h"

/* Between the messages of PspService, the bodies of webhooks, and plain structs. */

extern const ProtobufCServiceDescriptor *const PSP_SERVICE;

struct psp_event_ask {
	const char *creditor, *signature;
	enum psp_provider provider;
	const void *body;
	size_t length;
};

struct psp_secret_ask {
	const char *creditor, *secret;
	enum psp_provider provider;
};

struct psp_register_ask {
	const char *creditor;
	enum psp_provider provider;
	struct psp_event told; /* object, amount, currency and reference */
};

MUST_USE struct err wire_decode_receive_psp_event(const struct rpc_call *call, struct psp_event_ask *ask);
MUST_USE struct err wire_decode_set_psp_secret(const struct rpc_call *call, struct psp_secret_ask *ask);
MUST_USE struct err wire_decode_register_psp_payment(const struct rpc_call *call, struct psp_register_ask *ask);
/* ask->after is the provider and id of the last payment of the page before: "stripe/pi_1". */
MUST_USE struct err wire_decode_list_psp_payments(const struct rpc_call *call, struct page_ask *ask);

void wire_encode_receive_psp_event(struct rpc_call *call, size_t events, size_t repeated);
void wire_encode_set_psp_secret(struct rpc_call *call);
void wire_encode_register_psp_payment(struct rpc_call *call, const char *creditor, const struct psp_payment *payment);
void wire_encode_list_psp_payments(struct rpc_call *call, const char *creditor, const struct psp_payment *payments,
				   size_t count, const char *next);

/* wire_psp_json.c: the events of a webhook's body, in the arena. Events that concern no payment are among them, without
 * an object. ERR_INVALID "psp.body". */
#define PSP_EVENTS_MAX 1000 /* of one body; GoCardless sends at most 250 */
MUST_USE struct err wire_psp_events(struct arena *arena, enum psp_provider provider, const void *body, size_t length,
				    struct psp_event **events, size_t *count);

#endif
