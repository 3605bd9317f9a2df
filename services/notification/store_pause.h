#ifndef NOTIFICATION_STORE_PAUSE_H
#define NOTIFICATION_STORE_PAUSE_H

#include "notification/domain/told.h"
#include "notification/store.h"

/* What suspends the ladder: pauses, and the agreements that bring one along. */

/* Whom and which open invoices something is about. */
struct covered {
	struct customer customer;
	struct currency currency; /* covered_find only */
	struct id *items;
	const char **numbers;
	int64_t *open_minor;
	size_t count;
	int64_t total_minor;
	int64_t cash_minor; /* the customer's unapplied cash in the currency */
};

/* The invoices of `numbers`, or all that the customer owes in `currency` (in the only one, where it is "").
 * ERR_NOT_FOUND "customer.unknown" or "invoice.not_open"; ERR_INVALID "invoice.two_customers",
 * "currency.ambiguous"; ERR_CONFLICT "customer.owes_nothing". */
struct cover_ask {
	const char *customer_number; /* "": that of the invoices */
	const char *const *numbers;
	size_t number_count;
	struct currency currency;
	bool any_currency; /* a hold does not care */
};
MUST_USE struct err covered_find(struct db_tx *tx, const struct creditor *creditor, const struct cover_ask *ask,
				 struct covered *covered);

/* ------------------------------------------------------------------ pauses */

/* The view's id, kind, reason, until and made_by; `covered` without items is the whole customer. */
MUST_USE struct err pause_add(struct db_tx *tx, const struct creditor *creditor, const struct covered *covered,
			      const struct pause_view *pause);

struct pause_list_ask {
	const char *customer_number; /* "": all */
	struct id id;                /* zero: all */
	bool ended_too;
	const char *after; /* id of the last line before; "": from the start */
	int limit;
};
MUST_USE struct err pauses_list(struct db_tx *tx, const struct creditor *creditor, const struct pause_list_ask *ask,
				struct pause_view **pauses, size_t *count);

/* Ends the standing pause `id` whatever its kind; nothing where there is none. */
MUST_USE struct err pause_end(struct db_tx *tx, const struct creditor *creditor, struct id id, const char *reason);

/* Ends holds, replies and bounces by customer, invoice number or id ("" and zero: any). *count: how many. */
MUST_USE struct err pauses_release(struct db_tx *tx, const struct creditor *creditor, const char *customer_number,
				   const char *invoice_number, struct id id, size_t *count);

/* The planner looks at the customer's cases again, and what waits because of a pause is due now. */
MUST_USE struct err customer_wake(struct db_tx *tx, const struct creditor *creditor, const char *customer_number);

/* ------------------------------------------------------------------ agreements */

/* With its pause where it stands. */
MUST_USE struct err agreement_add(struct db_tx *tx, const struct creditor *creditor, const struct covered *covered,
				  const struct agreement_view *agreement);

/* proposed -> stands. */
MUST_USE struct err agreement_accept(struct db_tx *tx, const struct creditor *creditor,
				     const struct agreement_view *agreement);

/* To a state that ends it, and its pause with it. */
MUST_USE struct err agreement_end(struct db_tx *tx, const struct creditor *creditor,
				  const struct agreement_view *agreement, enum agreement_state state);

MUST_USE struct err agreement_note_paid(struct db_tx *tx, const struct creditor *creditor, struct id id,
					int64_t paid_minor);

struct agreement_list_ask {
	enum agreement_kind kind;
	const char *customer_number;
	struct id id;
	bool ended_too;
	const char *after;
	int limit;
	bool standing;       /* only those that stand, locked */
	bool proposals_over; /* only what messages proposed and nobody accepted in time, locked */
};
MUST_USE struct err agreements_list(struct db_tx *tx, const struct creditor *creditor,
				    const struct agreement_list_ask *ask, struct agreement_view **agreements,
				    size_t *count);

/* What an agreement's invoices say now. */
struct agreement_now {
	int64_t paid_minor, open_minor;
	struct date oldest_due_on; /* DATE_NONE: nothing is open */
};
MUST_USE struct err agreement_look(struct db_tx *tx, const struct creditor *creditor,
				   const struct agreement_view *agreement, struct agreement_now *now);

#endif
