#include "unit/test.h"

#include <string.h>

#include "common/base/backoff.h"
#include "common/base/id.h"
#include "common/base/iso.h"
#include "common/base/reference.h"
#include "common/base/text.h"

static void utf8_is_checked_strictly(void **state)
{
	static const struct {
		const char *sentence, *bytes;
		bool valid;
	} rows[] = {
		{ "ASCII", "abc", true },
		{ "two bytes", "\xc3\xa9", true },
		{ "three bytes", "\xe2\x82\xac", true },
		{ "four bytes", "\xf0\x9f\x98\x80", true },
		{ "Latin-1 is not UTF-8", "\xe9", false },
		{ "cut off", "\xe2\x82", false },
		{ "an overlong slash", "\xc0\xaf", false },
		{ "an overlong three", "\xe0\x80\xaf", false },
		{ "a surrogate", "\xed\xa0\x80", false },
		{ "beyond Unicode", "\xf4\x90\x80\x80", false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_int_equal(text_utf8_valid(rows[i].bytes, strlen(rows[i].bytes)), rows[i].valid);
	}
}

static void other_bytes_become_utf8(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	assert_string_equal(text_to_utf8(arena, "Lef\xe8vre \x80", 9), "Lef\xc3\xa8vre \xe2\x82\xac");
	assert_string_equal(text_to_utf8(arena, "Lef\xc3\xa8vre", 8), "Lef\xc3\xa8vre");
	assert_string_equal(text_trim(arena, " \t a b \r\n"), "a b");
	assert_string_equal(text_trim(arena, " \n"), "");
	assert_string_equal(text_normalise(arena, "inv-2026/000 17\xc3\xa9"), "INV202600017");
}

static void texts_are_cut_at_characters(void **state)
{
	char small[4];

	(void)state;
	assert_true(text_copy(small, sizeof small, "abc"));
	assert_false(text_copy(small, sizeof small, "ab\xc3\xa9"));
	assert_string_equal(small, "ab");
}

static void numbers_are_whole(void **state)
{
	long long value = 5;

	(void)state;
	assert_true(err_ok(text_to_int64("-12", -20, 20, &value)));
	assert_int_equal(value, -12);
	assert_string_equal(text_to_int64("21", -20, 20, &value).reason, "number.range");
	assert_string_equal(text_to_int64("1x", -20, 20, &value).reason, "number.malformed");
	assert_string_equal(text_to_int64(" 1", -20, 20, &value).reason, "number.malformed");
	assert_string_equal(text_to_int64("", -20, 20, &value).reason, "number.malformed");
	assert_int_equal(value, -12);
}

static void check_digits_are_checked(void **state)
{
	static const struct {
		const char *sentence, *text;
		bool rf, iban;
	} rows[] = {
		{ "the example of ISO 11649", "RF18539007547034", true, false },
		{ "with blanks, in lower case", "rf18 5390 0754 7034", true, false },
		{ "one digit off", "RF18539007547035", false, false },
		{ "two digits swapped", "RF18539007540734", false, false },
		{ "an IBAN of the ISO 13616 registry", "DE89370400440532013000", false, true },
		{ "a French one with blanks", "FR14 2004 1010 0505 0001 3M02 606", false, true },
		{ "a wrong IBAN", "DE88370400440532013000", false, false },
		{ "nothing", "", false, false },
		{ "too long", "RF18539007547034539007547034", false, false },
	};
	char text[REFERENCE_RF_BYTES], iban[REFERENCE_IBAN_BYTES];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_int_equal(reference_rf_valid(rows[i].text), rows[i].rf);
		assert_int_equal(reference_iban_valid(rows[i].text), rows[i].iban);
	}
	assert_string_equal(reference_rf_make("539007547034", text), "RF18539007547034");
	assert_true(reference_rf_valid(reference_rf_make("INV-2026-000017", text)));
	assert_string_equal(reference_iban_make("DE", "370400440532013000", iban), "DE89370400440532013000");
	assert_string_equal(reference_iban_make("FR", "20041010050500013M02606", iban), "FR1420041010050500013M02606");
}

static const struct {
	const char *sentence;
	bool (*list)(const char *);
	const char *code;
	bool listed;
} CODES[] = {
	{ "the euro", iso_currency, "EUR", true },
	{ "the last of the list", iso_currency, "ZWL", true },
	{ "gone, but still owed", iso_currency, "HRK", true },
	{ "a slip of the pen", iso_currency, "EUU", false },
	{ "the end of one code and the beginning of the next", iso_currency, "R G", false },
	{ "half a code", iso_currency, "EU", false },
	{ "nothing", iso_currency, "", false },
	{ "Greece", iso_country, "GR", true },
	{ "Greece as VAT numbers have it", iso_country, "EL", false },
	{ "the United Kingdom as it calls itself", iso_country, "UK", false },
	{ "in lower case", iso_country, "fr", false },
	{ "Ukrainian", iso_language, "uk", true },
	{ "English as a country", iso_language, "gb", false },
};

static void codes_are_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(CODES); i++) {
		SAY(CODES[i].sentence);
		assert_int_equal(CODES[i].list(CODES[i].code), CODES[i].listed);
	}
}

static void ids_keep_time_order_and_survive_text(void **state)
{
	static const uint8_t zeros[10] = { 0 }, ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	struct instant now = { INT64_C(1767225600) * US_PER_SECOND };
	struct id early = id_make(now, ones), late = id_make((struct instant){ now.us + 1000 }, zeros), again;
	char a[ID_TEXT_BYTES], b[ID_TEXT_BYTES];

	(void)state;
	assert_true(strcmp(id_format(early, a), id_format(late, b)) < 0);
	assert_int_equal(a[14], '7');
	assert_true(err_ok(id_parse(a, &again)));
	assert_true(id_equal(again, early));
	assert_false(err_ok(id_parse("0197", &again)));
	assert_true(id_equal(id_derive(early, "x"), id_derive(early, "x")));
	assert_false(id_equal(id_derive(early, "x"), id_derive(early, "y")));
	assert_false(id_equal(id_derive(early, "x"), id_derive(late, "x")));
}

static void a_stored_hash_stays_as_it_is(void **state)
{
	static const struct {
		const char *text;
		unsigned long long hash;
	} rows[] = {
		{ "", 0 },
		{ "12345678", 0x498bc9023a40bf74 },
		{ "INV2025000013", 0xe1324a8319a4cd25 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_true(text_hash_quick(rows[i].text, strlen(rows[i].text)) == rows[i].hash);
}

static void backoff_grows_to_its_limit(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(0, 100, 10000, 0), 50);
	assert_in_range(backoff_ms(0, 100, 10000, UINT32_MAX), 99, 100);
	assert_int_equal(backoff_ms(3, 100, 10000, 0), 400);
	assert_int_equal(backoff_ms(200, 100, 10000, 0), 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_checked_strictly),     cmocka_unit_test(other_bytes_become_utf8),
		cmocka_unit_test(texts_are_cut_at_characters),  cmocka_unit_test(numbers_are_whole),
		cmocka_unit_test(check_digits_are_checked),     cmocka_unit_test(ids_keep_time_order_and_survive_text),
		cmocka_unit_test(backoff_grows_to_its_limit),   cmocka_unit_test(codes_are_listed),
		cmocka_unit_test(a_stored_hash_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
