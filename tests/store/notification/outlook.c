/* The outlook of the week that is kept at the start of each day: whole, or not there. */
#include <stdio.h>

#include "notification/store_outlook.h"
#include "store/notification/stage.h"
#include "support/outcome.h"
#include "unit/test.h"

/* "2026-03-01: 2": the outlook that a day is compared with, and its lines. */
static const char *before(void)
{
	struct creditor creditor;
	struct outlook_taken taken;
	char day[DATE_TEXT_BYTES];
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_done(creditor_find(&tx, "MAIN", &creditor));
	assert_done(outlook_before(&tx, &creditor, (struct id){ { 0 } }, &taken));
	assert_done(db_commit(&tx));
	if (!date_known(taken.taken_on))
		return "none";
	return arena_format(here.arena, "%s: %zu", date_format(taken.taken_on, day), taken.count);
}

static int open_books(void **state)
{
	stage_open(state);
	pg_execute(here.pg, "TRUNCATE notification.outlook_day CASCADE");
	invoice_add("F-1", 'a', "2026-02-10", "2026-03-10", 120000); /* their notes leave on the 7th */
	invoice_add("F-2", 'b', "2026-02-10", "2026-03-10", 50000);
	return 0;
}

/* The connection breaks at the line of customer B, as that of a planner that is killed. */
#define KILLED                                                                                                         \
	"CREATE OR REPLACE FUNCTION notification.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "                  \
	"IF NEW.customer_number = 'B' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END "   \
	"$$; CREATE TRIGGER die BEFORE INSERT ON notification.outlook FOR EACH ROW EXECUTE FUNCTION "                  \
	"notification.die()"
#define ALIVE "DROP TRIGGER die ON notification.outlook"

static void plan_killed(void)
{
	struct planner_result result;

	pg_execute(here.pg, KILLED);
	assert_int_equal(planner_run(here.db, here.arena, &here.process, "", &result).code, ERR_UNAVAILABLE);
	pg_execute(here.pg, ALIVE);
	assert_done(db_ensure(here.db));
}

static void half_an_outlook_is_not_looked_back_on(void **state)
{
	(void)state;
	clock_set("2026-03-02 12:00:00+00");
	plan();
	clock_set("2026-03-03 12:00:00+00");
	plan_killed();
	clock_set("2026-03-04 12:00:00+00");
	assert_string_equal(before(), "2026-03-02: 2");
}

static void the_next_pass_takes_it_whole(void **state)
{
	(void)state;
	clock_set("2026-03-03 12:00:00+00");
	plan_killed();
	plan();
	clock_set("2026-03-04 12:00:00+00");
	assert_string_equal(before(), "2026-03-03: 2");
}

static void a_customer_who_cannot_be_looked_at_stops_neither_it_nor_the_plan(void **state)
{
	(void)state;
	pg_execute(here.pg, "UPDATE invoicing.customer SET timezone = 'Mars/Base' WHERE number = 'B'");
	clock_set("2026-03-07 12:00:00+00");
	assert_int_equal(plan().planned, 1);
	clock_set("2026-03-08 12:00:00+00");
	assert_string_equal(before(), "2026-03-07: 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(half_an_outlook_is_not_looked_back_on, open_books),
		cmocka_unit_test_setup(the_next_pass_takes_it_whole, open_books),
		cmocka_unit_test_setup(a_customer_who_cannot_be_looked_at_stops_neither_it_nor_the_plan, open_books),
	};

	return cmocka_run_group_tests_name("outlook", tests, stage_start, stage_stop);
}
