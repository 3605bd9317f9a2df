#ifndef GATEWAY_WEBHOOK_H
#define GATEWAY_WEBHOOK_H

#include "gateway/exchange.h"

/* Webhooks of payment service providers:
 *
 *     POST /webhooks/stripe/CREDITOR        Stripe-Signature
 *     POST /webhooks/gocardless/CREDITOR    Webhook-Signature
 *
 * No API key: the signature over the body is what proves the sender, and payments checks it. The body goes on byte for
 * byte, as the field of an rpc. The answer is that of the rpc: 200 once the event is in the books, 401 where the
 * signature is nobody's, 503 where the provider is to try again. */

/* True if the URL is a webhook's: then the request is filled in, or answered. */
bool webhook_judge(struct exchange *exchange, const char *url);

/* Appends the rpc's request with the body as it came. */
void webhook_wire(const struct exchange *exchange, struct buf *wire);

#endif
