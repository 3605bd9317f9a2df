/* What the preview shows: the planner's plan, with the caps and obstacles that the send gate knows. */
#include "notification/domain/outlook.h"
#include "common/base/text.h"
#include "notification/calendar_file.h"
#include "unit/notification/books.h"

static struct arena *arena;

static struct policy read(const char *text)
{
	struct policy policy;
	struct err err = policy_file_read(arena, "test", text, strlen(text), &policy);

	assert_true(err_ok(err));
	return policy;
}

/* "first 2026-03-06, second 2026-03-09!": in order; ! put off, ? nobody reached, # not proved, L by letter. */
static const char *told(const struct outlook *outlook)
{
	const char *text = "";
	char day[DATE_TEXT_BYTES];

	for (size_t i = 0; i < outlook->count; i++) {
		const struct outlook_step *step = &outlook->steps[i];

		text = arena_format(arena, "%s%s%s %s%s%s%s", text, i > 0 ? ", " : "", step->reminder.step->name,
				    date_format(step->on, day), step->put_off ? "!" : "",
				    step->obstacle == OUTLOOK_NO_CONTACT ? "?"
				    : step->obstacle == OUTLOOK_NO_PROOF ? "#"
									 : "",
				    step->reminder.channel == CHANNEL_LETTER ? "L" : "");
	}
	return text;
}

#define STEPS                                                                                                          \
	"steps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n"                                      \
	"  - {name: told, offset_days: 7, channel: hold}\n"                                                            \
	"  - {name: second, offset_days: 8, channel: mail, template: t}\n"                                             \
	"  - {name: third, offset_days: 10, channel: mail, template: t}\n"

#define SEVEN "sending_days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n"

