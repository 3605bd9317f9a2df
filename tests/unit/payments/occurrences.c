/* The place of an entry among its equals. */
#include "payments/domain/occurrences.h"

#include <stdio.h>

#include "unit/test.h"

#define KEYS 5000

static int32_t next(struct occurrences *occurrences, int n)
{
	char key[32];

	snprintf(key, sizeof key, "account|%d|100", n);
	return occurrences_next(occurrences, key, strlen(key));
}

static void each_key_is_counted_for_itself(void **state)
{
	OCCURRENCES_SCOPE occurrences = occurrences_make(KEYS);

	(void)state;
	for (int n = 0; n < KEYS; n++)
		assert_int_equal(next(&occurrences, n), 1);
	for (int n = 0; n < KEYS; n++)
		assert_int_equal(next(&occurrences, n), 2);
	assert_int_equal(next(&occurrences, 17), 3);
	assert_int_equal(next(&occurrences, 17), 4);
}

static void more_than_expected_are_counted_as_well(void **state)
{
	OCCURRENCES_SCOPE occurrences = occurrences_make(0);

	(void)state;
	for (int n = 0; n < KEYS; n++)
		assert_int_equal(next(&occurrences, n / 2), 1 + n % 2);
	assert_int_equal(next(&occurrences, 1), 3);
}

static void a_short_and_an_empty_key_are_keys(void **state)
{
	OCCURRENCES_SCOPE occurrences = occurrences_make(1);

	(void)state;
	assert_int_equal(occurrences_next(&occurrences, "", 0), 1);
	assert_int_equal(occurrences_next(&occurrences, "", 0), 2);
	assert_int_equal(occurrences_next(&occurrences, "a", 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_is_counted_for_itself),
		cmocka_unit_test(more_than_expected_are_counted_as_well),
		cmocka_unit_test(a_short_and_an_empty_key_are_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
