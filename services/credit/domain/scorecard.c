#include "credit/domain/scorecard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "credit/domain/logistic.h"

static const double PENALTIES[] = { 300, 100, 30, 10, 3, 1, 0.3 };
#define PENALTY_COUNT (sizeof PENALTIES / sizeof PENALTIES[0])

static const char *const DROPPED_NAMES[] = {
	[DROPPED_EMPTY] = "all_missing", [DROPPED_CONSTANT] = "constant", [DROPPED_WEAK] = "weak",
	[DROPPED_ALIKE] = "alike",       [DROPPED_CROWDED] = "crowded",
};

const char *dropped_name(enum dropped_why why)
{
	return DROPPED_NAMES[why];
}

/* The training rows of one fit. */
struct sample {
	const struct number_table *table;
	const size_t *rows; /* of the table */
	const bool *bad;    /* beside `rows` */
	size_t count;
};

/* ------------------------------------------------------------------ the choice of columns */

struct candidate {
	size_t column;
	struct binning binning;
	double *woe; /* beside the sample's rows */
	double mean, norm;
};

static void column_gather(const struct sample *sample, size_t column, double *x)
{
	for (size_t i = 0; i < sample->count; i++)
		x[i] = sample->table->columns[column][sample->rows[i]];
}

static bool column_speaks(const struct binning *binning, enum dropped_why *why)
{
	const struct bin *missing = &binning->bins[binning->count];
	bool empty = binning->count == 1 && binning->bins[0].rows == 0;

	if (binning->iv >= SCORECARD_IV_LEAST && !empty && (binning->count > 1 || missing->rows > 0))
		return true;
	*why = empty ? DROPPED_EMPTY : DROPPED_WEAK;
	return false;
}

static bool constant(const double *x, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (x[i] != x[0])
			return false;
	}
	return !isnan(x[0]);
}

static int by_iv(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->binning.iv != right->binning.iv)
		return left->binning.iv < right->binning.iv ? 1 : -1;
	return (left->column > right->column) - (left->column < right->column);
}

static void dropped_append(struct arena *arena, struct scorecard *scorecard, const char *name, enum dropped_why why,
			   const char *like)
{
	struct dropped_column *dropped = ARENA_PUSH(arena, scorecard->dropped, scorecard->dropped_count);

	*dropped = (struct dropped_column){ name, why, like };
}

static size_t candidates_find(struct arena *arena, const struct sample *sample, struct candidate *candidates,
			      struct scorecard *scorecard)
{
	const struct number_table *table = sample->table;
	double *x = arena_array(arena, sample->count, sizeof *x);
	size_t count = 0;

	for (size_t column = 0; column < table->column_count; column++) {
		struct candidate *candidate = &candidates[count];
		enum dropped_why why = DROPPED_CONSTANT;
		column_gather(sample, column, x);
		candidate->column = column;
		bool speaks = !constant(x, sample->count);
		if (speaks) {
			binning_fit(arena, x, sample->bad, sample->count, &candidate->binning);
			speaks = column_speaks(&candidate->binning, &why);
		}
		if (speaks)
			count++;
		else
			dropped_append(arena, scorecard, table->names[column], why, NULL);
	}
	qsort(candidates, count, sizeof *candidates, by_iv);
	return count;
}

static void candidate_weigh(struct arena *arena, const struct sample *sample, struct candidate *candidate)
{
	double sum = 0, squares = 0;

	candidate->woe = arena_array(arena, sample->count, sizeof *candidate->woe);
	for (size_t i = 0; i < sample->count; i++) {
		double x = sample->table->columns[candidate->column][sample->rows[i]];
		candidate->woe[i] = binning_woe(&candidate->binning, x);
		sum += candidate->woe[i];
	}
	candidate->mean = sum / (double)sample->count;
	for (size_t i = 0; i < sample->count; i++) {
		double from_mean = candidate->woe[i] - candidate->mean;
		squares += from_mean * from_mean;
	}
	candidate->norm = sqrt(squares);
}

static double correlation(const struct candidate *a, const struct candidate *b, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (a->woe[i] - a->mean) * (b->woe[i] - b->mean);
	double norms = a->norm * b->norm;
	return norms > 0 ? fabs(sum) / norms : 1;
}

/* Keeps the strongest of each group that says the same; the rest keep their order. */
static size_t candidates_choose(struct arena *arena, const struct sample *sample, struct candidate *candidates,
				size_t count, struct scorecard *scorecard)
{
	const char *const *names = sample->table->names;
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++) {
		struct candidate candidate = candidates[i];
		if (chosen == SCORECARD_CHOSEN_MAX) {
			dropped_append(arena, scorecard, names[candidate.column], DROPPED_CROWDED, NULL);
			continue;
		}
		candidate_weigh(arena, sample, &candidate);
		size_t like = 0;
		while (like < chosen &&
		       correlation(&candidates[like], &candidate, sample->count) <= SCORECARD_CORRELATION_MOST)
			like++;
		if (like < chosen)
			dropped_append(arena, scorecard, names[candidate.column], DROPPED_ALIKE,
				       names[candidates[like].column]);
		else
			candidates[chosen++] = candidate;
	}
	return chosen;
}

