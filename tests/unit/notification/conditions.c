/* What a policy may ask of a step: conditions, business days, the day after the previous one, and how often a debtor
 * hears from us. */
#include "notification/domain/gate.h"
#include "unit/notification/books.h"

static struct arena *arena;

static const char POLICY[] =
	"steps:\n"
	"  - {name: first, offset_days: 5, channel: mail, template: first_notice}\n"
	"  - name: firm\n"
	"    anchor: previous\n"
	"    offset_days: 3\n"
	"    channel: mail\n"
	"    template: second_notice\n"
	"    conditions: {risk_classes: [high, severe], currencies: [EUR]}\n"
	"  - name: last\n"
	"    anchor: previous\n"
	"    offset_days: 7\n"
	"    channel: mail\n"
	"    template: formal_notice\n"
	"    conditions: {segments: [business], languages: [fr, en], countries: [FR], contact_exists: true}\n";

static struct policy read(const char *text)
{
	struct policy policy;
	struct err err = policy_file_read(arena, "test", text, strlen(text), &policy);

	assert_true(err_ok(err));
	return policy;
}

static const struct {
	const char *sentence, *risk, *segment, *language, *country, *currency;
	bool reachable;
	const char *last, *step; /* NULL: the ladder is at its end */
} ROWS_OF_CONDITIONS[] = {
	{ "a severe risk gets the firm letter", "severe", "business", "fr", "FR", "EUR", true, "first", "firm" },
	{ "a low one goes on to the last", "low", "business", "fr", "FR", "EUR", true, "first", "last" },
	{ "so does one that nobody has scored", NULL, "business", "fr", "FR", "EUR", true, "first", "last" },
	{ "and one who owes in another currency", "severe", "business", "fr", "FR", "USD", true, "first", "last" },
	{ "a consumer gets neither", "low", "consumer", "fr", "FR", "EUR", true, "first", NULL },
	{ "nor does a German", "low", "business", "fr", "DE", "EUR", true, "first", NULL },
	{ "nor who reads another language", "low", "business", "de", "FR", "EUR", true, "first", NULL },
	{ "nor whom no mail reaches", "low", "business", "fr", "FR", "EUR", false, "first", NULL },
	{ "the first has no conditions", NULL, NULL, NULL, NULL, "USD", false, NULL, "first" },
};

static void a_step_whose_conditions_do_not_hold_is_passed_over(void **state)
{
	struct policy policy = read(POLICY);

	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CONDITIONS); i++) {
		struct position_item items[] = { item("A", "2026-03-01", 10000) };
		struct position position = position_of(items, 1);
		struct dunning_case open = { .open = true,
					     .last_step = ROWS_OF_CONDITIONS[i].last,
					     .last_offset_days = 5,
					     .last_on = on("2026-03-06"),
					     .last_state = REMINDER_SENT };

		SAY(ROWS_OF_CONDITIONS[i].sentence);
		items[0].dunned = true;
		memcpy(position.currency.code, ROWS_OF_CONDITIONS[i].currency, 4);
		position.debtor = (struct position_debtor){ ROWS_OF_CONDITIONS[i].segment,
							    NULL,
							    ROWS_OF_CONDITIONS[i].language,
							    ROWS_OF_CONDITIONS[i].country,
							    ROWS_OF_CONDITIONS[i].risk,
							    ROWS_OF_CONDITIONS[i].reachable,
							    false };

		struct dunning_decision decision = dunning_next(&policy, &position, &open, on("2026-04-20"));

		assert_int_equal(decision.action == DUNNING_REMIND, ROWS_OF_CONDITIONS[i].step != NULL);
		if (ROWS_OF_CONDITIONS[i].step)
			assert_string_equal(decision.step->name, ROWS_OF_CONDITIONS[i].step);
	}
}

static void days_after_the_previous_step_count_from_where_it_stood(void **state)
{
	struct policy policy = read(POLICY);

	(void)state;
	assert_int_equal(policy.steps[1].offset_days, 8);
	assert_int_equal(policy.steps[2].offset_days, 15);
}

static const struct {
	const char *sentence, *country, *due_on, *falls_on;
} ROWS_OF_BUSINESS[] = {
	{ "five business days after a Friday", "FR", "2026-03-06", "2026-03-13" },
	{ "Easter lies between", "FR", "2026-03-31", "2026-04-08" },
	{ "Good Friday too, in Germany", "DE", "2026-03-31", "2026-04-09" },
};

static void business_days_are_those_of_the_debtor(void **state)
{
	struct policy policy = read("steps:\n  - {name: a, offset_business_days: 5, channel: mail, template: t}\n");
	struct calendar_country countries[] = { { "FR", { { 0, 0, 1, 0, "" } }, 1 },
						{ "DE", { { 0, 0, -2, 0, "" }, { 0, 0, 1, 0, "" } }, 2 } };
	struct calendar calendar = { countries, 2 };

	(void)state;
	policy.calendar = &calendar;
	for (size_t i = 0; i < ROWS(ROWS_OF_BUSINESS); i++) {
		SAY(ROWS_OF_BUSINESS[i].sentence);
		assert_int_equal(date_compare(policy_step_day(&policy, &policy.steps[0], ROWS_OF_BUSINESS[i].country,
							      on(ROWS_OF_BUSINESS[i].due_on)),
					      on(ROWS_OF_BUSINESS[i].falls_on)),
				 0);
	}
	policy.skip_holidays = true;
	assert_int_equal(date_compare(dunning_sending_day(&policy, "FR", on("2026-04-06")), on("2026-04-07")), 0);
	assert_int_equal(date_compare(dunning_sending_day(&policy, "GB", on("2026-04-06")), on("2026-04-06")), 0);
}

