/* The ladder: each complaint about reminders that came twice, too early, too late or never, as a sentence. */
#include "notification/domain/dunning.h"
#include "unit/notification/books.h"

static struct arena *arena;
static struct policy policy;

/* ------------------------------------------------------------------ one decision */

static const struct {
	const char *sentence;
	const char *last_step; /* NULL: a case without a rung */
	int last_offset;
	const char *last_on;
	enum reminder_state last_state;
	const char *due_on, *today;
	const char *step; /* NULL: nothing */
	const char *leaves_on;
} ROWS_OF_LADDER[] = {
	{ "on the due date nobody is late", NULL, 0, NULL, REMINDER_NONE, "2026-03-01", "2026-03-01", NULL, NULL },
	{ "the day after, the first notice is four days away", NULL, 0, NULL, REMINDER_NONE, "2026-03-01", "2026-03-02",
	  "first_notice", "2026-03-06" },
	{ "five days after the due date is not before it", NULL, 0, NULL, REMINDER_NONE, "2026-03-01", "2026-03-06",
	  "first_notice", "2026-03-06" },
	{ "a missed day is caught up", NULL, 0, NULL, REMINDER_NONE, "2026-03-01", "2026-03-09", "first_notice",
	  "2026-03-09" },
	{ "an invoice taken over a year late starts at the first notice", NULL, 0, NULL, REMINDER_NONE, "2025-03-01",
	  "2026-03-09", "first_notice", "2026-03-09" },
	{ "and the next rung keeps its distance from it", "first_notice", 5, "2026-03-09", REMINDER_SENT, "2025-03-01",
	  "2026-03-10", "call", "2026-03-12" },
	{ "a rung waits for the one before it", "first_notice", 5, "2026-03-06", REMINDER_QUEUED, "2026-03-01",
	  "2026-03-20", NULL, NULL },
	{ "an address that failed holds the ladder", "first_notice", 5, "2026-03-06", REMINDER_FAILED, "2026-03-01",
	  "2026-03-20", NULL, NULL },
	{ "a sales representative without an address does not", "sales_told", 8, "2026-03-09", REMINDER_FAILED,
	  "2026-03-01", "2026-03-10", "second_notice", "2026-03-16" },
	{ "telling our own people needs no day of its own", "call", 8, "2026-03-09", REMINDER_SCHEDULED, "2026-03-01",
	  "2026-03-09", "sales_told", "2026-03-09" },
	{ "a younger oldest invoice skips no rung", "first_notice", 5, "2026-03-06", REMINDER_SENT, "2026-03-04",
	  "2026-03-30", "call", "2026-03-30" },
	{ "and makes the rung wait for its own offset", "second_notice", 15, "2026-03-16", REMINDER_SENT, "2026-03-12",
	  "2026-03-20", "credit_hold", "2026-04-02" },
	{ "the ladder ends", "court_file", 90, "2026-06-01", REMINDER_SENT, "2026-03-01", "2026-09-01", NULL, NULL },
	{ "a step that the policy lost is passed by its offset", "gone", 9, "2026-03-10", REMINDER_SENT, "2026-03-01",
	  "2026-03-11", "second_notice", "2026-03-16" },
};

static void the_ladder_is_climbed_step_by_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_LADDER); i++) {
		struct position_item items[] = { item("A", ROWS_OF_LADDER[i].due_on, 10000) };
		struct position position = position_of(items, 1);
		struct dunning_case open = { .open = true,
					     .last_step = ROWS_OF_LADDER[i].last_step,
					     .last_offset_days = ROWS_OF_LADDER[i].last_offset,
					     .last_state = ROWS_OF_LADDER[i].last_state };

		SAY(ROWS_OF_LADDER[i].sentence);
		items[0].dunned = open.last_step != NULL;
		if (ROWS_OF_LADDER[i].last_on)
			open.last_on = on(ROWS_OF_LADDER[i].last_on);

		struct dunning_decision decision = dunning_next(&policy, &position, &open, on(ROWS_OF_LADDER[i].today));

		if (!ROWS_OF_LADDER[i].step) {
			assert_int_not_equal(decision.action, DUNNING_REMIND);
			continue;
		}
		assert_int_equal(decision.action, DUNNING_REMIND);
		assert_string_equal(decision.step->name, ROWS_OF_LADDER[i].step);
		assert_int_equal(date_compare(decision.on, on(ROWS_OF_LADDER[i].leaves_on)), 0);
	}
}

