#ifndef PAYMENTS_KEY_FILTER_H
#define PAYMENTS_KEY_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

/* Which keys may be ours: a set that never denies a key it was given, and lets one in a hundred strangers pass. A
 * remittance has a dozen windows that could be an invoice's number, and hardly one of them is; the others need not go
 * to the database.
 *
 * A Bloom filter whose bits of one key lie in one cache line. Source: Putze, Sanders, Singler, "Cache-, Hash- and
 * Space-Efficient Bloom Filters" (2009). */

#define KEY_FILTER_BITS_EACH 12 /* 6 MB for 1,700,000 invoices, their references and customers */

struct key_filter {
	uint64_t (*lines)[8]; /* of 64 bytes */
	size_t line_count;
};

/* Room for `keys`; more make it pass more strangers. */
struct key_filter key_filter_make(struct arena *arena, size_t keys);
void key_filter_add(struct key_filter *filter, const char *key);
bool key_filter_passes(const struct key_filter *filter, const char *key);

/* The same for a key that is looked for in several filters; key_filter_hash is text_hash_quick. */
uint64_t key_filter_hash(const char *key);
void key_filter_add_hash(struct key_filter *filter, uint64_t hash);
bool key_filter_passes_hash(const struct key_filter *filter, uint64_t hash);

#endif
