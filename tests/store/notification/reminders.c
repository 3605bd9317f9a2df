/* The ladder on real books: what leaves, when, and what is spared. */
#include "store/notification/stage.h"
#include "support/outcome.h"
#include "unit/test.h"

static void a_paid_invoice_is_not_reminded(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	invoice_add("F-2", 'b', "2026-01-25", "2026-02-24", 50000);
	clock_set("2026-03-01 05:00:00+00"); /* the morning of the fifth day, before the sending hour */
	assert_int_equal(plan().planned, 2);
	assert_int_equal(reminders("state = 'scheduled' AND step = 'first_notice'"), 2);
	clock_set("2026-03-01 07:59:59+00");
	invoice_pay("F-1");
	assert_int_equal(plan().queued, 0);
	clock_set("2026-03-01 09:00:00+00");
	plan();
	work(2);
	assert_int_equal(reminders("state = 'spared' AND reason = 'paid' AND customer_number = 'A'"), 1);
	assert_int_equal(reminders("state = 'sent' AND customer_number = 'B'"), 1);
	assert_int_equal(mailbox_count(here.mailbox, "F-1"), 0);
	assert_int_equal(mailbox_count(here.mailbox, "To: Beta Ltd <beta@client.example>"), 1);
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.reminder.spared.v1'"),
		1);
}

static void unapplied_cash_that_covers_it_spares_the_customer(void **state)
{
	int before = mailbox_count(here.mailbox, "");

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	clock_set("2026-03-01 05:00:00+00");
	plan();
	pg_execute(here.pg, "INSERT INTO ledger.balance VALUES ('MAIN', 'unapplied_cash', "
			    "'01970000-0000-7000-8000-00000000000a', 'EUR', -120000)");
	live("2026-03-01");
	assert_int_equal(reminders("state = 'spared' AND reason = 'covered_by_unapplied_cash'"), 1);
	assert_int_equal(mailbox_count(here.mailbox, ""), before);
}

static void a_dispute_spares_the_customer(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	clock_set("2026-03-01 05:00:00+00");
	plan();
	pg_execute(here.pg, "UPDATE ledger.open_item SET disputed = true");
	live("2026-03-01");
	assert_int_equal(reminders("state = 'spared' AND reason = 'disputed'"), 1);
}

static void a_stale_bank_feed_holds_the_ladder_until_a_statement_comes(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	pg_execute(
		here.pg,
		"INSERT INTO payments.bank_account (creditor, id, account, currency, origin) VALUES ('MAIN', "
		"'01970000-0000-7000-8000-0000000000ba', 'FR7630006000011234567890189', 'EUR', 'creditor');"
		"INSERT INTO payments.file (creditor, id, received_at) VALUES ('MAIN', "
		"'01970000-0000-7000-8000-0000000000f1', '2025-11-01');"
		"INSERT INTO payments.statement (creditor, id, bank_account, file, currency, closing_on, imported_at) "
		"VALUES ('MAIN', gen_random_uuid(), '01970000-0000-7000-8000-0000000000ba', "
		"'01970000-0000-7000-8000-0000000000f1', 'EUR', '2025-10-31', '2025-11-01')");
	live("2026-03-01");
	assert_int_equal(reminders("state = 'scheduled' AND reason = 'bank_feed_stale'"), 1);
	pg_execute(here.pg, "UPDATE payments.statement SET closing_on = '2026-02-28'");
	live("2026-03-02");
	assert_int_equal(reminders("state = 'sent' AND step = 'first_notice'"), 1);
}

/* The ladder from the receipt check to the agency, one line a step. */
static const struct {
	const char *step, *on;
} CLIMB[] = {
	{ "receipt_check", "2026-01-28" }, { "courtesy_note", "2026-02-21" }, { "first_notice", "2026-03-01" },
	{ "call", "2026-03-04" },          { "sales_told", "2026-03-04" },    { "second_notice", "2026-03-11" },
	{ "credit_hold", "2026-03-17" },   { "formal_notice", "2026-03-26" }, { "agency_file", "2026-04-25" },
	{ "court_file", "2026-05-25" },
};

static void the_whole_ladder_is_climbed_once(void **state)
{
	char where[160];
	struct date day;

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	assert_done(date_parse("2026-01-25", &day));
	for (int i = 0; i < 122; i++) {
		char text[DATE_TEXT_BYTES];

		live(date_format(date_add_days(day, i), text));
	}
	for (size_t i = 0; i < ROWS(CLIMB); i++) {
		snprintf(where, sizeof where, "state = 'sent' AND step = '%s' AND done_at::date = '%s'", CLIMB[i].step,
			 CLIMB[i].on);
		SAY(CLIMB[i].step);
		assert_int_equal(reminders(where), 1);
	}
	assert_int_equal(reminders("true"), ROWS(CLIMB));
	assert_int_equal(pg_number(here.pg, "SELECT count(DISTINCT kind) FROM notification.task WHERE kind IN ('call', "
					    "'letter', 'mediation', 'agency_file', 'court_file')"),
			 5);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM notification.task"), 5);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM notification.agreement WHERE state = 'cancelled'"),
			 1); /* the plan that the second notice proposed, and nobody accepted */
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = "
					    "'relance.dunning.hold_requested.v1'"),
			 1);
	const char *second = mailbox_find(here.mailbox, here.arena, "In-Reply-To: <");

	assert_non_null(second);
	assert_non_null(strstr(second, "Auto-Submitted: auto-generated"));
}

