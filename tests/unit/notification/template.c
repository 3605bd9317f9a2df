/* The template engine, strict where Mustache is lenient; and the wording of dates and amounts. */
#include "notification/domain/template.h"
#include "common/base/wording.h"
#include "unit/test.h"

static struct arena *arena;

static struct template_value *sample(void)
{
	struct template_value *data = template_object(arena);
	struct template_value *list = template_put_list(data, "invoices");
	struct template_value *creditor = template_put_object(data, "creditor");

	template_put_text(data, "name", "Dubois & <Fils> \"SA\"");
	template_put_text(data, "empty", "");
	template_put_flag(data, "yes", true);
	template_put_flag(data, "no", false);
	template_put_list(data, "none");
	template_put_text(template_list_append(list), "number", "A");
	template_put_text(template_list_append(list), "number", "B");
	template_put_text(creditor, "name", "Relance");
	return data;
}

static const struct {
	const char *sentence, *source, *out;
	const char *reason, *at; /* where it is refused */
	enum template_escape escape;
} TEMPLATES[] = {
	{ "text stays as it is", "a { b } }} c", "a { b } }} c", NULL, NULL, TEMPLATE_HTML },
	{ "names are escaped", "{{name}}", "Dubois &amp; &lt;Fils&gt; &quot;SA&quot;", NULL, NULL, TEMPLATE_HTML },
	{ "unless asked otherwise", "{{{name}}}|{{&name}}", "Dubois & <Fils> \"SA\"|Dubois & <Fils> \"SA\"", NULL, NULL,
	  TEMPLATE_HTML },
	{ "plain text is not escaped", "{{ name }}", "Dubois & <Fils> \"SA\"", NULL, NULL, TEMPLATE_PLAIN },
	{ "a list is shown once an element", "{{#invoices}}[{{number}}]{{/invoices}}", "[A][B]", NULL, NULL,
	  TEMPLATE_PLAIN },
	{ "and not at all when empty", "{{#none}}x{{/none}}{{^none}}nothing{{/none}}", "nothing", NULL, NULL,
	  TEMPLATE_PLAIN },
	{ "flags and texts are conditions",
	  "{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{#empty}}3{{/empty}}{{^empty}}4{{/empty}}", "14", NULL, NULL,
	  TEMPLATE_PLAIN },
	{ "outer names are seen from inside", "{{#invoices}}{{creditor.name}}{{/invoices}}", "RelanceRelance", NULL,
	  NULL, TEMPLATE_PLAIN },
	{ "inner names hide outer ones", "{{#creditor}}{{name}}{{/creditor}}", "Relance", NULL, NULL, TEMPLATE_PLAIN },
	{ "a tag alone takes its line with it", "a\n  {{#yes}}\nb\n  {{/yes}}\nc\n", "a\nb\nc\n", NULL, NULL,
	  TEMPLATE_PLAIN },
	{ "comments vanish", "a{{! nobody\nsees this }}b", "ab", NULL, NULL, TEMPLATE_PLAIN },
	{ "a missing name is an error", "a\n{{nmae}}", NULL, "template.missing_name", "t:2", TEMPLATE_PLAIN },
	{ "also behind a dot", "{{creditor.iban}}", NULL, "template.missing_name", "t:1", TEMPLATE_PLAIN },
	{ "also as a condition", "{{#paid}}x{{/paid}}", NULL, "template.missing_name", "t:1", TEMPLATE_PLAIN },
	{ "but not in a part that is not shown", "{{#no}}{{nmae}}{{/no}}", "", NULL, NULL, TEMPLATE_PLAIN },
	{ "an open section is an error", "\n{{#yes}}x", NULL, "template.syntax", "t:2", TEMPLATE_PLAIN },
	{ "so is a wrong end", "{{#yes}}x{{/no}}", NULL, "template.syntax", "t:1", TEMPLATE_PLAIN },
	{ "an end without a section", "x{{/yes}}", NULL, "template.syntax", "t:1", TEMPLATE_PLAIN },
	{ "an open tag", "{{name", NULL, "template.syntax", "t:1", TEMPLATE_PLAIN },
	{ "an object as a text", "{{creditor}}", NULL, "template.syntax", "t:1", TEMPLATE_PLAIN },
	{ "an odd name", "{{> partial}}", NULL, "template.syntax", "t:1", TEMPLATE_PLAIN },
};

