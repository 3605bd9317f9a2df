#include "credit/domain/metrics.h"

#include <math.h>
#include <stdlib.h>

static int by_p(const void *a, const void *b)
{
	double left = ((const struct forecast *)a)->p, right = ((const struct forecast *)b)->p;

	return (left > right) - (left < right);
}

/* One pass over the sorted forecasts, a group of ties at a time. */
static void ranks_walk(const struct forecast *sorted, size_t count, struct metrics *metrics)
{
	double negatives = (double)(count - metrics->positives), positives = (double)metrics->positives;
	double seen_negatives = 0, seen_positives = 0, won = 0, ks = 0;

	for (size_t i = 0; i < count;) {
		double p = sorted[i].p, tied_negatives = 0, tied_positives = 0;
		for (; i < count && sorted[i].p == p; i++) {
			tied_positives += sorted[i].happened;
			tied_negatives += !sorted[i].happened;
		}
		won += tied_positives * (seen_negatives + tied_negatives / 2);
		seen_negatives += tied_negatives;
		seen_positives += tied_positives;
		ks = fmax(ks, fabs(seen_negatives / negatives - seen_positives / positives));
	}
	metrics->auc = won / (negatives * positives);
	metrics->ks = ks;
}

static void losses_sum(const struct forecast *forecasts, size_t count, struct metrics *metrics)
{
	double squares = 0, logs = 0;

	for (size_t i = 0; i < count; i++) {
		double p = fmin(fmax(forecasts[i].p, LOG_LOSS_EDGE), 1 - LOG_LOSS_EDGE);
		double miss = forecasts[i].p - (forecasts[i].happened ? 1 : 0);
		squares += miss * miss;
		logs -= log(forecasts[i].happened ? p : 1 - p);
	}
	metrics->brier = squares / (double)count;
	metrics->log_loss = logs / (double)count;
}

struct metrics metrics_of(struct forecast *forecasts, size_t count)
{
	struct metrics metrics = { .n = count, .auc = NAN, .ks = NAN, .brier = NAN, .log_loss = NAN };

	if (count == 0)
		return metrics;
	for (size_t i = 0; i < count; i++)
		metrics.positives += forecasts[i].happened;
	losses_sum(forecasts, count, &metrics);
	if (metrics.positives == 0 || metrics.positives == count)
		return metrics;
	qsort(forecasts, count, sizeof *forecasts, by_p);
	ranks_walk(forecasts, count, &metrics);
	return metrics;
}
