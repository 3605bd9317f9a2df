#include "unit/test.h"

#include "common/base/decimal.h"
#include "common/base/money.h"

static struct currency currency_of(const char *code)
{
	struct currency currency;

	assert_true(err_ok(currency_parse(code, &currency)));
	return currency;
}

static void amounts_are_exact(void **state)
{
	static const struct {
		const char *sentence, *text, *currency;
		int64_t minor;
		const char *reason; /* NULL: accepted */
		const char *written;
	} rows[] = {
		{ "cents", "1234.56", "EUR", 123456, NULL, "1234.56" },
		{ "one decimal", "1234.5", "EUR", 123450, NULL, "1234.50" },
		{ "no decimals", "1234", "EUR", 123400, NULL, "1234.00" },
		{ "negative cents", "-0.05", "EUR", -5, NULL, "-0.05" },
		{ "a leading plus", "+7.00", "EUR", 700, NULL, "7.00" },
		{ "yen have no decimals", "1234", "JPY", 1234, NULL, "1234" },
		{ "zeros beyond the minor unit are nothing", "1234.000", "JPY", 1234, NULL, "1234" },
		{ "dinars have three", "1.234", "KWD", 1234, NULL, "1.234" },
		{ "half a cent is refused", "1.005", "EUR", 0, "money.fraction", NULL },
		{ "a decimal comma is refused here", "1,50", "EUR", 0, "money.malformed", NULL },
		{ "two points are refused", "1.2.3", "EUR", 0, "money.malformed", NULL },
		{ "a sign alone is refused", "-", "EUR", 0, "money.malformed", NULL },
		{ "nothing is refused", "", "EUR", 0, "money.malformed", NULL },
		{ "an exponent is refused", "1e3", "EUR", 0, "money.malformed", NULL },
		{ "the largest amount", "10000000000.00", "EUR", MONEY_MINOR_MAX, NULL, "10000000000.00" },
		{ "a cent more is refused", "10000000000.01", "EUR", 0, "money.too_large", NULL },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct currency currency = currency_of(rows[i].currency);
		int64_t minor = -77;
		struct err err = money_parse(rows[i].text, currency, &minor);
		char text[MONEY_TEXT_BYTES];

		SAY(rows[i].sentence);
		if (rows[i].reason) {
			assert_string_equal(err.reason, rows[i].reason);
			assert_int_equal(minor, -77);
			continue;
		}
		assert_true(err_ok(err));
		assert_int_equal(minor, rows[i].minor);
		assert_string_equal(money_format(minor, currency, text), rows[i].written);
	}
}

static void products_round_once_half_away_from_zero(void **state)
{
	static const struct {
		const char *sentence;
		int64_t a, b, c, result;
	} rows[] = {
		{ "half rounds up", 1, 1, 2, 1 },
		{ "minus a half rounds down", -1, 1, 2, -1 },
		{ "below the half rounds to zero", 1, 1, 3, 0 },
		{ "above the half rounds away", 2, 1, 3, 1 },
		{ "an odd divisor has no half", 7, 1, 15, 0 },
		{ "a product beyond 64 bits", INT64_C(1000000000000), INT64_C(1000000000), INT64_C(1000000000),
		  INT64_C(1000000000000) },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_int_equal(money_mul_div(rows[i].a, rows[i].b, rows[i].c), rows[i].result);
	}
}

static void rates_are_exact(void **state)
{
	struct decimal rate;
	char text[DECIMAL_TEXT_BYTES];

	(void)state;
	assert_true(err_ok(decimal_parse("12.15", &rate)));
	assert_int_equal(rate.millionths, 12150000);
	assert_string_equal(decimal_format(rate, text), "12.15");
	assert_int_equal(decimal_percent_of(rate, 100000), 12150);
	assert_true(err_ok(decimal_parse("-0.000001", &rate)));
	assert_string_equal(decimal_format(rate, text), "-0.000001");
	assert_true(err_ok(decimal_parse("3", &rate)));
	assert_string_equal(decimal_format(rate, text), "3");
	assert_false(err_ok(decimal_parse("0.0000001", &rate)));
	assert_false(err_ok(decimal_parse("12,5", &rate)));
	assert_false(err_ok(decimal_parse("", &rate)));
	assert_false(err_ok(decimal_parse("99999999999", &rate)));
}

static void currencies_are_three_letters(void **state)
{
	struct currency currency = { "XXX" };

	(void)state;
	assert_true(err_ok(currency_parse("eur", &currency)));
	assert_string_equal(currency.code, "EUR");
	assert_false(err_ok(currency_parse("EU", &currency)));
	assert_false(err_ok(currency_parse("EURO", &currency)));
	assert_false(err_ok(currency_parse("E1R", &currency)));
	assert_string_equal(currency.code, "EUR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_are_exact),
		cmocka_unit_test(products_round_once_half_away_from_zero),
		cmocka_unit_test(rates_are_exact),
		cmocka_unit_test(currencies_are_three_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
