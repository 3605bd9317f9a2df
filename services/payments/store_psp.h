#ifndef PAYMENTS_STORE_PSP_H
#define PAYMENTS_STORE_PSP_H

#include "payments/domain/psp.h"
#include "payments/store.h"

/* Records of payment service providers. Texts that are read live in the transaction's arena. */

/* Adds a secret, and forgets all but the newest PSP_SECRETS_MAX. */
#define PSP_SECRETS_MAX 2
MUST_USE struct err psp_secret_add(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				   const char *secret);
MUST_USE struct err psp_secrets_load(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				     const char ***secrets, size_t *count);

/* Keeps an event with its body (NULL: kept with another event). *fresh is false where it is there already. */
MUST_USE struct err psp_event_insert(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				     const struct psp_event *event, struct id id, const void *body, size_t length,
				     bool *fresh);
MUST_USE struct err psp_event_outcome(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				      const char *event_id, const char *outcome);

/* Is there none about this object that happened later? */
MUST_USE struct err psp_event_is_newest(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
					const struct psp_event *event, bool *newest);

/* A payment that is not there yet is one of which nothing is known. */
MUST_USE struct err psp_payment_load(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
				     const char *object_id, struct psp_payment *payment);
/* Keeps what the newest event tells of one part, and sets the payment's sums. */
MUST_USE struct err psp_part_save(struct db_tx *tx, const struct desk *desk, struct psp_payment *payment,
				  const struct psp_part *part, struct instant at);
MUST_USE struct err psp_payment_save(struct db_tx *tx, const struct desk *desk, const struct psp_payment *payment);
/* after: "stripe/pi_1" of the last one of the page before, or "". */
MUST_USE struct err psp_payments_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
				      struct psp_payment **list, size_t *count);

#endif
