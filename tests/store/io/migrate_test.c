/* The migration runner: twice, changed files, broken files, files that dbmate applied, two runners at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/arena.h"
#include "common/io/migrate.h"
#include "support/outcome.h"
#include "support/pg.h"

#define FIRST "-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n"
#define SECOND "-- what for\n-- migrate:up\nCREATE TABLE two (id int);\nINSERT INTO two VALUES (2);\n"

static struct {
	struct pg *pg;
	struct arena *arena;
	char folder[64];
	int applied, present;
} here;

static void file_write(const char *name, const char *text)
{
	const char *path = arena_format(here.arena, "%s/%s", here.folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static void count(void *context, const char *file, enum migrate_state state)
{
	(void)context;
	(void)file;
	here.applied += state == MIGRATE_APPLIED;
	here.present += state == MIGRATE_PRESENT;
}

static struct err run(void)
{
	here.applied = here.present = 0;
	return migrate_run(pg_conninfo(here.pg, "postgres"), here.folder, here.arena, count, NULL);
}

static int setup(void **state)
{
	(void)state;
	here.arena = arena_new(0);
	strcpy(here.folder, "/tmp/relance-migrate-XXXXXX");
	assert_non_null(mkdtemp(here.folder));
	pg_execute(here.pg, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	file_write("0001_first.sql", FIRST);
	file_write("0002_second.sql", SECOND);
	file_write("notes.txt", "not a migration");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(system(arena_format(here.arena, "rm -rf %s", here.folder)), 0);
	arena_destroy(&here.arena);
	return 0;
}

static void a_second_run_finds_everything_done(void **state)
{
	(void)state;
	assert_done(run());
	assert_int_equal(here.applied, 2);
	assert_done(run());
	assert_int_equal(here.applied, 0);
	assert_int_equal(here.present, 2);
	assert_string_equal(
		pg_value(here.pg, "SELECT string_agg(version, ',' ORDER BY version) FROM schema_migrations"),
		"0001,0002");
	file_write("0003_third.sql", "-- migrate:up\nCREATE TABLE three ();\n");
	assert_done(run());
	assert_int_equal(here.applied, 1);
}

static void a_file_that_changed_after_its_release_is_refused(void **state)
{
	(void)state;
	assert_done(run());
	file_write("0001_first.sql", FIRST " -- a word more\n");
	file_write("0003_third.sql", "-- migrate:up\nCREATE TABLE three ();\n");
	struct err err = run();

	assert_refused(err, ERR_CONFLICT, "migrate.changed");
	assert_string_equal(err.field, "0001_first.sql");
	assert_string_equal(pg_value(here.pg, "SELECT to_regclass('three')::text"), "");
}

static void a_file_that_fails_does_nothing_and_names_its_line(void **state)
{
	(void)state;
	file_write("0002_second.sql",
		   "-- wörds\n-- migrate:up\nCREATE TABLE two (id int);\n\n  SELECT 'é', nowhere;\n");
	struct err err = run();

	assert_refused(err, ERR_CONFLICT, "migrate.failed");
	assert_string_equal(err.field, "0002_second.sql:5");
	assert_int_equal(here.applied, 1);
	assert_string_equal(pg_value(here.pg, "SELECT to_regclass('two')::text"), "");
	file_write("0002_second.sql", SECOND); /* mended, not released: no complaint */
	assert_done(run());
	assert_int_equal(here.applied, 1);
}

static void a_file_without_the_mark_is_refused(void **state)
{
	static const char *const TEXTS[] = { "CREATE TABLE two ();\n",
					     "-- migrate:up transaction:false\nCREATE TABLE two ();\n", "" };
	(void)state;

	for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
		file_write("0002_second.sql", TEXTS[i]);
		assert_refused(run(), ERR_INVALID, "migrate.format");
	}
}

static void what_dbmate_applied_is_taken_over(void **state)
{
	(void)state;
	pg_execute(here.pg, "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
			    "INSERT INTO schema_migrations VALUES ('0001'); CREATE TABLE one (id int)");
	assert_done(run());
	assert_int_equal(here.applied, 1);
	file_write("0001_first.sql", FIRST " ");
	assert_refused(run(), ERR_CONFLICT, "migrate.changed");
}

static void runners_at_the_same_time_wait_for_each_other(void **state)
{
	enum { RUNNERS = 4 };
	(void)state;
	file_write("0003_slow.sql", "-- migrate:up\nSELECT pg_sleep(0.2);\n");
	for (int i = 0; i < RUNNERS; i++)
		if (fork() == 0)
			_exit(err_ok(run()) ? here.applied : 100);
	int applied = 0;

	for (int i = 0; i < RUNNERS; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 100);
		applied += WEXITSTATUS(status);
	}
	assert_int_equal(applied, 3);
}

static void a_folder_or_a_server_that_is_not_there_is_told(void **state)
{
	(void)state;
	assert_refused(migrate_run(pg_conninfo(here.pg, "postgres"), "/nowhere", here.arena, NULL, NULL), ERR_NOT_FOUND,
		       "migrate.folder");
	assert_refused(migrate_run("host=/nowhere", here.folder, here.arena, NULL, NULL), ERR_UNAVAILABLE,
		       "db.unavailable");
}

static void the_schema_is_applied_by_an_owner_who_is_no_superuser(void **state)
{
	const char *source = getenv("RELANCE_SOURCE");
	const char *folder = arena_format(here.arena, "%s/deploy/schema", source ? source : ".");
	const char *conninfo = arena_format(here.arena, "%s dbname=books", pg_conninfo(here.pg, "owner"));
	(void)state;

	pg_execute(here.pg, "CREATE ROLE owner LOGIN CREATEROLE");
	pg_execute(here.pg, "CREATE DATABASE books OWNER owner");
	assert_done(migrate_run(conninfo, folder, here.arena, count, NULL));
	here.applied = 0;
	assert_done(migrate_run(conninfo, folder, here.arena, count, NULL));
	assert_int_equal(here.applied, 0);
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start_empty();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	pg_stop(&here.pg);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_run_finds_everything_done),
		TEST(a_file_that_changed_after_its_release_is_refused),
		TEST(a_file_that_fails_does_nothing_and_names_its_line),
		TEST(a_file_without_the_mark_is_refused),
		TEST(what_dbmate_applied_is_taken_over),
		TEST(runners_at_the_same_time_wait_for_each_other),
		TEST(a_folder_or_a_server_that_is_not_there_is_told),
		TEST(the_schema_is_applied_by_an_owner_who_is_no_superuser),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
