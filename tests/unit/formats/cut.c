/* A file that was cut off, at any byte: what is complete goes out as it stands in the whole file, the statement is marked
 * as cut, and nothing is taken for complete that is not. */
#include "unit/test.h"

#include "common/base/text.h"
#include "unit/formats/collect.h"

/* The line behind `at`, with its end. */
static size_t line_length(const char *at)
{
	return strcspn(at, "\n") + 1;
}

/* Every entry of the cut file stands in the whole one, with its details, except one that is marked as cut itself. */
static void assert_entries_of(const char *cut, const char *whole)
{
	bool complete = true;

	for (const char *at = cut; *at; at += line_length(at)) {
		char line[4096];
		bool entry = strncmp(at, "entry ", 6) == 0;

		if (!entry && strncmp(at, "  detail ", 9) != 0)
			continue;
		assert_true(line_length(at) < sizeof line);
		text_copy(line, line_length(at) + 1, at);
		complete = entry ? !strstr(line, " cut ") : complete;
		if (complete && !strstr(whole, line))
			fail_msg("'%s' is not in the whole file", line);
	}
}

/* The file is refused where nothing of it can be used; else it is known as cut, or by a balance that is off. */
static bool trusted(const struct collected *collected)
{
	if (strstr(collected->text, "balance off"))
		return false;
	if (err_ok(collected->err))
		return !strstr(collected->text, " balance unknown cut");
	return strstr(collected->text, "begin ") && !text_equal(collected->err.reason, "statement.cut");
}

static void a_file_cut_anywhere_is_known_to_be(void **state)
{
	static const struct {
		const char *file, *end; /* with which the file is whole, whatever comes behind it */
	} rows[] = {
		{ "camt053_v08.xml", "</Document>" },
		{ "camt053_v02.xml", "</n:Document>" },
		{ "mt940_german.sta", ":62F:C260228EUR1500" },
		{ "cfonb120.txt", "0000000014742E" },
		{ "coda.cod", "\n9" },
		{ "n43.txt", "000158180" },
		{ "bai2.txt", "\n99," },
		{ "ofx1.ofx", "</OFX>" },
		{ "ofx2.ofx", "</OFX>" },
	};
	ARENA_SCOPE arena = arena_new(0);
	static struct collected whole, collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t length;
		const char *bytes = sample(arena, rows[i].file, &length);

		SAY(rows[i].file);
		collect(&whole, bytes, length, 0);
		assert_true(err_ok(whole.err));
		const char *end = memmem(bytes, length, rows[i].end, strlen(rows[i].end));

		assert_non_null(end);
		for (size_t cut = 1; cut < (size_t)(end - bytes) + strlen(rows[i].end); cut++) {
			collect(&collected, bytes, cut, 0);
			if (!strchr("\r\n",
				    bytes[cut - 1])) /* a line that is whole may be the entry's last: nobody knows */
				assert_entries_of(collected.text, whole.text);
			if (trusted(&collected))
				fail_msg("cut at byte %zu: %s, %s", cut, collected.err.reason, collected.text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_cut_anywhere_is_known_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
