#include "credit/domain/backtest.h"

#include <math.h>

#include "credit/domain/logistic.h"

const char *const BACKTEST_MODEL_NAMES[BACKTEST_MODELS] = {
	[BACKTEST_BASE_RATE] = "base_rate",
	[BACKTEST_CUSTOMER] = "customer_shrunk",
	[BACKTEST_OURS] = "relance",
};

struct date backtest_split(const struct late_invoice *invoices, size_t count, double share)
{
	size_t trained = (size_t)floor(share * (double)count);

	if (count == 0)
		return DATE_NONE;
	return trained == 0 ? date_add_days(invoices[0].issued_on, -1) : invoices[trained - 1].issued_on;
}

/* ------------------------------------------------------------------ the fit */

/* Invoices whose outcome was decided by the due date having passed: to take those that were paid early but not those
 * that are still open would make the recent past look better than it was. */
static bool trains(const struct late_invoice *invoice, struct date train_until)
{
	return date_compare(invoice->issued_on, train_until) <= 0 && date_compare(invoice->due_on, train_until) <= 0;
}

struct training {
	struct number_table table;
	bool *late;
	size_t late_count;
};

static void training_make(struct arena *arena, const struct late_invoice *invoices, const struct late_view *views,
			  size_t count, struct date train_until, struct training *training)
{
	double *columns[LATE_FEATURES];
	const double **table = arena_array(arena, LATE_FEATURES, sizeof *table);
	size_t rows = 0;

	for (int k = 0; k < LATE_FEATURES; k++)
		table[k] = columns[k] = arena_array(arena, count, sizeof **columns);
	training->late = arena_array(arena, count, sizeof *training->late);
	for (size_t i = 0; i < count; i++) {
		if (!trains(&invoices[i], train_until))
			continue;
		for (int k = 0; k < LATE_FEATURES; k++)
			columns[k][rows] = views[i].features[k];
		training->late[rows] = late_outcome_by(&invoices[i], train_until) == LATE_YES;
		training->late_count += training->late[rows++];
	}
	training->table = (struct number_table){ LATE_FEATURE_NAMES, table, LATE_FEATURES, rows };
}

/* ------------------------------------------------------------------ the forecasts */

static double logit_of(double p)
{
	return log(p / (1 - p));
}

/* The scorecard's odds, leaning towards the customer's own rate while there was little to learn from; a sum still. */
static double ours(const struct backtest_result *result, const struct late_view *view)
{
	const double *columns[LATE_FEATURES];
	const struct number_table one = { LATE_FEATURE_NAMES, columns, LATE_FEATURES, 1 };

	if (!result->fitted)
		return view->customer_rate;
	for (int k = 0; k < LATE_FEATURES; k++)
		columns[k] = &view->features[k];
	double share = (double)result->train_count / ((double)result->train_count + BACKTEST_PRIOR_ROWS);
	double card = scorecard_predict(&result->scorecard, &one, 0);

	return logistic_of_logit(share * logit_of(card) + (1 - share) * logit_of(view->customer_rate));
}

static void predict(const struct backtest_result *result, const struct late_view *view, double base_delay,
		    struct prediction predictions[BACKTEST_MODELS])
{
	predictions[BACKTEST_BASE_RATE] = (struct prediction){ result->train_late_rate, base_delay };
	predictions[BACKTEST_CUSTOMER] = (struct prediction){ view->customer_rate, view->customer_delay };
	double p = ours(result, view);
	predictions[BACKTEST_OURS] = (struct prediction){ p, late_delay(view, p) };
}

/* ------------------------------------------------------------------ the judgement */

/* The last day of which the file tells anything. */
static struct date last_day(const struct late_invoice *invoices, size_t count)
{
	struct date last = invoices[0].issued_on;

	for (size_t i = 0; i < count; i++) {
		if (date_compare(invoices[i].issued_on, last) > 0)
			last = invoices[i].issued_on;
		if (date_known(invoices[i].settled_on) && date_compare(invoices[i].settled_on, last) > 0)
			last = invoices[i].settled_on;
	}
	return last;
}

static void judge(struct arena *arena, struct date until, enum backtest_model model, struct backtest_result *result)
{
	struct forecast *forecasts = arena_array(arena, result->test_count, sizeof *forecasts);
	size_t judged = 0, settled = 0;
	double missed = 0;

	for (size_t i = 0; i < result->test_count; i++) {
		const struct late_invoice *invoice = &result->test[i];
		const struct prediction *prediction = &result->predictions[i][model];
		enum late_outcome outcome = late_outcome_by(invoice, until);
		if (outcome == LATE_UNKNOWN)
			continue;
		forecasts[judged++] = (struct forecast){ prediction->p_late, outcome == LATE_YES };
		if (!date_known(invoice->settled_on))
			continue;
		missed += fabs(date_days_between(invoice->due_on, invoice->settled_on) - prediction->delay_days);
		settled++;
	}
	result->judged = judged;
	result->settled = settled;
	result->metrics[model] = metrics_of(forecasts, judged);
	result->late_rate = judged > 0 ? (double)result->metrics[model].positives / (double)judged : NAN;
	result->mae_days[model] = settled > 0 ? missed / (double)settled : NAN;
}

struct err backtest_run(struct arena *arena, const struct late_invoice *invoices, size_t count, struct date train_until,
			struct backtest_result *result)
{
	struct backtest_result run = { .train_until = train_until };
	struct late_view *views = arena_array(arena, count, sizeof *views);
	struct training training = { 0 };
	size_t first = 0;

	while (first < count && date_compare(invoices[first].issued_on, train_until) <= 0)
		first++;
	if (first == count)
		return ERR(ERR_CONFLICT, "backtest.nothing_after", NULL, "no invoice was issued after the split");
	late_walk(arena, invoices, count, views);
	training_make(arena, invoices, views, first, train_until, &training);
	if (training.table.rows == 0)
		return ERR(ERR_CONFLICT, "backtest.no_training", NULL, "no invoice was due by the split");

	run.train_count = training.table.rows;
	run.train_late_rate = (double)training.late_count / (double)training.table.rows;
	bool both = training.late_count > 0 && training.late_count < training.table.rows;
	run.fitted = both && training.table.rows >= BACKTEST_TRAIN_LEAST;
	if (run.fitted)
		TRY(scorecard_fit(arena, &training.table, training.late, &run.scorecard, NULL));

	run.test = invoices + first;
	run.test_count = count - first;
	run.predictions = arena_array(arena, run.test_count, sizeof *run.predictions);
	for (size_t i = 0; i < run.test_count; i++)
		predict(&run, &views[first + i], views[first].base_delay, run.predictions[i]);
	for (int model = 0; model < BACKTEST_MODELS; model++)
		judge(arena, last_day(invoices, count), (enum backtest_model)model, &run);
	*result = run;
	return OK;
}
