#ifndef CREDIT_STORE_H
#define CREDIT_STORE_H

#include "common/io/db.h"
#include "credit/domain/hold.h"
#include "credit/domain/order.h"
#include "credit/domain/score.h"

/* The credit service's records, and what it reads of others: customers of invoicing, open items of the ledger. Texts
 * live in the transaction's arena. */

/* Whose books, and when: every request and event begins here. */
struct desk {
	const char *creditor;
	struct instant now; /* the creditor's clock */
	struct date today;  /* in the creditor's time zone */
};

/* `asked` may be "" where there is one creditor only: ERR_INVALID "creditor.ambiguous", ERR_NOT_FOUND
 * "creditor.unknown". */
MUST_USE struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk);

struct creditor_list {
	const char **codes;
	size_t count;
};
MUST_USE struct err creditors_list(struct db_tx *tx, struct creditor_list *list);

/* ------------------------------------------------------------------ customers and their history */

struct customer {
	struct id id;
	const char *number, *name;
};

struct customer_list {
	struct customer *items;
	size_t count;
};

#define CUSTOMERS_PAGE_MAX 200 /* scored in one statement: at 100 invoices each some 20,000 rows */

MUST_USE struct err customer_find(struct db_tx *tx, const struct desk *desk, const char *number,
				  struct customer *customer); /* ERR_NOT_FOUND "customer.unknown" */
/* By id; none where it is not known. */
MUST_USE struct err customer_by_id(struct db_tx *tx, const struct desk *desk, struct id id, struct customer_list *list);
/* In order of number, from after `number` ("" is the start). */
MUST_USE struct err customers_after(struct db_tx *tx, const struct desk *desk, const char *number, int limit,
				    struct customer_list *list);

struct history {
	struct history_item *items;
	size_t count;
};
/* One history a customer, in their order. */
MUST_USE struct err histories_load(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
				   struct history *histories);

/* ------------------------------------------------------------------ the portfolio */

/* The one recorded for today, else computed from the ledger. */
MUST_USE struct err portfolio_load(struct db_tx *tx, const struct desk *desk, struct portfolio *portfolio);
MUST_USE struct err portfolio_compute(struct db_tx *tx, const struct desk *desk, struct portfolio *portfolio);

/* Whether all customers have to be scored again, and the mark to hand back when that is done. */
struct rescoring {
	bool due;
	int64_t mark;
};
MUST_USE struct err rescoring_find(struct db_tx *tx, const struct desk *desk, struct rescoring *rescoring);
MUST_USE struct err rescoring_ask(struct db_tx *tx, const char *creditor);
MUST_USE struct err rescoring_done(struct db_tx *tx, const struct desk *desk, const struct rescoring *rescoring,
				   struct portfolio portfolio);

/* ------------------------------------------------------------------ scores as recorded */

struct recorded {
	bool known;
	int score;
};
/* One a customer, in their order; locks the rows until the transaction ends. */
MUST_USE struct err recorded_load(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
				  struct recorded *recorded);

struct score_change {
	struct customer customer;
	struct score score;
	struct recorded before;
};
MUST_USE struct err scores_record(struct db_tx *tx, const struct desk *desk, const struct score_change *changes,
				  size_t count);

/* Newest first. */
MUST_USE struct err past_scores(struct db_tx *tx, const struct desk *desk, struct id customer,
				struct past_score past[static PAST_SCORES_MAX], size_t *count);

/* ------------------------------------------------------------------ limits and exposure */

struct exposure {
	int64_t open_minor; /* open items less unapplied cash */
	bool limit_set;
	int64_t limit_minor;
};
MUST_USE struct err exposure_load(struct db_tx *tx, const struct desk *desk, struct id customer,
				  struct currency currency, struct exposure *exposure);

struct limit_change {
	struct currency currency;
	int64_t limit_minor;
	bool remove;
	const char *reason, *set_by;
	bool had; /* what stood before */
	int64_t previous_minor;
};
MUST_USE struct err limit_save(struct db_tx *tx, const struct desk *desk, const struct customer *customer,
			       struct limit_change *change);

/* ------------------------------------------------------------------ holds */

struct hold_list {
	struct hold *items;
	size_t count;
};

/* The active ones of these customers. */
MUST_USE struct err holds_active(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
				 struct hold_list *list);

/* Newest first, from before `before` (a zero id is the start); of one customer, or of all where `customer` is zero. */
MUST_USE struct err holds_list(struct db_tx *tx, const struct desk *desk, struct id customer, bool released,
			       struct id before, int limit, struct hold_list *list);

/* Places a hold, or gives the customer's active hold of that origin the new reason and last day; *hold is what stands.
 */
MUST_USE struct err hold_place(struct db_tx *tx, const struct desk *desk, struct hold *hold);

/* The ladder's hold that ended because nothing was overdue, though something that was due before then is owed now: what
 * had paid it was taken back. None where one of the ladder's is active, or its last day has passed. */
MUST_USE struct err hold_wrongly_ended(struct db_tx *tx, const struct desk *desk, struct id customer, bool *found,
				       struct hold *hold);

/* Ends those of the holds that are still active; *ended are these. */
MUST_USE struct err holds_end(struct db_tx *tx, const struct desk *desk, const struct hold *holds, size_t count,
			      const char *released_by, struct hold_list *ended);

/* ------------------------------------------------------------------ invariants */

#define INVARIANTS_MAX 4
struct invariant {
	const char *name;
	bool ok;
	int64_t checked;
	const char *detail;
};
MUST_USE struct err invariants_check(struct db_tx *tx, const struct desk *desk,
				     struct invariant invariants[static INVARIANTS_MAX], size_t *count);

#endif
