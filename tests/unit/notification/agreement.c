/* Promises and plans: when one is kept, and when it is broken. */
#include "notification/domain/agreement.h"
#include "unit/notification/books.h"

static const struct {
	const char *sentence;
	const char *due[3];
	int64_t minor[3];
	size_t count;
	int64_t paid_minor, still_open_minor;
	const char *today;
	enum agreement_state state;
} ROWS_OF_JUDGE[] = {
	{ "before its day a promise stands", { "2026-03-10" }, { 10000 }, 1, 0, 10000, "2026-03-09", AGREEMENT_STANDS },
	{ "on its day it stands", { "2026-03-10" }, { 10000 }, 1, 0, 10000, "2026-03-10", AGREEMENT_STANDS },
	{ "money travels: three days of grace",
	  { "2026-03-10" },
	  { 10000 },
	  1,
	  0,
	  10000,
	  "2026-03-13",
	  AGREEMENT_STANDS },
	{ "on the fourth it is broken", { "2026-03-10" }, { 10000 }, 1, 0, 10000, "2026-03-14", AGREEMENT_BROKEN },
	{ "a cent short is broken", { "2026-03-10" }, { 10000 }, 1, 9999, 1, "2026-03-14", AGREEMENT_BROKEN },
	{ "paid early is kept at once", { "2026-03-10" }, { 10000 }, 1, 10000, 500, "2026-03-01", AGREEMENT_KEPT },
	{ "paid late but before anybody looked is kept",
	  { "2026-03-10" },
	  { 10000 },
	  1,
	  10000,
	  500,
	  "2026-04-01",
	  AGREEMENT_KEPT },
	{ "nothing is open any more, whoever paid or credited it",
	  { "2026-03-10" },
	  { 10000 },
	  1,
	  0,
	  0,
	  "2026-03-14",
	  AGREEMENT_KEPT },
	{ "a plan whose first instalment came stands",
	  { "2026-03-10", "2026-04-10", "2026-05-10" },
	  { 5000, 5000, 5000 },
	  3,
	  5000,
	  10000,
	  "2026-03-20",
	  AGREEMENT_STANDS },
	{ "instalments paid ahead count for the later ones",
	  { "2026-03-10", "2026-04-10", "2026-05-10" },
	  { 5000, 5000, 5000 },
	  3,
	  10000,
	  5000,
	  "2026-05-01",
	  AGREEMENT_STANDS },
	{ "the second is missing: broken",
	  { "2026-03-10", "2026-04-10", "2026-05-10" },
	  { 5000, 5000, 5000 },
	  3,
	  5000,
	  10000,
	  "2026-04-14",
	  AGREEMENT_BROKEN },
	{ "all three came: kept",
	  { "2026-03-10", "2026-04-10", "2026-05-10" },
	  { 5000, 5000, 5000 },
	  3,
	  15000,
	  100,
	  "2026-05-09",
	  AGREEMENT_KEPT },
};

static size_t fill(struct instalment *instalments, const char *const *due, const int64_t *minor, size_t count)
{
	for (size_t i = 0; i < count; i++)
		instalments[i] = (struct instalment){ on(due[i]), minor[i] };
	return count;
}

static void an_agreement_is_judged_by_what_came_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_JUDGE); i++) {
		struct instalment instalments[3];
		struct agreement agreement = { .instalments = instalments,
					       .count = fill(instalments, ROWS_OF_JUDGE[i].due, ROWS_OF_JUDGE[i].minor,
							     ROWS_OF_JUDGE[i].count),
					       .grace_days = 3 };

		SAY(ROWS_OF_JUDGE[i].sentence);
		assert_int_equal(agreement_judge(&agreement, ROWS_OF_JUDGE[i].paid_minor,
						 ROWS_OF_JUDGE[i].still_open_minor, on(ROWS_OF_JUDGE[i].today)),
				 ROWS_OF_JUDGE[i].state);
	}
}

static const struct {
	const char *sentence;
	enum agreement_kind kind;
	const char *due[2];
	int64_t minor[2];
	size_t count;
	const char *reason; /* NULL: it may be made */
} ROWS_OF_CHECK[] = {
	{ "a day to come, and an amount that is owed", AGREEMENT_PROMISE, { "2026-03-10" }, { 10000 }, 1, NULL },
	{ "today is early enough", AGREEMENT_PROMISE, { "2026-03-01" }, { 10000 }, 1, NULL },
	{ "yesterday is not", AGREEMENT_PROMISE, { "2026-02-28" }, { 10000 }, 1, "agreement.past" },
	{ "a promise of nothing", AGREEMENT_PROMISE, { "2026-03-10" }, { 0 }, 1, "agreement.amount" },
	{ "more than is owed is a slip of the hand",
	  AGREEMENT_PROMISE,
	  { "2026-03-10" },
	  { 10001 },
	  1,
	  "agreement.too_much" },
	{ "a promise has one date",
	  AGREEMENT_PROMISE,
	  { "2026-03-10", "2026-04-10" },
	  { 1, 1 },
	  2,
	  "agreement.instalments" },
	{ "a plan may have two", AGREEMENT_PLAN, { "2026-03-10", "2026-04-10" }, { 5000, 5000 }, 2, NULL },
	{ "in their order", AGREEMENT_PLAN, { "2026-04-10", "2026-03-10" }, { 1, 1 }, 2, "agreement.order" },
	{ "without any it is none", AGREEMENT_PLAN, { NULL }, { 0 }, 0, "agreement.instalments" },
	{ "nobody waits for ten years", AGREEMENT_PROMISE, { "2036-03-10" }, { 1 }, 1, "agreement.too_far" },
};

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CHECK); i++) {
		struct instalment instalments[2];
		struct agreement agreement = { .instalments = instalments,
					       .count = fill(instalments, ROWS_OF_CHECK[i].due, ROWS_OF_CHECK[i].minor,
							     ROWS_OF_CHECK[i].count) };

		SAY(ROWS_OF_CHECK[i].sentence);

		struct err err = agreement_check(ROWS_OF_CHECK[i].kind, &agreement, 10000, on("2026-03-01"));

		assert_int_equal(err_ok(err), ROWS_OF_CHECK[i].reason == NULL);
		if (ROWS_OF_CHECK[i].reason)
			assert_string_equal(err.reason, ROWS_OF_CHECK[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agreement_is_judged_by_what_came_in),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests_name("agreement", tests, NULL, NULL);
}
