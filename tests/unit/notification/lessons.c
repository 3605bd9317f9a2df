/* What users of rival systems complain about, each as a sentence: repeats, wrong reminders, scheduling and time. The
 * issue that tells it stands beside it. What needs a database is in tests/store/notification and tests/flow/ladder. */
#include "common/base/text.h"
#include "notification/domain/gate.h"
#include "notification/domain/outlook.h"
#include "unit/notification/books.h"

static struct arena *arena;
static struct policy policy;

/* "first_notice 2026-03-06, call 2026-03-09": what the days bring, notes included. */
static const char *lived(const struct policy *under, struct position *position, struct dunning_case *state,
			 const char *from, int days)
{
	const char *text = "";
	char day[DATE_TEXT_BYTES];

	for (int i = 0; i < days; i++) {
		struct dunning_day brings;

		dunning_plan_day(arena, under, position, state, date_add_days(on(from), i), &brings);
		for (size_t n = 0; n < brings.count; n++)
			text = arena_format(arena, "%s%s%s %s", text, *text ? ", " : "", brings.reminders[n].step->name,
					    date_format(date_add_days(on(from), i), day));
		*state = brings.after;
		state->last_state = state->last_step ? REMINDER_SENT : REMINDER_NONE;
	}
	return text;
}

/* killbill#2297: paying the oldest invoice moved the anchor, and a required step was skipped. */
static void paying_the_oldest_moves_the_anchor_and_skips_nothing(void **state)
{
	struct position_item items[] = { item("OLD", "2026-03-01", 10000), item("NEW", "2026-03-09", 10000) };
	struct position position = position_of(items, 2);
	struct dunning_case open = { 0 };

	(void)state;
	items[1].notes = UINT32_MAX; /* the walk forgets notes: it had its own */
	assert_string_equal(
		lived(&policy, &position, &open, "2026-03-02", 16),
		"first_notice 2026-03-06, call 2026-03-09, sales_told 2026-03-09, second_notice 2026-03-16");
	items[0].open_minor = 0; /* OLD is paid on the 18th */
	assert_string_equal(lived(&policy, &position, &open, "2026-03-18", 40),
			    "credit_hold 2026-03-30, formal_notice 2026-04-08");
}

/* killbill#2297 again, from the other side: on the very day when the next step was due. */
static void the_day_after_the_anchor_moved_nothing_comes_at_once(void **state)
{
	struct position_item items[] = { item("OLD", "2026-01-01", 10000), item("NEW", "2026-03-14", 10000) };
	struct position position = position_of(items, 2);
	struct dunning_case open = { .open = true,
				     .last_step = "first_notice",
				     .last_offset_days = 5,
				     .last_on = on("2026-01-06"),
				     .last_state = REMINDER_SENT };

	(void)state;
	items[0].dunned = items[1].dunned = true;
	items[0].open_minor = 0;
	assert_string_equal(lived(&policy, &position, &open, "2026-03-15", 10),
			    "call 2026-03-22, sales_told 2026-03-22");
}

/* OCA/credit-control#330, #211, odoo PR216062, invoiceninja#4732: part-paid invoices vanish, credits are ignored, a
 * follow-up asks for 0.00. */
static const struct {
	const char *sentence;
	int64_t first_minor, second_minor, unapplied_minor;
	bool disputed;
	int64_t asked_minor; /* 0: nobody is reminded */
} ROWS_OF_AMOUNTS[] = {
	{ "what is paid in part is asked for with its rest", 4000, 0, 0, false, 4000 },
	{ "two are added up", 4000, 6000, 0, false, 10000 },
	{ "what has been paid and is on no invoice yet is taken off", 4000, 6000, 2500, false, 7500 },
	{ "a customer in credit is not chased", 4000, 6000, 10001, false, 0 },
	{ "nor one who owes nothing to the cent", 4000, 6000, 10000, false, 0 },
	{ "nothing of what is disputed is asked for", 4000, 0, 0, true, 0 },
	{ "an outstanding balance of 0.00 is no balance", 0, 0, 0, false, 0 },
};

