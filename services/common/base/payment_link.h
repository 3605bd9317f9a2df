#ifndef BASE_PAYMENT_LINK_H
#define BASE_PAYMENT_LINK_H

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* The address at which an invoice is paid online: a creditor's template of their payment provider's page, with the
 * invoice's facts in it, percent-encoded (RFC 3986, 2.1): {number}, {reference} (the creditor reference, which comes
 * back with the payment and finds its invoice), {amount} ("1234.50"), {amount_minor} ("123450"), {currency},
 * {customer}. */

#define PAYMENT_LINK_BYTES_MAX 500

struct payment_link {
	const char *number, *reference, *customer;
	int64_t amount_minor;
	struct currency currency;
};

/* ERR_INVALID "payment_link.template": not https, too long, an unknown name, or neither {number} nor {reference}. */
MUST_USE struct err payment_link_check(const char *link);

/* NULL where there is no template or nothing to pay. The template is a checked one. */
const char *payment_link_make(struct arena *arena, const char *link, const struct payment_link *facts);

#endif