/* ------------------------------------------------------------------ when cases open and close */

static const struct {
	const char *sentence;
	int64_t open_minor, unapplied_minor;
	bool disputed, dunned, case_open;
	enum dunning_action action;
	const char *reason;
} ROWS_OF_CASES[] = {
	{ "an overdue invoice opens a case", 10000, 0, false, false, false, DUNNING_OPEN, NULL },
	{ "what is paid in part is still overdue", 600, 0, false, false, false, DUNNING_OPEN, NULL },
	{ "a residue below the minimum is left alone", 499, 0, false, false, false, DUNNING_WAIT, NULL },
	{ "cash not yet applied covers it: no case", 10000, 10000, false, false, false, DUNNING_WAIT, NULL },
	{ "a customer in credit is not chased", 10000, 20000, false, false, true, DUNNING_CLOSE,
	  "covered_by_unapplied_cash" },
	{ "a disputed invoice opens none", 10000, 0, true, false, false, DUNNING_WAIT, NULL },
	{ "a dispute ends the case", 10000, 0, true, true, true, DUNNING_CLOSE, "disputed" },
	{ "once all that was chased is paid, the rest starts over", 10000, 0, false, false, true, DUNNING_CLOSE,
	  "paid" },
	{ "part of it paid, the case goes on", 5000, 5000 - 1000, false, true, true, DUNNING_REMIND, NULL },
};

static void cases_open_and_close_with_the_position(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CASES); i++) {
		struct position_item items[] = { item("A", "2026-03-01", ROWS_OF_CASES[i].open_minor) };
		struct position position = position_of(items, 1);
		struct dunning_case open = { .open = ROWS_OF_CASES[i].case_open,
					     .last_step = ROWS_OF_CASES[i].case_open ? "first_notice" : NULL,
					     .last_offset_days = 5,
					     .last_on = on("2026-03-06"),
					     .last_state = REMINDER_SENT };

		SAY(ROWS_OF_CASES[i].sentence);
		items[0].disputed = ROWS_OF_CASES[i].disputed;
		items[0].dunned = ROWS_OF_CASES[i].dunned;
		position.unapplied_minor = ROWS_OF_CASES[i].unapplied_minor;

		struct dunning_decision decision = dunning_next(&policy, &position, &open, on("2026-03-08"));

		assert_int_equal(decision.action, ROWS_OF_CASES[i].action);
		if (ROWS_OF_CASES[i].reason)
			assert_string_equal(decision.reason, ROWS_OF_CASES[i].reason);
	}
}

static void where_no_minimum_is_set_nothing_is_still_nothing(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 100) };
	struct position position = position_of(items, 1);
	struct dunning_case none = { 0 };

	(void)state;
	position.currency = (struct currency){ "SEK" };
	assert_int_equal(dunning_next(&policy, &position, &none, on("2026-03-08")).action, DUNNING_OPEN);
	position.unapplied_minor = 100;
	assert_int_equal(dunning_next(&policy, &position, &none, on("2026-03-08")).action, DUNNING_WAIT);
}

/* ------------------------------------------------------------------ notes */

static const struct {
	const char *sentence;
	const char *issued_on, *due_on, *today;
	const char *done; /* a note that has gone out */
	const char *note; /* NULL: none */
} ROWS_OF_NOTES[] = {
	{ "three days after issue: did it reach you?", "2026-03-01", "2026-03-31", "2026-03-04", NULL,
	  "receipt_check" },
	{ "not on the second day", "2026-03-01", "2026-03-31", "2026-03-03", NULL, NULL },
	{ "a missed day is caught up", "2026-03-01", "2026-03-31", "2026-03-06", NULL, "receipt_check" },
	{ "once only", "2026-03-01", "2026-03-31", "2026-03-05", "receipt_check", NULL },
	{ "an old invoice taken over gets none", "2026-01-01", "2026-03-31", "2026-03-06", NULL, NULL },
	{ "three days before due: a courtesy", "2026-03-01", "2026-03-31", "2026-03-28", "receipt_check",
	  "courtesy_note" },
	{ "on the due date still", "2026-03-01", "2026-03-31", "2026-03-31", "receipt_check", "courtesy_note" },
	{ "never after the due date", "2026-03-01", "2026-03-31", "2026-04-01", "receipt_check", NULL },
	{ "a short term gets the later note only", "2026-03-01", "2026-03-07", "2026-03-04", NULL, "courtesy_note" },
	{ "an invoice that is late by then gets a notice, not a note", "2026-03-01", "2026-03-02", "2026-03-04", NULL,
	  NULL },
	{ "and not the earlier one after it", "2026-03-01", "2026-03-07", "2026-03-05", "courtesy_note", NULL },
};

