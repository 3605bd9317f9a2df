#include "credit/domain/binning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

struct point {
	double x;
	bool bad;
};

/* Rows up to and including `upper`. */
struct piece {
	double upper, rows, bad;
};

struct pieces {
	struct piece items[BINS_FINE + 1];
	int count;
};

static int by_x(const void *a, const void *b)
{
	double left = ((const struct point *)a)->x, right = ((const struct point *)b)->x;

	return (left > right) - (left < right);
}

/* Quantiles of the known values, sorted; equal values stay together. */
static void pieces_cut(const struct point *points, size_t count, struct pieces *pieces)
{
	size_t i = 0;

	pieces->count = 0;
	while (i < count) {
		struct piece piece = { 0 };
		size_t until = count * (size_t)(pieces->count + 1) / BINS_FINE;
		bool last = pieces->count == BINS_FINE;
		while (i < count && (last || i < until || piece.rows == 0 || points[i].x == piece.upper)) {
			piece.upper = points[i].x;
			piece.rows++;
			piece.bad += points[i].bad;
			i++;
		}
		pieces->items[pieces->count++] = piece;
	}
}

static double entropy(double part, double whole)
{
	return part > 0 ? part * log(part / whole) : 0;
}

static double likelihood(const struct piece *piece)
{
	return entropy(piece->bad, piece->rows) + entropy(piece->rows - piece->bad, piece->rows);
}

static struct piece joined(const struct piece *left, const struct piece *right)
{
	return (struct piece){ right->upper, left->rows + right->rows, left->bad + right->bad };
}

/* Twice the likelihood that two neighbours lose as one bin. */
static double ratio(const struct piece *left, const struct piece *right)
{
	struct piece both = joined(left, right);

	return 2 * (likelihood(left) + likelihood(right) - likelihood(&both));
}

static void pieces_merge(struct pieces *pieces, int at)
{
	pieces->items[at] = joined(&pieces->items[at], &pieces->items[at + 1]);
	memmove(&pieces->items[at + 1], &pieces->items[at + 2],
		(size_t)(pieces->count - at - 2) * sizeof pieces->items[0]);
	pieces->count--;
}

static int weakest(const struct pieces *pieces, double *least)
{
	int at = 0;

	*least = INFINITY;
	for (int i = 0; i + 1 < pieces->count; i++) {
		double here = ratio(&pieces->items[i], &pieces->items[i + 1]);
		if (here < *least) {
			*least = here;
			at = i;
		}
	}
	return at;
}

static void merge_alike(struct pieces *pieces)
{
	double least;

	while (pieces->count > 1) {
		int at = weakest(pieces, &least);
		if (least >= BIN_RATIO_LEAST && pieces->count <= BINS_MAX)
			return;
		pieces_merge(pieces, at);
	}
}

/* The smallest bin joins the neighbour that it resembles more. */
static void merge_small(struct pieces *pieces, double rows_least)
{
	while (pieces->count > 1) {
		int small = 0;
		for (int i = 1; i < pieces->count; i++) {
			if (pieces->items[i].rows < pieces->items[small].rows)
				small = i;
		}
		if (pieces->items[small].rows >= rows_least)
			return;
		bool first = small == 0, last = small == pieces->count - 1;
		bool left = last || (!first && ratio(&pieces->items[small - 1], &pieces->items[small]) <
						       ratio(&pieces->items[small], &pieces->items[small + 1]));
		pieces_merge(pieces, left ? small - 1 : small);
	}
}

static double rate(const struct piece *piece)
{
	return piece->bad / piece->rows;
}

static int turns_of(const struct pieces *pieces)
{
	int turns = 0;

	for (int i = 1; i + 1 < pieces->count; i++) {
		double before = rate(&pieces->items[i]) - rate(&pieces->items[i - 1]);
		double after = rate(&pieces->items[i + 1]) - rate(&pieces->items[i]);
		turns += before * after < 0;
	}
	return turns;
}

static void merge_turns(struct pieces *pieces)
{
	double least;

	while (turns_of(pieces) > 1)
		pieces_merge(pieces, weakest(pieces, &least));
}

/* Weights with each bin's prior rows, and the information value of what the bins say by them. */
static void weigh(struct binning *binning, double rows, double bad)
{
	double base = bad / rows;

	binning->iv = 0;
	for (int i = 0; i <= binning->count; i++) {
		struct bin *bin = &binning->bins[i];
		double bad_here = bin->bad + BIN_PRIOR_ROWS * base;
		double good_here = bin->rows - bin->bad + BIN_PRIOR_ROWS * (1 - base);
		bin->woe = log(bad_here / good_here) - log(base / (1 - base));
		binning->iv += (bin->bad / bad - (bin->rows - bin->bad) / (rows - bad)) * bin->woe;
	}
}

void binning_fit(struct arena *arena, const double *x, const bool *bad, size_t rows, struct binning *binning)
{
	struct point *points = arena_array(arena, rows, sizeof *points);
	struct binning result = { 0 };
	struct pieces pieces = { 0 };
	struct bin missing = { 0 };
	size_t known = 0;

	for (size_t i = 0; i < rows; i++) {
		if (isnan(x[i])) {
			missing.rows++;
			missing.bad += bad[i];
		} else {
			points[known++] = (struct point){ x[i], bad[i] };
		}
	}
	qsort(points, known, sizeof *points, by_x);
	pieces_cut(points, known, &pieces);
	merge_small(&pieces, fmax(BIN_ROWS_LEAST, BIN_SHARE_LEAST * (double)rows));
	merge_alike(&pieces);
	merge_turns(&pieces);

	double all_bad = missing.bad;
	result.count = pieces.count > 0 ? pieces.count : 1;
	for (int i = 0; i < pieces.count; i++) {
		result.bins[i] = (struct bin){ .rows = pieces.items[i].rows, .bad = pieces.items[i].bad };
		all_bad += pieces.items[i].bad;
		if (i + 1 < pieces.count)
			result.cuts[i] = pieces.items[i].upper;
	}
	CHECK(all_bad > 0 && all_bad < (double)rows);
	result.bins[result.count] = missing;
	result.turns = turns_of(&pieces);
	weigh(&result, (double)rows, all_bad);
	*binning = result;
}

int binning_find(const struct binning *binning, double x)
{
	int bin = 0;

	if (isnan(x))
		return binning->count;
	while (bin + 1 < binning->count && x > binning->cuts[bin])
		bin++;
	return bin;
}

double binning_woe(const struct binning *binning, double x)
{
	return binning->bins[binning_find(binning, x)].woe;
}
