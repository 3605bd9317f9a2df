/* The notification service on a real PostgreSQL, Redis and mail server: what leaves, what is spared, and what survives
 * when one of them, or a worker, dies. */
#include <hiredis.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/document/sheet.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "notification/channels/smtp.h"
#include "notification/delivery.h"
#include "notification/planner.h"
#include "notification/templates.h"
#include "notification/worker.h"
#include "store/notification/mailbox.h"
#include "support/outcome.h"
#include "support/pg.h"
#include "support/redis.h"
#include "unit/test.h"

#define WAIT_MS 60000 /* ends a hang */
#define WORKERS_MAX 4

static struct {
	struct pg *pg;
	struct redis *redis;
	struct mailbox *mailbox;
	struct db *db; /* as relance_notification */
	struct arena *arena;
	struct notification process;
	char policy[64 * 1024];
} here;

/* MAIN on a test clock; customer A (French, ALPHA) and B (English, BETA). Invoices are added by the tests. */
static const char BOOKS[] =
	"SET client_min_messages = warning; TRUNCATE notification.policy, notification.dunning_case, "
	"notification.reminder, "
	"  notification.plan, feed.outbox, ledger.test_clock, ledger.open_item, ledger.balance, invoicing.creditor, "
	"  payments.file, payments.bank_account CASCADE;"
	"INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency, iban, bic, "
	"email, "
	"  address_lines) VALUES ('MAIN', 'Atelier Dubois', 'Atelier Dubois SARL', 'fr', 'FR', 'Europe/Paris', 'EUR', "
	"  'FR7630006000011234567890189', 'AGRIFRPP', 'compta@dubois.example', '{12 rue de la Paix,75002 Paris}');"
	"INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone, sales_email) VALUES "
	"('MAIN', '01970000-0000-7000-8000-00000000000a', 'A', 'Société Alpha & Fils', 'fr', 'FR', 'Europe/Paris', "
	"  'vente@dubois.example'), "
	"('MAIN', '01970000-0000-7000-8000-00000000000b', 'B', 'Beta Ltd', 'en', 'GB', 'Europe/London', NULL);"
	"INSERT INTO invoicing.contact (creditor, customer, position, role, name, email, language) VALUES "
	"('MAIN', '01970000-0000-7000-8000-00000000000a', 1, 'billing', 'Mme Alpha', 'alpha@client.example', 'fr'), "
	"('MAIN', '01970000-0000-7000-8000-00000000000b', 1, 'billing', NULL, 'beta@client.example', 'en');"
	"INSERT INTO ledger.test_clock VALUES ('MAIN', '2026-03-01 12:00:00+00');";

static void clock_set(const char *at)
{
	char sql[128];

	snprintf(sql, sizeof sql, "UPDATE ledger.test_clock SET at = '%s'", at);
	pg_execute(here.pg, sql);
}

static void invoice_add(const char *number, char customer, const char *issued_on, const char *due_on, long minor)
{
	char sql[640];

	snprintf(sql, sizeof sql,
		 "INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, currency, "
		 "issued_on, due_on, amount_minor, open_minor, creditor_ref) VALUES ('MAIN', gen_random_uuid(), '%s', "
		 "'%s', "
		 "'01970000-0000-7000-8000-00000000000%c', '%c', 'EUR', '%s', '%s', %ld, %ld, 'RF18539007547034')",
		 number, number, customer, customer - 'a' + 'A', issued_on, due_on, minor, minor);
	pg_execute(here.pg, sql);
}

static void invoice_pay(const char *number)
{
	char sql[256];

	snprintf(sql, sizeof sql, "UPDATE ledger.open_item SET open_minor = 0, settled_on = due_on WHERE number = '%s'",
		 number);
	pg_execute(here.pg, sql);
}

static long reminders(const char *where)
{
	char sql[512];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM notification.reminder WHERE %s", where);
	return (long)pg_number(here.pg, sql);
}

/* ------------------------------------------------------------------ planner and workers */

static struct planner_result plan(void)
{
	struct planner_result result;

	arena_reset(here.arena);
	assert_done(planner_run(here.db, here.arena, &here.process, "", &result));
	return result;
}

/* A pass of the planner's own job: the upkeep of Redis. */
static void upkeep(void)
{
	atomic_bool stopping = false;
	struct service_context context = { here.db, &here.process, &stopping };
	int64_t again_ms;

	(void)planner_pass(&context, &again_ms).code;
}