static void notes_inform_once_and_in_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_NOTES); i++) {
		struct position_item items[] = { item("A", ROWS_OF_NOTES[i].due_on, 10000) };
		struct position position = position_of(items, 1);
		struct date effective_on;

		SAY(ROWS_OF_NOTES[i].sentence);
		items[0].issued_on = on(ROWS_OF_NOTES[i].issued_on);
		for (size_t s = 0; ROWS_OF_NOTES[i].done && s < policy.step_count; s++) {
			if (strcmp(policy.steps[s].name, ROWS_OF_NOTES[i].done) == 0)
				items[0].notes |= UINT32_C(1) << s;
		}

		const struct policy_step *step =
			dunning_note(&policy, &position, &items[0], on(ROWS_OF_NOTES[i].today), &effective_on);

		assert_int_equal(step != NULL, ROWS_OF_NOTES[i].note != NULL);
		if (step)
			assert_string_equal(step->name, ROWS_OF_NOTES[i].note);
	}
}

/* ------------------------------------------------------------------ whole days */

/* Lives from `from` for `days` as if all were sent; counts contacts of the ladder a day. */
static int live(struct position *position, struct dunning_case *open, const char *from, int days, int *most_a_day)
{
	int sent = 0;

	*most_a_day = 0;
	for (int i = 0; i < days; i++) {
		struct dunning_day day;
		int contacts = 0;

		dunning_plan_day(arena, &policy, position, open, date_add_days(on(from), i), &day);
		for (size_t n = 0; n < day.count; n++) {
			contacts += policy_step_contacts(day.reminders[n].step) &&
				    !policy_step_is_note(day.reminders[n].step);
			sent += !policy_step_is_note(day.reminders[n].step);
			assert_true(day.reminders[n].amount_minor > 0);
		}
		*most_a_day = contacts > *most_a_day ? contacts : *most_a_day;
		*open = day.after;
		open->last_state = open->last_step ? REMINDER_SENT : REMINDER_NONE;
	}
	return sent;
}

static void a_year_of_silence_never_brings_two_notices_on_one_day(void **state)
{
	struct position_item items[] = { item("A", "2025-01-01", 10000), item("B", "2025-06-01", 20000) };
	struct position position = position_of(items, 2);
	struct dunning_case open = { 0 };
	int most;

	(void)state;
	assert_int_equal(live(&position, &open, "2026-03-01", 120, &most), 8); /* eight rungs, each once */
	assert_int_equal(most, 1);
}

static void a_customer_with_many_invoices_gets_one_message(void **state)
{
	struct position_item items[300];
	struct position position = position_of(items, ROWS(items));
	struct dunning_case open = { 0 };
	struct dunning_day day;

	(void)state;
	for (size_t i = 0; i < ROWS(items); i++)
		items[i] = item("A", "2026-03-01", 100);
	dunning_plan_day(arena, &policy, &position, &open, on("2026-03-06"), &day);
	assert_int_equal(day.count, 1);
	assert_int_equal(day.reminders[0].item_count, ROWS(items));
	assert_int_equal(day.reminders[0].amount_minor, 30000);
}

static void what_is_late_after_all_was_paid_starts_at_the_first_rung(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 10000), item("B", "2026-03-20", 20000) };
	struct position position = position_of(items, 1);
	struct dunning_case open = { 0 };
	int most;

	(void)state;
	live(&position, &open, "2026-03-02", 20, &most);
	assert_string_equal(open.last_step, "second_notice");
	position = position_of(items + 1, 1); /* A is paid, B is two days overdue */

	struct dunning_day day;

	dunning_plan_day(arena, &policy, &position, &open, on("2026-03-22"), &day);
	assert_true(day.closes && day.opens);
	assert_string_equal(day.close_reason, "paid");
	assert_int_equal(day.count, 0);
	assert_int_equal(date_compare(day.next_on, on("2026-03-25")), 0);
}

