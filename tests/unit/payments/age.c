/* Cash on no invoice by age: every day is in one bucket, and the database takes the same bounds. */
#include "payments/domain/cash.h"
#include "unit/test.h"

static const struct {
	const char *sentence;
	int days;
	const char *bucket;
} ROWS[] = {
	{ "money of today is new", 0, "0-7" },
	{ "value dates to come are new too", -3, "0-7" },
	{ "a week is new", 7, "0-7" },
	{ "the day after it is not", 8, "8-30" },
	{ "thirty days end a bucket", 30, "8-30" },
	{ "the next day begins one", 31, "31-60" },
	{ "sixty", 60, "31-60" },
	{ "sixty-one", 61, "61-90" },
	{ "ninety", 90, "61-90" },
	{ "what is older is one bucket", 91, "over 90" },
	{ "however old", 4000, "over 90" },
};

static void every_day_has_its_bucket(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS); i++) {
		SAY(ROWS[i].sentence);
		assert_string_equal(cash_age_name(cash_age_of(ROWS[i].days)), ROWS[i].bucket);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_day_has_its_bucket) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
