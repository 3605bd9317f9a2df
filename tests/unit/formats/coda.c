#include "unit/test.h"

#include "unit/formats/collect.h"

static const char DAY[] =
	"begin CODA BE68539007547034 EUR 042 #42 page 0 - - opening 1 2026-02-02 100000\n"
	"entry 1 line 3 2026-02-03 2026-02-03 59430 EUR ref BANKREF0001 e2e E2E-1 mandate - instr -"
	" from Fiduciaire Horta/BE43068999999501/KREDBEBB for - text 'FACTURE F-2026-0012 ET SUITE MERCI' of 3 rf -"
	" code 00150000 return - info -\n"
	"entry 2 line 7 2026-02-03 2026-02-03 30000 EUR ref BANKREF0002 e2e - mandate - instr - from -/-/- for - text "
	"'-' of 0"
	" rf - code 20500000 return - info -\n"
	"  detail 10000 EUR ref BANKREF0003 e2e - mandate - instr - from -/-/- for - text '-' of 0 rf 090933755493"
	" code 80500000 return - info -\n"
	"  detail 20000 EUR ref BANKREF0004 e2e - mandate MANDATE-7 instr - from -/-/- for - text '-' of 0 rf -"
	" code 80500000 return - info -\n"
	"entry 3 line 11 2026-02-03 2026-02-04 -1250 EUR ref BANKREF0005 e2e - mandate - instr - from -/-/- for - text "
	"'-' of 0"
	" rf - code 00501000 return AM04 info -\n"
	"end opening 1 2026-02-02 100000 closing 8 2026-02-03 188180 count 3 in 89430 out 1250 balance ok\n";

static void a_day_is_read_whole_whatever_the_pieces(void **state)
{
	static const size_t PIECES[] = { 0, 1, 7, 130 };
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "coda.cod", &length);

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
		const char *sentence;
		size_t kept; /* records of the sample */
		const char *added, *reason;
	} rows[] = {
		{ "whole", 15, "", NULL },
		{ "cut before the end", 14, "", "statement.cut" },
		{ "cut inside", 3, "2100", "statement.cut" },
		{ "a movement without its amount", 3, "2100\n", "statement.amount" },
		{ "information about no movement", 2, "3100010001BANKREF\n", "statement.malformed" },
		{ "a movement outside a statement", 15, "2100010000BANKREF\n", "statement.malformed" },
		{ "a record of another kind", 2, "7\n", "statement.malformed" },
	};
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "coda.cod", &length);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text = arena_format(arena, "%.*s%s", (int)(rows[i].kept * 130), bytes, rows[i].added);

		SAY(rows[i].sentence);
		collect(&collected, text, strlen(text), 0);
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
