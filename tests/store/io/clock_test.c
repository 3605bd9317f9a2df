/* Whose books and when: the creditor, its test clock, local dates and the two odd nights of the year. */
#include <stdlib.h>
#include <string.h>

#include "common/io/books.h"
#include "common/io/clock.h"
#include "support/outcome.h"
#include "support/pg.h"

static struct {
	struct pg *pg;
	struct db *db;
	struct arena *arena;
} here;

static struct instant instant_of(const char *text)
{
	struct instant instant;

	assert_done(instant_parse(text, &instant));
	return instant;
}

static struct books books_of(const char *creditor)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct books books;

	assert_done(books_open(&tx, creditor, &books));
	assert_done(db_commit(&tx));
	return books;
}

static void creditors_two(void)
{
	pg_execute(here.pg,
		   "SET client_min_messages = warning; TRUNCATE invoicing.creditor CASCADE; TRUNCATE ledger.test_clock;"
		   "INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency) "
		   "VALUES ('MAIN', 'Main', 'Main', 'fr', 'FR', 'Europe/Paris', 'EUR'), "
		   "('TEST', 'Test', 'Test', 'en', 'US', 'America/New_York', 'USD')");
}

static void a_test_clock_stands_still_and_is_the_creditors_own(void **state)
{
	struct instant frozen = instant_of("2030-01-02T03:04:05.678901Z");
	struct books books;
	char text[DATE_TEXT_BYTES];
	(void)state;

	creditors_two();
	pg_execute(here.pg, "INSERT INTO ledger.test_clock VALUES ('TEST', '2030-01-02T03:04:05.678901Z')");
	clock_use_test(true);
	books = books_of("TEST");
	assert_int_equal(books.now.us, frozen.us);
	assert_string_equal(date_format(books.today, text), "2030-01-01"); /* in New York it is still the day before */
	assert_int_equal(books.minute, 22 * 60 + 4);
	assert_string_equal(books.timezone, "America/New_York");
	assert_true(clock_system().us - books_of("MAIN").now.us < 10 * US_PER_SECOND);
	clock_use_test(false);
	assert_true(books_of("TEST").now.us < frozen.us);
}

static void books_are_opened_in_one_round_trip(void **state)
{
	uint64_t before;
	(void)state;

	creditors_two();
	before = db_stats(here.db).round_trips;
	books_of("MAIN");
	assert_int_equal(db_stats(here.db).round_trips, before + 1);
}

static void a_creditor_is_named_where_there_are_several(void **state)
{
	static const struct {
		const char *sentence, *asked, *reason, *message;
		enum err_code code;
	} ROWS[] = {
		{ "nobody is named", "", "creditor.ambiguous", "name the creditor: one of MAIN, TEST", ERR_INVALID },
		{ "nobody at all", NULL, "creditor.ambiguous", "name the creditor: one of MAIN, TEST", ERR_INVALID },
		{ "somebody unknown", "main", "creditor.unknown", "there is no creditor 'main'", ERR_NOT_FOUND },
	};
	struct books books;
	(void)state;

	creditors_two();
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		struct err err = books_open(&tx, ROWS[i].asked, &books);

		assert_refused(err, ROWS[i].code, ROWS[i].reason);
		assert_string_equal(err.message, ROWS[i].message);
	}
	pg_execute(here.pg, "DELETE FROM invoicing.creditor WHERE code = 'TEST'");
	assert_string_equal(books_of(NULL).creditor, "MAIN");
	pg_execute(here.pg, "DELETE FROM invoicing.creditor");
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_refused(books_open(&tx, "", &books), ERR_NOT_FOUND, "creditor.none");
}

static void local_dates_follow_the_zone(void **state)
{
	static const struct {
		const char *sentence, *instant, *zone, *date;
		int minute;
	} ROWS[] = {
		{ "late evening in UTC is tomorrow in Paris", "2026-01-31T23:30:00Z", "Europe/Paris", "2026-02-01",
		  30 },
		{ "and still today in London", "2026-01-31T23:30:00Z", "Europe/London", "2026-01-31", 23 * 60 + 30 },
		{ "summer time counts", "2026-07-01T06:00:00Z", "Europe/Paris", "2026-07-01", 8 * 60 },
		{ "UTC needs no database", "2026-07-01T06:01:59Z", "UTC", "2026-07-01", 6 * 60 + 1 },
		{ "half hours count", "2026-07-01T06:00:00Z", "Asia/Kolkata", "2026-07-01", 11 * 60 + 30 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		struct date date;
		int minute;
		char text[DATE_TEXT_BYTES];

		assert_done(clock_local(&tx, instant_of(ROWS[i].instant), ROWS[i].zone, &date, &minute));
		if (strcmp(date_format(date, text), ROWS[i].date) != 0 || minute != ROWS[i].minute)
			fail_msg("%s: %s and %d minutes", ROWS[i].sentence, text, minute);
	}
}

static void local_times_become_instants(void **state)
{
	static const struct {
		const char *sentence, *date;
		int minute;
		const char *instant;
	} ROWS[] = {
		{ "eight in the morning in winter", "2026-01-31", 8 * 60, "2026-01-31T07:00:00Z" },
		{ "eight in the morning in summer", "2026-07-31", 8 * 60, "2026-07-31T06:00:00Z" },
		{ "half past two does not exist on this night, and moves forward", "2026-03-29", 150,
		  "2026-03-29T01:30:00Z" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		struct date date;
		struct instant instant;
		char text[INSTANT_TEXT_BYTES];

		assert_done(date_parse(ROWS[i].date, &date));
		assert_done(clock_instant(&tx, date, ROWS[i].minute, "Europe/Paris", &instant));
		if (strcmp(instant_format(instant, text), ROWS[i].instant) != 0)
			fail_msg("%s: %s", ROWS[i].sentence, text);
	}
}

static void an_unknown_zone_is_refused(void **state)
{
	static const char *const ZONES[] = { "Europe/Atlantis", "", "'" };
	(void)state;

	for (size_t i = 0; i < sizeof ZONES / sizeof ZONES[0]; i++) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		struct date date;
		int minute;

		assert_refused(clock_local(&tx, clock_system(), ZONES[i], &date, &minute), ERR_INVALID, "clock.zone");
	}
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "relance_credit");
	here.arena = arena_new(0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_test_clock_stands_still_and_is_the_creditors_own),
		cmocka_unit_test(books_are_opened_in_one_round_trip),
		cmocka_unit_test(a_creditor_is_named_where_there_are_several),
		cmocka_unit_test(local_dates_follow_the_zone),
		cmocka_unit_test(local_times_become_instants),
		cmocka_unit_test(an_unknown_zone_is_refused),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
