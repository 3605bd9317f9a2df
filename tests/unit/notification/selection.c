/* Which of a creditor's policies a customer is reminded under. */
#include "common/base/text.h"
#include "notification/domain/position.h"
#include "unit/notification/books.h"

static struct arena *arena;

/* A policy of one step with the selector of a file: "for:" and what follows. */
static struct policy read(const char *name, const char *selector)
{
	const char *text = arena_format(arena, "name: %s\n%s%ssteps:\n  - {name: a, offset_days: 5, channel: hold}\n",
					name, selector, *selector ? "\n" : "");
	struct policy policy;
	struct err err = policy_file_read(arena, name, text, strlen(text), &policy);

	assert_true(err_ok(err));
	return policy;
}

static struct policy_set set_of(const char *const selectors[], size_t count)
{
	struct policy *everybody = arena_alloc(arena, sizeof *everybody);
	struct policy_set set = { everybody, 1 };

	*everybody = read("everybody", "");
	for (size_t i = 0; i < count && selectors[i]; i++) {
		struct policy policy = read(arena_format(arena, "p%zu", i), selectors[i]);

		policy_set_put(arena, &set, &policy, &set);
	}
	return set;
}

static const struct {
	const char *sentence;
	const char *selectors[4]; /* of p0, p1 … */
	struct position_debtor debtor;
	const char *currency, *chosen;
} ROWS_OF_CHOICE[] = {
	{ "nobody else's: the one for everybody", { "for: {segments: [key-account]}" }, { 0 }, "EUR", "everybody" },
	{ "the creditor's own segment",
	  { "for: {segments: [key-account]}" },
	  { .segment = "business", .segment_code = "key-account" },
	  "EUR",
	  "p0" },
	{ "the legal one", { "for: {segments: [public]}" }, { .segment = "public" }, "EUR", "p0" },
	{ "the risk class", { "for: {risk_classes: [high, severe]}" }, { .risk_class = "severe" }, "EUR", "p0" },
	{ "whoever nobody has scored is of no class",
	  { "for: {risk_classes: [high, severe]}" },
	  { 0 },
	  "EUR",
	  "everybody" },
	{ "the currency", { "for: {currencies: [USD]}" }, { 0 }, "USD", "p0" },
	{ "two criteria before one, whichever came first",
	  { "for: {languages: [de], segments: [public]}", "for: {languages: [de]}" },
	  { .language = "de", .segment = "public" },
	  "EUR",
	  "p0" },
	{ "and whichever came last",
	  { "for: {languages: [de]}", "for: {languages: [de], segments: [public]}" },
	  { .language = "de", .segment = "public" },
	  "EUR",
	  "p1" },
	{ "all criteria must fit",
	  { "for: {languages: [de], segments: [public]}" },
	  { .language = "de" },
	  "EUR",
	  "everybody" },
};

static void the_policy_that_names_most_is_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CHOICE); i++) {
		struct policy_set set = set_of(ROWS_OF_CHOICE[i].selectors, 4);
		struct position position = { .debtor = ROWS_OF_CHOICE[i].debtor };

		SAY(ROWS_OF_CHOICE[i].sentence);
		text_copy(position.currency.code, sizeof position.currency.code, ROWS_OF_CHOICE[i].currency);
		assert_string_equal(policy_choose(&set, &position)->name, ROWS_OF_CHOICE[i].chosen);
	}
}

static const struct {
	const char *sentence, *stands, *comes;
	bool ambiguous;
} ROWS_OF_AMBIGUITY[] = {
	{ "a segment and a risk class may meet in one customer", "for: {segments: [public]}",
	  "for: {risk_classes: [high]}", true },
	{ "two segments cannot", "for: {segments: [public]}", "for: {segments: [consumer]}", false },
	{ "one of the law's and one of the creditor's own can", "for: {segments: [public]}",
	  "for: {segments: [key-account]}", true },
	{ "lists that share a word", "for: {languages: [fr, de]}", "for: {languages: [de, en]}", true },
	{ "lists that share none", "for: {languages: [fr]}", "for: {languages: [de]}", false },
	{ "one criterion that parts them is enough", "for: {languages: [fr], segments: [public]}",
	  "for: {languages: [de], risk_classes: [high]}", false },
	{ "whoever names more comes first: no question", "for: {segments: [public], currencies: [EUR]}",
	  "for: {risk_classes: [high]}", false },
};

static void two_that_fit_alike_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_AMBIGUITY); i++) {
		struct policy_set set = set_of(&ROWS_OF_AMBIGUITY[i].stands, 1);
		struct policy policy = read("new", ROWS_OF_AMBIGUITY[i].comes),
			      again = read("p0", ROWS_OF_AMBIGUITY[i].comes);
		const struct policy *other = policy_ambiguous(&set, &policy);

		SAY(ROWS_OF_AMBIGUITY[i].sentence);
		assert_int_equal(other != NULL, ROWS_OF_AMBIGUITY[i].ambiguous);
		if (other)
			assert_int_equal(other->who.line, 2);
		assert_null(policy_ambiguous(&set, &again)); /* of the same name: it takes its place */
	}
}

static void one_for_everybody_takes_the_place_of_the_other(void **state)
{
	const char *const selectors[] = { "for: {segments: [public]}" };
	struct policy_set set = set_of(selectors, 1);
	struct policy calm = read("calm", "");

	(void)state;
	policy_set_put(arena, &set, &calm, &set);
	assert_int_equal(set.count, 2);
	assert_string_equal(set.items[0].name, "p0");
	assert_string_equal(set.items[1].name, "calm");
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
		cmocka_unit_test(the_policy_that_names_most_is_chosen),
		cmocka_unit_test(two_that_fit_alike_are_refused),
		cmocka_unit_test(one_for_everybody_takes_the_place_of_the_other),
	};

	return cmocka_run_group_tests_name("selection", tests, start, stop);
}
