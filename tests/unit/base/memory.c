#include "unit/test.h"

#include "common/base/arena.h"
#include "common/base/buf.h"

struct item {
	int64_t value;
};

static void an_arena_array_keeps_its_items(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct item *items = NULL;
	size_t count = 0;

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		struct item *item = ARENA_PUSH(arena, items, count);

		assert_int_equal(item->value, 0);
		item->value = i;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i].value, i);
}

static void a_reset_arena_starts_again(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *big = arena_alloc(arena, 100000);

		assert_int_equal(big[99999], 0);
		big[99999] = 1;
		assert_string_equal(arena_format(arena, "%d-%s", round, "x"), round == 0   ? "0-x"
									      : round == 1 ? "1-x"
											   : "2-x");
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
}

static void a_format_of_any_length_is_whole(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (int length = 0; length < 600; length++) {
		const char *text = arena_format(arena, "%*d", length, 7);

		assert_int_equal(strlen(text), length > 1 ? length : 1);
		assert_string_equal(text + strlen(text) - 1, "7");
	}
}

static void a_buffer_stops_at_its_limit(void **state)
{
	BUF_SCOPE buf;

	(void)state;
	buf_init(&buf, 5);
	assert_string_equal(buf_text(&buf), "");
	buf_append_text(&buf, "abcd");
	assert_false(buf.full);
	buf_append_format(&buf, "%d", 42);
	assert_true(buf.full);
	assert_string_equal(buf_text(&buf), "abcd");
	buf_append_char(&buf, 'e'); /* would fit, but what follows a gap is worth nothing */
	assert_string_equal(buf_text(&buf), "abcd");
	buf_clear(&buf);
	buf_append_format(&buf, "%s", "12345");
	assert_false(buf.full);
	assert_int_equal(buf.length, 5);
}

static void errors_carry_their_sentence(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct err err = err_format(arena, ERR_CONFLICT, "invoice.already_paid", "number", "invoice %s is paid", "A1");

	(void)state;
	assert_string_equal(err.message, "invoice A1 is paid");
	assert_string_equal(err.field, "number");
	assert_string_equal(err_code_name(err.code), "failed_precondition");
	for (int code = 0; code < ERR_CODE_COUNT; code++)
		assert_int_equal(err_code_find(err_code_name((enum err_code)code)), code);
	assert_int_equal(err_code_find("nonsense"), ERR_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_array_keeps_its_items),  cmocka_unit_test(a_reset_arena_starts_again),
		cmocka_unit_test(a_format_of_any_length_is_whole), cmocka_unit_test(a_buffer_stops_at_its_limit),
		cmocka_unit_test(errors_carry_their_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
