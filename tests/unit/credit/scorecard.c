#include "unit/test.h"

#include "credit/domain/logistic.h"
#include "credit/domain/scorecard.h"
#include "unit/credit/near.h"

#define ROWS_MAX 6000
#define COLUMNS_MAX 8

/* A table whose truth is known: numbers from a fixed generator. */
struct made {
	const char *names[COLUMNS_MAX];
	double values[COLUMNS_MAX][ROWS_MAX];
	const double *columns[COLUMNS_MAX];
	bool bad[ROWS_MAX];
	struct number_table table;
};

static struct made made;

/* xorshift64*: uniform in [0, 1), the same on every machine. */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

static const double *column(const char *name)
{
	size_t at = made.table.column_count++;

	made.names[at] = name;
	made.columns[at] = made.values[at];
	return made.values[at];
}

static void table_open(size_t rows)
{
	memset(&made, 0, sizeof made);
	made.table = (struct number_table){ made.names, made.columns, 0, rows };
}

static const struct scorecard_column *chosen(const struct scorecard *scorecard, const char *name)
{
	for (size_t i = 0; i < scorecard->count; i++) {
		if (strcmp(scorecard->columns[i].name, name) == 0)
			return &scorecard->columns[i];
	}
	return NULL;
}

static const struct dropped_column *dropped(const struct scorecard *scorecard, const char *name)
{
	for (size_t i = 0; i < scorecard->dropped_count; i++) {
		if (strcmp(scorecard->dropped[i].name, name) == 0)
			return &scorecard->dropped[i];
	}
	return NULL;
}

/* The chance of bad is known for each row: 30 % where x > 0.7 or x is missing, and doubled odds for each of two steps
 * of z. */
static double truth(double x, double z)
{
	double logit = -3 + (isnan(x) || x > 0.7 ? 2 : 0) + log(2) * floor(z * 3);

	return logistic_of_logit(logit);
}

static void known_truth_make(void)
{
	uint64_t seed = 42;

	table_open(ROWS_MAX);
	double *x = (double *)column("x"), *z = (double *)column("z"), *copy = (double *)column("z_again");
	double *noise = (double *)column("noise"), *same = (double *)column("same"), *none = (double *)column("none");
	for (size_t i = 0; i < ROWS_MAX; i++) {
		x[i] = uniform(&seed) < 0.1 ? NAN : uniform(&seed);
		z[i] = uniform(&seed);
		copy[i] = 100 - 3 * z[i];
		noise[i] = uniform(&seed);
		same[i] = 7;
		none[i] = NAN;
		made.bad[i] = uniform(&seed) < truth(x[i], z[i]);
	}
}

static void a_known_truth_is_found(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct scorecard scorecard;
	double *out_of_fold = arena_array(arena, ROWS_MAX, sizeof *out_of_fold);
	(void)state;

	known_truth_make();
	assert_true(err_ok(scorecard_fit(arena, &made.table, made.bad, &scorecard, out_of_fold)));

	SAY("both columns that matter are chosen, and what says the same, nothing or noise is named as such");
	assert_non_null(chosen(&scorecard, "x"));
	assert_int_equal(dropped(&scorecard, "same")->why, DROPPED_CONSTANT);
	assert_int_equal(dropped(&scorecard, "none")->why, DROPPED_EMPTY);
	assert_int_equal(dropped(&scorecard, "noise")->why, DROPPED_WEAK);
	assert_true((chosen(&scorecard, "z") == NULL) != (chosen(&scorecard, "z_again") == NULL));

	SAY("the missing values have a bin of their own that is as bad as the values over 0.7");
	const struct scorecard_column *x = chosen(&scorecard, "x");
	double missing = x->binning.bins[x->binning.count].woe, high = binning_woe(&x->binning, 0.9);
	assert_within(missing, high, 0.35);
	assert_within(high - binning_woe(&x->binning, 0.2), 2, 0.4);

	SAY("out-of-fold forecasts come close to the true chances, and their mean to the base rate");
	double error = 0, mean = 0;
	for (size_t i = 0; i < ROWS_MAX; i++) {
		double miss = out_of_fold[i] - truth(made.values[0][i], made.values[1][i]);
		error += miss * miss / ROWS_MAX;
		mean += out_of_fold[i] / ROWS_MAX;
	}
	assert_true(sqrt(error) < 0.04);
	assert_within(mean, scorecard.base_rate, 0.005);
}

static void points_add_up_to_the_odds(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct scorecard scorecard;
	(void)state;

	known_truth_make();
	assert_true(err_ok(scorecard_fit(arena, &made.table, made.bad, &scorecard, NULL)));
	SAY("600 points at 19 to 1, 50 less at half the odds");
	assert_within(scorecard_points(1 / 20.0), 600, 1e-6);
	assert_within(scorecard_points(1 / 10.5), 550, 1e-6);
	SAY("the points of a row's bins sum to those of its probability");
	for (size_t row = 0; row < 50; row++) {
		double points = 0;
		for (size_t k = 0; k < scorecard.count; k++) {
			const struct scorecard_column *at = &scorecard.columns[k];
			points += at->points[binning_find(&at->binning, made.table.columns[at->column][row])];
		}
		assert_within(points, scorecard_points(scorecard_predict(&scorecard, &made.table, row)), 1e-6);
	}
}