static void an_address_that_is_refused_becomes_a_task(void **state)
{
	const char *url = here.process.smtp;

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	here.process.smtp = mailbox_refusing("550 5.1.1 no such person\r\n");
	work(1);
	here.process.smtp = url;
	assert_int_equal(reminders("state = 'failed' AND reason = 'smtp.5.1.1'"), 1);
	assert_string_equal(
		pg_value(here.pg, "SELECT kind || ': ' || split_part(note, ', then', 1) FROM notification.task"),
		"address: The first_notice did not reach Société Alpha & Fils: the mailbox does not exist "
		"(smtp.5.1.1). "
		"The server said: \"550 5.1.1 no such person\". Find a mail address that works");
	live("2026-03-20");
	assert_int_equal(reminders("true"), 1); /* the ladder waits for a person */

	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct id id;

	assert_done(id_parse(pg_value(here.pg, "SELECT id FROM notification.reminder"), &id));
	assert_done(reminder_retry(&tx, "MAIN", id));
	assert_done(db_commit(&tx));
	upkeep();
	work(1);
	assert_int_equal(reminders("state = 'sent'"), 1);
	live("2026-03-23");
	assert_int_equal(reminders("step = 'call'"), 1); /* and goes on from the day on which it left */
}

static void what_is_taken_for_spam_is_another_task(void **state)
{
	const char *url = here.process.smtp;

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	here.process.smtp = mailbox_refusing("550 5.7.1 looks like spam\r\n");
	work(1);
	here.process.smtp = url;
	assert_string_equal(
		pg_value(here.pg, "SELECT kind || ': ' || split_part(note, ', then', 1) FROM notification.task"),
		"undelivered: The first_notice did not reach Société Alpha & Fils: the mail server refuses it by its "
		"rules, as it does with spam (smtp.5.7.1). The server said: \"550 5.7.1 looks like spam\". Ask them, "
		"by "
		"telephone, to let our mails through");
}

static void a_customer_without_address_becomes_a_task(void **state)
{
	(void)state;
	pg_execute(here.pg, "DELETE FROM invoicing.contact WHERE email = 'alpha@client.example'");
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	live("2026-03-01");
	assert_int_equal(reminders("state = 'failed' AND reason = 'no_contact'"), 1);
}

/* Her receipt check is due on the third day, and the post takes three more. */
static void who_gets_invoices_by_post_is_asked_for_them_later(void **state)
{
	(void)state;
	pg_execute(here.pg, "DELETE FROM invoicing.contact; UPDATE invoicing.customer SET address_lines = "
			    "'{10 Downing Street,London SW1A 2AA}'");
	invoice_add("F-1", 'b', "2026-03-02", "2026-04-01", 120000);
	clock_set("2026-03-07 12:00:00+00");
	assert_int_equal(plan().planned, 0);
	clock_set("2026-03-11 12:00:00+00"); /* missed, and still within the grace */
	assert_int_equal(plan().planned, 1);
	assert_int_equal(reminders("step = 'receipt_check' AND channel = 'letter' AND effective_on = '2026-03-08'"), 1);
	clock_set("2026-03-30 12:00:00+00");
	assert_int_equal(plan().planned, 0); /* a courtesy is not worth a stamp */
}

#define STORED                                                                                                         \
	"INSERT INTO notification.policy (creditor, version, name, body, applied_at%s) VALUES ('MAIN', 2, 'own', "     \
	"'steps: [{name: first_notice, offset_days: 5, channel: mail, template: first_notice}]', now()%s)"

/* 1 March is a Sunday. */
static void a_policy_that_was_stored_keeps_its_meaning(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	pg_execute(here.pg, arena_format(here.arena, STORED, "", "")); /* as those of the time before editions */
	live("2026-03-01");
	assert_int_equal(reminders("state = 'sent' AND step = 'first_notice'"), 1);
}

static void a_policy_that_names_no_days_sends_from_monday_to_friday(void **state)
{
	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	pg_execute(here.pg, arena_format(here.arena, STORED, ", edition", ", 2"));
	live("2026-03-01");
	assert_int_equal(reminders("state = 'sent'"), 0);
	live("2026-03-02");
	assert_int_equal(reminders("state = 'sent' AND step = 'first_notice'"), 1);
}

static void one_customer_that_cannot_be_planned_stops_nobody(void **state)
{
	(void)state;
	pg_execute(here.pg, "UPDATE invoicing.customer SET timezone = 'Mars/Base' WHERE number = 'A'");
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	invoice_add("F-2", 'b', "2026-01-25", "2026-02-24", 50000);
	assert_int_equal(plan().planned, 1);
	work(1);
	assert_int_equal(reminders("state = 'sent' AND customer_number = 'B'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_paid_invoice_is_not_reminded, stage_open),
		cmocka_unit_test_setup(unapplied_cash_that_covers_it_spares_the_customer, stage_open),
		cmocka_unit_test_setup(a_dispute_spares_the_customer, stage_open),
		cmocka_unit_test_setup(a_stale_bank_feed_holds_the_ladder_until_a_statement_comes, stage_open),
		cmocka_unit_test_setup(the_whole_ladder_is_climbed_once, stage_open),
		cmocka_unit_test_setup(an_address_that_is_refused_becomes_a_task, stage_open),
		cmocka_unit_test_setup(what_is_taken_for_spam_is_another_task, stage_open),
		cmocka_unit_test_setup(a_customer_without_address_becomes_a_task, stage_open),
		cmocka_unit_test_setup(who_gets_invoices_by_post_is_asked_for_them_later, stage_open),
		cmocka_unit_test_setup(a_policy_that_was_stored_keeps_its_meaning, stage_open),
		cmocka_unit_test_setup(a_policy_that_names_no_days_sends_from_monday_to_friday, stage_open),
		cmocka_unit_test_setup(one_customer_that_cannot_be_planned_stops_nobody, stage_open),
	};

	return cmocka_run_group_tests_name("reminders", tests, stage_start, stage_stop);
}
