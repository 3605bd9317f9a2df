/* relancectl's one row model: for people, as JSON, as CSV. */
#include "../test.h"

#include <stdlib.h>

#include "ctl/table.h"

static struct table *invoices(struct arena *arena)
{
	struct table *table = table_new(arena);

	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "due_date", TABLE_DATE);
	table_column(table, "open_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "days", TABLE_INT);
	table_column(table, "chance", TABLE_REAL);
	table_column(table, "disputed", TABLE_BOOL);
	return table;
}

static void fill(struct table *table)
{
	table_row(table);
	table_cell_text(table, "INV-1");
	table_cell_text(table, "2026-01-31");
	table_cell_money(table, -123456789, "EUR");
	table_cell_text(table, "EUR");
	table_cell_int(table, 7);
	table_cell_real(table, 0.5);
	table_cell_bool(table, true);
	table_row(table);
	table_cell_text(table, "R\xc3\xa9,\"f\"\n2");
	table_cell_text(table, "");
	table_cell_money(table, 5, "JPY");
	table_cell_text(table, NULL);
	table_cell_null(table);
	table_cell_null(table);
	table_cell_bool(table, false);
}

static char *printed(const struct table *table, enum table_format format)
{
	char *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	assert_non_null(to);
	table_print(table, format, to);
	fclose(to);
	return text;
}

static void prints(const struct table *table, enum table_format format, const char *wanted)
{
	char *text = printed(table, format);

	assert_string_equal(text, wanted);
	free(text);
}

static void a_list_in_each_format(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct table *table = invoices(arena);

	fill(table);
	prints(table, TABLE_FORMAT_PEOPLE,
	       "invoice number  due date                 open  days  chance  disputed\n"
	       "INV-1           2026-01-31  -1 234 567.89 EUR     7   0.500  yes\n"
	       "R\xc3\xa9,\"f\" 2                                5 JPY                no\n");
	prints(table, TABLE_FORMAT_JSON,
	       "[\n {\"invoice_number\": \"INV-1\", \"due_date\": \"2026-01-31\", \"open_minor\": -123456789, "
	       "\"currency\": \"EUR\", \"days\": 7, \"chance\": 0.5, \"disputed\": true},\n"
	       " {\"invoice_number\": \"R\xc3\xa9,\\\"f\\\"\\n2\", \"due_date\": null, \"open_minor\": 5, "
	       "\"currency\": null, "
	       "\"days\": null, \"chance\": null, \"disputed\": false}\n]\n");
	prints(table, TABLE_FORMAT_CSV,
	       "invoice_number,due_date,open_minor,currency,days,chance,disputed\r\n"
	       "INV-1,2026-01-31,-123456789,EUR,7,0.5,true\r\n"
	       "\"R\xc3\xa9,\"\"f\"\"\n2\",,5,,,,false\r\n");
}

static void an_empty_list_is_still_a_list(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct table *table = table_new(arena);

	table_column(table, "name", TABLE_TEXT);
	prints(table, TABLE_FORMAT_PEOPLE, "name\n");
	prints(table, TABLE_FORMAT_JSON, "[]\n");
	prints(table, TABLE_FORMAT_CSV, "name\r\n");
}

static void a_record_is_read_from_top_to_bottom(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct table *table = table_new(arena);

	table_as_record(table);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "open_minor", TABLE_MONEY);
	table_row(table);
	table_cell_text(table, "C1");
	table_cell_money(table, 100000, "EUR");
	prints(table, TABLE_FORMAT_PEOPLE, "customer number  C1\nopen             1 000.00 EUR\n");
	prints(table, TABLE_FORMAT_JSON, "{\n  \"customer_number\": \"C1\",\n  \"open_minor\": 100000\n}\n");
	prints(table, TABLE_FORMAT_CSV, "customer_number,open_minor\r\nC1,100000\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_in_each_format),
		cmocka_unit_test(an_empty_list_is_still_a_list),
		cmocka_unit_test(a_record_is_read_from_top_to_bottom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