/* ------------------------------------------------------------------ one fit */

/* Columns chosen and binned; the weights are still open. */
struct draft {
	struct candidate *chosen;
	size_t count;
	double *x; /* row-major weights of evidence */
	double base_logit;
};

static void draft_make(struct arena *arena, const struct sample *sample, struct draft *draft,
		       struct scorecard *scorecard)
{
	size_t bad = 0;

	draft->chosen = arena_array(arena, sample->table->column_count + 1, sizeof *draft->chosen);
	draft->count = candidates_find(arena, sample, draft->chosen, scorecard);
	draft->count = candidates_choose(arena, sample, draft->chosen, draft->count, scorecard);
	draft->x = arena_array(arena, sample->count * draft->count + 1, sizeof *draft->x);
	for (size_t i = 0; i < sample->count; i++) {
		bad += sample->bad[i];
		for (size_t k = 0; k < draft->count; k++)
			draft->x[i * draft->count + k] = draft->chosen[k].woe[i];
	}
	draft->base_logit = log((double)bad / (double)(sample->count - bad));
}

static void draft_fit(struct arena *arena, const struct sample *sample, const struct draft *draft, double penalty,
		      double *weights)
{
	const struct design design = { draft->x, sample->count, draft->count };

	logistic_fit(arena, &design, sample->bad, penalty, weights);
}

static double *weights_start(struct arena *arena, const struct draft *draft)
{
	double *weights = arena_array(arena, draft->count + 1, sizeof *weights);

	weights[draft->count] = draft->base_logit;
	return weights;
}

static double draft_predict(const struct draft *draft, const double *weights, const struct number_table *table,
			    size_t row)
{
	double logit = weights[draft->count];

	for (size_t k = 0; k < draft->count; k++) {
		const struct candidate *candidate = &draft->chosen[k];
		logit += weights[k] * binning_woe(&candidate->binning, table->columns[candidate->column][row]);
	}
	return logistic_of_logit(logit);
}

/* ------------------------------------------------------------------ folds and penalty */

static bool both_classes(const bool *bad, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (bad[i] != bad[0])
			return true;
	}
	return false;
}

/* Good and bad rows are dealt out in turn, so that folds have the same base rate. */
static int *folds_deal(struct arena *arena, const bool *bad, size_t rows)
{
	int *folds = arena_array(arena, rows, sizeof *folds);
	int next[2] = { 0, 0 };

	for (size_t i = 0; i < rows; i++)
		folds[i] = next[bad[i]]++ % SCORECARD_FOLDS;
	return folds;
}

/* Forecasts of one fold's rows under every penalty, by what the other folds say: p[penalty * rows + row]. */
static void fold_predict(const struct number_table *table, const bool *bad, const int *folds, int fold, double *p)
{
	ARENA_SCOPE arena = arena_new(0);
	size_t *rows = arena_array(arena, table->rows, sizeof *rows);
	bool *labels = arena_array(arena, table->rows, sizeof *labels);
	struct sample sample = { .table = table, .rows = rows, .bad = labels };
	struct scorecard ignored = { 0 };
	struct draft draft = { 0 };

	for (size_t i = 0; i < table->rows; i++) {
		if (folds[i] == fold)
			continue;
		rows[sample.count] = i;
		labels[sample.count++] = bad[i];
	}
	bool enough = sample.count > 0 && both_classes(labels, sample.count);
	if (enough)
		draft_make(arena, &sample, &draft, &ignored);
	double *weights = weights_start(arena, &draft);
	for (size_t k = 0; k < PENALTY_COUNT; k++) {
		if (enough)
			draft_fit(arena, &sample, &draft, PENALTIES[k], weights);
		for (size_t i = 0; i < table->rows; i++) {
			if (folds[i] == fold)
				p[k * table->rows + i] = draft_predict(&draft, weights, table, i);
		}
	}
}

static double log_loss(const double *p, const bool *bad, size_t rows)
{
	double sum = 0;

	for (size_t i = 0; i < rows; i++) {
		double likely = bad[i] ? p[i] : 1 - p[i];
		sum -= log(fmax(likely, LOG_LOSS_EDGE));
	}
	return sum;
}

