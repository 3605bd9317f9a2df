#ifndef PAYMENTS_SUBSET_H
#define PAYMENTS_SUBSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which of the amounts sum exactly to a total? Counted, because only a sole solution means anything: several mean that
 * the amount says nothing, and a person chooses among them. */

#define SUBSET_ITEMS_MAX 40
#define SUBSET_STEPS_MAX 200000 /* some 2 ms */
#define SUBSET_SOLUTIONS_MAX 5  /* more are no help to whoever has to choose */

struct subsets {
	uint64_t chosen[SUBSET_SOLUTIONS_MAX]; /* bit i set where amounts[i] belongs to it; larger amounts first */
	size_t count;
	bool complete; /* there are no others; false: more than fit, or too many sums to look through */
};

/* amounts: positive, `count` of them, at most SUBSET_ITEMS_MAX. The empty set is the solution of 0. */
struct subsets subset_find(const int64_t *amounts, size_t count, int64_t total);

/* The one solution there is, or 0. */
uint64_t subset_sole(const struct subsets *subsets);

#endif
