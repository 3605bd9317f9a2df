#ifndef PAYMENTS_KEY_MAP_H
#define PAYMENTS_KEY_MAP_H

#include <stddef.h>

#include "common/base/arena.h"

/* Text -> values, several under one key in the order in which they were added. The keys are our own records' (numbers,
 * references, ids), never what a payer wrote. Keys are not copied. */

struct key_node {
	const char *key;
	unsigned long long hash;
	void *value;
	struct key_node *next; /* of the same key: key_map_next; in the bucket: the map's business */
};

struct key_map {
	struct arena *arena;
	struct key_node **buckets;
	size_t bucket_count, count;
};

struct key_map key_map_make(struct arena *arena);
void key_map_add(struct key_map *map, const char *key, void *value);

/* The first value under a key, or NULL; then the next one, or NULL. key_map_seek is for a key that is looked for again
 * and again: `hash` is its text_hash_quick. */
const struct key_node *key_map_find(const struct key_map *map, const char *key);
const struct key_node *key_map_seek(const struct key_map *map, const char *key, unsigned long long hash);
const struct key_node *key_map_next(const struct key_node *node);

#endif
