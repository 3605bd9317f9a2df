#include "unit/test.h"

#include "unit/formats/collect.h"

static const char DAY[] =
	"begin BAI2 77777777 GBP - #-1 page 0 2026-02-01 2026-02-01 opening 010 2026-02-01 10000\n"
	"entry 1 line 5 2026-02-01 2026-02-02 5430 GBP ref BANK-1 e2e - mandate - instr - from -/-/- for -"
	" text 'Payment, invoice F-2026-0012 AND F-2026-0013 BO1:DOE JO' of 3 rf - code 195 return - info -\n"
	"entry 2 line 8 2026-02-01 - -500 GBP ref - e2e - mandate - instr - from -/-/- for -"
	" text 'ACCOUNT FEES' of 1 rf - code 698 return - info -\n"
	"end opening 010 2026-02-01 10000 closing 015 2026-02-01 14930 count 2 in 5430 out 500 balance ok\n"
	"begin BAI2 88888888 JPY - #-1 page 0 2026-02-01 2026-02-01 opening 010 2026-02-01 -3500\n"
	"end opening 010 2026-02-01 -3500 closing 015 2026-02-01 -3500 count 0 in 0 out 0 balance ok\n";

static void a_day_is_read_whole_whatever_the_pieces(void **state)
{
	static const size_t PIECES[] = { 0, 1, 7 };
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "bai2.txt", &length);

	(void)state;
	for (size_t i = 0; i < ROWS(PIECES); i++) {
		collect(&collected, bytes, length, PIECES[i]);
		assert_true(err_ok(collected.err));
		assert_string_equal(collected.text, DAY);
	}
}

static void records_are_checked(void **state)
{
	static const struct {
		const char *sentence, *bytes, *reason;
	} rows[] = {
		{ "an entry before its account", "01,A/\n16,195,1,Z,,,x/\n", "statement.malformed" },
		{ "a type code that is no entry's", "01,A/\n03,1,USD/\n16,015,1,Z,,,x/\n", "statement.type" },
		{ "an amount that is none", "01,A/\n03,1,USD/\n16,195,1.5,Z,,,x/\n", "number.malformed" },
		{ "a line that is no record", "01,A/\n03,1,USD/\nhello\n", "statement.malformed" },
		{ "cut off", "01,A/\n03,1,USD/\n16,195,1,Z,,,x/\n", "statement.cut" },
		{ "an account behind the end of the file", "01,A/\n99,0,0,2/\n03,1,USD/\n", "statement.cut" },
		{ "no account", "01,A/\n99,0,0,2/\n", "statement.none" },
		{ "an account without anything", "01,A/\n03,1,/\n49,,2/\n99,,1,4/\n", NULL },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_int_equal(err_ok(collected.err), rows[i].reason == NULL);
		if (rows[i].reason)
			assert_string_equal(collected.err.reason, rows[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_read_whole_whatever_the_pieces),
		cmocka_unit_test(records_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
