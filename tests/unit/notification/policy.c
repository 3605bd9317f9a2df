/* Policy files: what is wrong, and on which line. */
#include "unit/notification/books.h"

static struct arena *arena;

#define STEP "steps:\n  - name: a\n    offset_days: 5\n    channel: task\n"

static const struct {
	const char *sentence, *text, *reason, *at;
} MISTAKES[] = {
	{ "a policy with one step is enough", STEP, NULL, NULL },
	{ "an empty file", "", "policy.empty", "p:1" },
	{ "no YAML at all", "steps: [\n\n", "policy.yaml", "p:3" },
	{ "a list where keys are expected", "- a\n", "policy.mapping_expected", "p:1" },
	{ "an unknown key", "name: x\nstpes: []\n", "policy.unknown_key", "p:2" },
	{ "a key twice", "name: x\nname: y\n", "policy.key_twice", "p:2" },
	{ "no ladder", "name: x\nsteps: []\n", "policy.no_ladder", "p:1" },
	{ "an hour that is none", "sending_hour: \"25:00\"\n" STEP, "policy.time", "p:1" },
	{ "an evening before the morning", "sending_until: \"08:00\"\n" STEP, "policy.sending_hours", "p:1" },
	{ "a day that is none", "sending_days: [monday, mon]\n" STEP, "policy.weekday", "p:1" },
	{ "no day at all", "sending_days: []\n" STEP, "policy.no_sending_days", "p:1" },
	{ "a number that is none", "bank_feed_max_age_days: soon\n" STEP, "policy.number", "p:1" },
	{ "a minimum in no currency", "minimum_amounts:\n  EURO: 5\n" STEP, "policy.currency", "p:2" },
	{ "a minimum with half a cent", "minimum_amounts:\n  EUR: 5.005\n" STEP, "policy.amount", "p:2" },
	{ "a step without a channel", "steps:\n  - name: a\n    offset_days: 5\n", "policy.step_incomplete", "p:2" },
	{ "an unknown channel", "steps:\n  - name: a\n    offset_days: 5\n    channel: pigeon\n", "policy.channel",
	  "p:4" },
	{ "an unknown anchor", STEP "    anchor: paid\n", "policy.anchor", "p:5" },
	{ "an offset beyond a year", "steps:\n  - name: a\n    offset_days: 400\n    channel: task\n", "policy.number",
	  "p:3" },
	{ "a mail without a template", "steps:\n  - name: a\n    offset_days: 5\n    channel: mail\n",
	  "policy.no_template", "p:2" },
	{ "a template that nobody sends", STEP "    template: a\n", "policy.template_unused", "p:2" },
	{ "charges before the due date",
	  "steps:\n  - name: a\n    offset_days: -3\n    channel: mail\n    template: a\n    effects: "
	  "[state_charges]\n",
	  "policy.charges_before_due", "p:2" },
	{ "two steps of one name", STEP "  - name: a\n    offset_days: 9\n    channel: task\n", "policy.step_twice",
	  "p:5" },
	{ "a ladder that goes back in time", STEP "  - name: b\n    offset_days: 4\n    channel: task\n",
	  "policy.order", "p:5" },
	{ "two contacts on one day", STEP "  - name: b\n    offset_days: 5\n    channel: task\n", "policy.two_at_once",
	  "p:5" },
	{ "a contact and a word to our own people may share it",
	  STEP "  - name: b\n    offset_days: 5\n    channel: hold\n", NULL, NULL },
};

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(MISTAKES); i++) {
		struct policy policy;
		struct err err = policy_file_read(arena, "p", MISTAKES[i].text, strlen(MISTAKES[i].text), &policy);

		SAY(MISTAKES[i].sentence);
		if (!MISTAKES[i].reason) {
			assert_true(err_ok(err));
			continue;
		}
		assert_false(err_ok(err));
		assert_string_equal(err.reason, MISTAKES[i].reason);
		assert_string_equal(err.field, MISTAKES[i].at);
	}
}

#define SEVEN "sending_days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n"

static const struct {
	const char *sentence, *text;
	int edition;
	unsigned sending_days;
} EDITIONS[] = {
	{ "who names no days does not write on a Sunday", STEP, POLICY_EDITION, POLICY_MONDAY_TO_FRIDAY },
	{ "who names them all does", SEVEN STEP, POLICY_EDITION, POLICY_EVERY_DAY },
	{ "a policy of the time when none meant all means that still", STEP, 1, POLICY_EVERY_DAY },
	{ "what it names, it names", "sending_days: [friday]\n" STEP, 1, 0x10 },
};

static void what_is_not_said_means_what_it_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(EDITIONS); i++) {
		const char *text = EDITIONS[i].text;
		struct policy policy;

		SAY(EDITIONS[i].sentence);
		assert_true(err_ok(policy_file_read_as(arena, EDITIONS[i].edition, "p", text, strlen(text), &policy)));
		assert_int_equal(policy.sending_days, EDITIONS[i].sending_days);
	}
}

static void the_default_is_the_ladder_of_the_practice_guides(void **state)
{
	static const struct {
		const char *name;
		int offset_days;
	} LADDER[] = { { "receipt_check", 3 }, { "courtesy_note", -3 }, { "first_notice", 5 }, { "call", 8 },
		       { "sales_told", 8 },    { "second_notice", 15 }, { "credit_hold", 21 }, { "formal_notice", 30 },
		       { "agency_file", 60 },  { "court_file", 90 } };
	struct policy policy = default_policy(arena);

	(void)state;
	assert_int_equal(policy.step_count, ROWS(LADDER));
	for (size_t i = 0; i < ROWS(LADDER); i++) {
		assert_string_equal(policy.steps[i].name, LADDER[i].name);
		assert_int_equal(policy.steps[i].offset_days, LADDER[i].offset_days);
	}
	assert_int_equal(policy.sending_minute, 9 * 60);
	assert_int_equal(policy.bank_feed_max_age_days, 92);
	assert_true(policy_step_find(&policy, "second_notice")->charges);
	assert_true(policy_step_find(&policy, "formal_notice")->letter);
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
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(what_is_not_said_means_what_it_meant),
		cmocka_unit_test(the_default_is_the_ladder_of_the_practice_guides),
	};

	return cmocka_run_group_tests_name("policy", tests, start, stop);
}
