#include "unit/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/io/config.h"
#include "common/io/log.h"

#define SAID_BYTES (4 * 1024 * 1024)

static char said[SAID_BYTES];
static FILE *caught;
static int kept;

static void catch_begin(void)
{
	caught = tmpfile();
	assert_non_null(caught);
	fcntl(fileno(caught), F_SETFL, O_APPEND);
	kept = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

static void catch_end(void)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(caught);
	said[fread(said, 1, sizeof said - 1, caught)] = '\0';
	fclose(caught);
}

static json_t *line_parse(const char *line)
{
	json_t *object = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(object);
	return object;
}

static const char *text_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "(none)";
}

static void a_line_is_one_object(void **state)
{
	(void)state;
	log_init("payments", LOG_INFO);
	catch_begin();
	log_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	log_info("statement imported", LOG_TEXT("file", "a\"b\\c\n\x01é"), LOG_INT("entries", -7),
		 LOG_BOOL("again", true), LOG_TEXT("nothing", NULL));
	log_trace(NULL);
	log_debug("not wanted", LOG_INT("n", 1));
	catch_end();
	json_t *line = line_parse(said);

	assert_string_equal(text_at(line, "level"), "info");
	assert_string_equal(text_at(line, "service"), "payments");
	assert_string_equal(text_at(line, "msg"), "statement imported");
	assert_string_equal(text_at(line, "trace_id"), "0af7651916cd43dd8448eb211c80319c");
	assert_string_equal(text_at(line, "file"), "a\"b\\c\n\x01é");
	assert_int_equal(json_integer_value(json_object_get(line, "entries")), -7);
	assert_true(json_is_true(json_object_get(line, "again")));
	assert_null(json_object_get(line, "nothing"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	json_decref(line);
}

static void bytes_that_are_no_text_leave_the_line_readable(void **state)
{
	(void)state;
	catch_begin();
	log_warn("odd", LOG_TEXT("file", "caf\xe9.xml"));
	catch_end();
	json_t *line = line_parse(said);

	assert_string_equal(text_at(line, "file"), "caf?.xml");
	json_decref(line);
}

static void what_is_too_long_is_cut_and_the_line_stays_whole(void **state)
{
	static char long_text[20000];

	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	catch_begin();
	log_warn("long", LOG_TEXT("a", long_text), LOG_TEXT("b", long_text), LOG_TEXT("c", long_text),
		 LOG_TEXT("d", long_text), LOG_TEXT("e", long_text), LOG_TEXT("f", long_text), LOG_TEXT("g", long_text),
		 LOG_TEXT("h", long_text), LOG_TEXT("i", long_text), LOG_INT("last", 1));
	catch_end();
	json_t *line = line_parse(said);

	assert_int_equal(strlen(text_at(line, "a")), 1024);
	json_decref(line);
}

enum { THREADS = 4, LINES = 500 };

static void *many_lines(void *argument)
{
	(void)argument;
	for (int i = 0; i < LINES; i++)
		log_info("from many threads", LOG_INT("i", i), LOG_TEXT("text", "some words to make the line longer"));
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	pthread_t threads[THREADS];
	int lines = 0;

	(void)state;
	catch_begin();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, many_lines, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	catch_end();
	for (char *at = said, *end; (end = strchr(at, '\n')); at = end + 1, lines++) {
		*end = '\0';
		json_decref(line_parse(at));
	}
	assert_int_equal(lines, THREADS * LINES);
}

static void secrets_are_masked(void **state)
{
	const char *secret = "host=/tmp password=hunter2", *plain = "tcp://127.0.0.1:1";
	const struct setting settings[] = {
		{ .name = "RELANCE_PG", .kind = SETTING_SECRET, .to.text = &secret },
		{ .name = "RELANCE_BIND", .kind = SETTING_TEXT, .to.text = &plain },
	};

	(void)state;
	catch_begin();
	config_log(settings, ROWS(settings));
	catch_end();
	assert_null(strstr(said, "hunter2"));
	assert_non_null(strstr(said, "\"RELANCE_PG\":\"***\""));
	assert_non_null(strstr(said, "\"RELANCE_BIND\":\"tcp://127.0.0.1:1\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_one_object),
		cmocka_unit_test(bytes_that_are_no_text_leave_the_line_readable),
		cmocka_unit_test(what_is_too_long_is_cut_and_the_line_stays_whole),
		cmocka_unit_test(lines_of_threads_do_not_mix),
		cmocka_unit_test(secrets_are_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