struct crew {
	pthread_t threads[WORKERS_MAX];
	struct db *dbs[WORKERS_MAX];
	int count;
	atomic_bool stopping;
};

struct member {
	struct crew *crew;
	struct db *db;
};

static void *member_run(void *with)
{
	struct member member = *(struct member *)with;
	struct service_context context = { member.db, &here.process, &member.crew->stopping };

	free(with);
	while (!atomic_load(&member.crew->stopping)) {
		int64_t again_ms;

		if (!err_ok(worker_run(&context, &again_ms)))
			usleep(100000);
	}
	return NULL;
}

static void crew_start(struct crew *crew, int count)
{
	*crew = (struct crew){ .count = count };
	for (int i = 0; i < count; i++) {
		struct member *member = malloc(sizeof *member);

		crew->dbs[i] = pg_connect(here.pg, "relance_notification");
		*member = (struct member){ crew, crew->dbs[i] };
		assert_int_equal(pthread_create(&crew->threads[i], NULL, member_run, member), 0);
	}
}

static void crew_stop(struct crew *crew)
{
	atomic_store(&crew->stopping, true);
	for (int i = 0; i < crew->count; i++) {
		pthread_join(crew->threads[i], NULL);
		db_close(&crew->dbs[i]);
	}
}

static void wait_until_none(const char *where)
{
	for (int waited = 0; reminders(where) > 0; waited += 20) {
		if (waited > WAIT_MS)
			fail_msg("still there: %s", where);
		usleep(20000);
	}
}

static void work(int count)
{
	struct crew crew;

	crew_start(&crew, count);
	wait_until_none("state IN ('queued', 'sending')");
	crew_stop(&crew);
}

/* A day on the creditor's clock, at noon: everything that is due is planned and delivered. */
static void live(const char *day)
{
	char at[64];

	snprintf(at, sizeof at, "%s 12:00:00+00", day);
	clock_set(at);
	plan();
	work(1);
}

/* ------------------------------------------------------------------ the tests */

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
		pg_number(here.pg, "SELECT count(*) FROM feed.outbox WHERE type = 'relance.reminder.spared.v1'"), 1);
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
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM feed.outbox WHERE type = "
					    "'relance.dunning.hold_requested.v1'"),
			 1);
	const char *second = mailbox_find(here.mailbox, here.arena, "In-Reply-To: <");

	assert_non_null(second);
	assert_non_null(strstr(second, "Auto-Submitted: auto-generated"));
}

static void flushall_loses_nothing(void **state)
{
	int before = mailbox_count(here.mailbox, "");
	char number[16];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(number, sizeof number, "F-%d", i);
		invoice_add(number, i % 2 ? 'a' : 'b', "2026-01-25", "2026-02-24", 10000);
	}
	assert_int_equal(plan().queued, 2); /* one message a customer */
	redis_down(here.redis);
	redis_up(here.redis);
	upkeep(); /* notices that Redis is another one */
	upkeep(); /* and fills it */
	work(1);
	assert_int_equal(reminders("state = 'sent'"), 2);
	assert_int_equal(mailbox_count(here.mailbox, ""), before + 2);
}

static void planning_waits_for_redis(void **state)
{
	(void)state;
	redis_down(here.redis);
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	assert_int_equal(plan().planned, 1);
	assert_int_equal(reminders("state = 'queued'"), 1);
	redis_up(here.redis);
	upkeep();
	upkeep();
	work(1);
	assert_int_equal(reminders("state = 'sent'"), 1);
}

