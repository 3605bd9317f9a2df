/* Work for people: of each kind the newest stands, with what is owed today, until it is done or has no object any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "notification/store_task.h"
#include "store/notification/stage.h"
#include "support/outcome.h"
#include "unit/test.h"

static int by_age(const void *a, const void *b)
{
	const struct task_view *left = a, *right = b;

	if (left->made_at.us != right->made_at.us)
		return left->made_at.us < right->made_at.us ? -1 : 1;
	return strcmp(left->kind, right->kind);
}

/* "call 1200.00, letter 1200.00": the open tasks, or all, as they were made. */
static const char *told(bool done_too)
{
	const char *text = "";
	struct task_view *tasks;
	size_t count;
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_done(tasks_list(
		&tx, &(struct list_ask){ .creditor = "MAIN", .after = "", .limit = 100, .done_too = done_too }, &tasks,
		&count));
	qsort(tasks, count, sizeof *tasks, by_age);
	for (size_t i = 0; i < count; i++) {
		char amount[MONEY_TEXT_BYTES];

		text = arena_format(here.arena, "%s%s%s %s%s%s", text, *text ? ", " : "", tasks[i].kind,
				    money_format(tasks[i].amount_minor, (struct currency){ "EUR" }, amount),
				    text_empty(tasks[i].done_note) ? "" : ": ",
				    text_empty(tasks[i].done_note) ? "" : tasks[i].done_note);
	}
	assert_done(db_commit(&tx));
	return text;
}

static void owe(const char *number, long minor)
{
	char sql[160];

	snprintf(sql, sizeof sql, "UPDATE ledger.open_item SET open_minor = %ld WHERE number = '%s'", minor, number);
	pg_execute(here.pg, sql);
}

static void live_through(const char *first, const char *last)
{
	struct date day, end;

	assert_done(date_parse(first, &day));
	assert_done(date_parse(last, &end));
	for (; date_compare(day, end) <= 0; day = date_add_days(day, 1)) {
		char text[DATE_TEXT_BYTES];

		live(date_format(day, text));
	}
}

/* The ladder of an invoice due on 24 February: a call on 4 March, a formal notice on the 26th, the agency in April. */
static void a_rungs_task_takes_the_place_of_the_one_before(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	live_through("2026-03-01", "2026-03-04");
	assert_string_equal(told(false), "call 1200.00");
	live_through("2026-03-05", "2026-04-25");
	assert_string_equal(told(false), "letter 1200.00, mediation 1200.00, agency_file 1200.00");
	live_through("2026-04-26", "2026-05-25");
	assert_string_equal(told(false), "letter 1200.00, mediation 1200.00, court_file 1200.00");
	assert_string_equal(told(true), "call 1200.00: superseded by agency_file, letter 1200.00, mediation 1200.00, "
					"agency_file 1200.00: superseded by court_file, court_file 1200.00");
}

static void a_task_shows_what_is_owed_today(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	invoice_add("F-2", 'a', "2026-01-25", "2026-02-24", 30000);
	live_through("2026-03-01", "2026-03-04");
	assert_string_equal(told(false), "call 1500.00");
	owe("F-1", 50000);
	assert_string_equal(told(false), "call 800.00");
	pg_execute(here.pg, "INSERT INTO ledger.balance VALUES ('MAIN', 'unapplied_cash', "
			    "'01970000-0000-7000-8000-00000000000a', 'EUR', -10000)");
	assert_string_equal(told(false), "call 700.00");
	pg_execute(here.pg, "UPDATE ledger.open_item SET disputed = true WHERE number = 'F-2'");
	assert_string_equal(told(false), "call 400.00");
	pg_execute(here.pg, "UPDATE ledger.open_item SET disputed = false WHERE number = 'F-2'");
	invoice_pay("F-1");
	assert_string_equal(told(false), "call 200.00");
}

static long open_count(void)
{
	struct creditor creditor;
	int64_t count;
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_done(creditor_find(&tx, "MAIN", &creditor));
	assert_done(tasks_count_open(&tx, &creditor, &count));
	assert_done(db_commit(&tx));
	return (long)count;
}

static void a_task_with_nothing_left_to_ask_for_is_over(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	live_through("2026-03-01", "2026-03-04");
	invoice_pay("F-1");
	assert_string_equal(told(false), "");
	assert_string_equal(told(true), "call 0.00: nothing is owed");
	assert_int_equal(open_count(), 0);
	pg_execute(here.pg, "UPDATE ledger.open_item SET open_minor = amount_minor, settled_on = NULL");
	assert_string_equal(told(false), "call 1200.00"); /* the payment was taken back */
	pg_execute(here.pg, "INSERT INTO ledger.balance VALUES ('MAIN', 'unapplied_cash', "
			    "'01970000-0000-7000-8000-00000000000a', 'EUR', -120000)");
	assert_string_equal(told(false), "");
}

static void an_address_that_was_found_needs_no_task(void **state)
{
	const char *url = here.process.smtp;
	struct id id;

	(void)state;
	invoice_add("F-1", 'a', "2026-02-26", "2026-03-26", 120000);
	here.process.smtp = mailbox_refusing("550 5.1.1 no such person\r\n");
	live_through("2026-03-01", "2026-03-23"); /* the receipt check, then the courtesy note: one address to find */
	here.process.smtp = url;
	assert_int_equal(reminders("state = 'failed'"), 2);
	assert_string_equal(told(false), "address 1200.00");

	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(
		id_parse(pg_value(here.pg, "SELECT id FROM notification.reminder WHERE step = 'courtesy_note'"), &id));
	assert_done(reminder_retry(&tx, "MAIN", id));
	assert_done(db_commit(&tx));
	upkeep();
	work(1);
	assert_int_equal(reminders("state = 'sent'"), 1);
	assert_string_equal(told(false), "");
	assert_string_equal(told(true),
			    "address 1200.00: superseded by address, address 1200.00: courtesy_note has left");
}

static void two_customers_do_not_share_their_tasks(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	invoice_add("F-2", 'b', "2026-01-25", "2026-02-24", 30000);
	live_through("2026-03-01", "2026-03-04");
	invoice_pay("F-1");
	assert_string_equal(told(false), "call 300.00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_rungs_task_takes_the_place_of_the_one_before, stage_open),
		cmocka_unit_test_setup(a_task_shows_what_is_owed_today, stage_open),
		cmocka_unit_test_setup(a_task_with_nothing_left_to_ask_for_is_over, stage_open),
		cmocka_unit_test_setup(an_address_that_was_found_needs_no_task, stage_open),
		cmocka_unit_test_setup(two_customers_do_not_share_their_tasks, stage_open),
	};

	return cmocka_run_group_tests_name("tasks", tests, stage_start, stage_stop);
}
