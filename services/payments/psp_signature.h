#ifndef PAYMENTS_PSP_SIGNATURE_H
#define PAYMENTS_PSP_SIGNATURE_H

#include <stddef.h>

#include "common/base/date.h"
#include "payments/domain/psp.h"

/* Who sent a webhook. Both providers sign with HMAC-SHA256 and a secret that is shared with them; several secrets may
 * be good while one is replaced.
 *
 *     Stripe       Stripe-Signature: t=1700000000,v1=HEX[,v1=HEX…][,v0=…]   over "1700000000." and the body
 *     GoCardless   Webhook-Signature: HEX                                    over the body
 *
 * Sources: docs.stripe.com/webhooks (verify manually; tolerance of 300 s); developer.gocardless.com (signing webhooks).
 */

#define PSP_TOLERANCE_S 300

/* Compares in constant time. ERR_UNAUTHENTICATED "psp.signature" (malformed, or by nobody we know), "psp.signature_old"
 * (signed well, but longer ago, or further ahead, than the tolerance; Stripe only). */
MUST_USE struct err psp_signature_check(enum psp_provider provider, const char *header, const void *body, size_t length,
					const char *const *secrets, size_t secret_count, struct instant now);

#endif
