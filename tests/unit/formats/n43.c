#include "unit/test.h"

#include "unit/formats/collect.h"

static const char MONTH[] =
	"begin N43 ES9121000418450200051332 EUR - #-1 page 0 2026-02-01 2026-02-28 opening 11 2026-02-01 100000\n"
	"entry 1 line 2 2026-02-03 2026-02-04 59430 EUR ref 0000000012 e2e F-2026-0012 mandate - instr - from -/-/- "
	"for -"
	" text 'TRANSFERENCIA DE VAN DIJK FACTURA F-2026-0012' of 3 rf - code 04016 return - info -\n"
	"entry 2 line 6 2026-02-27 2026-02-27 -1250 EUR ref - e2e - mandate - instr - from -/-/- for - text 'COMISIÓN' "
	"of 1"
	" rf - code 17100 return - info -\n"
	"end opening 11 2026-02-01 100000 closing 33 2026-02-28 158180 count 2 in 59430 out 1250 balance ok\n";

static void a_month_is_read_whole_whatever_the_pieces(void **state)
{
	static const size_t PIECES[] = { 0, 1, 7 };
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;
	size_t length;
	const char *bytes = sample(arena, "n43.txt", &length);

	(void)state;
	for (size_t i = 0; i < ROWS(PIECES); i++) {
		collect(&collected, bytes, length, PIECES[i]);
		assert_true(err_ok(collected.err));
		assert_string_equal(collected.text, MONTH);
	}
}

#define ACCOUNT(currency)                                                                                              \
	"1121000418020005133226020126022820000000000000"                                                               \
	"0" currency "3\n"
#define END                                                                                                            \
	"332100041802000513320000000000000000000000000000000000020000000000000"                                        \
	"0978\n"

static void records_are_checked(void **state)
{
	static const struct {
		const char *sentence, *bytes, *reason;
	} rows[] = {
		{ "whole", ACCOUNT("978") END, NULL },
		{ "no end of the account", ACCOUNT("978"), "statement.cut" },
		{ "two accounts, the first without end", ACCOUNT("978") ACCOUNT("978") END, NULL },
		{ "a currency that is none", ACCOUNT("000") END, "statement.currency" },
		{ "an entry outside an account", ACCOUNT("978") END "22\n", "statement.malformed" },
		{ "an entry without amount", ACCOUNT("978") "22    0418260203260204\n" END, "statement.amount" },
		{ "a day that is none", ACCOUNT("978") "22    0418261303260204\n" END, "statement.date" },
		{ "a record of another kind", ACCOUNT("978") "55\n" END, "statement.malformed" },
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
		cmocka_unit_test(a_month_is_read_whole_whatever_the_pieces),
		cmocka_unit_test(records_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
