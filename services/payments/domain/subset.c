#include "payments/domain/subset.h"

#include "common/base/check.h"

struct search {
	int64_t amounts[SUBSET_ITEMS_MAX], rest_sum[SUBSET_ITEMS_MAX + 1];
	size_t place[SUBSET_ITEMS_MAX]; /* of the sorted amounts in the caller's array */
	size_t count;
	uint64_t chosen;
	struct subsets found;
	int64_t steps;
};

/* Largest first: the sum is passed, or found out of reach, early. */
static void sort_in(struct search *search, const int64_t *amounts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && search->amounts[at - 1] < amounts[i]; at--) {
			search->amounts[at] = search->amounts[at - 1];
			search->place[at] = search->place[at - 1];
		}
		search->amounts[at] = amounts[i];
		search->place[at] = i;
	}
	search->count = count;
	for (size_t i = count; i > 0; i--)
		search->rest_sum[i - 1] = search->rest_sum[i] + search->amounts[i - 1];
}

static void keep(struct search *search)
{
	if (search->found.count == SUBSET_SOLUTIONS_MAX)
		search->found.complete = false;
	else
		search->found.chosen[search->found.count++] = search->chosen;
}

/* Depth is bounded by SUBSET_ITEMS_MAX. */
static void look(struct search *search, size_t at, int64_t left)
{
	if (left == 0) {
		keep(search);
		return;
	}
	if (at == search->count || left < 0 || left > search->rest_sum[at] || !search->found.complete)
		return;
	if (++search->steps > SUBSET_STEPS_MAX) {
		search->found.complete = false;
		return;
	}
	search->chosen |= UINT64_C(1) << search->place[at];
	look(search, at + 1, left - search->amounts[at]);
	search->chosen &= ~(UINT64_C(1) << search->place[at]);
	look(search, at + 1, left);
}

struct subsets subset_find(const int64_t *amounts, size_t count, int64_t total)
{
	struct search search = { .found.complete = true };

	CHECK(count <= SUBSET_ITEMS_MAX);
	sort_in(&search, amounts, count);
	look(&search, 0, total);
	return search.found;
}

uint64_t subset_sole(const struct subsets *subsets)
{
	return subsets->count == 1 && subsets->complete ? subsets->chosen[0] : 0;
}
