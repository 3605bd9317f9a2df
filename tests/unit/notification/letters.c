/* Every message in every language, as it reads: compared with tests/unit/notification/expected/LANGUAGE.txt.
 * `RELANCE_EXPECT=write` writes these files anew; whoever changes a template reads the difference. */
#include "unit/notification/books.h"

#include <string.h>

#include "common/base/text.h"
#include "notification/domain/letter.h"
#include "notification/templates.h"

#define EXPECTED_BYTES_MAX ((size_t)512 * 1024)

static struct arena *arena;
static struct templates *templates;

/* The steps whose messages are provided, with what they ask their templates to say. */
static const struct policy_step STEPS[] = {
	{ .name = "receipt_check", .template = "receipt_check", .anchor = ANCHOR_ISSUED, .offset_days = 3 },
	{ .name = "courtesy_note", .template = "courtesy_note", .anchor = ANCHOR_DUE, .offset_days = -3 },
	{ .name = "first_notice", .template = "first_notice", .anchor = ANCHOR_DUE, .offset_days = 5 },
	{ .name = "second_notice",
	  .template = "second_notice",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 15,
	  .charges = true },
	{ .name = "second_notice_with_plan",
	  .template = "second_notice",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 15,
	  .propose_plan = true },
	{ .name = "third_notice",
	  .template = "third_notice",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 22,
	  .charges = true,
	  .propose_plan = true,
	  .offer_mediation = true },
	{ .name = "sales_told",
	  .template = "sales_told",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 8,
	  .channel = CHANNEL_INTERNAL_MAIL },
	{ .name = "plan_proposal",
	  .template = "plan_proposal",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 25,
	  .propose_plan = true },
	{ .name = "mediation_offer", .template = "mediation_offer", .anchor = ANCHOR_DUE, .offset_days = 40 },
	{ .name = "formal_notice",
	  .template = "formal_notice",
	  .anchor = ANCHOR_DUE,
	  .offset_days = 30,
	  .charges = true,
	  .letter = true },
	{ .name = "correction", .template = "correction", .anchor = ANCHOR_PAID },
	{ .name = "part_correction", .template = "part_correction", .anchor = ANCHOR_PAID },
	{ .name = "statement", .template = "statement", .anchor = ANCHOR_DUE, .offset_days = 10 },
	{ .name = "thanks", .template = "thanks", .anchor = ANCHOR_PAID, .thanks = true },
};

static const char *const NUMBERS[] = { "FA-2026-000117", "FA-2026-000121", "FA-2026-000130" };

static struct position books_of(struct position_item *items, size_t count)
{
	struct position position = position_of(items, count);

	for (size_t i = 0; i < count; i++) {
		items[i] = item(NUMBERS[i], i == 0 ? "2026-10-05" : "2026-10-12", 123450 + 55555 * (int64_t)i);
		items[i].terms = late_terms_statutory("FR");
		items[i].creditor_ref = i == 0 ? "RF18539007547034" : "RF712348231";
		items[i].paid_on = on("2026-10-09");
		items[i].rest_minor = 20000;
	}
	if (count > 1) {
		items[1].amount_minor += 10000; /* paid in part */
		items[1].order_reference = "BC-77812";
		items[2].disputed_minor = 20000;
		position.unapplied_minor = 5000;
	}
	return position;
}

static struct letter_text rendered(enum language language, const struct policy_step *step, size_t count)
{
	static const char *address[] = { "12 rue des Lilas", "69003 Lyon" };
	static const size_t all[] = { 0, 1, 2 };
	struct letter_creditor creditor = { .code = "MAIN",
					    .name = "Atelier Brun",
					    .legal_name = "Atelier Brun SAS",
					    .language = "fr",
					    .country = "FR",
					    .iban = "FR1420041010050500013M02606",
					    .vat_id = "FR40303265045",
					    .email = "compta@atelier-brun.example",
					    .phone = "+33 4 72 00 00 00",
					    .payment_link = "https://pay.example.com/{reference}?a={amount_minor}",
					    .address = address,
					    .address_count = 2 };
	struct letter_customer customer = { .number = "C-1042",
					    .name = "Café Łódź & Fils",
					    .language = language_code(language),
					    .contact = count > 1 ? "Éloïse Łuczak" : "" };
	struct position_item items[3];
	struct position position = books_of(items, count);
	struct letter letter = { .creditor = &creditor,
				 .customer = &customer,
				 .position = &position,
				 .items = all,
				 .item_count = count,
				 .step = step,
				 .attached = count > 1 ? 2 : 1,
				 .today = date_add_days(on("2026-10-05"), step->offset_days) };
	struct letter_templates parts;
	struct letter_text text = { 0 };
	struct err err = templates_find(templates, arena, language, step->template, &parts);

	for (size_t i = 0; i < count; i++)
		letter.amount_minor += position_item_asked(&items[i]);
	letter.amount_minor -= position.unapplied_minor;
	if (err_ok(err))
		err = letter_render(arena, &letter, language, &parts, &text);
	if (!err_ok(err))
		fail_msg("%s %s: %s (%s)", err.reason, err.field, err.message, step->name);
	return text;
}

static const char *all_of(enum language language)
{
	const char *text = "";

	for (size_t i = 0; i < ROWS(STEPS); i++) {
		for (size_t count = 1; count <= 3; count += 2) {
			struct letter_text made = rendered(language, &STEPS[i], count);

			text = arena_format(arena, "%s==== %s, %zu invoice%s\nSubject: %s\n\n%s\n", text, STEPS[i].name,
					    count, count > 1 ? "s" : "", made.subject, made.text);
		}
	}
	return text;
}

