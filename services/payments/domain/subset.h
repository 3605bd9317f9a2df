#ifndef PAYMENTS_SUBSET_H
#define PAYMENTS_SUBSET_H

#include <stddef.h>
#include <stdint.h>

/* Which of the amounts sum exactly to a total? Counted, because only a sole solution means anything: several mean that
 * the amount says nothing.
 *
 * amounts: positive, `count` of them, at most SUBSET_ITEMS_MAX. chosen: bit i set where amounts[i] belongs to the
 * first solution found. Returns 0, 1, or 2 for "several, or too many to look through" (SUBSET_STEPS_MAX). */

#define SUBSET_ITEMS_MAX 40
#define SUBSET_STEPS_MAX 200000 /* some 2 ms */

int subset_sum(const int64_t *amounts, size_t count, int64_t total, uint64_t *chosen);

#endif
