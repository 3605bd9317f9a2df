#include "common/io/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Upper bounds of all buckets but the last, which has none. */
static const int64_t BOUNDS_US[] = { 100,   250,    500,    1000,   2500,    5000,    10000,   25000,
				     50000, 100000, 250000, 500000, 1000000, 5000000, 30000000 };
#define BOUND_COUNT (sizeof BOUNDS_US / sizeof BOUNDS_US[0])

_Static_assert(BOUND_COUNT + 1 == sizeof(((struct histogram *)0)->buckets) / sizeof(uint64_t), "a bucket a bound");

static _Atomic(struct metric *) metrics;
static _Atomic(struct histogram *) histograms;

static void metric_register(struct metric *metric)
{
	if (atomic_load_explicit(&metric->registered, memory_order_relaxed) || atomic_exchange(&metric->registered, 1))
		return;
	metric->next = atomic_load(&metrics);
	while (!atomic_compare_exchange_weak(&metrics, &metric->next, metric))
		;
}

void metric_add(struct metric *metric, int64_t n)
{
	metric_register(metric);
	atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
	metric_register(metric);
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

static void histogram_register(struct histogram *histogram)
{
	if (atomic_load_explicit(&histogram->registered, memory_order_relaxed) ||
	    atomic_exchange(&histogram->registered, 1))
		return;
	histogram->next = atomic_load(&histograms);
	while (!atomic_compare_exchange_weak(&histograms, &histogram->next, histogram))
		;
}

void histogram_observe_us(struct histogram *histogram, int64_t us)
{
	size_t bucket = 0;

	histogram_register(histogram);
	while (bucket < BOUND_COUNT && us > BOUNDS_US[bucket])
		bucket++;
	atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)(us < 0 ? 0 : us), memory_order_relaxed);
}

/* ------------------------------------------------------------------ the text format, by family */

static void head_write(struct buf *to, const char *name, const char *help, const char *type)
{
	buf_append_format(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool first_of_family(const struct metric *metric)
{
	for (const struct metric *m = atomic_load(&metrics); m != metric; m = m->next)
		if (strcmp(m->name, metric->name) == 0)
			return false;
	return true;
}

static void family_write(struct buf *to, const struct metric *first)
{
	head_write(to, first->name, first->help, first->kind == METRIC_COUNTER ? "counter" : "gauge");
	for (const struct metric *m = first; m; m = m->next) {
		if (strcmp(m->name, first->name) != 0)
			continue;
		const char *labels = m->labels ? m->labels : "";

		buf_append_format(to, *labels ? "%s{%s} %" PRId64 "\n" : "%s%s %" PRId64 "\n", m->name, labels,
				  atomic_load_explicit(&m->value, memory_order_relaxed));
	}
}

static bool first_histogram(const struct histogram *histogram)
{
	for (const struct histogram *h = atomic_load(&histograms); h != histogram; h = h->next)
		if (strcmp(h->name, histogram->name) == 0)
			return false;
	return true;
}

static void histogram_write(struct buf *to, const struct histogram *h)
{
	const char *labels = h->labels ? h->labels : "";
	const char *comma = *labels ? "," : "";
	uint64_t total = 0;

	for (size_t i = 0; i < BOUND_COUNT; i++) {
		total += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
		buf_append_format(to, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", h->name, labels, comma,
				  (double)BOUNDS_US[i] / 1e6, total);
	}
	total += atomic_load_explicit(&h->buckets[BOUND_COUNT], memory_order_relaxed);
	buf_append_format(to, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", h->name, labels, comma, total);
	buf_append_format(to, *labels ? "%s_sum{%s} %.6f\n" : "%s_sum%s %.6f\n", h->name, labels,
			  (double)atomic_load_explicit(&h->sum_us, memory_order_relaxed) / 1e6);
	buf_append_format(to, *labels ? "%s_count{%s} %" PRIu64 "\n" : "%s_count%s %" PRIu64 "\n", h->name, labels,
			  total);
}

void metrics_write(struct buf *to)
{
	for (const struct metric *m = atomic_load(&metrics); m; m = m->next)
		if (first_of_family(m))
			family_write(to, m);
	for (const struct histogram *h = atomic_load(&histograms); h; h = h->next) {
		if (!first_histogram(h))
			continue;
		head_write(to, h->name, h->help, "histogram");
		for (const struct histogram *same = h; same; same = same->next)
			if (strcmp(same->name, h->name) == 0)
				histogram_write(to, same);
	}
}
