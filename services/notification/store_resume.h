#ifndef NOTIFICATION_STORE_RESUME_H
#define NOTIFICATION_STORE_RESUME_H

#include "notification/store_correction.h"
#include "notification/store_plan.h"

/* What the ladder had concluded from payments that were taken back since. */

/* Has any payment of the creditor been taken back, ever? */
MUST_USE struct err undos_any(struct db_tx *tx, const struct creditor *creditor, bool *any);

struct voided_case {
	struct id id;
	int policy_version; /* 0: none is kept */
};

/* Notices of these customers that count again: a payment had voided them. Their fees stand again, too. *cases are those
 * whose rung they are, several times where there are several. */
MUST_USE struct err voids_take_back(struct db_tx *tx, const struct creditor *creditor,
				    const struct plan_target *targets, size_t count, struct voided_case **cases,
				    size_t *case_count);

/* Promises and plans that counted as kept stand again where what had kept them was taken back since; what they pause is
 * paused. Whether they are broken is for the next look. */
MUST_USE struct err agreements_take_back(struct db_tx *tx, const struct creditor *creditor,
					 const struct plan_target *targets, size_t count);

/* A case that ended because what it had chased was paid, and that is owed again. */
struct ended_case {
	struct id id, customer;
	struct id newer; /* the open case of the same position, which has not climbed as far; zero: none */
	const char *customer_number, *currency;
	int64_t amount_minor; /* overdue now, less unapplied cash */
	int policy_version;   /* 0: none is kept */
};
MUST_USE struct err cases_wrongly_ended(struct db_tx *tx, const struct creditor *creditor,
					const struct plan_target *targets, size_t count, struct ended_case **cases,
					size_t *case_count);

/* Opens it again, and ends the newer one with what it had scheduled. */
MUST_USE struct err case_open_again(struct db_tx *tx, const struct creditor *creditor, const struct ended_case *ended);

/* The rungs that left or are to leave: those of which somebody was spared count as not planned. */
MUST_USE struct err rungs_climbed(struct db_tx *tx, const struct creditor *creditor, struct id dunning_case,
				  struct counted_rungs *rungs);

#endif
