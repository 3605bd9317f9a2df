#ifndef INVOICING_WIRE_PB_H
#define INVOICING_WIRE_PB_H

#include "invoicing/wire.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"

/* What the files of wire share. The generated names carry the whole package; these are the same, shorter. */

#define PB(name) Relance__Invoicing__V1__##name

/* A message in the arena, with its defaults: PB(Invoice) *to = PB_NEW(arena, invoice); */
#define PB_NEW(arena, init_name) wire_new((arena), &relance__invoicing__v1__##init_name##__descriptor)

/* The reply of a call, and the call's reply already. */
#define PB_REPLY(call, init_name) ((call)->reply = PB_NEW((call)->arena, init_name), (void *)(call)->reply)

/* "" gives DATE_NONE, an unknown currency, the fallback. The error carries `field`. */
MUST_USE struct err wire_date_read(const char *text, const char *field, struct date *date);
MUST_USE struct err wire_currency_read(const char *text, const char *field, struct currency *currency);
MUST_USE struct err wire_decimal_read(const char *text, const char *field, const char *fallback,
				      struct decimal *decimal);
MUST_USE struct err wire_page_read(int size, int *limit);

PB(Creditor) * wire_creditor(struct arena *arena, const struct creditor *creditor);
MUST_USE struct err wire_terms_read(const PB(PaymentTerms) * from, struct asked_terms *to);
PB(PaymentTerms) * wire_terms(struct arena *arena, const struct payment_terms *terms);
PB(InterestRule) wire_interest_rule(enum interest_rule rule);
PB(AgingRow) * *wire_aging_rows(struct arena *arena, const struct aging_row *rows, size_t count);

Relance__Common__V1__Money **wire_open(struct arena *arena, const struct import_outcome *outcome);

#endif
