#include "unit/test.h"

#include <stdlib.h>

#include "common/io/metrics.h"
#include "common/io/random.h"

#define TEXT_MAX 100000

static void families_stand_together(void **state)
{
	static struct metric smtp = METRIC_COUNTER_INIT("relance_sent_total", "Messages sent.", "channel=\"smtp\"");
	static struct metric depth = METRIC_GAUGE_INIT("relance_queue_depth", "Waiting.", NULL);
	static struct metric letter = METRIC_COUNTER_INIT("relance_sent_total", "Messages sent.", "channel=\"letter\"");
	BUF_SCOPE text;

	(void)state;
	metric_add(&smtp, 3);
	metric_set(&depth, 17);
	metric_add(&letter, 1);
	metric_add(&smtp, 4);
	buf_init(&text, TEXT_MAX);
	metrics_write(&text);
	assert_string_equal(buf_text(&text), "# HELP relance_sent_total Messages sent.\n"
					     "# TYPE relance_sent_total counter\n"
					     "relance_sent_total{channel=\"letter\"} 1\n"
					     "relance_sent_total{channel=\"smtp\"} 7\n"
					     "# HELP relance_queue_depth Waiting.\n"
					     "# TYPE relance_queue_depth gauge\n"
					     "relance_queue_depth 17\n");
}

static void a_histogram_adds_up(void **state)
{
	static struct histogram took = HISTOGRAM_INIT("relance_took_seconds", "Time.", "method=\"Echo\"");
	BUF_SCOPE text;

	(void)state;
	histogram_observe_us(&took, 80);
	histogram_observe_us(&took, 100);
	histogram_observe_us(&took, 101);
	histogram_observe_us(&took, 60000000);
	buf_init(&text, TEXT_MAX);
	metrics_write(&text);
	assert_non_null(strstr(buf_text(&text), "# TYPE relance_took_seconds histogram\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_bucket{method=\"Echo\",le=\"0.0001\"} 2\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_bucket{method=\"Echo\",le=\"0.00025\"} 3\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_bucket{method=\"Echo\",le=\"30\"} 3\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_bucket{method=\"Echo\",le=\"+Inf\"} 4\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_sum{method=\"Echo\"} 60.000281\n"));
	assert_non_null(strstr(buf_text(&text), "relance_took_seconds_count{method=\"Echo\"} 4\n"));
}

static void ids_are_fresh_and_in_order(void **state)
{
	struct id before = id_fresh();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct id id = id_fresh();

		assert_false(id_equal(before, id));
		assert_true(memcmp(before.bytes, id.bytes, 6) <= 0); /* milliseconds come first */
		before = id;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families_stand_together),
		cmocka_unit_test(a_histogram_adds_up),
		cmocka_unit_test(ids_are_fresh_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
