/* Accounts as banks name them at home, and their IBANs. */
#include "payments/domain/bank_account.h"
#include "unit/test.h"

static void a_german_account_has_an_iban(void **state)
{
	static const struct {
		const char *sentence, *account, *iban;
	} rows[] = {
		{ "with its zeros", "37040044/0532013000", "DE89370400440532013000" },
		{ "without them", "37040044/532013000", "DE89370400440532013000" },
		{ "an IBAN has no other name", "DE89370400440532013000", NULL },
		{ "a bank by its BIC", "DABADKKK/1234567890", NULL },
		{ "more than an account has", "30020900/5320130456789", NULL },
		{ "no account", "37040044/", NULL },
		{ "something behind it", "37040044/532013000 EUR", NULL },
		{ "a bank code that is too short", "233025/40069462", NULL },
		{ "nothing", "", NULL },
	};
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *iban = bank_account_iban(arena, rows[i].account);

		SAY(rows[i].sentence);
		assert_int_equal(iban == NULL, rows[i].iban == NULL);
		if (iban)
			assert_string_equal(iban, rows[i].iban);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_german_account_has_an_iban),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
