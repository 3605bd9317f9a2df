#ifndef PAYMENTS_STORE_LEARNED_H
#define PAYMENTS_STORE_LEARNED_H

#include "payments/store.h"

/* What decisions of people have taught: accounts that pay for a customer, and names where the bank gives no account. It
 * is evidence beside a reference, never against one: a third party that pays once does not become the debtor. */

struct learned {
	bool name; /* else an account */
	const char *value;
	struct id customer;
	const char *customer_number, *customer_name;
	struct id source; /* the payment that was decided */
	const char *source_ref;
	struct instant learned_at; /* INSTANT_NONE: before that was recorded */
	const char *learned_by;
};

/* Learns who paid for `customer`; a customer's own account teaches nothing. */
MUST_USE struct err payer_learn(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment,
				struct id customer);

/* Forgets what the payment taught, unless a decision that still stands teaches the same; `values` are those that are
 * known no more. */
MUST_USE struct err payer_unlearn(struct db_tx *tx, const struct desk *desk, struct id payment, const char ***values,
				  size_t *count);

/* Forgets one account or name, of one customer or of all (a zero id). *count: how many. */
MUST_USE struct err learned_forget(struct db_tx *tx, const struct desk *desk, const char *value, struct id customer,
				   int64_t *count);

/* All of them, by customer; `customer` zero: of all. At most LEARNED_MAX. */
#define LEARNED_MAX 10000
MUST_USE struct err learned_list(struct db_tx *tx, const struct desk *desk, struct id customer, struct learned **list,
				 size_t *count);

#endif
