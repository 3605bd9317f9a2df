#ifndef NOTIFICATION_STORE_H
#define NOTIFICATION_STORE_H

#include "common/io/db.h"
#include "notification/domain/dunning.h"
#include "notification/domain/letter.h"

/* What the other services keep and publish: creditors, customers, positions. All texts live in the transaction's arena.
 * Policies are in store_policy.h, the schedule in store_plan.h, claims and outcomes in store_claim.h, lists in
 * store_report.h. */

struct creditor {
	struct letter_creditor letter;
	const char *timezone;
	struct instant now; /* the creditor's clock */
	struct date today;
};

/* `code` may be "": the only creditor there is. ERR_INVALID "creditor.ambiguous", ERR_NOT_FOUND "creditor.unknown". */
MUST_USE struct err creditor_find(struct db_tx *tx, const char *code, struct creditor *creditor);

/* Codes of all creditors. */
MUST_USE struct err creditors_list(struct db_tx *tx, const char ***codes, size_t *count);

struct customer {
	struct id id;
	struct letter_customer letter;
	const char *timezone, *email, *phone, *sales_email;
};

/* ERR_NOT_FOUND "customer.unknown"; of several, also where one of them is. customers[i] is that of ids[i]. */
MUST_USE struct err customers_get(struct db_tx *tx, const char *creditor, const struct id *ids, size_t count,
				  struct customer *customers);
MUST_USE struct err customer_get(struct db_tx *tx, const char *creditor, struct id id, struct customer *customer);
MUST_USE struct err customer_find(struct db_tx *tx, const char *creditor, const char *number,
				  struct customer *customer);

/* Open items and unapplied cash in one statement, so that a payment is seen whole or not at all. `dunning_case` and
 * `reminder` may be zero; they decide what counts as dunned and listed. */
struct position_ask {
	const struct creditor *creditor;
	const struct policy_set *policies; /* of which the customer's is chosen; or */
	const struct policy *policy;       /* this one */
	struct id customer, dunning_case, reminder;
	struct currency currency;
};
MUST_USE struct err position_load(struct db_tx *tx, const struct position_ask *ask, struct position *position);

/* Many of one creditor, in one statement. positions[i] is that of asks[i]. */
MUST_USE struct err positions_load(struct db_tx *tx, const struct position_ask *asks, size_t count,
				   struct position *positions);

/* The currencies in which a customer owes anything. */
MUST_USE struct err customer_currencies(struct db_tx *tx, const char *creditor, struct id customer,
					struct currency **currencies, size_t *count);

#endif
