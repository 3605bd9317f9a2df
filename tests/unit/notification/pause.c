/* What suspends the ladder: holds, promises, plans, answers, disputes of a part. */
#include "notification/domain/gate.h"
#include "unit/notification/books.h"

static struct arena *arena;
static struct policy policy;

/* Two invoices of 100.00, due on 1 and 2 March, on 20 March, second in a case that has sent its first notice. */
static const struct {
	const char *sentence;
	enum position_pause pause[2];
	const char *until[2]; /* NULL: until it is lifted */
	int64_t disputed_minor[2], unapplied_minor;
	enum dunning_action action;
	const char *reason;    /* DUNNING_CLOSE */
	int64_t amount_minor;  /* DUNNING_REMIND */
	const char *looked_on; /* DUNNING_WAIT: when the pause ends; NULL: not by itself */
	enum gate_verdict verdict;
	const char *why;
} ROWS_OF_PAUSES[] = {
	{ "nothing is paused: the next rung",
	  { 0 },
	  { 0 },
	  { 0 },
	  0,
	  DUNNING_REMIND,
	  NULL,
	  20000,
	  NULL,
	  GATE_SEND,
	  NULL },
	{ "a promise for all of it: the case waits and stays open",
	  { PAUSE_PROMISED, PAUSE_PROMISED },
	  { "2026-03-25", "2026-03-25" },
	  { 0 },
	  0,
	  DUNNING_WAIT,
	  NULL,
	  0,
	  "2026-03-26",
	  GATE_LATER,
	  "promised" },
	{ "what is not promised is chased",
	  { PAUSE_PROMISED, PAUSE_NONE },
	  { "2026-03-25" },
	  { 0 },
	  0,
	  DUNNING_REMIND,
	  NULL,
	  10000,
	  NULL,
	  GATE_SEND,
	  NULL },
	{ "on the last day it still waits",
	  { PAUSE_HELD, PAUSE_HELD },
	  { "2026-03-20", "2026-03-20" },
	  { 0 },
	  0,
	  DUNNING_WAIT,
	  NULL,
	  0,
	  "2026-03-21",
	  GATE_LATER,
	  "held" },
	{ "the day after, the ladder goes on where it stood",
	  { PAUSE_HELD, PAUSE_HELD },
	  { "2026-03-19", "2026-03-19" },
	  { 0 },
	  0,
	  DUNNING_REMIND,
	  NULL,
	  20000,
	  NULL,
	  GATE_SEND,
	  NULL },
	{ "of two pauses the first to end is looked at",
	  { PAUSE_HELD, PAUSE_PLAN },
	  { "2026-04-30", "2026-03-22" },
	  { 0 },
	  0,
	  DUNNING_WAIT,
	  NULL,
	  0,
	  "2026-03-23",
	  GATE_LATER,
	  "held" },
	{ "a debtor who answered waits for a person, without an end",
	  { PAUSE_REPLIED, PAUSE_REPLIED },
	  { 0 },
	  { 0 },
	  0,
	  DUNNING_WAIT,
	  NULL,
	  0,
	  NULL,
	  GATE_LATER,
	  "replied" },
	{ "cash for the rest leaves nothing to chase, but keeps the promised part",
	  { PAUSE_PROMISED, PAUSE_NONE },
	  { "2026-03-25" },
	  { 0 },
	  10000,
	  DUNNING_WAIT,
	  NULL,
	  0,
	  "2026-03-26",
	  GATE_LATER,
	  "promised" },
	{ "cash for all of it ends the case, promised or not",
	  { PAUSE_PROMISED, PAUSE_NONE },
	  { "2026-03-25" },
	  { 0 },
	  20000,
	  DUNNING_CLOSE,
	  "covered_by_unapplied_cash",
	  0,
	  NULL,
	  GATE_SPARE,
	  "covered_by_unapplied_cash" },
	{ "a disputed part is not asked for",
	  { 0 },
	  { 0 },
	  { 2500, 0 },
	  0,
	  DUNNING_REMIND,
	  NULL,
	  17500,
	  NULL,
	  GATE_SEND,
	  NULL },
	{ "a dispute of all of both ends it",
	  { 0 },
	  { 0 },
	  { 10000, 10000 },
	  0,
	  DUNNING_CLOSE,
	  "disputed",
	  0,
	  NULL,
	  GATE_SPARE,
	  "disputed" },
};

