/* Addresses that a letter can be sent to. */
#include "notification/domain/postal.h"

#include "unit/test.h"

static const struct {
	const char *sentence, *country, *lines[7];
	const char *reason;
} ADDRESSES[] = {
	{ "street and town with a code", "FR", { "7 quai de la Fosse", "44000 Nantes" }, NULL },
	{ "a cedex", "FR", { "BP 12", "44042 NANTES CEDEX 1" }, NULL },
	{ "the Dutch have letters behind it", "NL", { "Keizersgracht 1", "1015 CJ Amsterdam" }, NULL },
	{ "the British have no digits only", "GB", { "10 Downing Street", "London SW1A 2AA" }, NULL },
	{ "nothing", "FR", { NULL }, "letter.no_address" },
	{ "a town alone", "FR", { "44000 Nantes" }, "letter.no_address" },
	{ "no code", "FR", { "7 quai de la Fosse", "Nantes" }, "letter.no_postcode" },
	{ "a digit too few", "DE", { "Hafenstraße 12", "2045 Hamburg" }, "letter.no_postcode" },
	{ "a telephone number is none", "FR", { "7 quai", "0240000000 Nantes" }, "letter.no_postcode" },
	{ "more than the window shows", "FR", { "a", "b", "c", "d", "e", "44000 Nantes" }, "letter.long_address" },
};

static void addresses_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ADDRESSES); i++) {
		size_t count = 0;

		while (count < ROWS(ADDRESSES[i].lines) && ADDRESSES[i].lines[count])
			count++;

		struct err err = postal_check(ADDRESSES[i].country, ADDRESSES[i].lines, count);

		SAY(ADDRESSES[i].sentence);
		if (ADDRESSES[i].reason)
			assert_string_equal(err.reason, ADDRESSES[i].reason);
		else
			assert_true(err_ok(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(addresses_are_checked) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
