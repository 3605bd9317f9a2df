#ifndef PAYMENTS_HASH_SET_H
#define PAYMENTS_HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64-bit hashes of millions of keys, 10 bytes each: two different keys of a million are taken for one once in 40
 * million sets. */

struct hash_set {
	uint64_t *hashes; /* 0: free; open addressing, four fifths full at most */
	size_t room, count;
};

/* Room for `expected`; grows beyond. */
struct hash_set hash_set_make(size_t expected);
void hash_set_release(struct hash_set *set);

/* True where it is new. */
bool hash_set_add(struct hash_set *set, uint64_t hash);
bool hash_set_holds(const struct hash_set *set, uint64_t hash);

#endif
