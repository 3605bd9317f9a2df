#include "unit/test.h"

#include "unit/formats/collect.h"

static const char MONTH[] =
	"begin CFONB120 FR7613825002000800451278325 EUR - #-1 page 0 - - opening 01 2026-02-01 100000\n"
	"entry 1 line 2 2026-02-03 2026-02-04 59430 EUR ref BANK-1 e2e E2E-1 mandate MANDATE-1 instr -"
	" from Librairie Vasseur/-/- for - text 'FACTURE F-2026-0012 ET F-2026-0013' of 2 rf - code 05 return -"
	" info VIR SEPA RECU\n"
	"entry 2 line 8 2026-02-20 2026-02-20 -12005 EUR ref - e2e - mandate - instr - from Boulangerie Morin/-/- for -"
	" text '-' of 0 rf - code 32 return 04 info PRLV SEPA IMPAYE\n"
	"end opening 01 2026-02-01 100000 closing 07 2026-02-28 147425 count 2 in 59430 out 12005 balance ok\n";

static void a_month_is_read_whole_whatever_the_pieces(void **state)
{
	static const size_t PIECES[] = { 0, 1, 7, 121 };
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "cfonb120.txt", &length);

	(void)state;
	for (size_t i = 0; i < ROWS(PIECES); i++) {
		collect(&collected, bytes, length, PIECES[i]);
		assert_true(err_ok(collected.err));
		assert_string_equal(collected.text, MONTH);
	}
}

static void records_are_checked(void **state)
{
	static const struct {
		const char *sentence, *added, *reason;
	} rows[] = {
		{ "blank lines and an end of file of old are nothing", "\n   \n\x1A\n", NULL },
		{ "a record of another kind", "0200000\n", "statement.malformed" },
		{ "an entry without amount", "0413825    00200EUR2 0800451278305030226  040226VIR\n",
		  "statement.amount" },
		{ "a day that is none", "0413825    00200EUR2 0800451278305310226  320226VIR\n", "statement.date" },
		{ "words about nothing are passed over", "0513825    00200EUR2 08004512783  030226     NPYNobody\n",
		  NULL },
	};
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "cfonb120.txt", &length);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text = arena_format(arena, "%.*s%s", (int)length, bytes, rows[i].added);

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
		cmocka_unit_test(a_month_is_read_whole_whatever_the_pieces),
		cmocka_unit_test(records_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
