#ifndef NOTIFICATION_STORE_CASE_H
#define NOTIFICATION_STORE_CASE_H

#include "notification/store_plan.h"

/* Cases, many of one creditor in each statement. */

struct case_row {
	struct id id; /* zero: none is open */
	struct dunning_case state;
	int voided;         /* how often a notice of it was voided: its rungs are counted apart from then on */
	int policy_version; /* 0: none is kept */
};

/* Under which a case's rung happens once: the case, or what it has become since a notice was voided. */
struct id case_scope(const struct case_row *row);

/* One planner at a time looks at a customer, until the transaction ends. */
MUST_USE struct err customers_lock(struct db_tx *tx, const char *creditor, const struct plan_target *targets,
				   size_t count);

/* The open cases, locked: rows[i] is that of targets[i]. */
MUST_USE struct err cases_find(struct db_tx *tx, const char *creditor, const struct plan_target *targets, size_t count,
			       struct case_row *rows);

/* The open cases, only looked at. */
MUST_USE struct err cases_look(struct db_tx *tx, const char *creditor, const struct plan_target *targets, size_t count,
			       struct case_row *rows);

/* What a day makes of cases. */
struct case_change {
	const struct customer *customer;
	struct currency currency;
	struct id id;
	const char *reason;        /* cases_close */
	struct dunning_case state; /* cases_move, with what follows */
	struct date anchor_due_on, next_on;
	int policy_version; /* that the case keeps; 0: chosen anew at the next look */
};
MUST_USE struct err cases_open(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
			       size_t count);
MUST_USE struct err cases_close(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
				size_t count);
MUST_USE struct err cases_move(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
			       size_t count);

#endif
