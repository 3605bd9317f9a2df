/* What an import has left open, for lookups that do not see it. */
#include "payments/domain/moved_items.h"

#include "unit/test.h"

#define ITEMS 5000

static struct id item_of(int n)
{
	return (struct id){ { 1, (uint8_t)(n >> 8), (uint8_t)n } };
}

static struct id customer_of(int n)
{
	return (struct id){ { 2, (uint8_t)(n >> 8), (uint8_t)n } };
}

static int64_t open_of(const struct moved_items *moved, int n)
{
	return moved_items_open(moved, item_of(n), 700);
}

static void what_was_not_moved_is_as_in_the_books(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	MOVED_ITEMS_SCOPE moved = moved_items_make(arena, 0);

	(void)state;
	assert_int_equal(open_of(&moved, 1), 700);
	moved_items_set(&moved, item_of(2), customer_of(1), 0);
	assert_int_equal(open_of(&moved, 1), 700);
}

static void what_was_settled_or_paid_in_part_is_as_it_was_left(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	MOVED_ITEMS_SCOPE moved = moved_items_make(arena, 0); /* grows */

	(void)state;
	for (int n = 0; n < ITEMS; n++)
		moved_items_set(&moved, item_of(n), customer_of(1), n % 3);
	for (int n = 0; n < ITEMS; n++)
		assert_int_equal(open_of(&moved, n), n % 3);
	assert_int_equal(open_of(&moved, ITEMS), 700);
}

static void the_last_word_counts(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	MOVED_ITEMS_SCOPE moved = moved_items_make(arena, 10);

	(void)state;
	moved_items_set(&moved, item_of(1), customer_of(1), 300);
	moved_items_set(&moved, item_of(1), customer_of(1), 0);
	assert_int_equal(open_of(&moved, 1), 0);
	moved_items_set(&moved, item_of(2), customer_of(1), 0);
	moved_items_set(&moved, item_of(2), customer_of(1), 300);
	assert_int_equal(open_of(&moved, 2), 300);
	moved_items_set(&moved, item_of(2), customer_of(1), 0);
	assert_int_equal(open_of(&moved, 2), 0);
}

static void what_was_reopened_is_found_by_its_customer(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	MOVED_ITEMS_SCOPE moved = moved_items_make(arena, 10);
	const struct id customer = { { 9 } };

	(void)state;
	assert_null(moved_items_reopened(&moved, customer));
	moved_items_set(&moved, item_of(1), customer_of(1), 0);
	moved_items_reopen(&moved, item_of(1), customer, 500);
	moved_items_reopen(&moved, item_of(2), customer, 600);
	assert_int_equal(open_of(&moved, 1), 500);
	const struct key_node *node = moved_items_reopened(&moved, customer);

	assert_non_null(node);
	assert_true(id_equal(*(const struct id *)node->value, item_of(1)));
	node = key_map_next(node);
	assert_non_null(node);
	assert_true(id_equal(*(const struct id *)node->value, item_of(2)));
	assert_null(key_map_next(node));
	assert_null(moved_items_reopened(&moved, (struct id){ { 8 } }));
}

static void customers_with_an_item_left_open_are_told(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	MOVED_ITEMS_SCOPE moved = moved_items_make(arena, 0); /* grows */

	(void)state;
	for (int n = 0; n < ITEMS; n++)
		moved_items_set(&moved, item_of(n), customer_of(n), n % 2);
	for (int n = 0; n < ITEMS; n++)
		assert_int_equal(moved_items_in_part(&moved, customer_of(n), 1), n % 2);
	assert_false(moved_items_in_part(&moved, customer_of(1), 2));
	moved_items_reopen(&moved, item_of(2), customer_of(2), 500);
	assert_true(moved_items_in_part(&moved, customer_of(2), 500));
	assert_false(moved_items_in_part(&moved, customer_of(2), 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_moved_is_as_in_the_books),
		cmocka_unit_test(what_was_settled_or_paid_in_part_is_as_it_was_left),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(what_was_reopened_is_found_by_its_customer),
		cmocka_unit_test(customers_with_an_item_left_open_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