static const char *read_expected(const char *path)
{
	char *text = arena_alloc(arena, EXPECTED_BYTES_MAX);
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	text[fread(text, 1, EXPECTED_BYTES_MAX - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void write_expected(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
}

/* The first line that differs: a whole file in a failure's message helps nobody. */
static void assert_same(const char *made, const char *expected, const char *path)
{
	for (int line = 1; *made || *expected; line++) {
		size_t length = strcspn(made, "\n"), wanted = strcspn(expected, "\n");

		if (length != wanted || strncmp(made, expected, length) != 0)
			fail_msg("%s:%d\n  reads:    %.*s\n  expected: %.*s", path, line, (int)length, made,
				 (int)wanted, expected);
		made += length + (made[length] == '\n');
		expected += wanted + (expected[wanted] == '\n');
	}
}

static void messages_read_as_agreed(void **state)
{
	(void)state;
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		const char *path = arena_format(arena, "%s/tests/unit/notification/expected/%s.txt",
						getenv("RELANCE_SOURCE"), language_code((enum language)language));
		const char *made = all_of((enum language)language);

		if (text_equal(getenv("RELANCE_EXPECT"), "write"))
			write_expected(path, made);
		assert_same(made, read_expected(path), path);
	}
}

/* Of the steps that ask for money. */
static bool asks(const struct policy_step *step)
{
	return step->anchor != ANCHOR_PAID && step->channel != CHANNEL_INTERNAL_MAIL &&
	       !text_equal(step->name, "receipt_check");
}

static void html_says_what_the_text_says(void **state)
{
	static const char *const FACTS[] = { "FA-2026-000117", "FR14 2004 1010 0505 0001 3M02 606", "RF18539007547034",
					     "https://pay.example.com/RF18539007547034?a=123450" };

	(void)state;
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		for (size_t i = 0; i < ROWS(STEPS); i++) {
			struct letter_text made = rendered((enum language)language, &STEPS[i], 1);

			for (size_t f = 0; asks(&STEPS[i]) && f < ROWS(FACTS); f++) {
				if (!strstr(made.text, FACTS[f]) || !strstr(made.html, FACTS[f]))
					fail_msg("%s %s lacks %s", language_code((enum language)language),
						 STEPS[i].name, FACTS[f]);
			}
			assert_null(strstr(made.html, "Łódź & Fils")); /* escaped */
			assert_null(strstr(made.text, "&amp;"));
		}
	}
}

/* Nobody is told that something is due before it is. */
static void notes_call_nothing_due(void **state)
{
	static const char *const DUE[LANGUAGE_COUNT] = { "Amount due", "Somme due", "Fälliger Betrag" };

	(void)state;
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		for (size_t i = 0; i < ROWS(STEPS); i++) {
			struct letter_text made = rendered((enum language)language, &STEPS[i], 3);

			if (policy_step_is_note(&STEPS[i]) && strstr(made.text, DUE[language]))
				fail_msg("%s says %s", STEPS[i].name, DUE[language]);
		}
	}
}

static const struct {
	const char *sentence, *text, *reason;
} BROKEN[] = {
	{ "a name that letters do not have", "{{creditor.fax}}", "template.missing_name" },
	{ "also where the section is not shown", "{{#more}}{{fax}}{{/more}}", "template.missing_name" },
	{ "also in what stands for something that is there", "{{^creditor.iban}}{{fax}}{{/creditor.iban}}",
	  "template.missing_name" },
	{ "also two sections deep", "{{#several}}{{^contact}}{{#invoices}}{{fax}}{{/invoices}}{{/contact}}{{/several}}",
	  "template.missing_name" },
	{ "a section that is not closed", "{{#more}}", "template.syntax" },
	{ "a list where a text is asked for", "{{invoices}}", "template.syntax" },
	{ "names that letters have, everywhere",
	  "{{#charges}}{{charges.rate}}{{/charges}}{{#plan}}{{#instalments}}{{due_on}}"
	  "{{amount}}{{/instalments}}{{/plan}}{{#fee}}{{fee}}{{/fee}}{{first.link}}",
	  NULL },
};

static void broken_templates_are_found_before_anybody_gets_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(BROKEN); i++) {
		struct letter_templates parts;

		SAY(BROKEN[i].sentence);
		assert_true(err_ok(templates_find(templates, arena, LANGUAGE_FR, "first_notice", &parts)));
		parts.html = (struct template_part){ "first_notice.html", BROKEN[i].text };

		struct err err = letter_check(arena, LANGUAGE_FR, &parts);

		if (BROKEN[i].reason)
			assert_string_equal(err.reason, BROKEN[i].reason);
		else
			assert_true(err_ok(err));
	}
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	return err_ok(templates_read(arena_format(arena, "%s/deploy/templates", getenv("RELANCE_SOURCE")), &templates))
		       ? 0
		       : -1;
}

static int stop(void **state)
{
	(void)state;
	templates_destroy(&templates);
	arena_destroy(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_read_as_agreed),
		cmocka_unit_test(html_says_what_the_text_says),
		cmocka_unit_test(notes_call_nothing_due),
		cmocka_unit_test(broken_templates_are_found_before_anybody_gets_them),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
