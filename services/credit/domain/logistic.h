#ifndef CREDIT_LOGISTIC_H
#define CREDIT_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

/* Logistic regression with an L2 penalty by Newton's method (iteratively reweighted least squares):
 * log(p / (1 - p)) = intercept + sum of weights * x. The penalty spares the intercept, so that the mean forecast
 * equals the base rate. Deterministic; with a penalty above zero the optimum is unique, separable data included. */

#define LOGISTIC_STEPS_MAX 50
#define LOGISTIC_TOLERANCE 1e-8

struct design {
	const double *x; /* row-major: rows * columns */
	size_t rows, columns;
};

/* `weights` holds columns + 1 numbers, the intercept last; their content is where the search starts. Scratch memory in
 * `arena`: (columns + 1)^2 numbers. penalty > 0. */
void logistic_fit(struct arena *arena, const struct design *design, const bool *happened, double penalty,
		  double *weights);

double logistic_logit(const double *x, size_t columns, const double *weights);
double logistic_of_logit(double logit);

#endif
