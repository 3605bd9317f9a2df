#ifndef CREDIT_BINNING_H
#define CREDIT_BINNING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

/* Turns one number into a few bins with a weight of evidence each: ln(share of the bad in the bin / share of the good).
 * Starts from quantiles, then merges neighbours that do not differ (likelihood ratio), that are too small, or that
 * make the weights turn more than once: rising, falling and U-shaped columns keep their shape, noise loses its own.
 * A value that is missing (NAN) has a bin of its own. */

#define BINS_FINE 50 /* quantiles at the start; equal values are never parted */
#define BINS_MAX 10  /* without the missing bin */
#define BIN_SHARE_LEAST 0.02
#define BIN_ROWS_LEAST 10
#define BIN_RATIO_LEAST 4.0 /* likelihood ratio below which neighbours are one; chi square of one degree at 4.5 % */
#define BIN_PRIOR_ROWS 8.0  /* rows at the base rate that each bin gets on top: small bins lean to zero */

struct bin {
	double rows, bad; /* of the training */
	double woe;
};

struct binning {
	int count;                     /* 1 to BINS_MAX; a column of one bin and nothing missing says nothing */
	double cuts[BINS_MAX - 1];     /* bin i holds cuts[i - 1] < x <= cuts[i] */
	struct bin bins[BINS_MAX + 1]; /* the missing bin last, at index `count`, also where nothing was missing */
	double iv;                     /* information value */
	int turns;                     /* 0 monotone, 1 U-shaped */
};

/* `bad` beside `x`; both classes must occur. */
void binning_fit(struct arena *arena, const double *x, const bool *bad, size_t rows, struct binning *binning);

int binning_find(const struct binning *binning, double x);
double binning_woe(const struct binning *binning, double x);

#endif
