/* The spool of letters: a repeat changes nothing, another content takes the place of the first, a torn line is mended.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notification/channels/spool.h"
#include "unit/test.h"

static struct arena *arena;
static char folder[64];

static int begin(void **state)
{
	(void)state;
	arena = arena_new(0);
	snprintf(folder, sizeof folder, "/tmp/relance-spool-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	arena_destroy(&arena);
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	return system(command);
}

static struct err put(uint8_t id, const char *pdf)
{
	static const char *address[] = { "Café \"Łódź\"", "7 quai de la Fosse", "44000 Nantes" };
	struct spool_letter letter = { .creditor = "MAIN",
				       .reminder = { { id } },
				       .address = address,
				       .address_count = 3,
				       .country = "FR",
				       .reference = "C-1042",
				       .registered = true,
				       .pages = 2,
				       .pdf = { pdf, strlen(pdf) } };

	return spool_put(arena, folder, &letter);
}

static const char *content(const char *name)
{
	char *text = arena_alloc(arena, 8192);
	FILE *file = fopen(arena_format(arena, "%s/%s", folder, name), "rb");

	assert_non_null(file);
	text[fread(text, 1, 8191, file)] = '\0';
	fclose(file);
	return text;
}

static size_t lines(void)
{
	size_t count = 0;

	for (const char *c = content(SPOOL_MANIFEST); *c; c++)
		count += *c == '\n';
	return count;
}

static void a_letter_is_a_file_and_a_line(void **state)
{
	(void)state;
	assert_true(err_ok(put(1, "abc")));
	assert_string_equal(content("MAIN-01000000-0000-0000-0000-000000000000.pdf"), "abc");
	assert_string_equal(content(SPOOL_MANIFEST),
			    "{\"file\":\"MAIN-01000000-0000-0000-0000-000000000000.pdf\",\"sha256\":"
			    "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"pages\":2,"
			    "\"address\":[\"Café \\\"Łódź\\\"\",\"7 quai de la Fosse\",\"44000 Nantes\"],"
			    "\"country\":\"FR\",\"registered\":true,\"reference\":\"C-1042\",\"colour\":false,"
			    "\"duplex\":true}\n");
}

static void a_repeat_adds_nothing(void **state)
{
	(void)state;
	assert_true(err_ok(put(1, "abc")));
	assert_true(err_ok(put(2, "def")));

	const char *before = content(SPOOL_MANIFEST);

	assert_true(err_ok(put(1, "abc")));
	assert_string_equal(content(SPOOL_MANIFEST), before);
}

static void what_is_listed_is_never_written_again(void **state)
{
	(void)state;
	assert_true(err_ok(put(1, "abc")));

	const char *before = content(SPOOL_MANIFEST);

	assert_true(err_ok(put(1, "ghi")));
	assert_string_equal(content("MAIN-01000000-0000-0000-0000-000000000000.pdf"), "abc");
	assert_string_equal(content(SPOOL_MANIFEST), before);
}

static void what_was_never_listed_is_written_anew(void **state)
{
	(void)state;
	assert_true(err_ok(put(1, "abc")));
	assert_int_equal(truncate(arena_format(arena, "%s/" SPOOL_MANIFEST, folder), 0), 0);
	assert_true(err_ok(put(1, "ghi")));
	assert_string_equal(content("MAIN-01000000-0000-0000-0000-000000000000.pdf"), "ghi");
	assert_int_equal(lines(), 1);
}

static void a_torn_line_is_mended(void **state)
{
	(void)state;
	assert_true(err_ok(put(1, "abc")));

	const char *whole = content(SPOOL_MANIFEST);

	assert_true(err_ok(put(2, "def")));
	assert_int_equal(truncate(arena_format(arena, "%s/" SPOOL_MANIFEST, folder), (off_t)strlen(whole) + 60), 0);
	assert_true(err_ok(put(3, "ghi")));
	assert_int_equal(lines(), 2);
	assert_null(strstr(content(SPOOL_MANIFEST), "MAIN-02000000"));
	assert_true(err_ok(put(2, "def")));
	assert_int_equal(lines(), 3);
}

static void a_folder_that_cannot_be_written_says_so(void **state)
{
	(void)state;

	struct spool_letter letter = { .creditor = "MAIN", .pdf = { "x", 1 } };
	struct err err = spool_put(arena, "/proc/none/letters", &letter);

	assert_int_equal(err.code, ERR_UNAVAILABLE);
	assert_string_equal(err.reason, "letters.unwritable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_letter_is_a_file_and_a_line, begin, end),
		cmocka_unit_test_setup_teardown(a_repeat_adds_nothing, begin, end),
		cmocka_unit_test_setup_teardown(what_is_listed_is_never_written_again, begin, end),
		cmocka_unit_test_setup_teardown(what_was_never_listed_is_written_anew, begin, end),
		cmocka_unit_test_setup_teardown(a_torn_line_is_mended, begin, end),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_says_so, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
