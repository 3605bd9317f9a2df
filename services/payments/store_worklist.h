#ifndef PAYMENTS_STORE_WORKLIST_H
#define PAYMENTS_STORE_WORKLIST_H

#include "payments/domain/cash.h"
#include "payments/store.h"

/* Cash on no invoice: what is left for people to place. */

struct worklist_row {
	struct payment_row payment;
	int age_days;                         /* since the value date, by the creditor's clock */
	struct allocation_record *suggestion; /* the most certain proposal, or NULL */
	int32_t suggested;                    /* how many invoices it names */
};

/* Oldest first; of one customer, or of all where `customer` is zero. */
MUST_USE struct err worklist_page(struct db_tx *tx, const struct desk *desk, struct id customer,
				  const struct page *page, struct worklist_row **list, size_t *count);

/* All of it. Together the sums of an account and currency are its balance in the ledger. */
struct worklist_total {
	const char *account;
	struct currency currency;
	const char *bucket; /* a cash_age_name, or "no payment": what credit notes and void fees left */
	int64_t count, amount_minor;
};
MUST_USE struct err worklist_totals(struct db_tx *tx, const struct desk *desk, struct worklist_total **totals,
				    size_t *count);

#endif
