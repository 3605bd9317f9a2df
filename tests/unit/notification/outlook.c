/* What the preview shows: the planner's plan, with the caps and obstacles that the send gate knows. */
#include "notification/domain/outlook.h"
#include "common/base/text.h"
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
	  "contacts_per_week: 1\n" STEPS,
	  true,
	  false,
	  false,
	  { "2026-03-01" },
	  NULL,
	  NULL,
	  0,
	  NULL,
	  "first 2026-03-08!, told 2026-03-10, second 2026-03-15!, third 2026-03-22!" },
	{ "weekdays only",
	  "sending_days: [monday, tuesday, wednesday, thursday, friday]\n"
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
	  STEPS,
	  true,
	  false,
	  false,
	  { NULL },
	  "first",
	  "2026-03-06",
	  REMINDER_SCHEDULED,
	  "2026-03-12",
	  "told 2026-03-14, second 2026-03-15, third 2026-03-17" },
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
	  "steps:\n  - {name: arrived, anchor: delivered, offset_days: 14, channel: mail, template: t}\n"
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
		struct outlook_ask ask = { .policy = &policy,
					   .position = &position,
					   .pending_on = DATE_NONE,
					   .today = on("2026-03-02"),
					   .days = 25 };
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
			ask.dunning_case = (struct dunning_case){ .open = true,
								  .last_step = ROWS_OF_OUTLOOK[i].last,
								  .last_offset_days = 5,
								  .last_on = on(ROWS_OF_OUTLOOK[i].last_on),
								  .last_state = ROWS_OF_OUTLOOK[i].state };
		}
		if (ROWS_OF_OUTLOOK[i].pending_on)
			ask.pending_on = on(ROWS_OF_OUTLOOK[i].pending_on);
		outlook_find(arena, &ask, &outlook);
		assert_string_equal(told(&outlook), ROWS_OF_OUTLOOK[i].plan);
	}
}

/* invoiceninja#8665, probo#1591: whoever writes on working days only never writes on a Sunday. */
static void working_days_are_working_days(void **state)
{
	struct policy policy = policy_of(arena, "working_days.yaml");
	struct calendar_country france = { "FR", { { 5, 1, 0, 0 }, { 0, 0, 1, 0 } }, 2 }; /* 1 May, Easter Monday */
	struct calendar calendar = { &france, 1 };
	size_t contacts = 0;

	(void)state;
	policy.calendar = &calendar;
	for (int i = 0; i < 60; i++) {
		struct position_item items[] = { item("A", "2026-03-01", 10000) };
		struct position position = position_of(items, 1);
		struct outlook_ask ask = { .policy = &policy,
					   .position = &position,
					   .pending_on = DATE_NONE,
					   .days = 120,
					   .reachable = { [CHANNEL_MAIL] = true, [CHANNEL_INTERNAL_MAIL] = true } };
		struct outlook outlook;

		items[0].due_on = date_add_days(items[0].due_on, i);
		items[0].issued_on = date_add_days(items[0].due_on, -30);
		ask.today = items[0].issued_on;
		position.debtor.country = "FR";
		position.debtor.reachable = true;
		outlook_find(arena, &ask, &outlook);
		for (size_t n = 0; n < outlook.count; n++) {
			if (!policy_step_contacts(outlook.steps[n].reminder.step))
				continue;
			contacts++;
			assert_true(calendar_business_day(&calendar, "FR", outlook.steps[n].on));
		}
	}
	assert_int_equal(contacts, 60 * 6); /* two notes and four steps of the ladder each: none is lost */
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
					    cmocka_unit_test(working_days_are_working_days) };

	return cmocka_run_group_tests_name("outlook", tests, start, stop);
}
