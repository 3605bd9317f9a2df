/* The filter of keys: what it was given passes, and hardly anything else. */
#include "payments/domain/key_filter.h"

#include "unit/test.h"

#define KEYS 20000

static char *key_of(struct arena *arena, const char *form, int n)
{
	return arena_format(arena, "%s%06d", form, n);
}

static void every_key_given_passes(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct key_filter filter = key_filter_make(arena, KEYS);

	(void)state;
	for (int i = 0; i < KEYS; i++)
		key_filter_add(&filter, key_of(arena, "INV2026", i));
	for (int i = 0; i < KEYS; i++)
		assert_true(key_filter_passes(&filter, key_of(arena, "INV2026", i)));
}

static void one_stranger_in_a_hundred_passes(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct key_filter filter = key_filter_make(arena, KEYS);
	int passed = 0;

	(void)state;
	for (int i = 0; i < KEYS; i++)
		key_filter_add(&filter, key_of(arena, "INV2026", i));
	for (int i = 0; i < KEYS; i++)
		passed += key_filter_passes(&filter, key_of(arena, "INV2025", i));
	assert_in_range(passed, 0, KEYS / 100);
}

static void an_empty_filter_lets_nothing_pass(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct key_filter filter = key_filter_make(arena, 0);

	(void)state;
	assert_false(key_filter_passes(&filter, "INV2026000001"));
	assert_false(key_filter_passes(&filter, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_given_passes),
		cmocka_unit_test(one_stranger_in_a_hundred_passes),
		cmocka_unit_test(an_empty_filter_lets_nothing_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
