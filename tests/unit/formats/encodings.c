/* Text formats in any encoding with any line end say the same. */
#include "unit/test.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "unit/formats/collect.h"

#define SAMPLE_BYTES_MAX ((size_t)64 * 1024)

static const char *const SAMPLES[] = { "n43.txt",         "coda.cod", "cfonb120.txt", "mt940_german.sta",
				       "mt942_dutch.sta", "bai2.txt", "ofx1.ofx",     "ofx2.ofx" };

/* UTF-8 up to U+07FF, as the samples have it, as UTF-16 with its mark. */
static void widen(struct buf *to, const char *bytes, size_t length, bool big)
{
	buf_append(to, big ? "\xFE\xFF" : "\xFF\xFE", 2);
	for (size_t i = 0; i < length; i++) {
		unsigned unit = (unsigned char)bytes[i];

		if (unit >= 0xC0 && i + 1 < length)
			unit = (unit & 0x1F) << 6 | ((unsigned char)bytes[++i] & 0x3F);
		buf_append_char(to, (char)(big ? unit >> 8 : unit & 0xFF));
		buf_append_char(to, (char)(big ? unit & 0xFF : unit >> 8));
	}
}

static void end_lines(struct buf *to, const char *bytes, size_t length, const char *end)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] == '\n')
			buf_append_text(to, end);
		else if (bytes[i] != '\r')
			buf_append_char(to, bytes[i]);
}

/* Records of one length, one behind the other. */
static void end_records(struct buf *to, const char *bytes, size_t length, size_t record_bytes)
{
	size_t filled = 0;

	for (size_t i = 0; i < length; i++) {
		for (; bytes[i] == '\n' && filled < record_bytes; filled++)
			buf_append_char(to, ' ');
		if (bytes[i] == '\n') {
			filled = 0;
		} else if (bytes[i] != '\r') {
			buf_append_char(to, bytes[i]);
			filled++;
		}
	}
}

static void check_same(const char *sentence, const struct buf *bytes, const char *expected)
{
	static struct collected collected;
	static const size_t PIECES[] = { 0, 1, 5 };

	SAY(sentence);
	for (size_t i = 0; i < ROWS(PIECES); i++) {
		collect(&collected, bytes->data, bytes->length, PIECES[i]);
		assert_true(err_ok(collected.err));
		assert_string_equal(collected.text, expected);
	}
}

static void a_format_is_the_same_in_any_encoding(void **state)
{
	static struct collected plain;
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(SAMPLES); i++) {
		size_t length;
		const char *bytes = sample(arena, SAMPLES[i], &length);
		const char *utf8 = text_to_utf8(arena, bytes, length);
		BUF_SCOPE lines = { 0 };
		BUF_SCOPE wide = { 0 };

		SAY(SAMPLES[i]);
		buf_init(&lines, SAMPLE_BYTES_MAX);
		buf_init(&wide, SAMPLE_BYTES_MAX * 2);
		end_lines(&lines, utf8, strlen(utf8), "\n");
		collect(&plain, lines.data, lines.length, 0);
		assert_true(err_ok(plain.err));
		check_same("UTF-8", &lines, plain.text);
		end_lines(&wide, bytes, length, "\n");
		check_same("Latin-1", &wide, plain.text);
		buf_clear(&wide);
		widen(&wide, lines.data, lines.length, false);
		check_same("UTF-16, little end first", &wide, plain.text);
		buf_clear(&wide);
		widen(&wide, lines.data, lines.length, true);
		check_same("UTF-16, big end first", &wide, plain.text);
		buf_clear(&wide);
		end_lines(&wide, bytes, length, "\r");
		check_same("CR", &wide, plain.text);
		buf_clear(&wide);
		end_lines(&wide, bytes, length, "\r\n");
		check_same("CR LF", &wide, plain.text);
	}
}

/* What stands before and behind the text, in each format. */
static void what_stands_around_a_text_does_no_harm(void **state)
{
	static const struct {
		const char *sentence, *before, *behind;
		size_t behind_length;
		bool no_end; /* of the last line */
	} rows[] = {
		{ "a byte order mark", "\xEF\xBB\xBF", "", 0, false },
		{ "a last line without end", "", "", 0, true },
		{ "blank lines behind", "", "\r\n \n\n", 5, false },
		{ "^Z, the end of a file under CP/M", "", "\x1A", 1, false },
		{ "^Z right behind the last line", "", "\x1A", 1, true },
		{ "a block filled with zero bytes", "\xEF\xBB\xBF", "\0\0\0\0\0\0\0", 7, false },
		{ "a block filled right behind the last line", "", "\x1A\0\0\0\0", 5, true },
	};
	static struct collected plain;
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(SAMPLES); i++) {
		size_t length;
		const char *raw = sample(arena, SAMPLES[i], &length), *bytes = text_to_utf8(arena, raw, length);

		SAY(SAMPLES[i]);
		collect(&plain, bytes, strlen(bytes), 0);
		for (size_t k = 0; k < ROWS(rows); k++) {
			BUF_SCOPE text = { 0 };

			buf_init(&text, SAMPLE_BYTES_MAX);
			buf_append_text(&text, rows[k].before);
			buf_append_text(&text, bytes);
			while (rows[k].no_end && strchr("\r\n", text.data[text.length - 1]))
				text.length--;
			buf_append(&text, rows[k].behind, rows[k].behind_length);
			check_same(rows[k].sentence, &text, plain.text);
		}
	}
}

static void blank_lines_may_come_first(void **state)
{
	static struct collected plain, later;
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(SAMPLES); i++) {
		size_t length;
		const char *bytes = sample(arena, SAMPLES[i], &length);
		BUF_SCOPE text = { 0 };

		SAY(SAMPLES[i]);
		buf_init(&text, SAMPLE_BYTES_MAX);
		buf_append_text(&text, "\xEF\xBB\xBF\r\n\r\n");
		buf_append(&text, bytes, length);
		collect(&plain, bytes, length, 0);
		collect(&later, text.data, text.length, 0);
		assert_true(err_ok(later.err));
		assert_string_equal(strstr(later.text, "\nend "), strstr(plain.text, "\nend "));
	}
}

static void a_zero_byte_inside_a_text_is_refused(void **state)
{
	static const char BYTES[] = ":20:A\n:60F:C260101EUR1,\n:86:a\0b\n:62F:C260101EUR1,\n-\n";
	static const size_t PIECES[] = { 0, 1, 32 };
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(PIECES); i++) {
		collect(&collected, BYTES, sizeof BYTES - 1, PIECES[i]);
		assert_string_equal(collected.err.reason, "statement.malformed");
	}
}

static void records_need_no_line_ends(void **state)
{
	static const struct {
		const char *file;
		size_t record_bytes;
	} rows[] = { { "n43.txt", 80 }, { "coda.cod", 128 }, { "cfonb120.txt", 120 } };
	static struct collected plain;
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t length;
		const char *bytes = sample(arena, rows[i].file, &length);
		BUF_SCOPE run_on = { 0 };

		SAY(rows[i].file);
		buf_init(&run_on, SAMPLE_BYTES_MAX);
		end_records(&run_on, bytes, length, rows[i].record_bytes);
		collect(&plain, bytes, length, 0);
		check_same("no line ends", &run_on, plain.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_format_is_the_same_in_any_encoding),
					    cmocka_unit_test(what_stands_around_a_text_does_no_harm),
					    cmocka_unit_test(blank_lines_may_come_first),
					    cmocka_unit_test(a_zero_byte_inside_a_text_is_refused),
					    cmocka_unit_test(records_need_no_line_ends) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
