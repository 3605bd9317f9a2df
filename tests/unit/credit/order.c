#include "unit/test.h"

#include "credit/domain/order.h"

#define EUR ((struct currency){ "EUR" })

/* A customer with a score of 85, nothing open, and a limit of 10 000.00; each row changes something. */
static struct order_facts good_customer(void)
{
	return (struct order_facts){ .order_minor = 100000,
				     .currency = EUR,
				     .limit_set = true,
				     .limit_minor = 1000000,
				     .score = 85,
				     .risk = RISK_LOW,
				     .invoices_known = 20 };
}

static void orders_are_answered(void **state)
{
	static const struct {
		const char *sentence;
		int64_t exposure_minor;
		int overdue_days;
		int score;
		const char *hold;
		bool unlimited;
		enum order_verdict verdict;
		int deposit_percent;
		const char *code;
	} rows[] = {
		{ "a good customer within the limit: yes", 0, 0, 85, NULL, false, ORDER_YES, 0, "order.within_limit" },
		{ "exactly to the limit: yes", 900000, 0, 85, NULL, false, ORDER_YES, 0, "order.within_limit" },
		{ "a cent over: the least deposit", 900001, 0, 85, NULL, false, ORDER_DEPOSIT, 5,
		  "order.limit_deposit" },
		{ "half of it over: half as deposit", 950000, 0, 85, NULL, false, ORDER_DEPOSIT, 50,
		  "order.limit_deposit" },
		{ "more than half over: prepayment", 950001, 0, 85, NULL, false, ORDER_PREPAYMENT, 0,
		  "order.limit_prepayment" },
		{ "the limit was passed before: prepayment", 1200000, 0, 85, NULL, false, ORDER_PREPAYMENT, 0,
		  "order.limit_prepayment" },
		{ "money on account raises what is free", -50000, 0, 85, NULL, false, ORDER_YES, 0,
		  "order.within_limit" },
		{ "no limit set and a good score: yes", 5000000, 0, 85, NULL, true, ORDER_YES, 0,
		  "order.class_accepted" },
		{ "5 days overdue may be on its way", 10000, 5, 85, NULL, false, ORDER_YES, 0, "order.within_limit" },
		{ "6 days overdue: a deposit", 10000, 6, 85, NULL, false, ORDER_DEPOSIT, 30, "order.overdue_deposit" },
		{ "22 days overdue: prepayment", 10000, 22, 85, NULL, false, ORDER_PREPAYMENT, 0,
		  "order.overdue_prepayment" },
		{ "61 days overdue: hold", 10000, 61, 85, NULL, false, ORDER_HOLD, 0, "order.overdue_hold" },
		{ "a high risk within the limit: a deposit", 0, 0, 45, NULL, false, ORDER_DEPOSIT, 30,
		  "order.class_high" },
		{ "a high risk without a limit: half", 0, 0, 45, NULL, true, ORDER_DEPOSIT, 50, "order.class_high" },
		{ "a severe risk: prepayment", 0, 0, 29, NULL, false, ORDER_PREPAYMENT, 0, "order.class_severe" },
		{ "a hold outranks all else", 2000000, 40, 10, "formal notice sent", false, ORDER_HOLD, 0,
		  "order.on_hold" },
		{ "of two deposits the higher", 940000, 10, 85, NULL, false, ORDER_DEPOSIT, 40, "order.limit_deposit" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct order_facts facts = good_customer();
		struct order_answer answer;

		facts.exposure_minor = rows[i].exposure_minor;
		facts.oldest_overdue_days = rows[i].overdue_days;
		facts.score = rows[i].score;
		facts.risk = risk_of_score(rows[i].score);
		facts.hold_reason = rows[i].hold;
		facts.limit_set = !rows[i].unlimited;
		order_check(arena, &facts, &answer);
		SAY(rows[i].sentence);
		assert_int_equal(answer.verdict, rows[i].verdict);
		assert_int_equal(answer.deposit_percent, rows[i].deposit_percent);
		assert_string_equal(answer.reasons[0].code, rows[i].code);
		assert_int_equal(answer.deposit_minor, facts.order_minor * rows[i].deposit_percent / 100);
	}
}

static void answers_say_why(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct order_facts facts = good_customer();
	struct order_answer answer;
	(void)state;

	facts.exposure_minor = 950000;
	facts.hold_reason = "waiting for the guarantee";
	assert_true(err_ok(date_parse("2026-05-01", &facts.held_since)));
	order_check(arena, &facts, &answer);
	SAY("the hold with its date and reason, then what else speaks against it, then what speaks for it");
	assert_string_equal(answer.reasons[0].text, "on hold since 2026-05-01: waiting for the guarantee");
	assert_string_equal(answer.reasons[1].text, "9500.00 open and 1000.00 ordered pass the limit of 10000.00 EUR");
	assert_string_equal(answer.reasons[2].text, "score 85 of 100, risk low");
	assert_int_equal(answer.reason_count, 3);
}

static void deposits_round_up_to_a_cent(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct order_facts facts = good_customer();
	struct order_answer answer;
	(void)state;

	facts.order_minor = 101;
	facts.oldest_overdue_days = 6;
	order_check(arena, &facts, &answer);
	SAY("30 percent of 1.01 is 0.31");
	assert_int_equal(answer.deposit_minor, 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_answered),
		cmocka_unit_test(answers_say_why),
		cmocka_unit_test(deposits_round_up_to_a_cent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
