#ifndef CREDIT_METRICS_H
#define CREDIT_METRICS_H

#include <stdbool.h>
#include <stddef.h>

/* How good forecasts of a yes or no are. Equal forecasts are ties: they get the mean rank in the AUC, and one step in
 * the KS. NAN where a figure has no meaning (no rows, or rows of one class only). */

struct forecast {
	double p; /* 0 to 1 */
	bool happened;
};

struct metrics {
	size_t n, positives;
	double auc;      /* area under the ROC curve; 0.5 is chance */
	double ks;       /* largest distance between the two cumulative distributions */
	double brier;    /* mean squared error */
	double log_loss; /* natural logarithm; forecasts are kept LOG_LOSS_EDGE away from 0 and 1 */
};

#define LOG_LOSS_EDGE 1e-12

/* Sorts `forecasts`. */
struct metrics metrics_of(struct forecast *forecasts, size_t count);

#endif
