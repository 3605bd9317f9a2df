#ifndef INVOICING_DOMAIN_STATIONERY_H
#define INVOICING_DOMAIN_STATIONERY_H

#include "common/base/err.h"

/* What stands on a creditor's documents beside what it is. */

#define REGISTRATION_BYTES_MAX 300

struct stationery {
	const char
		*registration; /* legal form, capital, register: "SAS au capital de 10 000 €, RCS Lyon 303 265 045" */
	const char *payment_link; /* a template of base/payment_link.h; NULL or "": none */
	const char *iban, *bic;   /* of the account that customers pay to: the creditor's, or one that it adopted */
};

/* ERR_INVALID "stationery.registration", "payment_link.template". Empty texts are allowed. */
MUST_USE struct err stationery_check(const struct stationery *stationery);

#endif
