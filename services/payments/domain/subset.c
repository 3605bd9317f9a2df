#include "payments/domain/subset.h"

#include "common/base/check.h"

struct search {
	int64_t amounts[SUBSET_ITEMS_MAX], rest_sum[SUBSET_ITEMS_MAX + 1];
	size_t place[SUBSET_ITEMS_MAX]; /* of the sorted amounts in the caller's array */
	size_t count;
	uint64_t chosen, solution;
	int solutions;
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

/* Depth is bounded by SUBSET_ITEMS_MAX. */
static void look(struct search *search, size_t at, int64_t left)
{
	if (left == 0) {
		if (search->solutions++ == 0)
			search->solution = search->chosen;
		return;
	}
	if (at == search->count || left < 0 || left > search->rest_sum[at] || search->solutions > 1)
		return;
	if (++search->steps > SUBSET_STEPS_MAX) {
		search->solutions = 2;
		return;
	}
	search->chosen |= UINT64_C(1) << search->place[at];
	look(search, at + 1, left - search->amounts[at]);
	search->chosen &= ~(UINT64_C(1) << search->place[at]);
	look(search, at + 1, left);
}

int subset_sum(const int64_t *amounts, size_t count, int64_t total, uint64_t *chosen)
{
	struct search search = { 0 };

	CHECK(count <= SUBSET_ITEMS_MAX);
	sort_in(&search, amounts, count);
	look(&search, 0, total);
	if (search.solutions > 0)
		*chosen = search.solution;
	return search.solutions > 2 ? 2 : search.solutions;
}
