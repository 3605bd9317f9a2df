#include "unit/test.h"

#include "payments/domain/debit_return.h"
#include "payments/domain/mandate.h"
#include "payments/domain/target.h"

static struct date on(const char *text)
{
	struct date date;

	assert_true(err_ok(date_parse(text, &date)));
	return date;
}

static void target_days(void **state)
{
	static const struct {
		const char *sentence, *date;
		bool open;
	} DAYS[] = {
		{ "a Wednesday", "2026-02-04", true },
		{ "a Saturday", "2026-02-07", false },
		{ "a Sunday", "2026-02-08", false },
		{ "New Year", "2026-01-01", false },
		{ "Good Friday 2026", "2026-04-03", false },
		{ "Easter Monday 2026", "2026-04-06", false },
		{ "Good Friday 2024", "2024-03-29", false },
		{ "Easter Monday 2038, the latest there is", "2038-04-26", false },
		{ "Ascension, a holiday that TARGET does not keep", "2026-05-14", true },
		{ "Labour Day", "2026-05-01", false },
		{ "Christmas Eve", "2026-12-24", true },
		{ "Christmas", "2026-12-25", false },
		{ "the day after Christmas in 2024", "2024-12-26", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(DAYS); i++) {
		SAY(DAYS[i].sentence);
		assert_int_equal(target_day(on(DAYS[i].date)), DAYS[i].open);
	}
	SAY("a day after Maundy Thursday is the Tuesday after Easter");
	assert_int_equal(target_add(on("2026-04-02"), 1).days, on("2026-04-07").days);
}

static void moves(void **state)
{
	static const struct {
		const char *sentence;
		enum mandate_state from;
		enum mandate_event event;
		bool allowed;
		enum mandate_state to;
	} MOVES[] = {
		{ "an active one is cancelled", MANDATE_ACTIVE, MANDATE_CANCEL, true, MANDATE_CANCELLED },
		{ "a cancelled one is not cancelled again", MANDATE_CANCELLED, MANDATE_CANCEL, false, 0 },
		{ "a cancelled one is not released", MANDATE_CANCELLED, MANDATE_RELEASE, false, 0 },
		{ "an active one needs no release", MANDATE_ACTIVE, MANDATE_RELEASE, false, 0 },
		{ "a blocked one is released", MANDATE_BLOCKED, MANDATE_RELEASE, true, MANDATE_ACTIVE },
		{ "a blocked one is not blocked again", MANDATE_BLOCKED, MANDATE_BLOCK, false, 0 },
		{ "a used one is given back", MANDATE_USED, MANDATE_GIVE_BACK, true, MANDATE_ACTIVE },
		{ "a lapsed one stays so", MANDATE_LAPSED, MANDATE_RELEASE, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(MOVES); i++) {
		struct mandate mandate = { .state = MOVES[i].from };
		struct err err = mandate_move(&mandate, MOVES[i].event, "MD01");

		SAY(MOVES[i].sentence);
		assert_int_equal(err_ok(err), MOVES[i].allowed);
		assert_int_equal(mandate.state, MOVES[i].allowed ? MOVES[i].to : MOVES[i].from);
	}
}

static void sequence_types(void **state)
{
	struct mandate mandate = { .signed_on = on("2025-01-01"), .last_collected_on = DATE_NONE };
	struct mandate once = { .signed_on = on("2025-01-01"), .last_collected_on = DATE_NONE, .one_off = true };

	(void)state;
	assert_string_equal(mandate_sequence_type(&mandate), "FRST");
	assert_true(err_ok(mandate_collected(&mandate, on("2025-02-03"))));
	assert_string_equal(mandate_sequence_type(&mandate), "RCUR");
	SAY("a first collection that never settled is a first one again");
	mandate_uncollected(&mandate);
	assert_string_equal(mandate_sequence_type(&mandate), "FRST");
	assert_true(err_ok(mandate_move(&mandate, MANDATE_FINISH, NULL)));
	assert_string_equal(mandate_sequence_type(&mandate), "FNAL");
	SAY("a one-off mandate is used up by its collection, and whole again where that was rejected");
	assert_string_equal(mandate_sequence_type(&once), "OOFF");
	assert_true(err_ok(mandate_collected(&once, on("2025-02-03"))));
	assert_string_equal(mandate_collectable(&once, on("2025-03-03")).reason, "mandate.used");
	mandate_uncollected(&once);
	assert_true(err_ok(mandate_collectable(&once, on("2025-03-03"))));
}

static void validity(void **state)
{
	static const struct {
		const char *sentence, *last, *collect, *reason;
	} ROWS_[] = {
		{ "36 months to the day after the last collection it is good", "2023-02-04", "2026-02-04", NULL },
		{ "a day later it has lapsed", "2023-02-04", "2026-02-05", "mandate.lapsed" },
		{ "never used, the signature counts", NULL, "2025-01-15", NULL },
		{ "never used, it lapses from the signature", NULL, "2025-01-16", "mandate.lapsed" },
		{ "it is not collected from before it is signed", NULL, "2022-01-14", "mandate.not_signed_yet" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_); i++) {
		struct mandate mandate = { .signed_on = on("2022-01-15"),
					   .last_collected_on = ROWS_[i].last ? on(ROWS_[i].last) : DATE_NONE };
		struct err err = mandate_collectable(&mandate, on(ROWS_[i].collect));

		SAY(ROWS_[i].sentence);
		if (ROWS_[i].reason)
			assert_string_equal(err.reason, ROWS_[i].reason);
		else
			assert_true(err_ok(err));
	}
	assert_int_equal(debit_reversible_until(SCHEME_CORE, on("2026-02-05")).days, on("2026-04-02").days);
	assert_int_equal(debit_reversible_until(SCHEME_B2B, on("2026-02-05")).days, on("2026-02-10").days);
}

static void identifiers(void **state)
{
	static const struct {
		const char *sentence, *text;
		bool valid;
	} IDS[] = {
		{ "the Bundesbank's example", "DE98ZZZ09999999999", true },
		{ "another business code changes no check digit", "DE98ABC09999999999", true },
		{ "a digit wrong", "DE98ZZZ09999999998", false },
		{ "check digits wrong", "DE97ZZZ09999999999", false },
		{ "small letters", "de98zzz09999999999", false },
		{ "too short", "DE98ZZZ", false },
		{ "none", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(IDS); i++) {
		SAY(IDS[i].sentence);
		assert_int_equal(creditor_identifier_valid(IDS[i].text), IDS[i].valid);
	}
}

static void reasons(void **state)
{
	static const struct {
		const char *code;
		int attempt;
		enum return_action action;
		const char *retry_on;
	} CASES[] = {
		{ "AM04", 1, RETURN_RETRY, "2026-02-14" }, { "AM04", 2, RETURN_PERSON, NULL },
		{ "AC01", 1, RETURN_BLOCK, NULL },         { "AC04", 1, RETURN_BLOCK, NULL },
		{ "AC06", 1, RETURN_BLOCK, NULL },         { "MD01", 1, RETURN_BLOCK, NULL },
		{ "MD06", 1, RETURN_BLOCK, NULL },         { "MD07", 1, RETURN_BLOCK, NULL },
		{ "MS02", 1, RETURN_BLOCK, NULL },         { "MS03", 1, RETURN_PERSON, NULL },
		{ "SL01", 1, RETURN_BLOCK, NULL },         { "ZZ99", 1, RETURN_PERSON, NULL },
		{ NULL, 1, RETURN_PERSON, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(CASES); i++) {
		const struct return_reason *reason = return_reason_find(CASES[i].code);
		struct debit_verdict verdict = debit_judge(reason, CASES[i].attempt, on("2026-02-09"), 5);

		print_message("  - %s, attempt %d: %s\n", CASES[i].code ? CASES[i].code : "no code", CASES[i].attempt,
			      reason->meaning);
		assert_int_equal(verdict.action, CASES[i].action);
		assert_int_equal(verdict.retry_on.days,
				 CASES[i].retry_on ? on(CASES[i].retry_on).days : DATE_NONE.days);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(target_days), cmocka_unit_test(moves),       cmocka_unit_test(sequence_types),
		cmocka_unit_test(validity),    cmocka_unit_test(identifiers), cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
