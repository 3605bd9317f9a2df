/* What was wrong about a reminder, once money turns out to have come before it left. */
#include "notification/domain/correction.h"
#include "common/base/text.h"
#include "notification/domain/gate.h"
#include "unit/notification/books.h"

static struct arena *arena;
static struct policy policy;

static const struct {
	const char *sentence, *step;
	const char *due_on[2];  /* of the invoices that the reminder listed */
	const char *paid_on[2]; /* NULL: not before it left */
	const char *sent_on;
	bool voids;
} ROWS_OF_VOIDING[] = {
	{ "its only invoice was paid", "first_notice", { "2026-03-01" }, { "2026-03-04" }, "2026-03-06", true },
	{ "none was", "first_notice", { "2026-03-01" }, { NULL }, "2026-03-06", false },
	{ "one of two was, and the other was as late",
	  "first_notice",
	  { "2026-03-01", "2026-03-01" },
	  { "2026-03-04", NULL },
	  "2026-03-06",
	  false },
	{ "the other was not late enough for this step",
	  "second_notice",
	  { "2026-03-01", "2026-03-06" },
	  { "2026-03-04", NULL },
	  "2026-03-16",
	  true },
	{ "it was, to the day",
	  "second_notice",
	  { "2026-02-20", "2026-03-01" },
	  { "2026-03-04", NULL },
	  "2026-03-16",
	  false },
	{ "both were",
	  "second_notice",
	  { "2026-02-20", "2026-03-01" },
	  { "2026-03-04", "2026-03-05" },
	  "2026-03-16",
	  true },
};

static void a_reminder_counts_only_with_what_was_unpaid(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_VOIDING); i++) {
		struct corrected_item items[2] = { 0 };
		size_t count = 0;

		SAY(ROWS_OF_VOIDING[i].sentence);
		for (; count < 2 && ROWS_OF_VOIDING[i].due_on[count]; count++) {
			const char *paid_on = ROWS_OF_VOIDING[i].paid_on[count];

			items[count].base = on(ROWS_OF_VOIDING[i].due_on[count]);
			items[count].paid_on = paid_on ? on(paid_on) : DATE_NONE;
		}
		assert_int_equal(correction_voids(&policy, policy_step_find(&policy, ROWS_OF_VOIDING[i].step), "FR",
						  items, count, on(ROWS_OF_VOIDING[i].sent_on)),
				 ROWS_OF_VOIDING[i].voids);
	}
}

static const struct {
	const char *sentence;
	const char *names[3];
	const char *rung; /* NULL: none */
} ROWS_OF_RUNGS[] = {
	{ "nothing counts any more", { NULL }, NULL },
	{ "the highest that counts", { "call", "first_notice", "sales_told" }, "sales_told" },
	{ "a name that the policy no longer has does not", { "gone", "first_notice" }, "first_notice" },
};

static void a_case_goes_back_to_the_highest_rung_that_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_RUNGS); i++) {
		size_t count = 0;

		SAY(ROWS_OF_RUNGS[i].sentence);
		while (count < 3 && ROWS_OF_RUNGS[i].names[count])
			count++;

		const struct policy_step *rung = correction_rung(&policy, ROWS_OF_RUNGS[i].names, count);

		assert_true(text_equal(rung ? rung->name : NULL, ROWS_OF_RUNGS[i].rung));
	}
}

static void a_correction_leaves_at_once_or_not_at_all(void **state)
{
	struct position_item items[] = { item("A", "2026-03-01", 10000) };
	struct position position = position_of(items, 1);
	struct gate_facts facts = { .policy = &policy,
				    .step = policy_planned_step(arena, &policy, "correction", CHANNEL_LETTER),
				    .position = &position,
				    .today = on("2026-03-10"),
				    .recipient = "1 rue X" };

	(void)state;
	assert_int_equal(facts.step->channel, CHANNEL_LETTER); /* as the wrong notice went */
	position.contacts[0] = on("2026-03-10");
	position.contact_count = 1;

	struct gate_outcome outcome = gate_check(arena, &facts);

	assert_int_equal(outcome.verdict, GATE_SEND); /* the day's one contact was the wrong one */
	assert_int_equal(outcome.amount_minor, 10000);
	position.count = 0;
	outcome = gate_check(arena, &facts);
	assert_int_equal(outcome.verdict, GATE_SPARE);
	assert_string_equal(outcome.reason, "payment_returned");
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
		cmocka_unit_test(a_reminder_counts_only_with_what_was_unpaid),
		cmocka_unit_test(a_case_goes_back_to_the_highest_rung_that_counts),
		cmocka_unit_test(a_correction_leaves_at_once_or_not_at_all),
	};

	return cmocka_run_group_tests_name("correction", tests, start, stop);
}