static const struct {
	const char *sentence, *policy;
	bool mail, postal, delivered;
	const char *contacts[3];
	const char *last, *last_on; /* of an open case, its reminder in `state` */
	enum reminder_state state;
	const char *pending_on;
	const char *plan; /* from 2 March on, of an invoice due on the 1st */
} ROWS_OF_OUTLOOK[] = {
	{ "each step on its day",
	  STEPS,
	  true,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06, told 2026-03-08, second 2026-03-09, third 2026-03-11" },
	{ "two contacts a week and no more: the third waits, and what follows keeps its distance",
	  "contacts_per_week: 2\n" STEPS "  - {name: fourth, offset_days: 13, channel: task}\n",
	  true,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06, told 2026-03-08, second 2026-03-09, third 2026-03-13!, fourth 2026-03-16" },
	{ "contacts of the days before count",
	  "contacts_per_week: 1\n" SEVEN STEPS,
	  true,
	  false,
	  false,
	  { "2026-03-01" },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-08!, told 2026-03-10, second 2026-03-15!, third 2026-03-22!" },
	{ "weekdays only, where nothing is said of days",
	  "steps:\n  - {name: first, offset_days: 6, channel: mail, template: t}\n",
	  true,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-09" },
	{ "no mail address, but a postal one: letters",
	  STEPS,
	  false,
	  true,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06L, told 2026-03-08, second 2026-03-09L, third 2026-03-11L" },
	{ "neither: a task, and the ladder waits",
	  STEPS,
	  false,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06?" },
	{ "unless the policy wants a task in place of letters",
	  "without_mail: task\n" STEPS,
	  false,
	  true,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06?" },
	{ "a step that asks for proof of delivery waits for it",
	  "steps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n"
	  "  - {name: formal, offset_days: 8, channel: mail, template: t, conditions: {delivery_proof: true}}\n"
	  "  - {name: last, offset_days: 12, channel: file}\n",
	  true,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06, formal 2026-03-09#" },
	{ "with the proof it leaves",
	  "steps:\n  - {name: formal, offset_days: 8, channel: mail, template: t, conditions: {delivery_proof: "
	  "true}}\n",
	  true,
	  false,
	  true,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "formal 2026-03-09" },
	{ "what is scheduled for a later day holds what follows",
	  SEVEN STEPS,
	  true,
	  false,
	  false,
	  { NULL },
	  "first",
	  "2026-03-06",
	  REMINDER_SCHEDULED,
	  "2026-03-12",
	  "first 2026-03-12, told 2026-03-14, second 2026-03-15, third 2026-03-17" },
	{ "what failed holds it for good",
	  STEPS,
	  true,
	  false,
	  false,
	  { NULL },
	  "first",
	  "2026-03-06",
	  REMINDER_FAILED,
	  NULL,
	  "" },
	{ "a step below its minimum is passed over",
	  "steps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n"
	  "  - {name: big, offset_days: 8, channel: task, conditions: {minimum_amounts: {EUR: 100.01}}}\n"
	  "  - {name: rest, offset_days: 9, channel: task, conditions: {minimum_amounts: {EUR: 100.00, USD: "
	  "500.00}}}\n",
	  true,
	  false,
	  false,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-06, rest 2026-03-10" },
	{ "days after the delivery, where that is known",
	  SEVEN "steps:\n  - {name: arrived, anchor: delivered, offset_days: 14, channel: mail, template: t}\n"
		"  - {name: first, offset_days: 20, channel: mail, template: t}\n",
	  true,
	  false,
	  true,
	  { NULL },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-21" },
};

static void the_outlook_knows_what_the_gate_knows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_OUTLOOK); i++) {
		struct policy policy = read(ROWS_OF_OUTLOOK[i].policy);
		struct position_item items[] = { item("A", "2026-03-01", 10000) };
		struct position position = position_of(items, 1);
		struct outlook_position from = { .policy = &policy, .position = &position };
		struct outlook_ask ask = { .positions = &from, .count = 1, .today = on("2026-03-02"), .days = 25 };
		struct outlook_scheduled pending;
		struct outlook outlook;

		SAY(ROWS_OF_OUTLOOK[i].sentence);
		position.debtor.reachable = ask.reachable[CHANNEL_MAIL] = ROWS_OF_OUTLOOK[i].mail;
		position.debtor.postal = ask.reachable[CHANNEL_LETTER] = ROWS_OF_OUTLOOK[i].postal;
		if (ROWS_OF_OUTLOOK[i].delivered)
			items[0].delivered_on = on("2026-02-01");
		while (position.contact_count < 3 && ROWS_OF_OUTLOOK[i].contacts[position.contact_count]) {
			position.contacts[position.contact_count] =
				on(ROWS_OF_OUTLOOK[i].contacts[position.contact_count]);
			position.contact_count++;
		}
		if (ROWS_OF_OUTLOOK[i].last) {
			items[0].dunned = true;
			from.dunning_case = (struct dunning_case){ .open = true,
								   .last_step = ROWS_OF_OUTLOOK[i].last,
								   .last_offset_days = 5,
								   .last_on = on(ROWS_OF_OUTLOOK[i].last_on),
								   .last_state = ROWS_OF_OUTLOOK[i].state };
		}
		if (ROWS_OF_OUTLOOK[i].pending_on) {
			pending = (struct outlook_scheduled){
				.reminder = { .step = policy_step_find(&policy, ROWS_OF_OUTLOOK[i].last),
					      .channel = CHANNEL_MAIL,
					      .effective_on = on(ROWS_OF_OUTLOOK[i].last_on) },
				.on = on(ROWS_OF_OUTLOOK[i].pending_on)
			};
			from.scheduled = &pending;
			from.scheduled_count = 1;
		}
		outlook_find(arena, &ask, &outlook);
		assert_string_equal(told(&outlook), ROWS_OF_OUTLOOK[i].plan);
	}
}

/* ------------------------------------------------------------------ two currencies */

static const struct {
	const char *sentence, *policy;
	const char *due_on[2]; /* in euros and dollars */
	const char *plan;
} ROWS_OF_CURRENCIES[] = {
	{ "on one day the currency that comes first, the other on the next",
	  SEVEN STEPS,
	  { "2026-03-01", "2026-03-01" },
	  "first 2026-03-06, first 2026-03-07!, told 2026-03-08, told 2026-03-08, second 2026-03-09, second "
	  "2026-03-13!, third 2026-03-14!, third 2026-03-16!" }, /* 7, 9 and 13: a week's three */
	{ "what was to leave before leaves before",
	  SEVEN "contacts_per_week: 1\nsteps:\n  - {name: first, offset_days: 5, channel: mail, template: t}\n"
		"  - {name: second, offset_days: 10, channel: mail, template: t}\n",
	  { "2026-03-02", "2026-03-01" },
	  "first 2026-03-06, first 2026-03-13!, second 2026-03-20!, second 2026-03-27!" },
	{ "the week's cap is over both",
	  SEVEN "contacts_per_week: 2\n" STEPS,
	  { "2026-03-01", "2026-03-20" },
	  "first 2026-03-06, told 2026-03-08, second 2026-03-09, third 2026-03-13!, first 2026-03-25, told "
	  "2026-03-27" },
};

static void contacts_in_all_currencies_count_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_CURRENCIES); i++) {
		struct policy policy = read(ROWS_OF_CURRENCIES[i].policy);
		struct position_item euros = item("E", ROWS_OF_CURRENCIES[i].due_on[0], 10000);
		struct position_item dollars = item("D", ROWS_OF_CURRENCIES[i].due_on[1], 10000);
		struct position books[] = { position_of(&euros, 1), position_of(&dollars, 1) };
		struct outlook_position from[] = { { .policy = &policy, .position = &books[0] },
						   { .policy = &policy, .position = &books[1] } };
		struct outlook_ask ask = { .positions = from,
					   .count = 2,
					   .today = on("2026-03-02"),
					   .days = 25,
					   .reachable = { [CHANNEL_MAIL] = true } };
		struct outlook outlook;

		SAY(ROWS_OF_CURRENCIES[i].sentence);
		outlook_find(arena, &ask, &outlook);
		assert_string_equal(told(&outlook), ROWS_OF_CURRENCIES[i].plan);
	}
}

/* ------------------------------------------------------------------ the post */

#define NOTES                                                                                                          \
	"steps:\n  - {name: check, anchor: issued, offset_days: 3, channel: mail, template: t}\n"                      \
	"  - {name: note, offset_days: -3, channel: mail, template: t}\n"                                              \
	"  - {name: first, offset_days: 5, channel: mail, template: t}\n"

static const struct {
	const char *sentence, *policy;
	bool mail;
	const char *plan; /* of an invoice of 7 March, due on 6 April */
} ROWS_OF_POST[] = {
	{ "by mail on their days", SEVEN NOTES, true, "check 2026-03-10, note 2026-04-03, first 2026-04-11" },
	{ "the invoice took its time, and the note before the due date will: three days each", SEVEN NOTES, false,
	  "check 2026-03-13L, note 2026-03-31L, first 2026-04-11L" },
	{ "as many as the policy says", SEVEN "post_days: 6\n" NOTES, false,
	  "check 2026-03-16L, note 2026-03-28L, first 2026-04-11L" },
	{ "or none: then notes do not go by post", SEVEN "post_days: 0\n" NOTES, false,
	  "check 2026-03-10?, note 2026-04-03?, first 2026-04-11L" },
	{ "where nobody gets letters the invoice went by post all the same", SEVEN "without_mail: task\n" NOTES, false,
	  "check 2026-03-13?, note 2026-04-03?, first 2026-04-11?" },
};

static void the_post_takes_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_POST); i++) {
		struct policy policy = read(ROWS_OF_POST[i].policy);
		struct position_item items[] = { item("A", "2026-04-06", 10000) };
		struct position position = position_of(items, 1);
		struct outlook_position from = { .policy = &policy, .position = &position };
		struct outlook_ask ask = { .positions = &from, .count = 1, .today = items[0].issued_on, .days = 40 };
		struct outlook outlook;

		SAY(ROWS_OF_POST[i].sentence);
		position.debtor.reachable = ask.reachable[CHANNEL_MAIL] = ROWS_OF_POST[i].mail;
		position.debtor.postal = ask.reachable[CHANNEL_LETTER] = true;
		outlook_find(arena, &ask, &outlook);
		assert_string_equal(told(&outlook), ROWS_OF_POST[i].plan);
	}
}

/* ------------------------------------------------------------------ the policy that everybody starts with */

static void outlook_of(struct arena *walk, const struct policy *policy, const char *country, struct date due_on,
		       struct outlook *outlook)
{
	struct position_item items[] = { item("A", "2026-12-01", 10000) };
	struct position position = position_of(items, 1);
	struct outlook_position from = { .policy = policy, .position = &position };
	struct outlook_ask ask = { .positions = &from,
				   .count = 1,
				   .days = 130,
				   .reachable = { [CHANNEL_MAIL] = true, [CHANNEL_INTERNAL_MAIL] = true } };

	items[0].due_on = due_on;
	items[0].issued_on = ask.today = date_add_days(due_on, -30);
	position.debtor.country = country;
	position.debtor.reachable = true;
	outlook_find(walk, &ask, outlook);
}

/* A note before the due date comes before it; a step of the ladder on the first working day from its own date. */
static void assert_in_its_place(const struct policy *policy, const char *country, struct date due_on,
				const struct outlook_step *step, struct date last_contact)
{
	const struct policy_step *rung = step->reminder.step;
	struct date own = date_add_days(due_on, rung->offset_days), soonest = date_add_days(last_contact, 1);

	if (rung->anchor != ANCHOR_DUE)
		return;
	if (policy_step_is_note(rung)) {
		assert_true(date_compare(step->on, due_on) < 0);
		return;
	}
	if (date_compare(soonest, own) > 0)
		own = soonest;
	assert_int_equal(date_days_between(dunning_sending_day(policy, country, own), step->on), 0);
}

/* invoiceninja#8665, probo#1591: nobody is written to on a Sunday. */
static void the_default_never_writes_on_a_weekend_or_a_holiday(void **state)
{
	static const char *const countries[] = { "FR", "DE", "GB", "ES", "CH" };
	struct policy policy = default_policy(arena);
	struct calendar *calendar;

	(void)state;
	assert_true(
		err_ok(calendar_read(arena_format(arena, "%s/deploy/policies", getenv("RELANCE_SOURCE")), &calendar)));
	policy.calendar = calendar;
	for (size_t i = 0; i < ROWS(countries) * 120; i++) {
		ARENA_SCOPE walk = arena_new(0);
		const char *country = countries[i / 120];
		struct date due_on = date_add_days(on("2026-12-01"), (int)(i % 120)), last_contact = DATE_NONE;
		struct outlook outlook;
		size_t contacts = 0;

		outlook_of(walk, &policy, country, due_on, &outlook);
		for (size_t n = 0; n < outlook.count; n++) {
			if (!policy_step_contacts(outlook.steps[n].reminder.step))
				continue;
			assert_true(calendar_business_day(calendar, country, outlook.steps[n].on));
			if (contacts++ > 0)
				assert_in_its_place(&policy, country, due_on, &outlook.steps[n], last_contact);
			last_contact = outlook.steps[n].on;
		}
		assert_int_equal(contacts, 6); /* two notes and four steps of the ladder: none is lost */
	}
	calendar_destroy(&calendar);
}

/* What the German Easter (3 to 6 April) does to invoices due on these days. */
static const struct {
	const char *sentence, *due_on, *plan;
} ROWS_OF_EASTER[] = {
	{ "a courtesy note leaves before the due date, not after it", "2026-04-06",
	  "note 2026-04-02, first 2026-04-13, second 2026-04-17" },
	{ "nor on it", "2026-04-07", "note 2026-04-02, first 2026-04-13, second 2026-04-20" },
	{ "where a working day is left it waits for that", "2026-04-08",
	  "note 2026-04-07, first 2026-04-13, second 2026-04-20" },
	{ "what follows a step that moved keeps its own date", "2026-03-29",
	  "note 2026-03-26, first 2026-04-07, second 2026-04-09" },
};

static void a_closed_day_moves_its_own_step_only(void **state)
{
	struct policy policy = read("sending_days: [monday, tuesday, wednesday, thursday, friday]\n"
				    "skip_holidays: true\nsteps:\n"
				    "  - {name: note, offset_days: -3, channel: mail, template: t}\n"
				    "  - {name: first, offset_days: 5, channel: mail, template: t}\n"
				    "  - {name: second, offset_days: 11, channel: mail, template: t}\n");
	struct calendar_country germany = { "DE", { { 0, 0, -2, 0, "" }, { 0, 0, 1, 0, "" } }, 2 };
	struct calendar calendar = { &germany, 1 };

	(void)state;
	policy.calendar = &calendar;
	for (size_t i = 0; i < ROWS(ROWS_OF_EASTER); i++) {
		struct outlook outlook;

		SAY(ROWS_OF_EASTER[i].sentence);
		outlook_of(arena, &policy, "DE", on(ROWS_OF_EASTER[i].due_on), &outlook);
		assert_string_equal(told(&outlook), ROWS_OF_EASTER[i].plan);
	}
	assert_int_equal(dunning_closed_days(&policy, on("2026-04-02")), 4);
	assert_int_equal(dunning_closed_days(&policy, on("2026-04-07")), 0);
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
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_outlook_knows_what_the_gate_knows),
					    cmocka_unit_test(contacts_in_all_currencies_count_together),
					    cmocka_unit_test(the_post_takes_its_time),
					    cmocka_unit_test(the_default_never_writes_on_a_weekend_or_a_holiday),
					    cmocka_unit_test(a_closed_day_moves_its_own_step_only) };

	return cmocka_run_group_tests_name("outlook", tests, start, stop);
}
