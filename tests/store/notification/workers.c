/* Workers and their queue: what survives when one of them, Redis, the database or the mail server is slow, away or dead. */
#include <hiredis.h>
#include <stdio.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "notification/store_plan.h"
#include "store/notification/stage.h"
#include "support/outcome.h"
#include "unit/test.h"

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

#define HEAVY 12                               /* mails with as much as a mail may carry: 9 MiB each while it is made */
#define BATCH_BYTES ((size_t)16 * 1024 * 1024) /* less than two of them */

/* What a mail is made of goes with its answer: a batch takes the memory of those on the wire, not of all it has. */
static void a_batch_of_large_mails_keeps_none_that_is_answered(void **state)
{
	ARENA_SCOPE arena = arena_new(BATCH_BYTES);
	struct smtp *smtp = smtp_new(&(struct smtp_options){ mailbox_url(here.mailbox), "", "", "none", NULL });
	struct policy_cache *policies = policy_cache_new();
	int before = mailbox_count(here.mailbox, "");
	struct queue_entry *entries;
	struct id after = { 0 };
	struct cache *cache = NULL;
	atomic_bool stopping = false;
	size_t count;

	(void)state;
	pg_execute(here.pg,
		   "TRUNCATE invoicing.document;"
		   "INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone) "
		   "SELECT 'MAIN', gen_random_uuid(), 'H' || n, 'H' || n, 'en', 'FR', 'Europe/Paris' "
		   "FROM generate_series(1, 12) n;"
		   "INSERT INTO invoicing.contact (creditor, customer, position, role, name, email, language) "
		   "SELECT 'MAIN', id, 1, 'billing', NULL, lower(number) || '@client.example', 'en' "
		   "FROM invoicing.customer WHERE number LIKE 'H%';"
		   "INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, "
		   "currency, issued_on, due_on, amount_minor, open_minor) SELECT 'MAIN', gen_random_uuid(), 'I' "
		   "|| number, 'I' || number, id, number, 'EUR', '2026-01-25', '2026-02-24', 10000, 10000 "
		   "FROM invoicing.customer WHERE number LIKE 'H%';"
		   "INSERT INTO invoicing.document (creditor, id, number, invoice, pdf, sha256, pages, made_at) "
		   "SELECT creditor, id, number, number, convert_to(repeat('%PDF-1.7', 500000), 'UTF8'), '0', 1, "
		   "now() FROM ledger.open_item");
	assert_int_equal(plan().queued, HEAVY);
	assert_done(cache_open(redis_url(here.redis), &cache));
	{
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

		assert_done(reminders_under_way(&tx, &after, &entries, &count));
		assert_done(db_commit(&tx));
	}
	assert_int_equal(count, HEAVY);

	struct bench bench = { .process = &here.process,
			       .db = here.db,
			       .cache = cache,
			       .smtp = smtp,
			       .policies = policies,
			       .arena = arena,
			       .stopping = &stopping };
	struct batch batch;

	batch_init(&batch, &bench, entries, count);
	assert_done(batch_claim(&batch));
	assert_done(batch_mail(&batch));
	assert_int_equal(reminders("state = 'sent'"), HEAVY);
	assert_int_equal(mailbox_count(here.mailbox, "filename=I"), HEAVY);
	assert_int_equal(mailbox_count(here.mailbox, ""), before + HEAVY);
	pg_execute(here.pg, "TRUNCATE invoicing.document");
	policy_cache_destroy(&policies);
	smtp_destroy(&smtp);
	cache_close(&cache);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(flushall_loses_nothing, stage_open),
		cmocka_unit_test_setup(planning_waits_for_redis, stage_open),
		cmocka_unit_test_setup(a_dead_worker_is_succeeded_by_the_same_message, stage_open),
		cmocka_unit_test_setup(a_slow_mail_server_costs_no_lease, stage_open),
		cmocka_unit_test_setup(a_worker_that_stops_hands_its_leases_back, stage_open),
		cmocka_unit_test_setup(a_batch_of_large_mails_keeps_none_that_is_answered, stage_open),
		cmocka_unit_test_setup(many_workers_send_each_reminder_once, stage_open),
		cmocka_unit_test_setup(a_mail_server_that_is_away_is_waited_for, stage_open),
		cmocka_unit_test_setup(a_server_that_puts_off_is_asked_again_and_given_up_in_the_end, stage_open),
		cmocka_unit_test_setup(a_rate_limit_delays_and_does_not_count_as_an_attempt, stage_open),
	};

	return cmocka_run_group_tests_name("workers", tests, stage_start, stage_stop);
}
