#ifndef IO_METRICS_H
#define IO_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/base/buf.h"

/* Counters, gauges and histograms in Prometheus' text format. A metric is a static object that registers itself on
 * first use; adding is one atomic operation. Names: relance_<what>_<unit>[_total]; no creditor or customer labels. */

struct metric {
	const char *name, *help;
	const char *labels; /* "channel=\"smtp\"" or NULL */
	enum { METRIC_COUNTER, METRIC_GAUGE } kind;
	_Atomic int registered;
	_Atomic int64_t value;
	struct metric *next;
};

#define METRIC_COUNTER_INIT(n, h, l)                                                                                   \
	{                                                                                                              \
		.name = (n), .help = (h), .labels = (l), .kind = METRIC_COUNTER                                        \
	}
#define METRIC_GAUGE_INIT(n, h, l)                                                                                     \
	{                                                                                                              \
		.name = (n), .help = (h), .labels = (l), .kind = METRIC_GAUGE                                          \
	}

void metric_add(struct metric *metric, int64_t n);
void metric_set(struct metric *metric, int64_t value);

/* Seconds, in fixed buckets from 100 us to 30 s. */
struct histogram {
	const char *name, *help, *labels;
	_Atomic uint64_t buckets[16], sum_us;
	_Atomic int registered;
	struct histogram *next;
};

#define HISTOGRAM_INIT(n, h, l)                                                                                        \
	{                                                                                                              \
		.name = (n), .help = (h), .labels = (l)                                                                \
	}

void histogram_observe_us(struct histogram *histogram, int64_t us);

void metrics_write(struct buf *to);

#endif