static void what_is_asked_for_is_the_net_position(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_AMOUNTS); i++) {
		struct position_item items[] = { item("A", "2026-03-01", ROWS_OF_AMOUNTS[i].first_minor),
						 item("B", "2026-03-01", ROWS_OF_AMOUNTS[i].second_minor) };
		struct position position = position_of(items, 2);
		struct dunning_case none = { 0 };
		struct dunning_day day;

		SAY(ROWS_OF_AMOUNTS[i].sentence);
		items[0].disputed = ROWS_OF_AMOUNTS[i].disputed;
		position.unapplied_minor = ROWS_OF_AMOUNTS[i].unapplied_minor;
		dunning_plan_day(arena, &policy, &position, &none, on("2026-03-06"), &day);
		assert_int_equal(day.count, ROWS_OF_AMOUNTS[i].asked_minor > 0);
		if (day.count > 0)
			assert_int_equal(day.reminders[0].amount_minor, ROWS_OF_AMOUNTS[i].asked_minor);
	}
}

static struct policy read(const char *text)
{
	struct policy made;
	struct err err = policy_file_read(arena, "test", text, strlen(text), &made);

	assert_true(err_ok(err));
	return made;
}

/* Dolibarr#30771, #25197, invoiceninja#9312, #8665, nango PR7168, probo#1591. */
static const struct {
	const char *sentence, *step, *issued_on, *due_on, *delivered_on;
	const char *looked_at[3]; /* the days on which the planner ran; NULL: every day */
	const char *falls_on;     /* the day on which it leaves */
} ROWS_OF_DAYS[] = {
	{ "60 days after is after, not before: the sign",
	  "offset_days: 60",
	  "2026-01-01",
	  "2026-01-31",
	  NULL,
	  { NULL },
	  "2026-04-01" },
	{ "three days before is before", "offset_days: -3", "2026-01-01", "2026-01-31", NULL, { NULL }, "2026-01-28" },
	{ "a day on which nothing ran is caught up",
	  "offset_days: 5",
	  "2026-01-01",
	  "2026-01-31",
	  NULL,
	  { "2026-02-04", "2026-02-09" },
	  "2026-02-09" },
	{ "however many there were",
	  "offset_days: 5",
	  "2026-01-01",
	  "2026-01-31",
	  NULL,
	  { "2026-02-04", "2026-05-09" },
	  "2026-05-09" },
	{ "who got the invoice after its due date is late from then on only",
	  "offset_days: 5",
	  "2026-01-01",
	  "2026-01-31",
	  "2026-02-10",
	  { NULL },
	  "2026-02-15" },
	{ "so is who was invoiced after it",
	  "offset_days: 5",
	  "2026-02-10",
	  "2026-01-31",
	  NULL,
	  { NULL },
	  "2026-02-15" },
	{ "the due date itself is in time",
	  "offset_days: 0",
	  "2026-01-01",
	  "2026-01-31",
	  NULL,
	  { NULL },
	  "2026-02-01" },
	{ "a weekend is no business day",
	  "offset_business_days: 2",
	  "2026-01-01",
	  "2026-01-29",
	  NULL,
	  { NULL },
	  "2026-02-02" },
};

static void steps_fall_on_the_days_that_they_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_DAYS); i++) {
		struct policy one = read(arena_format(arena,
						      "sending_days: [monday, tuesday, wednesday, thursday, "
						      "friday, saturday, sunday]\n"
						      "steps:\n  - {name: step, %s, channel: mail, template: t}\n"
						      "  - {name: last, offset_days: 366, channel: file}\n",
						      ROWS_OF_DAYS[i].step));
		struct position_item items[] = { item("A", ROWS_OF_DAYS[i].due_on, 10000) };
		struct position position = position_of(items, 1);
		struct dunning_case open = { 0 };
		const char *text = "";

		SAY(ROWS_OF_DAYS[i].sentence);
		items[0].issued_on = on(ROWS_OF_DAYS[i].issued_on);
		if (ROWS_OF_DAYS[i].delivered_on)
			items[0].delivered_on = on(ROWS_OF_DAYS[i].delivered_on);
		if (!ROWS_OF_DAYS[i].looked_at[0])
			text = lived(&one, &position, &open, "2026-01-20", 100);
		for (size_t n = 0; n < 3 && ROWS_OF_DAYS[i].looked_at[n]; n++)
			text = arena_format(arena, "%s%s", text,
					    lived(&one, &position, &open, ROWS_OF_DAYS[i].looked_at[n], 1));
		if (strncmp(ROWS_OF_DAYS[i].step, "offset_days: -", 14) == 0)
			text = arena_copy_n(arena, text, strlen("step 2026-01-28")); /* a note: the walk forgets it */
		assert_string_equal(text, arena_format(arena, "step %s", ROWS_OF_DAYS[i].falls_on));
	}
}

