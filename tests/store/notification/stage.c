#include "store/notification/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/document/sheet.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "notification/templates.h"
#include "notification/worker.h"
#include "support/outcome.h"
#include "unit/test.h"

#define WAIT_MS 60000 /* ends a hang */

struct stage here;

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

void clock_set(const char *at)
{
	char sql[128];

	snprintf(sql, sizeof sql, "UPDATE ledger.test_clock SET at = '%s'", at);
	pg_execute(here.pg, sql);
}

void invoice_add(const char *number, char customer, const char *issued_on, const char *due_on, long minor)
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

void invoice_pay(const char *number)
{
	char sql[256];

	snprintf(sql, sizeof sql, "UPDATE ledger.open_item SET open_minor = 0, settled_on = due_on WHERE number = '%s'",
		 number);
	pg_execute(here.pg, sql);
}

long reminders(const char *where)
{
	char sql[512];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM notification.reminder WHERE %s", where);
	return (long)pg_number(here.pg, sql);
}

/* ------------------------------------------------------------------ planner and workers */

struct planner_result plan(void)
{
	struct planner_result result;

	arena_reset(here.arena);
	assert_done(planner_run(here.db, here.arena, &here.process, "", &result));
	return result;
}

/* A pass of the planner's own job: the upkeep of Redis. */
void upkeep(void)
{
	atomic_bool stopping = false;
	struct service_context context = { here.db, &here.process, &stopping };
	int64_t again_ms;

	(void)planner_pass(&context, &again_ms).code;
}

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

void crew_start(struct crew *crew, int count)
{
	*crew = (struct crew){ .count = count };
	for (int i = 0; i < count; i++) {
		struct member *member = malloc(sizeof *member);

		crew->dbs[i] = pg_connect(here.pg, "relance_notification");
		*member = (struct member){ crew, crew->dbs[i] };
		assert_int_equal(pthread_create(&crew->threads[i], NULL, member_run, member), 0);
	}
}

void crew_stop(struct crew *crew)
{
	atomic_store(&crew->stopping, true);
	for (int i = 0; i < crew->count; i++) {
		pthread_join(crew->threads[i], NULL);
		db_close(&crew->dbs[i]);
	}
}

void wait_until_none(const char *where)
{
	for (int waited = 0; reminders(where) > 0; waited += 20) {
		if (waited > WAIT_MS)
			fail_msg("still there: %s", where);
		usleep(20000);
	}
}

void work(int count)
{
	struct crew crew;

	crew_start(&crew, count);
	wait_until_none("state IN ('queued', 'sending')");
	crew_stop(&crew);
}

/* A day on the creditor's clock, at noon: everything that is due is planned and delivered. */
void live(const char *day)
{
	char at[64];

	snprintf(at, sizeof at, "%s 12:00:00+00", day);
	clock_set(at);
	plan();
	work(1);
}

/* ------------------------------------------------------------------ set up */

int stage_open(void **state)
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

int stage_start(void **state)
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

int stage_stop(void **state)
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
