/* Payment links: which templates are taken, and what stands in them. */
#include "common/base/payment_link.h"

#include "unit/test.h"

static const struct {
	const char *sentence, *link;
	bool good;
} TEMPLATES[] = {
	{ "a page of the provider with the reference", "https://pay.example.com/{reference}?a={amount_minor}", true },
	{ "every name", "https://p.example/{number}/{customer}/{amount}/{currency}/{amount_minor}/{reference}", true },
	{ "not without encryption", "http://pay.example.com/{reference}", false },
	{ "not a script", "javascript:alert('{reference}')", false },
	{ "a link that is the same for all finds no invoice", "https://pay.example.com/", false },
	{ "an unknown name", "https://pay.example.com/{reference}/{name}", false },
	{ "a brace that is not closed", "https://pay.example.com/{reference}/{", false },
	{ "a line break would leave the header or the line", "https://pay.example.com/{reference}\nX: y", false },
	{ "a quote would leave the attribute", "https://pay.example.com/{reference}\"onclick=", false },
};

static void templates_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TEMPLATES); i++) {
		struct err err = payment_link_check(TEMPLATES[i].link);

		SAY(TEMPLATES[i].sentence);
		assert_int_equal(err_ok(err), TEMPLATES[i].good);
		if (!TEMPLATES[i].good)
			assert_string_equal(err.reason, "payment_link.template");
	}
}

static const struct {
	const char *sentence, *link;
	struct payment_link facts;
	const char *made;
} LINKS[] = {
	{ "facts take their places",
	  "https://p.example/{reference}?amount={amount}&minor={amount_minor}&c={currency}",
	  { "FA-1", "RF18539007547034", "C1", 123450, { "EUR" } },
	  "https://p.example/RF18539007547034?amount=1234.50&minor=123450&c=EUR" },
	{ "what is no part of a URL is encoded",
	  "https://p.example/?n={number}&k={customer}",
	  { "FA 1/7&x=é", "", "C#1", 1, { "EUR" } },
	  "https://p.example/?n=FA%201%2F7%26x%3D%C3%A9&k=C%231" },
	{ "a fact that is not there is empty",
	  "https://p.example/{number}-{reference}",
	  { "FA-1", NULL, "C1", 1, { "EUR" } },
	  "https://p.example/FA-1-" },
	{ "no link over nothing", "https://p.example/{number}", { "FA-1", "", "C1", 0, { "EUR" } }, NULL },
	{ "no link without a provider", "", { "FA-1", "", "C1", 1, { "EUR" } }, NULL },
};

static void links_hold_the_invoice(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(LINKS); i++) {
		const char *made = payment_link_make(arena, LINKS[i].link, &LINKS[i].facts);

		SAY(LINKS[i].sentence);
		if (LINKS[i].made)
			assert_string_equal(made, LINKS[i].made);
		else
			assert_null(made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_checked),
		cmocka_unit_test(links_hold_the_invoice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
