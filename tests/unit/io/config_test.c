#include "unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/config.h"

#define STDERR_BYTES 8192

static const char *pg, *bind_to, *keys;
static long long workers;
static bool test_clock;

static const struct setting SETTINGS[] = {
	{ .name = "RELANCE_PG", .kind = SETTING_SECRET, .help = "The database.", .to.text = &pg },
	{ .name = "RELANCE_BIND", .kind = SETTING_TEXT, .help = "Where calls come in.", .to.text = &bind_to },
	{ .name = "RELANCE_KEYS", .kind = SETTING_TEXT, .fallback = "", .help = "Keys.", .to.text = &keys },
	{ .name = "RELANCE_WORKERS",
	  .kind = SETTING_INT,
	  .fallback = "4",
	  .help = "Threads.",
	  .min = 1,
	  .max = 256,
	  .to.number = &workers },
	{ .name = "RELANCE_TEST_CLOCK",
	  .kind = SETTING_BOOL,
	  .fallback = "0",
	  .help = "A test clock.",
	  .to.flag = &test_clock },
};

/* Reads the settings from exactly this environment, and catches what is said on stderr. */
static int read_from(char *const environment[], char said[static STDERR_BYTES])
{
	FILE *caught = tmpfile();
	int kept = dup(STDERR_FILENO);

	clearenv();
	for (size_t i = 0; environment[i]; i++)
		putenv(environment[i]);
	dup2(fileno(caught), STDERR_FILENO);
	int mistakes = config_read(SETTINGS, ROWS(SETTINGS));

	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(caught);
	said[fread(said, 1, STDERR_BYTES - 1, caught)] = '\0';
	fclose(caught);
	clearenv();
	return mistakes;
}

static void settings_come_from_the_environment_or_the_fallback(void **state)
{
	char said[STDERR_BYTES];

	(void)state;
	assert_int_equal(read_from((char *[]){ "RELANCE_PG=host=/tmp", "RELANCE_BIND=tcp://127.0.0.1:1",
					       "RELANCE_TEST_CLOCK=1", NULL },
				   said),
			 0);
	assert_string_equal(pg, "host=/tmp");
	assert_string_equal(bind_to, "tcp://127.0.0.1:1");
	assert_string_equal(keys, "");
	assert_int_equal(workers, 4);
	assert_true(test_clock);
	assert_string_equal(said, "");
}

static void all_mistakes_are_told_at_once(void **state)
{
	char said[STDERR_BYTES];

	(void)state;
	assert_int_equal(read_from((char *[]){ "RELANCE_PG=a", "RELANCE_PG_FILE=/b", "RELANCE_WORKERS=0",
					       "RELANCE_TEST_CLOCK=perhaps", NULL },
				   said),
			 4);
	assert_non_null(strstr(said, "RELANCE_PG is given twice"));
	assert_non_null(strstr(said, "RELANCE_BIND is missing: Where calls come in."));
	assert_non_null(strstr(said, "RELANCE_WORKERS must be a whole number from 1 to 256, not \"0\""));
	assert_non_null(strstr(said, "RELANCE_TEST_CLOCK must be 1 or 0"));
}

static void an_unknown_name_is_told_and_known_ones_of_others_are_not(void **state)
{
	char said[STDERR_BYTES];

	(void)state;
	assert_int_equal(read_from((char *[]){ "RELANCE_PG=a", "RELANCE_BIND=b", "RELANCE_WORKER=8", "RELANCE_SMTP=c",
					       "RELANCE_REDIS_FILE=d", "OTHER=e", NULL },
				   said),
			 0);
	assert_string_equal(said, "setting RELANCE_WORKER is not known and has no effect\n");
}

static void a_secret_may_lie_in_a_file(void **state)
{
	char path[] = "/tmp/relance-secret-XXXXXX", from_file[64], said[STDERR_BYTES];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "password=1\n", 11), 11);
	close(fd);
	snprintf(from_file, sizeof from_file, "RELANCE_PG_FILE=%s", path);
	assert_int_equal(read_from((char *[]){ from_file, "RELANCE_BIND=b", NULL }, said), 0);
	assert_string_equal(pg, "password=1");
	free((char *)(uintptr_t)pg);
	unlink(path);
	assert_int_equal(read_from((char *[]){ from_file, "RELANCE_BIND=b", NULL }, said), 1);
	assert_non_null(strstr(said, "RELANCE_PG_FILE names a file that cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_come_from_the_environment_or_the_fallback),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(an_unknown_name_is_told_and_known_ones_of_others_are_not),
		cmocka_unit_test(a_secret_may_lie_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