static void the_same_table_gives_the_same_card(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct scorecard first, second;
	(void)state;

	known_truth_make();
	assert_true(err_ok(scorecard_fit(arena, &made.table, made.bad, &first, NULL)));
	assert_true(err_ok(scorecard_fit(arena, &made.table, made.bad, &second, NULL)));
	SAY("to the last bit");
	assert_int_equal(first.count, second.count);
	for (size_t row = 0; row < 100; row++)
		assert_true(scorecard_predict(&first, &made.table, row) ==
			    scorecard_predict(&second, &made.table, row));
}

static void small_and_odd_tables_do_no_harm(void **state)
{
	static const struct {
		const char *sentence;
		size_t rows;
		enum { TINY, ALL_MISSING, CONSTANT, PERFECT, NO_COLUMNS } kind;
	} rows[] = {
		{ "two rows", 2, TINY },
		{ "five rows", 5, TINY },
		{ "a column without a value", 100, ALL_MISSING },
		{ "a column of one value", 100, CONSTANT },
		{ "a column that gives the label away", 200, PERFECT },
		{ "no columns at all", 50, NO_COLUMNS },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct scorecard scorecard;

		table_open(rows[i].rows);
		double *x = rows[i].kind == NO_COLUMNS ? made.values[0] : (double *)column("x");
		for (size_t row = 0; row < rows[i].rows; row++) {
			made.bad[row] = row % 3 == 1;
			x[row] = rows[i].kind == ALL_MISSING ? NAN : rows[i].kind == CONSTANT ? 5 : made.bad[row];
		}
		SAY(rows[i].sentence);
		assert_true(err_ok(scorecard_fit(arena, &made.table, made.bad, &scorecard, NULL)));
		double p = scorecard_predict(&scorecard, &made.table, 1);
		assert_true(p > 0 && p < 1);
		assert_int_equal(scorecard.suspect_count, rows[i].kind == PERFECT);
		if (rows[i].kind != PERFECT && rows[i].kind != TINY)
			assert_within(p, scorecard.base_rate, 1e-6);
	}
}

static void labels_all_alike_are_refused(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct scorecard scorecard;
	(void)state;

	table_open(10);
	column("x");
	assert_string_equal(scorecard_fit(arena, &made.table, made.bad, &scorecard, NULL).reason,
			    "scorecard.one_class");
}

static void bins_keep_the_shape_and_lose_the_noise(void **state)
{
	static const struct {
		const char *sentence;
		enum { RISING, U_SHAPED, FLAT } shape;
		int turns, bins_least, bins_most;
	} rows[] = {
		{ "a rising column stays monotone", RISING, 0, 3, BINS_MAX },
		{ "a U-shaped one turns once", U_SHAPED, 1, 3, BINS_MAX },
		{ "noise keeps few bins", FLAT, 1, 1, 4 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct binning binning;
		uint64_t seed = 7;

		table_open(ROWS_MAX);
		double *x = (double *)column("x");
		for (size_t row = 0; row < ROWS_MAX; row++) {
			x[row] = uniform(&seed);
			double p = rows[i].shape == RISING     ? x[row]
				   : rows[i].shape == U_SHAPED ? 4 * (x[row] - 0.5) * (x[row] - 0.5)
							       : 0.3;
			made.bad[row] = uniform(&seed) < p;
		}
		binning_fit(arena, x, made.bad, ROWS_MAX, &binning);
		SAY(rows[i].sentence);
		assert_true(binning.turns <= rows[i].turns);
		assert_in_range(binning.count, rows[i].bins_least, rows[i].bins_most);
	}
}

static void newton_reaches_the_optimum(void **state)
{
	/* 3 of 10 bad where x is 0, 8 of 10 where x is 1: without a penalty to speak of, the weights are the log odds.
	 */
	ARENA_SCOPE arena = arena_new(0);
	double x[20], weights[2] = { 0, 0 };
	bool happened[20];
	(void)state;

	for (int i = 0; i < 20; i++) {
		x[i] = i >= 10;
		happened[i] = i < 3 || i >= 12;
	}
	logistic_fit(arena, &(struct design){ x, 20, 1 }, happened, 1e-9, weights);
	SAY("intercept and weight are those of the table");
	assert_within(weights[1], log(0.3 / 0.7), 1e-4);
	assert_within(weights[0], log(0.8 / 0.2) - log(0.3 / 0.7), 1e-4);
	SAY("a heavy penalty leaves the base rate");
	weights[0] = weights[1] = 0;
	logistic_fit(arena, &(struct design){ x, 20, 1 }, happened, 1e9, weights);
	assert_within(weights[0], 0, 1e-6);
	assert_within(logistic_of_logit(weights[1]), 0.55, 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_truth_is_found),
		cmocka_unit_test(points_add_up_to_the_odds),
		cmocka_unit_test(the_same_table_gives_the_same_card),
		cmocka_unit_test(small_and_odd_tables_do_no_harm),
		cmocka_unit_test(labels_all_alike_are_refused),
		cmocka_unit_test(bins_keep_the_shape_and_lose_the_noise),
		cmocka_unit_test(newton_reaches_the_optimum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