static void the_same_books_give_the_same_plan(void **state)
{
	struct position_item first[] = { item("A", "2026-03-01", 10000) }, second[] = { first[0] };
	struct position one = position_of(first, 1), two = position_of(second, 1);
	struct dunning_case none = { 0 };
	struct dunning_day day, again;

	(void)state;
	dunning_plan_day(arena, &policy, &one, &none, on("2026-03-06"), &day);
	dunning_plan_day(arena, &policy, &two, &none, on("2026-03-06"), &again);
	assert_int_equal(day.count, again.count);
	assert_ptr_equal(day.reminders[0].step, again.reminders[0].step);
}

static void closed_weekdays_move_a_step_to_the_next_open_one(void **state)
{
	struct position_item items[] = { item("A", "2026-03-02", 10000) }; /* the fifth day after is a Saturday */
	struct position position = position_of(items, 1);
	struct policy weekdays = policy;
	struct dunning_case open = { .open = true };

	(void)state;
	weekdays.sending_days = 0x1F;

	struct dunning_decision decision = dunning_next(&weekdays, &position, &open, on("2026-03-07"));

	assert_int_equal(date_compare(decision.on, on("2026-03-09")), 0);
}

/* ------------------------------------------------------------------ the table of moves */

static const struct {
	const char *sentence;
	enum reminder_state from;
	enum reminder_event event;
	enum reminder_state to; /* REMINDER_NONE: refused */
} ROWS_OF_MOVES[] = {
	{ "what is due is queued", REMINDER_SCHEDULED, REMINDER_FALLS_DUE, REMINDER_QUEUED },
	{ "what is sent is not sent again", REMINDER_SENT, REMINDER_CLAIMED, REMINDER_NONE },
	{ "nor retried", REMINDER_SENT, REMINDER_RETRIED, REMINDER_NONE },
	{ "what was spared stays spared", REMINDER_SPARED, REMINDER_CLAIMED, REMINDER_NONE },
	{ "nothing is delivered without a claim", REMINDER_QUEUED, REMINDER_DELIVERED, REMINDER_NONE },
	{ "a lease that ran out is taken over", REMINDER_SENDING, REMINDER_TAKEN_OVER, REMINDER_SENDING },
	{ "the dead can be retried", REMINDER_DEAD, REMINDER_RETRIED, REMINDER_QUEUED },
	{ "what is being sent cannot be withdrawn", REMINDER_SENDING, REMINDER_WITHDRAWN, REMINDER_NONE },
};

static void moves_are_those_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_MOVES); i++) {
		enum reminder_state to = REMINDER_NONE;
		struct err err = reminder_move(ROWS_OF_MOVES[i].from, ROWS_OF_MOVES[i].event, &to);

		SAY(ROWS_OF_MOVES[i].sentence);
		assert_int_equal(to, ROWS_OF_MOVES[i].to);
		assert_int_equal(err_ok(err), ROWS_OF_MOVES[i].to != REMINDER_NONE);
	}
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
		cmocka_unit_test(the_ladder_is_climbed_step_by_step),
		cmocka_unit_test(cases_open_and_close_with_the_position),
		cmocka_unit_test(where_no_minimum_is_set_nothing_is_still_nothing),
		cmocka_unit_test(notes_inform_once_and_in_time),
		cmocka_unit_test(a_year_of_silence_never_brings_two_notices_on_one_day),
		cmocka_unit_test(a_customer_with_many_invoices_gets_one_message),
		cmocka_unit_test(what_is_late_after_all_was_paid_starts_at_the_first_rung),
		cmocka_unit_test(the_same_books_give_the_same_plan),
		cmocka_unit_test(closed_weekdays_move_a_step_to_the_next_open_one),
		cmocka_unit_test(moves_are_those_of_the_table),
	};

	return cmocka_run_group_tests_name("dunning", tests, start, stop);
}