static void templates_render_or_say_where_they_are_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TEMPLATES); i++) {
		struct template_source source = { "t", TEMPLATES[i].source, TEMPLATES[i].escape };
		BUF_SCOPE out;

		SAY(TEMPLATES[i].sentence);
		buf_init(&out, 4096);

		struct err err = template_render(arena, &source, sample(), &out);

		if (!TEMPLATES[i].reason) {
			assert_true(err_ok(err));
			assert_string_equal(buf_text(&out), TEMPLATES[i].out);
			continue;
		}
		assert_string_equal(err.reason, TEMPLATES[i].reason);
		assert_string_equal(err.field, TEMPLATES[i].at);
	}
}

static void limits_hold(void **state)
{
	static char deep[TEMPLATE_DEPTH_MAX * 9 + 64], large[TEMPLATE_SOURCE_BYTES_MAX + 2];
	struct template_source source = { "t", deep, TEMPLATE_PLAIN };
	BUF_SCOPE out;

	(void)state;
	buf_init(&out, 16);
	for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
		strcat(deep, "{{#yes}}");
	assert_string_equal(template_render(arena, &source, sample(), &out).reason, "template.too_deep");
	source.text = "{{name}}{{name}}";
	assert_string_equal(template_render(arena, &source, sample(), &out).reason, "template.too_large");
	memset(large, 'x', sizeof large - 1);
	source.text = large;
	assert_string_equal(template_render(arena, &source, sample(), &out).reason, "template.too_large");
}

static const struct {
	const char *sentence;
	enum language language;
	int64_t minor;
	const char *currency, *text;
} AMOUNTS[] = {
	{ "French groups by thin blanks", LANGUAGE_FR, 123456789, "EUR", "1\u202f234\u202f567,89\u00a0€" },
	{ "English by commas", LANGUAGE_EN, 123456789, "EUR", "€1,234,567.89" },
	{ "three digits need no group", LANGUAGE_EN, 12345, "GBP", "£123.45" },
	{ "the yen has no cents", LANGUAGE_EN, 12345, "JPY", "JPY\u00a012,345" },
	{ "a currency without a sign, in French", LANGUAGE_FR, 5, "CHF", "0,05\u00a0CHF" },
	{ "German by points", LANGUAGE_DE, 123456789, "EUR", "1.234.567,89\u00a0€" },
	{ "less than nothing", LANGUAGE_EN, -100, "EUR", "-€1.00" },
};

static void amounts_read_as_people_write_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(AMOUNTS); i++) {
		struct currency currency;
		struct err err = currency_parse(AMOUNTS[i].currency, &currency);

		SAY(AMOUNTS[i].sentence);
		assert_true(err_ok(err));
		assert_string_equal(wording_money(arena, AMOUNTS[i].language, AMOUNTS[i].minor, currency),
				    AMOUNTS[i].text);
	}
}

static void dates_read_as_people_write_them(void **state)
{
	struct date first = { 0 }; /* 1970-01-01 */

	(void)state;
	assert_string_equal(wording_date(arena, LANGUAGE_FR, first), "1er janvier 1970");
	assert_string_equal(wording_date(arena, LANGUAGE_EN, date_add_days(first, 32)), "2 February 1970");
	assert_string_equal(wording_date(arena, LANGUAGE_DE, date_add_days(first, 60)), "2. März 1970");
	assert_string_equal(wording_iban(arena, "FR7630006000011234567890189"), "FR76 3000 6000 0112 3456 7890 189");
	assert_int_equal(language_find("nl"), LANGUAGE_EN);
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_destroy(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_render_or_say_where_they_are_wrong),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(amounts_read_as_people_write_them),
		cmocka_unit_test(dates_read_as_people_write_them),
	};

	return cmocka_run_group_tests_name("template", tests, start, stop);
}