/* A worker that dies behind its claim: the lease runs out, and the next one sends the same message. */
static void a_dead_worker_is_succeeded_by_the_same_message(void **state)
{
	struct cache *cache = NULL;
	struct queue_batch taken;
	int64_t wait_us;
	struct queue_taker taker = { .consumer = "dying" };
	struct policy_cache *policies = policy_cache_new();

	(void)state;
	invoice_add("F-DEAD", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	assert_done(cache_open(redis_url(here.redis), &cache));
	assert_done(queue_take(cache, here.arena, &taker, NULL, &taken, &wait_us));
	assert_int_equal(taken.count, 1);

	struct bench bench = {
		.process = &here.process, .db = here.db, .cache = cache, .policies = policies, .arena = here.arena
	};
	struct batch batch;

	batch_init(&batch, &bench, taken.entries, 1);
	assert_done(batch_claim(&batch));

	struct delivery *delivery = batch.deliveries;

	assert_int_equal(delivery->next, DELIVERY_MAIL);
	cache_close(&cache);

	const char *id = arena_copy(here.arena, pg_value(here.pg, "SELECT message_id FROM notification.reminder"));

	assert_int_equal(reminders("state = 'sending'"), 1);
	upkeep(); /* the lease still holds */
	assert_int_equal(reminders("state = 'sending' AND lease_until > clock_timestamp()"), 1);
	pg_execute(here.pg, "UPDATE notification.reminder SET lease_until = clock_timestamp() - interval '1 second', "
			    "queued_at = clock_timestamp() - interval '11 seconds'");
	upkeep();
	work(1);
	assert_int_equal(reminders("state = 'sent' AND attempt = 2"), 1);
	assert_int_equal(mailbox_count(here.mailbox, id), 1);

	/* What the dead worker would still record is refused by its old token. */
	bool held = true;
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(claims_end(&tx, &batch.creditor, (struct claim *[]){ &delivery->claim },
			       &(struct outcome){ .event = REMINDER_REFUSED, .reason = "late" }, 1, &held));
	assert_false(held);
	policy_cache_destroy(&policies);
}

/* A mail server may take longer than a lease to answer: the worker holds on to it, and nobody else sends the message. */
static void a_slow_mail_server_costs_no_lease(void **state)
{
	const char *url = here.process.smtp;
	struct crew crew;

	(void)state;
	invoice_add("F-SLOW", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	here.process.smtp = mailbox_slow(LEASE_MS + 2000);
	crew_start(&crew, 2);
	for (int waited = 0; waited < LEASE_MS + 1000; waited += 250) {
		usleep(250000);
		pg_execute(here.pg,
			   "UPDATE notification.reminder SET queued_at = clock_timestamp() - interval '1 hour'");
		upkeep(); /* brings to the workers what nobody holds */
	}
	assert_int_equal(reminders("state = 'sending' AND lease_until > clock_timestamp()"), 1);
	wait_until_none("state IN ('queued', 'sending')");
	crew_stop(&crew);
	here.process.smtp = url;
	assert_int_equal(reminders("state = 'sent' AND attempt = 1"), 1);
	assert_int_equal(mailbox_slow_count(), 1);
}

#define STOPPED 30 /* more than a worker's connections */

/* What is on the wire is waited for and recorded; what is not begun goes back at once, and counts as no attempt. */
static void a_worker_that_stops_hands_its_leases_back(void **state)
{
	const char *url = here.process.smtp;
	struct crew crew;

	(void)state;
	pg_execute(here.pg, "INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone) "
			    "SELECT 'MAIN', gen_random_uuid(), 'S' || n, 'S' || n, 'en', 'FR', 'Europe/Paris' "
			    "FROM generate_series(1, 30) n;"
			    "INSERT INTO invoicing.contact (creditor, customer, position, role, name, email, language) "
			    "SELECT 'MAIN', id, 1, 'billing', NULL, lower(number) || '@client.example', 'en' "
			    "FROM invoicing.customer WHERE number LIKE 'S%'");
	pg_execute(here.pg,
		   "INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, "
		   "currency, issued_on, due_on, amount_minor, open_minor) SELECT 'MAIN', gen_random_uuid(), 'N' || "
		   "number, 'N' || number, id, number, 'EUR', '2026-01-25', '2026-02-24', 10000, 10000 FROM "
		   "invoicing.customer WHERE number LIKE 'S%'");
	assert_int_equal(plan().queued, STOPPED);
	here.process.smtp = mailbox_slow(1000);
	crew_start(&crew, 1);
	while (reminders("state = 'sending'") == 0)
		usleep(10000);
	usleep(300000); /* the first mails are on the wire */
	crew_stop(&crew);
	here.process.smtp = url;
	assert_int_equal(reminders("state = 'sending'"), 0);
	assert_in_range(mailbox_slow_count(), 1, STOPPED - 1);
	assert_int_equal(reminders("state = 'sent'"), mailbox_slow_count());
	assert_int_equal(reminders("state = 'queued' AND attempt = 0 AND lease_token IS NULL"),
			 STOPPED - mailbox_slow_count());
	work(1);
	assert_int_equal(reminders("state = 'sent'"), STOPPED);
}

static void many_workers_send_each_reminder_once(void **state)
{
	enum { CUSTOMERS = 60 };
	int before = mailbox_count(here.mailbox, "");

	(void)state;
	pg_execute(
		here.pg,
		"INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone) "
		"SELECT 'MAIN', ('01970000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'C' || n, 'Client ' || "
		"n, "
		"'fr', 'FR', 'Europe/Paris' FROM generate_series(1, 60) n;"
		"INSERT INTO invoicing.contact (creditor, customer, position, role, email, language) "
		"SELECT 'MAIN', id, 1, 'billing', number || '@client.example', 'fr' FROM invoicing.customer "
		"WHERE number LIKE 'C%';"
		"INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, currency, "
		"issued_on, due_on, amount_minor, open_minor) SELECT 'MAIN', gen_random_uuid(), 'M' || number, 'M' || "
		"number, id, number, 'EUR', '2026-01-25', '2026-02-24', 10000, 10000 FROM invoicing.customer "
		"WHERE number LIKE 'C%'");
	assert_int_equal(plan().queued, CUSTOMERS);
	upkeep(); /* duplicates in Redis on purpose */
	here.process.refill = true;
	upkeep();
	work(3);
	assert_int_equal(reminders("state = 'sent'"), CUSTOMERS);
	assert_int_equal(mailbox_count(here.mailbox, ""), before + CUSTOMERS);
	assert_int_equal(plan().planned, 0);
}

static void a_mail_server_that_is_away_is_waited_for(void **state)
{
	struct crew crew;

	(void)state;
	mailbox_down(here.mailbox);
	invoice_add("F-AWAY", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	crew_start(&crew, 1);
	wait_until_none("not_before IS NULL");
	mailbox_up(here.mailbox);
	pg_execute(here.pg, "UPDATE notification.reminder SET not_before = clock_timestamp()");
	here.process.refill = true;
	upkeep();
	wait_until_none("state IN ('queued', 'sending')");
	crew_stop(&crew);
	assert_int_equal(reminders("state = 'sent'"), 1);
	assert_int_equal(mailbox_count(here.mailbox, "F-AWAY"), 1);
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
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM notification.task WHERE kind = 'address'"), 1);
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

/* Each try waits longer than the one before, by chance a little more or less; the last of ATTEMPTS_MAX is the end, until
 * somebody says otherwise. */
static void a_server_that_puts_off_is_asked_again_and_given_up_in_the_end(void **state)
{
	const char *url = here.process.smtp;
	CACHE_REPLY_SCOPE dead = NULL;
	struct cache *cache = NULL;
	struct crew crew;
	struct id id;

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	plan();
	here.process.smtp = mailbox_refusing("451 4.7.1 later\r\n");
	crew_start(&crew, 1);
	wait_until_none("state = 'sending' OR (state = 'queued' AND not_before IS NULL)");
	assert_int_equal(reminders("state = 'queued' AND attempt = 1 AND reason = 'smtp.4.7.1' AND not_before BETWEEN "
				   "clock_timestamp() AND clock_timestamp() + interval '4 seconds'"),
			 1);
	for (int attempt = 5; attempt < ATTEMPTS_MAX; attempt += ATTEMPTS_MAX - 6) { /* the fifth, and the last */
		char sql[128];

		snprintf(sql, sizeof sql, "UPDATE notification.reminder SET attempt = %d, not_before = NULL", attempt);
		pg_execute(here.pg, sql);
		here.process.refill = true;
		upkeep();
		wait_until_none("state = 'sending' OR (state = 'queued' AND not_before IS NULL)");
		if (attempt == 5)
			assert_int_equal(reminders("attempt = 6 AND not_before > clock_timestamp() + "
						   "interval '5 seconds'"),
					 1);
	}
	crew_stop(&crew);
	here.process.smtp = url;
	assert_int_equal(reminders("state = 'dead' AND attempt = 12"), 1);
	assert_done(id_parse(pg_value(here.pg, "SELECT id FROM notification.reminder"), &id));
	assert_done(cache_open(redis_url(here.redis), &cache));
	assert_done(cache_command(cache, here.arena, &dead, CACHE_WORDS("KEYS", "*:dead")));
	assert_int_equal(dead->elements, 1);
	cache_close(&cache);

	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(reminder_retry(&tx, "MAIN", id));
	assert_done(db_commit(&tx));
	upkeep();
	work(1);
	assert_int_equal(reminders("state = 'sent' AND attempt = 1"), 1);
}

static void a_customer_without_address_becomes_a_task(void **state)
{
	(void)state;
	pg_execute(here.pg, "DELETE FROM invoicing.contact WHERE email = 'alpha@client.example'");
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	live("2026-03-01");
	assert_int_equal(reminders("state = 'failed' AND reason = 'no_contact'"), 1);
}

static void a_rate_limit_delays_and_does_not_count_as_an_attempt(void **state)
{
	struct crew crew;

	(void)state;
	invoice_add("F-1", 'a', "2026-01-25", "2026-02-24", 120000);
	invoice_add("F-2", 'b', "2026-01-25", "2026-02-24", 50000);
	plan();
	here.process.mails_per_minute = 1;
	crew_start(&crew, 2);
	wait_until_none("state = 'sending' OR (state = 'queued' AND not_before IS NULL)");
	crew_stop(&crew);
	here.process.mails_per_minute = 60000;
	assert_int_equal(reminders("state = 'sent'"), 1);
	assert_int_equal(reminders("state = 'queued' AND reason = 'rate_limited' AND attempt = 0 "
				   "AND not_before > clock_timestamp() + interval '30 seconds'"),
			 1);
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

static int books_open(void **state)
{
	(void)state;
	pg_execute(here.pg, BOOKS);
	redis_down(here.redis);
	redis_up(here.redis);
	cache_close(&here.process.cache);
	here.process.refill = false;
	upkeep();
	pg_execute(here.pg, "TRUNCATE feed.outbox");
	arena_reset(here.arena);
	return 0;
}

static void read_policy(void)
{
	char path[512];

	snprintf(path, sizeof path, "%s/deploy/policies/every_day.yaml", getenv("RELANCE_SOURCE"));
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_true(fread(here.policy, 1, sizeof here.policy - 1, file) > 0);
	fclose(file);
}

static int start(void **state)
{
	static char templates[512];

	(void)state;
	here.pg = pg_start();
	here.redis = redis_start();
	here.mailbox = mailbox_start();
	here.db = pg_connect(here.pg, "relance_notification");
	here.arena = arena_new(0);
	snprintf(templates, sizeof templates, "%s/deploy/templates", getenv("RELANCE_SOURCE"));
	log_init("test", LOG_WARN);
	read_policy();
	here.process = (struct notification){ .role = "worker",
					      .redis = redis_url(here.redis),
					      .smtp = mailbox_url(here.mailbox),
					      .smtp_user = "",
					      .smtp_password = "",
					      .smtp_tls = "none",
					      .mail_from = "",
					      .mails_per_minute = 60000,
					      .default_policy = here.policy };
	assert_done(templates_read(templates, &here.process.templates));
	clock_use_test(true);
	smtp_init();
	mail_init();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	cache_close(&here.process.cache);
	templates_destroy(&here.process.templates);
	sheet_fonts_release();
	arena_destroy(&here.arena);
	db_close(&here.db);
	mailbox_stop(&here.mailbox);
	redis_stop(&here.redis);
	pg_stop(&here.pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_paid_invoice_is_not_reminded, books_open),
		cmocka_unit_test_setup(unapplied_cash_that_covers_it_spares_the_customer, books_open),
		cmocka_unit_test_setup(a_dispute_spares_the_customer, books_open),
		cmocka_unit_test_setup(a_stale_bank_feed_holds_the_ladder_until_a_statement_comes, books_open),
		cmocka_unit_test_setup(the_whole_ladder_is_climbed_once, books_open),
		cmocka_unit_test_setup(flushall_loses_nothing, books_open),
		cmocka_unit_test_setup(planning_waits_for_redis, books_open),
		cmocka_unit_test_setup(a_dead_worker_is_succeeded_by_the_same_message, books_open),
		cmocka_unit_test_setup(a_slow_mail_server_costs_no_lease, books_open),
		cmocka_unit_test_setup(a_worker_that_stops_hands_its_leases_back, books_open),
		cmocka_unit_test_setup(many_workers_send_each_reminder_once, books_open),
		cmocka_unit_test_setup(a_mail_server_that_is_away_is_waited_for, books_open),
		cmocka_unit_test_setup(an_address_that_is_refused_becomes_a_task, books_open),
		cmocka_unit_test_setup(a_server_that_puts_off_is_asked_again_and_given_up_in_the_end, books_open),
		cmocka_unit_test_setup(a_customer_without_address_becomes_a_task, books_open),
		cmocka_unit_test_setup(a_rate_limit_delays_and_does_not_count_as_an_attempt, books_open),
		cmocka_unit_test_setup(one_customer_that_cannot_be_planned_stops_nobody, books_open),
	};

	return cmocka_run_group_tests_name("notification", tests, start, stop);
}
