#include "payments/domain/key_map.h"

#include <string.h>

#include "common/base/text.h"

#define BUCKETS_FIRST 256

struct key_map key_map_make(struct arena *arena)
{
	return (struct key_map){ .arena = arena,
				 .buckets = arena_array(arena, BUCKETS_FIRST, sizeof(struct key_node *)),
				 .bucket_count = BUCKETS_FIRST };
}

static struct key_node **bucket_of(const struct key_map *map, unsigned long long hash)
{
	return &map->buckets[hash & (map->bucket_count - 1)];
}

static void append(struct key_map *map, struct key_node *node)
{
	struct key_node **at = bucket_of(map, node->hash);

	while (*at)
		at = &(*at)->next;
	node->next = NULL;
	*at = node;
}

static void grow(struct key_map *map)
{
	struct key_node **old = map->buckets;
	size_t old_count = map->bucket_count;

	map->bucket_count *= 2;
	map->buckets = arena_array(map->arena, map->bucket_count, sizeof *map->buckets);
	for (size_t i = 0; i < old_count; i++)
		for (struct key_node *node = old[i], *next; node; node = next) {
			next = node->next;
			append(map, node);
		}
}

void key_map_add(struct key_map *map, const char *key, void *value)
{
	struct key_node *node = arena_alloc(map->arena, sizeof *node);

	if (map->count >= map->bucket_count)
		grow(map);
	node->key = key;
	node->hash = text_hash_quick(key, strlen(key));
	node->value = value;
	append(map, node);
	map->count++;
}

static const struct key_node *first_of(const struct key_node *node, const char *key, unsigned long long hash)
{
	while (node && (node->hash != hash || strcmp(node->key, key) != 0))
		node = node->next;
	return node;
}

const struct key_node *key_map_find(const struct key_map *map, const char *key)
{
	return key_map_seek(map, key, text_hash_quick(key, strlen(key)));
}

const struct key_node *key_map_seek(const struct key_map *map, const char *key, unsigned long long hash)
{
	return first_of(*bucket_of(map, hash), key, hash);
}

const struct key_node *key_map_next(const struct key_node *node)
{
	return first_of(node->next, node->key, node->hash);
}
