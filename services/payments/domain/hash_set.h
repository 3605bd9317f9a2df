#ifndef PAYMENTS_HASH_SET_H
#define PAYMENTS_HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hashes of millions of keys in some six bytes each: 40 bits of a hash are kept, and where they stand tells some twenty
 * more. Two different keys of a million are taken for one once in 300,000 sets. */

/* Open addressing, four fifths full at most. */
struct hash_table {
	uint8_t *slots; /* five bytes each, zero: free */
	size_t room, count;
};

#define HASH_TABLES_MAX 40

/* What is kept cannot be moved: when a table is full, the next one is twice as large. */
struct hash_set {
	struct hash_table tables[HASH_TABLES_MAX];
	int table_count;
};

/* Room for `expected`; grows beyond. */
struct hash_set hash_set_make(size_t expected);
void hash_set_release(struct hash_set *set);

/* `hash` has 64 good bits (text_hash_quick). True where it is new. */
bool hash_set_add(struct hash_set *set, uint64_t hash);
bool hash_set_holds(const struct hash_set *set, uint64_t hash);

#endif
