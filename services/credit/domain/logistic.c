#include "credit/domain/logistic.h"

#include <math.h>
#include <string.h>

#include "common/base/check.h"

double logistic_of_logit(double logit)
{
	if (logit >= 0)
		return 1 / (1 + exp(-logit));
	double e = exp(logit);
	return e / (1 + e);
}

double logistic_logit(const double *x, size_t columns, const double *weights)
{
	double logit = weights[columns];

	for (size_t i = 0; i < columns; i++)
		logit += weights[i] * x[i];
	return logit;
}

/* log(1 + e^x) without overflow. */
static double softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* What Newton's method brings to its least: the negative log-likelihood and half the penalty times the squares. */
static double objective(const struct design *design, const bool *happened, double penalty, const double *weights)
{
	double sum = 0;

	for (size_t row = 0; row < design->rows; row++) {
		double logit = logistic_logit(design->x + row * design->columns, design->columns, weights);
		sum += softplus(logit) - (happened[row] ? logit : 0);
	}
	for (size_t i = 0; i < design->columns; i++)
		sum += penalty / 2 * weights[i] * weights[i];
	return sum;
}

/* The gradient, and the lower triangle of the Hessian, of size columns + 1. */
static void derivatives(const struct design *design, const bool *happened, double penalty, const double *weights,
			double *gradient, double *hessian)
{
	size_t columns = design->columns, size = columns + 1;

	memset(gradient, 0, size * sizeof *gradient);
	memset(hessian, 0, size * size * sizeof *hessian);
	for (size_t row = 0; row < design->rows; row++) {
		const double *x = design->x + row * columns;
		double p = logistic_of_logit(logistic_logit(x, columns, weights));
		double miss = p - (happened[row] ? 1 : 0), weight = p * (1 - p);
		for (size_t i = 0; i < size; i++) {
			double xi = i < columns ? x[i] : 1;
			gradient[i] += miss * xi;
			if (xi == 0)
				continue;
			double scaled = weight * xi;
			for (size_t j = 0; j <= i; j++)
				hessian[i * size + j] += scaled * (j < columns ? x[j] : 1);
		}
	}
	for (size_t i = 0; i < columns; i++) {
		gradient[i] += penalty * weights[i];
		hessian[i * size + i] += penalty;
	}
}

#define PIVOT_LEAST 1e-10

/* Cholesky in the lower triangle of `matrix`; then *step becomes matrix^-1 * step. */
static void solve(double *matrix, size_t size, double *step)
{
	for (size_t i = 0; i < size; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = matrix[i * size + j];
			for (size_t k = 0; k < j; k++)
				sum -= matrix[i * size + k] * matrix[j * size + k];
			matrix[i * size + j] = i == j ? sqrt(fmax(sum, PIVOT_LEAST)) : sum / matrix[j * size + j];
		}
	}
	for (size_t i = 0; i < size; i++) {
		for (size_t k = 0; k < i; k++)
			step[i] -= matrix[i * size + k] * step[k];
		step[i] /= matrix[i * size + i];
	}
	for (size_t i = size; i-- > 0;) {
		for (size_t k = i + 1; k < size; k++)
			step[i] -= matrix[k * size + i] * step[k];
		step[i] /= matrix[i * size + i];
	}
}

#define HALVINGS_MAX 20

/* Halves the step until it helps; false where not even a tiny one does. */
static bool step_take(const struct design *design, const bool *happened, double penalty, const double *step,
		      double *trial, double *weights, double *value)
{
	size_t size = design->columns + 1;

	double length = 2;

	for (int i = 0; i < HALVINGS_MAX; i++) {
		length /= 2;
		for (size_t k = 0; k < size; k++)
			trial[k] = weights[k] - length * step[k];
		double reached = objective(design, happened, penalty, trial);
		if (reached >= *value)
			continue;
		bool enough = *value - reached > LOGISTIC_TOLERANCE * (1 + fabs(*value));
		memcpy(weights, trial, size * sizeof *weights);
		*value = reached;
		return enough;
	}
	return false;
}

void logistic_fit(struct arena *arena, const struct design *design, const bool *happened, double penalty,
		  double *weights)
{
	size_t size = design->columns + 1;
	double *gradient = arena_array(arena, size, sizeof *gradient);
	double *trial = arena_array(arena, size, sizeof *trial);
	double *hessian = arena_array(arena, size * size, sizeof *hessian);
	double value = objective(design, happened, penalty, weights);

	CHECK(penalty > 0);
	for (int i = 0; i < LOGISTIC_STEPS_MAX; i++) {
		derivatives(design, happened, penalty, weights, gradient, hessian);
		solve(hessian, size, gradient);
		if (!step_take(design, happened, penalty, gradient, trial, weights, &value))
			return;
	}
}
