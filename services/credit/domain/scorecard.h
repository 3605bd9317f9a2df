#ifndef CREDIT_SCORECARD_H
#define CREDIT_SCORECARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "credit/domain/binning.h"
#include "credit/domain/metrics.h"

/* A scorecard: each chosen column in bins, each bin with points, and the points add up to the odds. Fitted from any
 * table of numbers: binning with weights of evidence, choice by information value, one of each group of columns that
 * say the same, logistic regression on the weights with a penalty chosen by cross-validation, scaling to points.
 *
 * It keeps the future out only by construction: bins, choice, weights and penalty come from the training rows alone,
 * and out-of-fold forecasts repeat all of it without their fold. Whether a column of the table itself tells what was
 * known only afterwards, it cannot see; a column that alone decides the label is named in `suspects`. */

#define SCORECARD_COLUMNS_MAX 2000 /* of the table */
#define SCORECARD_CHOSEN_MAX 120   /* Newton's step costs their cube */
#define SCORECARD_IV_LEAST 0.01
#define SCORECARD_CORRELATION_MOST 0.95 /* between weights of evidence */
#define SCORECARD_SUSPECT_AUC 0.999
#define SCORECARD_FOLDS 5

/* 600 points at odds of 19 good to 1 bad, 50 points double the odds. */
#define SCORECARD_POINTS 600.0
#define SCORECARD_ODDS 19.0
#define SCORECARD_DOUBLE 50.0

/* Column-major; NAN is missing. All texts and numbers belong to the caller. */
struct number_table {
	const char *const *names;
	const double *const *columns;
	size_t column_count, rows;
};

struct scorecard_column {
	size_t column; /* of the table */
	const char *name;
	struct binning binning;
	double weight;               /* of the weight of evidence */
	double points[BINS_MAX + 1]; /* of each bin, the missing bin last; the intercept is shared out */
};

enum dropped_why { DROPPED_EMPTY, DROPPED_CONSTANT, DROPPED_WEAK, DROPPED_ALIKE, DROPPED_CROWDED };

struct dropped_column {
	const char *name;
	enum dropped_why why;
	const char *like; /* DROPPED_ALIKE: the column that says the same */
};

struct scorecard {
	struct scorecard_column *columns; /* by information value, the highest first */
	size_t count;
	struct dropped_column *dropped;
	size_t dropped_count;
	const char **suspects;
	size_t suspect_count;
	double intercept, penalty;
	double base_rate;
	size_t rows, bad;
};

const char *dropped_name(enum dropped_why why); /* "all_missing", "constant", "weak", "alike", "crowded" */

/* Everything in `arena`. `out_of_fold` (may be NULL) gets a forecast for every training row by a scorecard that has not
 * seen it. ERR_CONFLICT "scorecard.one_class" where the labels are all alike. */
MUST_USE struct err scorecard_fit(struct arena *arena, const struct number_table *table, const bool *bad,
				  struct scorecard *scorecard, double *out_of_fold);

/* Probability of bad of one row of a table with the same columns. */
double scorecard_predict(const struct scorecard *scorecard, const struct number_table *table, size_t row);

/* Points of a probability: higher is safer. */
double scorecard_points(double p);

#endif
