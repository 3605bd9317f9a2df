#include "unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/config_form.h"

#define STDERR_BYTES 8192

static const char *pg, *bind_to, *keys;
static long long workers;
static bool test_clock;

static const struct setting SETTINGS[] = {
	{ .name = "RELANCE_PG", .kind = SETTING_SECRET, .help = "The database.", .to.text = &pg },
	{ .name = "RELANCE_BIND", .kind = SETTING_ENDPOINTS, .help = "Where calls come in.", .to.text = &bind_to },
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
	assert_int_equal(read_from((char *[]){ "RELANCE_PG=a", "RELANCE_BIND=ipc:///b", "RELANCE_WORKER=8",
					       "RELANCE_SMTP=c", "RELANCE_REDIS_FILE=d", "OTHER=e", NULL },
				   said),
			 0);
	assert_string_equal(said, "setting RELANCE_WORKER is not known and has no effect\n");
}

static const struct {
	const char *sentence;
	enum setting_kind kind;
	const char *value;
	bool good;
} FORMS[] = {
	{ "an endpoint of a host and a port", SETTING_ENDPOINTS, "tcp://127.0.0.1:5551", true },
	{ "an endpoint of any free port", SETTING_ENDPOINTS, "tcp://[::]:*", true },
	{ "an endpoint of all addresses", SETTING_ENDPOINTS, "tcp://*:5552", true },
	{ "an endpoint that is a path", SETTING_ENDPOINTS, "ipc:///run/relance/a", true },
	{ "several endpoints", SETTING_ENDPOINTS, "tcp://a:1,tcp://b:2", true },
	{ "no scheme", SETTING_ENDPOINTS, "127.0.0.1:5551", false },
	{ "another scheme", SETTING_ENDPOINTS, "http://127.0.0.1:5551", false },
	{ "no port", SETTING_ENDPOINTS, "tcp://127.0.0.1", false },
	{ "a port beyond the last", SETTING_ENDPOINTS, "tcp://127.0.0.1:65536", false },
	{ "a port that is no number", SETTING_ENDPOINTS, "tcp://127.0.0.1:http", false },
	{ "no host", SETTING_ENDPOINTS, "tcp://:5551", false },
	{ "an IPv6 number without its brackets", SETTING_ENDPOINTS, "tcp://::1:5551", false },
	{ "a good endpoint and a bad one", SETTING_ENDPOINTS, "tcp://a:1,b:2", false },
	{ "a comma too many", SETTING_ENDPOINTS, "tcp://a:1,", false },
	{ "an address", SETTING_ADDRESS, "0.0.0.0:9090", true },
	{ "an IPv6 address", SETTING_ADDRESS, "[::1]:9090", true },
	{ "all addresses", SETTING_ADDRESS, ":9090", true },
	{ "a port alone", SETTING_ADDRESS, "9090", false },
	{ "a URL for an address", SETTING_ADDRESS, "http://127.0.0.1:9090", false },
	{ "a socket of Redis", SETTING_REDIS, "unix:/run/redis.sock", true },
	{ "a Redis elsewhere", SETTING_REDIS, "redis://redis:6379/2", true },
	{ "a Redis on its usual port", SETTING_REDIS, "redis://redis", true },
	{ "sentinels of a Redis", SETTING_REDIS, "sentinel://a:26379,b,[::1]:26379/relance/1", true },
	{ "sentinels that are to name nothing", SETTING_REDIS, "sentinel://a:26379,b/", false },
	{ "sentinels with a comma too many", SETTING_REDIS, "sentinel://a,/relance", false },
	{ "nodes of a Redis Cluster", SETTING_REDIS, "cluster://a:7000,b:7001", true },
	{ "a Redis Cluster of nobody", SETTING_REDIS, "cluster://", false },
	{ "a Redis without a scheme", SETTING_REDIS, "redis:6379", false },
	{ "a Redis with a port that is none", SETTING_REDIS, "redis://redis:many", false },
	{ "a mail server", SETTING_SMTP, "smtp://127.0.0.1:25", true },
	{ "a mail server with TLS", SETTING_SMTP, "smtps://mail", true },
	{ "a mail server without a scheme", SETTING_SMTP, "mail:25", false },
	{ "a mail server without a host", SETTING_SMTP, "smtp://:25", false },
};

static void a_value_without_the_form_of_its_kind_is_a_mistake(void **state)
{
	(void)state;
	for (size_t row = 0; row < ROWS(FORMS); row++) {
		const struct setting setting = { .name = "RELANCE_X", .kind = FORMS[row].kind };

		if (!config_form_mistake(&setting, FORMS[row].value) != FORMS[row].good)
			fail_msg("%s: %s", FORMS[row].sentence, FORMS[row].value);
	}
	char said[STDERR_BYTES];

	assert_int_equal(
		read_from((char *[]){ "RELANCE_PG=a", "RELANCE_BIND=localhost", "RELANCE_WORKERS=0", NULL }, said), 2);
	assert_non_null(strstr(said, "setting RELANCE_BIND must be tcp://host:port"));
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
	assert_int_equal(read_from((char *[]){ from_file, "RELANCE_BIND=ipc:///b", NULL }, said), 0);
	assert_string_equal(pg, "password=1");
	free((char *)(uintptr_t)pg);
	unlink(path);
	assert_int_equal(read_from((char *[]){ from_file, "RELANCE_BIND=ipc:///b", NULL }, said), 1);
	assert_non_null(strstr(said, "RELANCE_PG_FILE names a file that cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_come_from_the_environment_or_the_fallback),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(a_value_without_the_form_of_its_kind_is_a_mistake),
		cmocka_unit_test(an_unknown_name_is_told_and_known_ones_of_others_are_not),
		cmocka_unit_test(a_secret_may_lie_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
