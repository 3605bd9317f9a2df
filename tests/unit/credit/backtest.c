#include "unit/test.h"

#include "credit/domain/backtest.h"
#include "unit/credit/near.h"

#define INVOICES 900
#define CUSTOMERS 12

static struct late_invoice invoices[INVOICES];
static char customers[CUSTOMERS][16], numbers[INVOICES][16];

static uint64_t seed;

static int below(int most)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (int)((seed * UINT64_C(2685821657736338717)) >> 33) % most;
}

/* Three invoices a day on 30 days; customers with an even number pay some days early, the others late, with exceptions.
 */
static void history_make(void)
{
	struct date start;

	seed = 99;
	assert_true(err_ok(date_parse("2025-01-01", &start)));
	for (int i = 0; i < CUSTOMERS; i++)
		snprintf(customers[i], sizeof customers[i], "C%d", i);
	for (int i = 0; i < INVOICES; i++) {
		struct date issued = date_add_days(start, i / 3), due = date_add_days(issued, 30);
		int customer = below(CUSTOMERS);
		bool late = (customer % 2 == 1) != (below(10) == 0);
		snprintf(numbers[i], sizeof numbers[i], "N%d", i);
		invoices[i] =
			(struct late_invoice){ .customer = customers[customer],
					       .number = numbers[i],
					       .segment = "",
					       .currency = { "EUR" },
					       .amount_minor = 1000 + below(100000),
					       .issued_on = issued,
					       .due_on = due,
					       .settled_on = date_add_days(due, late ? 2 + below(20) : -below(7)) };
	}
}

static struct backtest_result run(struct arena *arena, struct date train_until)
{
	struct backtest_result result;

	assert_true(err_ok(backtest_run(arena, invoices, INVOICES, train_until, &result)));
	return result;
}

static void a_plain_habit_is_learnt(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	(void)state;

	history_make();
	struct backtest_result result = run(arena, backtest_split(invoices, INVOICES, 0.7));
	SAY("70 % by issue date, the day's other invoices included");
	assert_int_equal(result.test_count, INVOICES * 3 / 10);
	assert_int_equal(result.judged, result.test_count);
	SAY("ours orders nearly as well as nine in ten allow, and beats the base rate in every figure");
	assert_true(result.metrics[BACKTEST_OURS].auc > 0.85);
	assert_near(result.metrics[BACKTEST_BASE_RATE].auc, 0.5);
	assert_true(result.metrics[BACKTEST_OURS].brier < result.metrics[BACKTEST_BASE_RATE].brier);
	SAY("the habit's delay is forecast: wrong in one of ten, and the late ones spread over 20 days");
	assert_true(result.mae_days[BACKTEST_OURS] < result.mae_days[BACKTEST_BASE_RATE]);
	assert_true(result.mae_days[BACKTEST_OURS] < 6);
}

/* Everything that is known of the invoices issued by `day`, to the last bit. */
static void views_are_the_same(const struct late_view *before, const struct late_view *after, const struct date *issued,
			       struct date day)
{
	for (int i = 0; i < INVOICES && date_compare(issued[i], day) <= 0; i++)
		assert_memory_equal(&before[i], &after[i], sizeof before[i]);
}

/* The proof that nothing of the future is looked at: whatever happens after an invoice's issue, its forecast is the
 * same. */
static void the_future_changes_no_forecast(void **state)
{
	static const int DAYS[] = { 215, 240, 290 }; /* after the start: all in the test part */
	ARENA_SCOPE arena = arena_new(0);
	(void)state;

	for (size_t k = 0; k < ROWS(DAYS); k++) {
		history_make();
		struct date until = backtest_split(invoices, INVOICES, 0.7);
		struct backtest_result before = run(arena, until);
		struct late_view *views = arena_array(arena, INVOICES, sizeof *views);
		struct late_view *views_after = arena_array(arena, INVOICES, sizeof *views_after);
		struct date issued[INVOICES];
		struct date day = date_add_days(invoices[0].issued_on, DAYS[k]);
		late_walk(arena, invoices, INVOICES, views);
		for (int i = 0; i < INVOICES; i++) {
			issued[i] = invoices[i].issued_on;
			if (date_compare(invoices[i].settled_on, day) >= 0)
				invoices[i].settled_on = i % 2 ? DATE_NONE : date_add_days(day, i % 100);
			if (date_compare(invoices[i].issued_on, day) > 0)
				invoices[i].amount_minor = 77;
		}
		struct backtest_result after = run(arena, until);
		late_walk(arena, invoices, INVOICES, views_after);
		views_are_the_same(views, views_after, issued, day);
		SAY("settlements from this day on, and invoices issued after it, are made up anew");
		for (size_t i = 0; i < before.test_count; i++) {
			if (date_compare(before.test[i].issued_on, day) > 0)
				break;
			for (int model = 0; model < BACKTEST_MODELS; model++) {
				assert_true(before.predictions[i][model].p_late == after.predictions[i][model].p_late);
				assert_true(before.predictions[i][model].delay_days ==
					    after.predictions[i][model].delay_days);
			}
		}
	}
}

static void outcomes_are_known_in_time(void **state)
{
	static const struct {
		const char *sentence;
		int due, settled, day; /* days; settled -1: open */
		enum late_outcome outcome;
	} rows[] = {
		{ "settled before its due date", 30, 20, 25, LATE_NO },
		{ "settled on its due date", 30, 30, 30, LATE_NO },
		{ "settled later than the day asked about", 30, 20, 19, LATE_UNKNOWN },
		{ "open at the end of its due date", 30, -1, 30, LATE_YES },
		{ "open the day before", 30, -1, 29, LATE_UNKNOWN },
		{ "settled the day after its due date", 30, 31, 31, LATE_YES },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct late_invoice invoice = { .due_on = { rows[i].due }, .settled_on = { rows[i].settled } };
		if (rows[i].settled < 0)
			invoice.settled_on = DATE_NONE;
		SAY(rows[i].sentence);
		assert_int_equal(late_outcome_by(&invoice, (struct date){ rows[i].day }), rows[i].outcome);
	}
}

static void what_cannot_be_judged_is_refused(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct backtest_result result;
	(void)state;

	history_make();
	SAY("nothing after the split");
	assert_string_equal(backtest_run(arena, invoices, INVOICES, invoices[INVOICES - 1].issued_on, &result).reason,
			    "backtest.nothing_after");
	SAY("nothing due before it");
	assert_string_equal(backtest_run(arena, invoices, INVOICES, invoices[3].issued_on, &result).reason,
			    "backtest.no_training");
	SAY("little before it: the customer's shrunk rate stands in");
	assert_true(err_ok(backtest_run(arena, invoices, INVOICES, date_add_days(invoices[0].issued_on, 33), &result)));
	assert_false(result.fitted);
	assert_near(result.metrics[BACKTEST_OURS].brier, result.metrics[BACKTEST_CUSTOMER].brier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_habit_is_learnt),
		cmocka_unit_test(the_future_changes_no_forecast),
		cmocka_unit_test(outcomes_are_known_in_time),
		cmocka_unit_test(what_cannot_be_judged_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
