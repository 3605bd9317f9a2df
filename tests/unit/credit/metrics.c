#include "unit/test.h"

#include "credit/domain/metrics.h"
#include "unit/credit/near.h"

#define FORECASTS_MAX 6

/* Every value is worked out by hand from its definition. */
static void metrics_are_right(void **state)
{
	static const struct {
		const char *sentence;
		struct forecast forecasts[FORECASTS_MAX];
		size_t count;
		double auc, ks, brier;
	} rows[] = {
		{ "perfect order",
		  { { 0.1, false }, { 0.4, false }, { 0.6, true }, { 0.9, true } },
		  4,
		  1,
		  1,
		  (0.01 + 0.16 + 0.16 + 0.01) / 4 },
		{ "perfectly wrong order is told as such", { { 0.9, false }, { 0.1, true } }, 2, 0, 1, 0.81 },
		{ "all alike is chance", { { 0.5, true }, { 0.5, false }, { 0.5, false } }, 3, 0.5, 0, 0.25 },
		{ "3 of 4 pairs in order",
		  { { 0.1, false }, { 0.4, false }, { 0.35, true }, { 0.8, true } },
		  4,
		  0.75,
		  0.5,
		  (0.01 + 0.16 + 0.4225 + 0.04) / 4 },
		{ "a tie between the classes counts half",
		  { { 0.2, false }, { 0.5, false }, { 0.5, true }, { 0.9, true } },
		  4,
		  3.5 / 4,
		  0.5,
		  (0.04 + 0.25 + 0.25 + 0.01) / 4 },
		{ "ties of three: 1 of 2 positives over 2 of 3 negatives",
		  { { 0.3, false }, { 0.3, true }, { 0.3, false }, { 0.1, false }, { 0.7, true } },
		  5,
		  (3 + 1 + 0.5 + 0.5) / 6,
		  0.5,
		  (0.09 + 0.49 + 0.09 + 0.01 + 0.09) / 5 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct forecast forecasts[FORECASTS_MAX];
		memcpy(forecasts, rows[i].forecasts, sizeof forecasts);
		struct metrics metrics = metrics_of(forecasts, rows[i].count);

		SAY(rows[i].sentence);
		assert_near(metrics.auc, rows[i].auc);
		assert_near(metrics.ks, rows[i].ks);
		assert_near(metrics.brier, rows[i].brier);
	}
}

static void log_loss_stays_finite(void **state)
{
	struct forecast one[] = { { 0.25, false } };
	struct forecast certain[] = { { 0, true }, { 1, true } };
	(void)state;

	SAY("minus the logarithm of what was given to what happened");
	assert_near(metrics_of(one, 1).log_loss, -log(0.75));
	SAY("a forecast of zero that happens costs much, not everything");
	assert_near(metrics_of(certain, 2).log_loss, -(log(LOG_LOSS_EDGE) + log(1 - LOG_LOSS_EDGE)) / 2);
}

static void what_has_no_meaning_is_not_a_number(void **state)
{
	struct forecast same[] = { { 0.2, true }, { 0.7, true } };
	(void)state;

	SAY("nothing to judge");
	assert_true(isnan(metrics_of(NULL, 0).auc) && isnan(metrics_of(NULL, 0).brier));
	SAY("one class has no order, but a distance");
	struct metrics metrics = metrics_of(same, 2);
	assert_true(isnan(metrics.auc) && isnan(metrics.ks));
	assert_near(metrics.brier, (0.64 + 0.09) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_are_right),
		cmocka_unit_test(log_loss_stays_finite),
		cmocka_unit_test(what_has_no_meaning_is_not_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
