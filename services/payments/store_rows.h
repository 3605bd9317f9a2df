#ifndef PAYMENTS_STORE_ROWS_H
#define PAYMENTS_STORE_ROWS_H

#include "payments/store.h"

/* Rows that several statements read alike. Inside the store only. */

#define PAYMENT_COLUMNS                                                                                                \
	"p.id, p.entry_ref, p.booked_on, p.value_on, p.currency, p.amount_minor, p.rest_minor, p.state, p.rule, "      \
	"p.evidence, p.payer_name, p.payer_iban, p.remittance, p.end_to_end_id, p.customer, p.customer_number, "       \
	"p.rounding_minor"

#define ALLOCATION_COLUMNS                                                                                             \
	"a.id, a.payment, a.item, a.posting, p.entry_ref, a.invoice_number, a.customer_number, a.currency, "           \
	"a.amount_minor, a.discount_minor, a.state, a.rule, a.evidence, a.confidence, p.value_on, i.customer, "        \
	"coalesce(a.cash_minor, a.amount_minor), a.relief, a.alternative"

#define ALLOCATION_COLUMN_COUNT 19

#define ALLOCATION_FROM                                                                                                \
	" FROM payments.allocation a JOIN payments.payment p ON p.creditor = a.creditor AND p.id = a.payment "         \
	"JOIN ledger.open_item i ON i.creditor = a.creditor AND i.id = a.item "

struct currency cell_currency(const struct db_rows *rows, int row, int column);
struct payment_row payment_read(const struct db_rows *rows, int row, struct arena *arena);
struct allocation_record *allocations_read(const struct db_rows *rows, struct arena *arena);

#endif
