#ifndef PAYMENTS_WIRE_PARTS_H
#define PAYMENTS_WIRE_PARTS_H

#include "payments/wire.h"
#include "relance/payments/v1/payments.pb-c.h"

/* The messages that answers and events share. Everything is made in the arena. */

/* Checks the page of a list: ERR_INVALID "page.size", "id.malformed". */
MUST_USE struct err wire_page_check(const char *creditor, int32_t size, const char *token, struct page_ask *ask);
MUST_USE struct err wire_payment_check(const char *payment); /* ERR_INVALID "payment.missing" */

Relance__Payments__V1__File *wire_file(struct arena *arena, const struct file_view *view);
Relance__Payments__V1__Statement *wire_statement(struct arena *arena, const struct statement_view *view);
Relance__Payments__V1__Payment *wire_payment(struct arena *arena, const struct payment_view *view);
Relance__Payments__V1__Allocation *wire_allocation(struct arena *arena, const struct allocation_view *view);
Relance__Payments__V1__Allocation **wire_allocations(struct arena *arena, const struct allocation_view *views,
						     size_t count);
Relance__Payments__V1__PaymentState wire_payment_state(const char *name);

/* The store's name of a number of the wire; NULL for 0 (unspecified) and for unknown ones. */
const char *wire_payment_state_name(int number);
const char *wire_allocation_state_name(int number);

#endif
