#ifndef NOTIFICATION_STORE_H
#define NOTIFICATION_STORE_H

#include "common/io/db.h"
#include "notification/domain/dunning.h"
#include "notification/domain/letter.h"

/* What the other services keep and publish: creditors, customers, positions; and the policies. All texts live in the
 * transaction's arena. The schedule is in store_plan.h, claims and outcomes in store_claim.h, lists in store_report.h.
 */

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
	const struct policy *policy;
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

/* A policy as it is stored; policies.h reads it. */
struct policy_text {
	int version; /* 0: the creditor has none yet */
	const char *text;
	struct instant applied_at;
};

/* The version asked for, the newest for 0. ERR_NOT_FOUND "policy.unknown_version" where `version` is not there. */
MUST_USE struct err policy_text_load(struct db_tx *tx, const char *creditor, int version, struct policy_text *policy);

/* Makes `text` the creditor's next version. The caller has checked it. Two at once: ERR_EXISTS, or the same text
 * again as the newest: its version, and nothing changes. */
MUST_USE struct err policy_save(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
				const char *text, int *version);

#endif
