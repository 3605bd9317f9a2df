/* The reader of comma-separated values, against RFC 4180 and the files people really send. */
#include "unit/test.h"

#include <stdlib.h>

#include "common/base/csv.h"

static const struct {
	const char *sentence, *file;
	const char *records; /* fields joined by '|', records by '/', an error as its reason */
	const char *lines;   /* the line on which each begins */
} FILES[] = {
	{ "plain fields", "a,b\n1,2\n", "a|b/1|2", "1,2" },
	{ "no line end at the end of the file", "a,b\n1,2", "a|b/1|2", "1,2" },
	{ "CRLF, CR and blank lines", "a,b\r\n\r\n1,2\r3,4\n\n", "a|b/1|2/3|4", "1,3,4" },
	{ "a byte order mark is no text",
	  "\xEF\xBB\xBF"
	  "a,b\n",
	  "a|b", "1" },
	{ "quotes hold commas, quotes and line ends", "\"x,\"\"y\"\"\",\"two\r\nlines\"\nz\n", "x,\"y\"|two\r\nlines/z",
	  "1,3" },
	{ "empty fields count", ",,\n\"\",\n", "||/|", "1,2" },
	{ "a quote inside a plain field is refused, the next row is read", "a\"b,c\nd\n", "csv.malformed/d", "1,2" },
	{ "text behind a closing quote is refused", "\"a\"b,c\nd\n", "csv.malformed/d", "1,2" },
	{ "a quote that is never closed is refused", "a\n\"b,c\nd\n", "a/csv.malformed", "1,2" },
	{ "Latin-1 is refused row by row", "caf\xE9,1\nd\n", "csv.encoding/d", "1,2" },
	{ "an empty file has no records", "", "", "" },
	{ "a byte order mark alone has no records", "\xEF\xBB\xBF", "", "" },
};

/* Hands out one byte at a time, so that every state meets the end of a chunk. */
static size_t one_byte(void *memory, char *to, size_t size)
{
	return csv_from_memory(memory, to, size > 0 ? 1 : 0);
}

static void read_all(csv_source source, const char *file, struct buf *records, struct buf *lines)
{
	struct csv_memory memory = { file, strlen(file) };
	struct csv csv;
	bool more = true;

	csv_init(&csv, source, &memory);
	for (;;) {
		struct err err = csv_next(&csv, &more);

		if (err_ok(err) && !more)
			break;
		buf_append_format(lines, "%s%d", lines->length ? "," : "", csv_line(&csv));
		buf_append_text(records, lines->length > 1 ? "/" : "");
		if (!err_ok(err))
			buf_append_text(records, err.reason);
		for (int i = 0; err_ok(err) && i < csv_count(&csv); i++)
			buf_append_format(records, "%s%s", i ? "|" : "", csv_field(&csv, i));
	}
	csv_release(&csv);
}

static void test_files(void **state)
{
	(void)state;
	const csv_source sources[] = { csv_from_memory, one_byte };

	for (size_t i = 0; i < ROWS(FILES); i++) {
		SAY(FILES[i].sentence);
		/* The byte order mark is looked for in the first chunk, which no source makes smaller than three bytes.
		 */
		for (size_t s = 0; s < (FILES[i].file[0] == '\xEF' ? 1 : ROWS(sources)); s++) {
			BUF_SCOPE records = { 0 }, lines = { 0 };

			buf_init(&records, 1000);
			buf_init(&lines, 1000);
			read_all(sources[s], FILES[i].file, &records, &lines);
			assert_string_equal(buf_text(&records), FILES[i].records);
			assert_string_equal(buf_text(&lines), FILES[i].lines);
		}
	}
}

static void test_columns_by_name(void **state)
{
	(void)state;
	struct csv_memory memory = { "Amount, due_date ,x\n1,2,3\n", 26 };
	struct csv csv;
	bool more;

	csv_init(&csv, csv_from_memory, &memory);
	assert_true(err_ok(csv_next(&csv, &more)));
	assert_int_equal(csv_find(&csv, "amount"), 0);
	assert_int_equal(csv_find(&csv, "due_date"), 1);
	assert_int_equal(csv_find(&csv, "due"), -1);
	assert_string_equal(csv_field(&csv, 7), "");
	assert_string_equal(csv_field(&csv, -1), "");
	assert_string_equal(csv_raw(&csv), "Amount, due_date ,x");
	csv_release(&csv);
}

static void test_a_row_has_a_limit(void **state)
{
	(void)state;
	size_t length = CSV_RECORD_BYTES_MAX + 10;
	char *bytes = malloc(length);
	struct csv_memory memory = { bytes, length };
	struct csv csv;
	bool more;

	memset(bytes, 'x', length);
	bytes[0] = '"';
	csv_init(&csv, csv_from_memory, &memory);
	assert_string_equal(csv_next(&csv, &more).reason, "csv.record_too_long");
	csv_release(&csv);
	free(bytes);
}

static void test_written_fields_read_back(void **state)
{
	(void)state;
	BUF_SCOPE row = { 0 };

	buf_init(&row, 100);
	csv_append(&row, "plain");
	buf_append_char(&row, ',');
	csv_append(&row, "a \"quote\", two\nlines");
	assert_string_equal(buf_text(&row), "plain,\"a \"\"quote\"\", two\nlines\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_columns_by_name),
		cmocka_unit_test(test_a_row_has_a_limit),
		cmocka_unit_test(test_written_fields_read_back),
	};
	return cmocka_run_group_tests_name("base/csv", tests, NULL, NULL);
}
