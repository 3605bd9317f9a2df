#include "unit/test.h"

#include "credit/domain/hold.h"
#include "credit/domain/score.h"
#include "unit/credit/near.h"

static const struct portfolio AVERAGE = { .score = 70, .late_rate = 0.4 };

static struct date day(const char *text)
{
	struct date date;

	assert_true(err_ok(date_parse(text, &date)));
	return date;
}

static struct currency currency(const char *code)
{
	struct currency known;

	assert_true(err_ok(currency_parse(code, &known)));
	return known;
}

/* An invoice of 100.00 EUR that was due `due_ago` days before today and paid `late` days after. */
static struct history_item paid(struct date today, int due_ago, int late)
{
	struct date due = date_add_days(today, -due_ago);

	return (struct history_item){ .amount_minor = 10000,
				      .currency = currency("EUR"),
				      .due_on = due,
				      .settled_on = date_add_days(due, late) };
}

static struct history_item open_item(struct date today, int due_ago)
{
	return (struct history_item){ .amount_minor = 10000,
				      .currency = currency("EUR"),
				      .due_on = date_add_days(today, -due_ago),
				      .settled_on = DATE_NONE };
}

static void the_scale_has_paydex_anchors(void **state)
{
	static const struct {
		const char *sentence;
		int days_late;
		double score;
	} rows[] = {
		{ "a month early is 100", -30, 100 },
		{ "earlier still stays 100", -90, 100 },
		{ "the discount date is 90", -20, 90 },
		{ "half way to the discount is 85", -10, 85 },
		{ "the due date is 80", 0, 80 },
		{ "15 days beyond terms is 70", 15, 70 },
		{ "22 days is 60", 22, 60 },
		{ "26 days lies between 60 and 50", 26, 55 },
		{ "30 days is 50", 30, 50 },
		{ "45 days lies between 50 and 40", 45, 45 },
		{ "60 days is 40", 60, 40 },
		{ "90 days is 30", 90, 30 },
		{ "120 days is 20", 120, 20 },
		{ "half a year is nothing", 180, 0 },
		{ "ten years is nothing", 3650, 0 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_near(score_of_days(rows[i].days_late), rows[i].score);
	}
}

static void classes_begin_at_their_bounds(void **state)
{
	static const struct {
		const char *sentence;
		int score;
		enum risk_class risk;
	} rows[] = {
		{ "100 is low", 100, RISK_LOW },     { "80 is low", 80, RISK_LOW },
		{ "79 is medium", 79, RISK_MEDIUM }, { "50 is medium", 50, RISK_MEDIUM },
		{ "49 is high", 49, RISK_HIGH },     { "30 is high", 30, RISK_HIGH },
		{ "29 is severe", 29, RISK_SEVERE }, { "0 is severe", 0, RISK_SEVERE },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_int_equal(risk_of_score(rows[i].score), rows[i].risk);
		assert_int_equal(risk_find(risk_name(rows[i].risk)), rows[i].risk);
	}
}

static struct score compute(struct arena *arena, const struct history_item *items, size_t count, struct date today)
{
	struct score score;

	score_compute(arena, items, count, AVERAGE, today, &score);
	return score;
}

static void a_thin_history_is_drawn_towards_the_average(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct date today = day("2026-06-30");
	struct history_item items[60];
	(void)state;

	SAY("without history the score is the average, and says so");
	struct score none = compute(arena, items, 0, today);
	assert_int_equal(none.points, 70);
	assert_int_equal(none.data_age_days, -1);
	assert_string_equal(none.reasons[0].text, "no payment history: taken for the creditor's average of 70");
	assert_near(none.late_probability, 0.4);

	SAY("one invoice paid today, 60 days late: (40 + 3 * 70) / 4");
	items[0] = paid(today, 60, 60);
	assert_near(compute(arena, items, 1, today).exact, 62.5);

	SAY("sixty of them leave little of the average: (60 * 40 + 3 * 70) / 63");
	for (size_t i = 0; i < ROWS(items); i++)
		items[i] = paid(today, 60, 60);
	assert_near(compute(arena, items, ROWS(items), today).exact, 2610.0 / 63);
}

static void scores_heal(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct date today = day("2026-06-30");
	struct history_item items[12];
	(void)state;
	for (size_t i = 0; i < 6; i++)
		items[i] = paid(today, 90, 90);
	for (size_t i = 6; i < 12; i++)
		items[i] = paid(today, 0, 0);

	SAY("late invoices of long ago weigh less than prompt ones of today");
	struct score before = compute(arena, items, 6, today);
	struct score after = compute(arena, items, 12, today);
	assert_true(after.exact > before.exact + 5);

	SAY("the same history weighs less every month, and nothing after two years");
	struct score year = compute(arena, items, 6, date_add_months(today, 12));
	struct score gone = compute(arena, items, 6, date_add_months(today, 25));
	assert_true(year.exact > before.exact);
	assert_int_equal(gone.invoices_known, 0);
	assert_int_equal(gone.points, 70);

	SAY("the recovery is told");
	bool told = false;
	for (size_t i = 0; i < 6; i++)
		items[i] = paid(today, 200, 60);
	struct score better = compute(arena, items, 12, today);
	for (int i = 0; i < better.reason_count; i++)
		told = told || strcmp(better.reasons[i].code, "score.improving") == 0;
	assert_true(told);
}

static void reasons_are_exact_and_ranked(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct date today = day("2026-06-30");
	struct history_item items[13];
	(void)state;
	for (size_t i = 0; i < 9; i++)
		items[i] = paid(today, 40, 0);
	for (size_t i = 9; i < 12; i++)
		items[i] = paid(today, 70, 45);
	items[12] = open_item(today, 45);
	struct score score = compute(arena, items, ROWS(items), today);

	SAY("the weightiest reason comes first, in words");
	assert_string_equal(score.reasons[0].text, "3 of 12 invoices paid over 30 days late");
	assert_string_equal(score.reasons[1].text, "1 invoice 45 days overdue now");
	assert_int_equal(score.oldest_overdue_days, 45);
	assert_int_equal(score.overdue[0].open_minor, 10000);

	SAY("the points of all reasons add up to what is missing from 80");
	double lost = 0;
	for (int i = 0; i < score.reason_count; i++)
		lost += score.reasons[i].points_lost;
	assert_near(SCORE_PROMPT - lost, score.exact);

	SAY("data age is that of the newest fact: the overdue invoice is of today");
	assert_int_equal(score.data_age_days, 0);
}

static void special_cases_of_history(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct date today = day("2026-06-30");
	(void)state;

	SAY("an invoice that is not due yet tells nothing, not even on its due date");
	struct history_item due_today = open_item(today, 0);
	assert_int_equal(compute(arena, &due_today, 1, today).invoices_known, 0);

	SAY("a discount that was taken counts as 90");
	struct history_item discount = paid(today, 5, -3);
	discount.discount_taken = true;
	assert_near(compute(arena, &discount, 1, today).exact,
		    (90 * exp2(-8.0 / SCORE_HALF_LIFE_DAYS) + 210) / (exp2(-8.0 / SCORE_HALF_LIFE_DAYS) + 3));

	SAY("the big invoice outweighs the small one");
	struct history_item two[] = { paid(today, 60, 60), paid(today, 0, 0) };
	two[0].amount_minor = 900000;
	assert_true(compute(arena, two, 2, today).exact < 60);

	SAY("but not by the size of its currency's unit");
	two[0].currency = currency("JPY");
	assert_near(compute(arena, two, 2, today).exact, (40 + 80 + 210) / 5.0);

	SAY("an open invoice past its due date is late for certain, another by the customer's chance");
	struct score score = compute(arena, two, 2, today);
	assert_near(score_late_probability(&score, date_add_days(today, -1), today), 1);
	assert_near(score_late_probability(&score, today, today), (1 + 1.6) / 6);
}

static void the_portfolio_is_the_average_customer(void **state)
{
	static const struct portfolio_bucket buckets[] = { { 0, 20 }, { 30, 20 } };
	(void)state;
	SAY("20 prompt, 20 paid 30 days late, and 20 that stand for what is not known");
	struct portfolio portfolio = portfolio_of(buckets, ROWS(buckets));
	assert_near(portfolio.score, (1600 + 1000 + 20 * PORTFOLIO_SCORE) / 60);
	assert_near(portfolio.late_rate, (20 + 20 * PORTFOLIO_LATE_RATE) / 60);
}

static void small_changes_are_kept_quiet(void **state)
{
	static const struct {
		const char *sentence;
		int before, after;
		bool changed;
	} rows[] = {
		{ "the same", 70, 70, false },
		{ "four points within a class", 70, 66, false },
		{ "five points", 70, 65, true },
		{ "one point over a bound", 80, 79, true },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_int_equal(score_changed(rows[i].before, rows[i].after), rows[i].changed);
	}
}

static void holds_end(void **state)
{
	static const struct {
		const char *sentence;
		enum hold_origin origin;
		const char *expires_on; /* NULL: never */
		bool overdue, over;
	} rows[] = {
		{ "dunning's hold goes on while something is overdue", HOLD_BY_DUNNING, NULL, true, false },
		{ "and ends when nothing is", HOLD_BY_DUNNING, NULL, false, true },
		{ "a person's hold does not", HOLD_BY_PERSON, NULL, false, false },
		{ "the last day still holds", HOLD_BY_PERSON, "2026-06-30", true, false },
		{ "the day after does not", HOLD_BY_PERSON, "2026-06-29", true, true },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct hold hold = { .origin = rows[i].origin,
				     .expires_on = rows[i].expires_on ? day(rows[i].expires_on) : DATE_NONE };
		SAY(rows[i].sentence);
		assert_int_equal(hold_over(&hold, day("2026-06-30"), rows[i].overdue) != NULL, rows[i].over);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scale_has_paydex_anchors),
		cmocka_unit_test(classes_begin_at_their_bounds),
		cmocka_unit_test(a_thin_history_is_drawn_towards_the_average),
		cmocka_unit_test(scores_heal),
		cmocka_unit_test(reasons_are_exact_and_ranked),
		cmocka_unit_test(special_cases_of_history),
		cmocka_unit_test(the_portfolio_is_the_average_customer),
		cmocka_unit_test(small_changes_are_kept_quiet),
		cmocka_unit_test(holds_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
