/* The send gate: the last look at the position, in the transaction that claims. */
#include "notification/domain/gate.h"
#include "common/base/text.h"
#include "unit/notification/books.h"

static struct arena *arena;
static struct policy policy;

static const struct {
	const char *sentence;
	const char *step, *due_on, *today, *feed_on;
	int64_t open_minor, unapplied_minor;
	bool disputed, listed, climbed, dunned;
	const char *closed, *recipient;
	enum gate_verdict verdict;
	const char *reason;
} ROWS_OF_GATE[] = {
	{ "overdue and unpaid: it leaves", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000, 0, false, true,
	  false, false, NULL, "a@b.example", GATE_SEND, NULL },
	{ "paid since it was planned", "first_notice", "2026-03-01", "2026-03-06", NULL, 0, 0, false, false, false,
	  false, NULL, "a@b.example", GATE_SPARE, "paid" },
	{ "disputed since it was planned", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000, 0, true, true,
	  false, false, NULL, "a@b.example", GATE_SPARE, "disputed" },
	{ "cash came that nobody has applied yet", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000, 10000,
	  false, true, false, false, NULL, "a@b.example", GATE_SPARE, "covered_by_unapplied_cash" },
	{ "cash that covers a part lowers the amount", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000, 4000,
	  false, true, false, false, NULL, "a@b.example", GATE_SEND, NULL },
	{ "a residue of a few cents is not worth a notice", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000,
	  9900, false, true, false, false, NULL, "a@b.example", GATE_SPARE, "below_minimum" },
	{ "the invoice is replaced by one that is not yet late enough", "first_notice", "2026-03-03", "2026-03-06",
	  NULL, 10000, 0, false, false, false, false, NULL, "a@b.example", GATE_LATER, "not_yet_due" },
	{ "what earlier rungs chased is paid", "second_notice", "2026-02-01", "2026-03-06", NULL, 10000, 0, false, true,
	  true, false, NULL, "a@b.example", GATE_SPARE, "paid" },
	{ "part of it is not", "second_notice", "2026-02-01", "2026-03-06", NULL, 10000, 0, false, true, true, true,
	  NULL, "a@b.example", GATE_SEND, NULL },
	{ "the case has ended meanwhile", "second_notice", "2026-02-01", "2026-03-06", NULL, 10000, 0, false, true,
	  true, true, "paid", "a@b.example", GATE_SPARE, "paid" },
	{ "the bank account was not looked at for too long", "first_notice", "2026-03-01", "2026-03-06", "2025-12-03",
	  10000, 0, false, true, false, false, NULL, "a@b.example", GATE_LATER, "bank_feed_stale" },
	{ "for 92 days it may", "first_notice", "2026-03-01", "2026-03-06", "2025-12-04", 10000, 0, false, true, false,
	  false, NULL, "a@b.example", GATE_SEND, NULL },
	{ "nobody to write to", "first_notice", "2026-03-01", "2026-03-06", NULL, 10000, 0, false, true, false, false,
	  NULL, NULL, GATE_REFUSE, "no_contact" },
	{ "a call needs no address", "call", "2026-03-01", "2026-03-09", NULL, 10000, 0, false, true, true, true, NULL,
	  NULL, GATE_SEND, NULL },
	{ "a courtesy for what is paid", "courtesy_note", "2026-03-01", "2026-02-26", NULL, 0, 0, false, false, false,
	  false, NULL, "a@b.example", GATE_SPARE, "paid" },
	{ "a courtesy before due", "courtesy_note", "2026-03-01", "2026-02-26", NULL, 10000, 0, false, true, false,
	  false, NULL, "a@b.example", GATE_SEND, NULL },
	{ "a courtesy that comes too late is none", "courtesy_note", "2026-03-01", "2026-03-02", NULL, 10000, 0, false,
	  true, false, false, NULL, "a@b.example", GATE_SPARE, "nothing_due" },
	{ "a customer in credit gets none", "courtesy_note", "2026-03-01", "2026-02-26", NULL, 10000, 10000, false,
	  true, false, false, NULL, "a@b.example", GATE_SPARE, "covered_by_unapplied_cash" },
};

static struct gate_outcome check_row(size_t i)
{
	static struct position_item items[1];
	static struct position position;

	items[0] = item("A", ROWS_OF_GATE[i].due_on, ROWS_OF_GATE[i].open_minor);
	items[0].disputed = ROWS_OF_GATE[i].disputed;
	items[0].listed = ROWS_OF_GATE[i].listed;
	items[0].dunned = ROWS_OF_GATE[i].dunned;
	position = position_of(items, ROWS_OF_GATE[i].open_minor > 0);
	position.unapplied_minor = ROWS_OF_GATE[i].unapplied_minor;
	if (ROWS_OF_GATE[i].feed_on)
		position.feed_on = on(ROWS_OF_GATE[i].feed_on);
	return gate_check(arena, &(struct gate_facts){ .policy = &policy,
						       .step = policy_step_find(&policy, ROWS_OF_GATE[i].step),
						       .position = &position,
						       .climbed = ROWS_OF_GATE[i].climbed,
						       .case_closed = ROWS_OF_GATE[i].closed,
						       .today = on(ROWS_OF_GATE[i].today),
						       .recipient = ROWS_OF_GATE[i].recipient });
}

static void the_gate_opens_only_where_something_is_owed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_GATE); i++) {
		SAY(ROWS_OF_GATE[i].sentence);

		struct gate_outcome outcome = check_row(i);

		assert_int_equal(outcome.verdict, ROWS_OF_GATE[i].verdict);
		if (ROWS_OF_GATE[i].reason)
			assert_string_equal(outcome.reason, ROWS_OF_GATE[i].reason);
		if (outcome.verdict == GATE_SEND)
			assert_int_equal(outcome.amount_minor,
					 ROWS_OF_GATE[i].open_minor - ROWS_OF_GATE[i].unapplied_minor);
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
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_gate_opens_only_where_something_is_owed) };

	return cmocka_run_group_tests_name("gate", tests, start, stop);
}
