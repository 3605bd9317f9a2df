#ifndef PAYMENTS_OCCURRENCES_H
#define PAYMENTS_OCCURRENCES_H

#include <stddef.h>
#include <stdint.h>

#include "payments/domain/hash_set.h"

/* How often each key has come, of millions of which hardly one comes twice: its hash, and a count only where one comes
 * again. */

struct occurrence {
	uint64_t hash; /* 0: free */
	uint32_t count;
};

struct occurrences {
	struct hash_set once;
	struct occurrence *again;
	size_t again_room, again_count;
};

#define OCCURRENCES_SCOPE __attribute__((cleanup(occurrences_release))) struct occurrences

/* Room for `expected` keys; grows beyond. */
struct occurrences occurrences_make(size_t expected);
void occurrences_release(struct occurrences *occurrences);

/* 1 the first time, 2 the second, … */
int32_t occurrences_next(struct occurrences *occurrences, const void *key, size_t length);

#endif