static void make(size_t row, struct position_item *items, struct position *position)
{
	items[0] = item("A", "2026-03-01", 10000);
	items[1] = item("B", "2026-03-02", 10000);
	for (int i = 0; i < 2; i++) {
		items[i].dunned = items[i].listed = true;
		items[i].listed_minor = 10000;
		items[i].pause = ROWS_OF_PAUSES[row].pause[i];
		items[i].paused_until = ROWS_OF_PAUSES[row].until[i] ? on(ROWS_OF_PAUSES[row].until[i]) : DATE_NONE;
		items[i].disputed_minor = ROWS_OF_PAUSES[row].disputed_minor[i];
	}
	*position = position_of(items, 2);
	position->unapplied_minor = ROWS_OF_PAUSES[row].unapplied_minor;
}

static void what_is_paused_waits_and_what_is_not_is_chased(void **state)
{
	const struct dunning_case open = { .open = true,
					   .last_step = "first_notice",
					   .last_offset_days = 5,
					   .last_on = on("2026-03-06"),
					   .last_state = REMINDER_SENT };

	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_PAUSES); i++) {
		struct position_item items[2];
		struct position position;

		SAY(ROWS_OF_PAUSES[i].sentence);
		make(i, items, &position);

		struct dunning_decision decision = dunning_next(&policy, &position, &open, on("2026-03-20"));

		assert_int_equal(decision.action, ROWS_OF_PAUSES[i].action);
		if (ROWS_OF_PAUSES[i].reason)
			assert_string_equal(decision.reason, ROWS_OF_PAUSES[i].reason);
		if (decision.action == DUNNING_REMIND)
			assert_int_equal(decision.amount_minor, ROWS_OF_PAUSES[i].amount_minor);
		if (decision.action == DUNNING_WAIT && ROWS_OF_PAUSES[i].looked_on)
			assert_int_equal(date_compare(decision.on, on(ROWS_OF_PAUSES[i].looked_on)), 0);
		if (decision.action == DUNNING_WAIT && !ROWS_OF_PAUSES[i].looked_on)
			assert_false(date_known(decision.on));
	}
}

static void the_gate_sees_a_pause_that_came_after_the_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_PAUSES); i++) {
		struct position_item items[2];
		struct position position;
		struct gate_facts facts = { .policy = &policy,
					    .step = policy_step_find(&policy, "second_notice"),
					    .position = &position,
					    .climbed = true,
					    .today = on("2026-03-20"),
					    .recipient = "a@b.example" };

		SAY(ROWS_OF_PAUSES[i].sentence);
		make(i, items, &position);

		struct gate_outcome outcome = gate_check(arena, &facts);

		assert_int_equal(outcome.verdict, ROWS_OF_PAUSES[i].verdict);
		if (ROWS_OF_PAUSES[i].why)
			assert_string_equal(outcome.reason, ROWS_OF_PAUSES[i].why);
		if (outcome.verdict == GATE_SEND)
			assert_int_equal(outcome.amount_minor, ROWS_OF_PAUSES[i].amount_minor);
	}
}

static void a_paused_invoice_gets_no_note(void **state)
{
	struct position_item items[] = { item("A", "2026-03-31", 10000) };
	struct position position = position_of(items, 1);
	struct date effective_on;

	(void)state;
	assert_non_null(dunning_note(&policy, &position, &items[0], on("2026-03-28"), &effective_on));
	items[0].pause = PAUSE_HELD;
	items[0].paused_until = DATE_NONE;
	assert_null(dunning_note(&policy, &position, &items[0], on("2026-03-28"), &effective_on));
}

/* A planner that looks on the day named comes back in time, and not before. */
static void the_plan_of_a_day_names_the_end_of_the_pause(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 10000) };
	struct position position = position_of(items, 1);
	struct dunning_case open = { .open = true };
	struct dunning_day day;

	(void)state;
	items[0].pause = PAUSE_HELD;
	items[0].paused_until = on("2026-03-15");
	dunning_plan_day(arena, &policy, &position, &open, on("2026-03-10"), &day);
	assert_int_equal(day.count, 0);
	assert_false(day.closes);
	assert_int_equal(date_compare(day.next_on, on("2026-03-16")), 0);
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
		cmocka_unit_test(what_is_paused_waits_and_what_is_not_is_chased),
		cmocka_unit_test(the_gate_sees_a_pause_that_came_after_the_plan),
		cmocka_unit_test(a_paused_invoice_gets_no_note),
		cmocka_unit_test(the_plan_of_a_day_names_the_end_of_the_pause),
	};

	return cmocka_run_group_tests_name("pause", tests, start, stop);
}