static const struct {
	const char *sentence, *step;
	const char *contacts[3];
	bool under_way;
	int per_week;
	enum gate_verdict verdict;
} ROWS_OF_CONTACTS[] = {
	{ "nobody has written lately", "first", { 0 }, false, 3, GATE_SEND },
	{ "twice this week is below the cap", "first", { "2026-03-09", "2026-03-07" }, false, 3, GATE_SEND },
	{ "three times is the cap", "first", { "2026-03-09", "2026-03-07", "2026-03-04" }, false, 3, GATE_LATER },
	{ "the one of seven days ago counts no more",
	  "first",
	  { "2026-03-09", "2026-03-07", "2026-03-03" },
	  false,
	  3,
	  GATE_SEND },
	{ "never two on one day, whatever the cap", "first", { "2026-03-10" }, false, 0, GATE_LATER },
	{ "nor beside one that is under way", "first", { 0 }, true, 0, GATE_LATER },
	{ "telling our own people is no contact", "told", { "2026-03-10" }, true, 1, GATE_SEND },
};

static void nobody_hears_from_us_too_often(void **state)
{
	struct policy policy = read("steps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n"
				    "  - {name: told, offset_days: 5, channel: hold}\n");

	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CONTACTS); i++) {
		struct position_item items[] = { item("A", "2026-03-01", 10000) };
		struct position position = position_of(items, 1);
		struct gate_facts facts = { .policy = &policy,
					    .step = policy_step_find(&policy, ROWS_OF_CONTACTS[i].step),
					    .position = &position,
					    .today = on("2026-03-10"),
					    .recipient = "a@b.example" };

		SAY(ROWS_OF_CONTACTS[i].sentence);
		items[0].listed = true;
		policy.contacts_per_week = ROWS_OF_CONTACTS[i].per_week;
		position.contact_under_way = ROWS_OF_CONTACTS[i].under_way;
		while (position.contact_count < 3 && ROWS_OF_CONTACTS[i].contacts[position.contact_count]) {
			position.contacts[position.contact_count] =
				on(ROWS_OF_CONTACTS[i].contacts[position.contact_count]);
			position.contact_count++;
		}

		struct gate_outcome outcome = gate_check(arena, &facts);

		assert_int_equal(outcome.verdict, ROWS_OF_CONTACTS[i].verdict);
		if (outcome.verdict != GATE_LATER)
			continue;
		assert_string_equal(outcome.reason, "contact_cap");
		assert_int_equal(date_compare(outcome.until, on("2026-03-11")), 0);
	}
}

static void what_waits_over_the_weekend_leaves_on_monday(void **state)
{
	struct policy policy = read("sending_days: [monday, friday]\n"
				    "steps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n");
	struct position_item items[] = { item("A", "2026-03-01", 10000) };
	struct position position = position_of(items, 1);
	struct gate_facts facts = { .policy = &policy,
				    .step = &policy.steps[0],
				    .position = &position,
				    .today = on("2026-03-08"),
				    .recipient = "a@b.example" };

	(void)state;

	struct gate_outcome outcome = gate_check(arena, &facts);

	assert_int_equal(outcome.verdict, GATE_LATER);
	assert_string_equal(outcome.reason, "no_sending_day");
	assert_int_equal(date_compare(outcome.until, on("2026-03-09")), 0);
}

static const struct {
	const char *sentence, *text, *reason, *at;
} ROWS_OF_MISTAKES[] = {
	{ "nothing stands before the first step",
	  "steps:\n  - {name: a, anchor: previous, offset_days: 3, channel: hold}\n", "policy.no_previous", "test:2" },
	{ "a risk class that is none",
	  "steps:\n  - name: a\n    offset_days: 3\n    channel: hold\n    conditions:\n      risk_classes: [awful]\n",
	  "policy.risk_class", "test:6" },
	{ "a condition that is none",
	  "steps:\n  - name: a\n    offset_days: 3\n    channel: hold\n    conditions:\n      moon: full\n",
	  "policy.unknown_key", "test:6" },
	{ "an effect that is none",
	  "steps:\n  - name: a\n    offset_days: 3\n    channel: hold\n    effects: [flowers]\n", "policy.effect",
	  "test:5" },
	{ "days of two kinds cannot be counted on",
	  "steps:\n  - {name: a, offset_days: 3, channel: hold}\n"
	  "  - {name: b, anchor: previous, offset_business_days: 3, channel: hold}\n",
	  "policy.mixed_days", "test:3" },
	{ "more contacts a week than it has days", "contacts_per_week: 8\n", "policy.number", "test:1" },
};

static void mistakes_are_told_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_MISTAKES); i++) {
		struct policy policy;
		struct err err = policy_file_read(arena, "test", ROWS_OF_MISTAKES[i].text,
						  strlen(ROWS_OF_MISTAKES[i].text), &policy);

		SAY(ROWS_OF_MISTAKES[i].sentence);
		assert_false(err_ok(err));
		assert_string_equal(err.reason, ROWS_OF_MISTAKES[i].reason);
		assert_string_equal(err.field, ROWS_OF_MISTAKES[i].at);
	}
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
		cmocka_unit_test(a_step_whose_conditions_do_not_hold_is_passed_over),
		cmocka_unit_test(days_after_the_previous_step_count_from_where_it_stood),
		cmocka_unit_test(business_days_are_those_of_the_debtor),
		cmocka_unit_test(nobody_hears_from_us_too_often),
		cmocka_unit_test(what_waits_over_the_weekend_leaves_on_monday),
		cmocka_unit_test(mistakes_are_told_with_their_line),
	};

	return cmocka_run_group_tests_name("conditions", tests, start, stop);
}
