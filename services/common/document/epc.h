#ifndef DOCUMENT_EPC_H
#define DOCUMENT_EPC_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/money.h"

/* The text of a payment code that banking apps read (European Payments Council, EPC069-12, version 002, "GiroCode"):
 * a SEPA credit transfer, so euros only. */

#define EPC_NAME_CHARS_MAX 70
#define EPC_TEXT_CHARS_MAX 140
#define EPC_PAYLOAD_BYTES_MAX 331
#define EPC_MINOR_MAX INT64_C(99999999999) /* 999 999 999.99 */

struct epc {
	const char *name, *iban, *bic; /* bic may be empty (version 002) */
	struct currency currency;
	int64_t amount_minor;
	const char *reference; /* an RF reference (ISO 11649), or empty */
	const char *text;      /* unstructured, where there is no reference; may be empty */
};

/* The payload in the arena; NULL where no code can be made of it: another currency, no amount, no valid IBAN, no name.
 * A name or text that is too long is cut. */
const char *epc_payload(struct arena *arena, const struct epc *epc);

#endif