/* The penalty whose out-of-fold forecasts lose least, and these forecasts. */
static double penalty_choose(const struct number_table *table, const bool *bad, double *out_of_fold)
{
	ARENA_SCOPE arena = arena_new(0);
	int *folds = folds_deal(arena, bad, table->rows);
	double *p = arena_array(arena, PENALTY_COUNT * table->rows, sizeof *p);
	size_t best = 0;
	double least = INFINITY;

	for (int fold = 0; fold < SCORECARD_FOLDS; fold++)
		fold_predict(table, bad, folds, fold, p);
	for (size_t k = 0; k < PENALTY_COUNT; k++) {
		double loss = log_loss(p + k * table->rows, bad, table->rows);
		if (loss < least) {
			least = loss;
			best = k;
		}
	}
	if (out_of_fold != NULL)
		memcpy(out_of_fold, p + best * table->rows, table->rows * sizeof *out_of_fold);
	return PENALTIES[best];
}

/* ------------------------------------------------------------------ the scorecard */

#define POINTS_FACTOR (SCORECARD_DOUBLE / log(2))
#define POINTS_OFFSET (SCORECARD_POINTS - POINTS_FACTOR * log(SCORECARD_ODDS))

double scorecard_points(double p)
{
	double kept = fmin(fmax(p, LOG_LOSS_EDGE), 1 - LOG_LOSS_EDGE);

	return POINTS_OFFSET - POINTS_FACTOR * log(kept / (1 - kept));
}

static void points_scale(struct scorecard *scorecard)
{
	double share = (POINTS_OFFSET - POINTS_FACTOR * scorecard->intercept) / (double)scorecard->count;

	for (size_t k = 0; k < scorecard->count; k++) {
		struct scorecard_column *column = &scorecard->columns[k];
		for (int i = 0; i <= column->binning.count; i++)
			column->points[i] = share - POINTS_FACTOR * column->weight * column->binning.bins[i].woe;
	}
}

/* A column that decides the label alone is rarely an honest one. */
static void suspect_check(struct arena *arena, const struct sample *sample, const struct candidate *candidate,
			  struct scorecard *scorecard)
{
	struct forecast *forecasts = arena_array(arena, sample->count, sizeof *forecasts);

	for (size_t i = 0; i < sample->count; i++)
		forecasts[i] = (struct forecast){ candidate->woe[i], sample->bad[i] };
	if (metrics_of(forecasts, sample->count).auc >= SCORECARD_SUSPECT_AUC)
		*ARENA_PUSH(arena, scorecard->suspects, scorecard->suspect_count) =
			sample->table->names[candidate->column];
}

static void scorecard_fill(struct arena *arena, const struct sample *sample, const struct draft *draft,
			   const double *weights, struct scorecard *scorecard)
{
	scorecard->count = draft->count;
	scorecard->columns = arena_array(arena, draft->count, sizeof *scorecard->columns);
	scorecard->intercept = weights[draft->count];
	for (size_t k = 0; k < draft->count; k++) {
		const struct candidate *candidate = &draft->chosen[k];
		scorecard->columns[k] = (struct scorecard_column){ .column = candidate->column,
								   .name = sample->table->names[candidate->column],
								   .binning = candidate->binning,
								   .weight = weights[k] };
		suspect_check(arena, sample, candidate, scorecard);
	}
	points_scale(scorecard);
}

struct err scorecard_fit(struct arena *arena, const struct number_table *table, const bool *bad,
			 struct scorecard *scorecard, double *out_of_fold)
{
	struct scorecard result = { .rows = table->rows };
	struct draft draft;

	if (!both_classes(bad, table->rows))
		return ERR(ERR_CONFLICT, "scorecard.one_class", NULL,
			   "the labels are all alike: there is nothing to tell apart");
	size_t *rows = arena_array(arena, table->rows, sizeof *rows);
	for (size_t i = 0; i < table->rows; i++) {
		rows[i] = i;
		result.bad += bad[i];
	}
	const struct sample sample = { table, rows, bad, table->rows };
	result.base_rate = (double)result.bad / (double)result.rows;
	result.penalty = penalty_choose(table, bad, out_of_fold);
	draft_make(arena, &sample, &draft, &result);
	double *weights = weights_start(arena, &draft);
	draft_fit(arena, &sample, &draft, result.penalty, weights);
	scorecard_fill(arena, &sample, &draft, weights, &result);
	*scorecard = result;
	return OK;
}

double scorecard_predict(const struct scorecard *scorecard, const struct number_table *table, size_t row)
{
	double logit = scorecard->intercept;

	for (size_t k = 0; k < scorecard->count; k++) {
		const struct scorecard_column *column = &scorecard->columns[k];
		logit += column->weight * binning_woe(&column->binning, table->columns[column->column][row]);
	}
	return logistic_of_logit(logit);
}
