#include "payments/domain/hash_set.h"

#include <stdlib.h>

#include "common/base/check.h"

#define ROOM_LEAST 64

static size_t room_for(size_t count)
{
	return count + count / 4 + ROOM_LEAST;
}

static uint64_t *table_new(size_t room)
{
	uint64_t *table = calloc(room, sizeof *table);

	CHECK(table != NULL);
	return table;
}

/* 0 marks what is free. */
static uint64_t key_of(uint64_t hash)
{
	return hash + (hash == 0);
}

static uint64_t *place_of(const struct hash_set *set, uint64_t key)
{
	size_t at = key % set->room;

	while (set->hashes[at] != 0 && set->hashes[at] != key)
		at = (at + 1) % set->room;
	return &set->hashes[at];
}

struct hash_set hash_set_make(size_t expected)
{
	return (struct hash_set){ .hashes = table_new(room_for(expected)), .room = room_for(expected) };
}

void hash_set_release(struct hash_set *set)
{
	free(set->hashes);
	*set = (struct hash_set){ 0 };
}

static void grow(struct hash_set *set)
{
	struct hash_set old = *set;

	set->room = room_for(2 * old.count);
	set->hashes = table_new(set->room);
	for (size_t i = 0; i < old.room; i++)
		if (old.hashes[i] != 0)
			*place_of(set, old.hashes[i]) = old.hashes[i];
	free(old.hashes);
}

bool hash_set_add(struct hash_set *set, uint64_t hash)
{
	uint64_t key = key_of(hash);

	if (room_for(set->count + 1) > set->room)
		grow(set);
	uint64_t *place = place_of(set, key);
	bool fresh = *place == 0;

	*place = key;
	set->count += fresh;
	return fresh;
}

bool hash_set_holds(const struct hash_set *set, uint64_t hash)
{
	return *place_of(set, key_of(hash)) != 0;
}
