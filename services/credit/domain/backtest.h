#ifndef CREDIT_BACKTEST_H
#define CREDIT_BACKTEST_H

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "credit/domain/late.h"
#include "credit/domain/scorecard.h"

/* How well late payment can be foretold from a payment history, judged as it would have been lived through: the model
 * is fitted to what was known on the last day of the training part, and each later invoice is judged on its issue date,
 * by what was known then. Beside it two yardsticks that any model has to beat. */

enum backtest_model { BACKTEST_BASE_RATE, BACKTEST_CUSTOMER, BACKTEST_OURS, BACKTEST_MODELS };

extern const char *const BACKTEST_MODEL_NAMES[BACKTEST_MODELS]; /* "base_rate", "customer_shrunk", "relance" */

#define BACKTEST_TRAIN_LEAST                                                                                           \
	30 /* invoices with a known outcome; with fewer the model is the customer's shrunk rate                        \
	    */

#define BACKTEST_PRIOR_ROWS 300.0

struct prediction {
	double p_late;
	double delay_days;
};

struct backtest_result {
	struct date train_until;
	size_t train_count; /* invoices whose outcome was known by then */
	size_t test_count;  /* invoices issued later */
	size_t judged;      /* of these, with an outcome in the file */
	size_t settled;     /* of these, settled: they have a delay */
	double train_late_rate, late_rate;
	struct metrics metrics[BACKTEST_MODELS];
	double mae_days[BACKTEST_MODELS]; /* NAN where nothing is settled */
	bool fitted;
	struct scorecard scorecard;      /* where fitted */
	const struct late_invoice *test; /* the invoices after the split: `test_count` of the input's */
	struct prediction (*predictions)[BACKTEST_MODELS];
};

/* The issue date by which `share` (0 to 1) of the invoices were issued. */
struct date backtest_split(const struct late_invoice *invoices, size_t count, double share);

/* `invoices` in order of issue date. ERR_CONFLICT "backtest.no_training", "backtest.nothing_after". */
MUST_USE struct err backtest_run(struct arena *arena, const struct late_invoice *invoices, size_t count,
				 struct date train_until, struct backtest_result *result);

#endif