/* OCA/credit-control#460: what was left out of one reminder never came again. */
static void what_is_held_for_a_while_comes_back(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 10000), item("B", "2026-03-01", 20000) };
	struct position position = position_of(items, 2);
	struct dunning_case open = { 0 };
	struct dunning_day day;

	(void)state;
	items[1].pause = PAUSE_HELD;
	items[1].paused_until = on("2026-03-06");
	dunning_plan_day(arena, &policy, &position, &open, on("2026-03-06"), &day);
	assert_int_equal(day.reminders[0].amount_minor, 10000);
	open = day.after;
	open.last_state = REMINDER_SENT;
	dunning_plan_day(arena, &policy, &position, &open, on("2026-03-09"), &day);
	assert_int_equal(day.reminders[0].amount_minor, 30000);
}

/* erpnext PR41792: only the last row decided whether a reminder was resolved; akaunting#259: paid ones were chased. */
static void each_invoice_decides_for_itself(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 0), item("B", "2026-03-01", 20000),
					 item("C", "2026-03-01", 0) };
	struct position position = position_of(items, 3);
	struct gate_facts facts = { .policy = &policy,
				    .step = policy_step_find(&policy, "first_notice"),
				    .position = &position,
				    .today = on("2026-03-06"),
				    .recipient = "a@b.example" };
	struct gate_outcome outcome;

	(void)state;
	items[0].listed = items[1].listed = items[2].listed = true;
	outcome = gate_check(arena, &facts);
	assert_int_equal(outcome.verdict, GATE_SEND);
	assert_int_equal(outcome.item_count, 1);
	assert_string_equal(items[outcome.items[0]].number, "B");
}

/* invoiceninja#2330: the fee was added every hour. killbill#708: what happens at the end? */
static void a_fee_is_the_steps_and_the_ladder_has_an_end(void **state)
{
	struct policy fees =
		read("steps:\n  - {name: a, offset_days: 5, channel: mail, template: t, fee: {EUR: 5.00}}\n"
		     "  - {name: z, offset_days: 9, channel: file}\n");
	struct position_item items[] = { item("A", "2026-03-01", 10000) };
	struct position position = position_of(items, 1);
	struct dunning_case open = { 0 };

	(void)state;
	assert_string_equal(lived(&fees, &position, &open, "2026-03-02", 300), "a 2026-03-06, z 2026-03-10");
	assert_true(open.open); /* until it is paid: the rest is a person's */
	assert_int_equal(policy_step_fee_minor(&fees.steps[0], &position), 500);
	position.debtor.segment = "consumer";
	assert_int_equal(policy_step_fee_minor(&fees.steps[0], &position), 0);
	position.debtor.segment = "business";
	items[0].fee = true; /* nobody pays a fee for being reminded of a fee */
	assert_int_equal(policy_step_fee_minor(&fees.steps[0], &position), 0);
	items[0].fee = false;
	position.currency = (struct currency){ "USD" };
	assert_int_equal(policy_step_fee_minor(&fees.steps[0], &position), 0);
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	policy = every_day_policy(arena);
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
		cmocka_unit_test(paying_the_oldest_moves_the_anchor_and_skips_nothing),
		cmocka_unit_test(the_day_after_the_anchor_moved_nothing_comes_at_once),
		cmocka_unit_test(what_is_asked_for_is_the_net_position),
		cmocka_unit_test(steps_fall_on_the_days_that_they_name),
		cmocka_unit_test(what_is_held_for_a_while_comes_back),
		cmocka_unit_test(each_invoice_decides_for_itself),
		cmocka_unit_test(a_fee_is_the_steps_and_the_ladder_has_an_end),
	};

	return cmocka_run_group_tests_name("lessons", tests, start, stop);
}
