#include "payments/domain/hash_set.h"

#include <stdlib.h>

#include "common/base/check.h"

#define ROOM_LEAST 64
#define SLOT_BYTES 5
#define KEPT_BITS 40

static struct hash_table table_make(size_t expected)
{
	struct hash_table table = { .room = expected + expected / 4 + ROOM_LEAST };

	table.slots = calloc(table.room, SLOT_BYTES);
	CHECK(table.slots != NULL);
	return table;
}

static bool table_full(const struct hash_table *table)
{
	return table->count + table->count / 4 + ROOM_LEAST > table->room;
}

/* 0 marks what is free. */
static uint64_t kept_of(uint64_t hash)
{
	uint64_t kept = hash & ((UINT64_C(1) << KEPT_BITS) - 1);

	return kept + (kept == 0);
}

static uint64_t slot_read(const uint8_t *slot)
{
	uint64_t kept = 0;

	for (int i = 0; i < SLOT_BYTES; i++)
		kept |= (uint64_t)slot[i] << 8 * i;
	return kept;
}

static void slot_write(uint8_t *slot, uint64_t kept)
{
	for (int i = 0; i < SLOT_BYTES; i++)
		slot[i] = (uint8_t)(kept >> 8 * i);
}

/* Where it is, or where it would be. The place comes from the upper half of the hash, of which little is kept. */
static uint8_t *slot_of(const struct hash_table *table, uint64_t hash)
{
	uint64_t kept = kept_of(hash), there;
	size_t at = (size_t)((hash >> 32) * table->room >> 32);

	while ((there = slot_read(table->slots + at * SLOT_BYTES)) != 0 && there != kept)
		at = at + 1 < table->room ? at + 1 : 0;
	return table->slots + at * SLOT_BYTES;
}

struct hash_set hash_set_make(size_t expected)
{
	struct hash_set set = { .table_count = 1 };

	set.tables[0] = table_make(expected);
	return set;
}

void hash_set_release(struct hash_set *set)
{
	for (int i = 0; i < set->table_count; i++)
		free(set->tables[i].slots);
	*set = (struct hash_set){ 0 };
}

bool hash_set_add(struct hash_set *set, uint64_t hash)
{
	if (hash_set_holds(set, hash))
		return false;
	if (table_full(&set->tables[set->table_count - 1])) {
		CHECK(set->table_count < HASH_TABLES_MAX);
		set->tables[set->table_count] = table_make(2 * set->tables[set->table_count - 1].room);
		set->table_count++;
	}
	struct hash_table *newest = &set->tables[set->table_count - 1];

	slot_write(slot_of(newest, hash), kept_of(hash));
	newest->count++;
	return true;
}

bool hash_set_holds(const struct hash_set *set, uint64_t hash)
{
	for (int i = 0; i < set->table_count; i++)
		if (slot_read(slot_of(&set->tables[i], hash)) != 0)
			return true;
	return false;
}
