/* API keys: the file, who fits, what a scope covers. */
#include "../test.h"

#include "common/base/arena.h"
#include "gateway/access/apikeys.h"

/* SHA-256 of "alpha" and "beta" (sha256sum). */
#define ALPHA "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"
#define BETA "f44e64e75f3948e9f73f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753"

static const struct {
	const char *sentence, *text;
	enum err_code code;
	size_t keys;
	const char *field;
} FILES[] = {
	{ "an empty file has no keys", "", ERR_OK, 0, NULL },
	{ "comments and blank lines are passed over", "# a b\n\n  \t\r\n #x\n", ERR_OK, 0, NULL },
	{ "two keys, the last line without its end", "a " ALPHA " *\nb\t" BETA "  credit:read,feed:write", ERR_OK, 2,
	  NULL },
	{ "line ends of another system", "a " ALPHA " *\r\n", ERR_OK, 1, NULL },
	{ "a hash that is too short", "\na 8ed3 *\n", ERR_INVALID, 0, "line 2" },
	{ "a hash with capitals", "a 8ED3F6AD685B959EAD7022518E1AF76CD816F8E8EC7CCDDA1ED4018E8F2223F8 *", ERR_INVALID,
	  0, "line 1" },
	{ "no scopes", "a " ALPHA "\n", ERR_INVALID, 0, "line 1" },
	{ "a fourth word", "a " ALPHA " * x\n", ERR_INVALID, 0, "line 1" },
	{ "an unknown right", "a " ALPHA " credit:own\n", ERR_INVALID, 0, "line 1" },
	{ "a scope without a right", "a " ALPHA " credit\n", ERR_INVALID, 0, "line 1" },
	{ "a name twice", "a " ALPHA " *\na " BETA " *\n", ERR_INVALID, 0, "line 2" },
	{ "a name with a colon", "a:b " ALPHA " *\n", ERR_INVALID, 0, "line 1" },
};

static void files_are_read_or_refused_with_the_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(FILES); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct apikeys keys = { 0 };

		SAY(FILES[i].sentence);
		struct err err = apikeys_parse(arena, FILES[i].text, &keys);

		assert_int_equal(err.code, FILES[i].code);
		assert_int_equal(keys.count, FILES[i].keys);
		if (FILES[i].field)
			assert_string_equal(err.field, FILES[i].field);
	}
}

static void a_key_is_found_by_its_text_alone(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct apikeys keys;

	assert_true(err_ok(apikeys_parse(arena, "a " ALPHA " *\nb " BETA " *\n", &keys)));
	assert_string_equal(apikeys_find(&keys, "alpha")->name, "a");
	assert_string_equal(apikeys_find(&keys, "beta")->name, "b");
	assert_null(apikeys_find(&keys, "alpha "));
	assert_null(apikeys_find(&keys, ""));
	assert_null(apikeys_find(&keys, ALPHA));
}

static const struct {
	const char *sentence, *scopes, *service;
	bool reads, allowed;
} SCOPES[] = {
	{ "everything may write", "*", "credit", false, true },
	{ "all may be read", "*:read", "feed", true, true },
	{ "but not written", "*:read", "feed", false, false },
	{ "write includes read", "credit:write", "credit", true, true },
	{ "write writes", "credit:write", "credit", false, true },
	{ "read does not write", "credit:read", "credit", false, false },
	{ "another service is another matter", "credit:write", "payments", true, false },
	{ "a part of a name is another name", "credit:write", "cred", true, false },
	{ "any one of several", "feed:read,payments:write", "payments", false, true },
};

static void scopes_cover_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(SCOPES); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct apikeys keys;

		SAY(SCOPES[i].sentence);
		assert_true(
			err_ok(apikeys_parse(arena, arena_format(arena, "a " ALPHA " %s\n", SCOPES[i].scopes), &keys)));
		assert_int_equal(apikey_allows(&keys.keys[0], SCOPES[i].service, SCOPES[i].reads), SCOPES[i].allowed);
	}
}

static void a_new_key_fits_its_line(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	const uint8_t random[APIKEY_RANDOM_BYTES] = { 1, 2, 0xff };
	const char *const scopes[] = { "credit:read", "*:read" };
	char key[APIKEY_TEXT_BYTES];
	struct apikeys keys;

	assert_int_equal(strlen(apikey_make(random, key)), APIKEY_TEXT_BYTES - 1);
	assert_memory_equal(key, "rlk_0102ff00", 12);
	assert_true(err_ok(apikeys_parse(arena, apikey_line(arena, "erp", key, scopes, 2), &keys)));
	assert_string_equal(apikeys_find(&keys, key)->name, "erp");
	assert_int_equal(keys.keys[0].scope_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_or_refused_with_the_line),
		cmocka_unit_test(a_key_is_found_by_its_text_alone),
		cmocka_unit_test(scopes_cover_what_they_say),
		cmocka_unit_test(a_new_key_fits_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
