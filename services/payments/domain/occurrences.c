#include "payments/domain/occurrences.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define ROOM_LEAST 64

/* Open addressing, four fifths full at most. */
static size_t room_for(size_t count)
{
	return count + count / 4 + ROOM_LEAST;
}

static struct occurrence *table_new(size_t room)
{
	struct occurrence *table = calloc(room, sizeof *table);

	CHECK(table != NULL);
	return table;
}

static struct occurrence *again_find(const struct occurrences *occurrences, uint64_t hash)
{
	size_t at = hash % occurrences->again_room;

	while (occurrences->again[at].hash != 0 && occurrences->again[at].hash != hash)
		at = (at + 1) % occurrences->again_room;
	return &occurrences->again[at];
}

struct occurrences occurrences_make(size_t expected)
{
	return (struct occurrences){ .once = hash_set_make(expected),
				     .again = table_new(ROOM_LEAST),
				     .again_room = ROOM_LEAST };
}

void occurrences_release(struct occurrences *occurrences)
{
	hash_set_release(&occurrences->once);
	free(occurrences->again);
	*occurrences = (struct occurrences){ 0 };
}

static void again_grow(struct occurrences *occurrences)
{
	struct occurrences old = *occurrences;

	occurrences->again_room = room_for(2 * old.again_count);
	occurrences->again = table_new(occurrences->again_room);
	for (size_t i = 0; i < old.again_room; i++)
		if (old.again[i].hash != 0)
			*again_find(occurrences, old.again[i].hash) = old.again[i];
	free(old.again);
}

static int32_t count_again(struct occurrences *occurrences, uint64_t hash)
{
	if (room_for(occurrences->again_count + 1) > occurrences->again_room)
		again_grow(occurrences);
	struct occurrence *again = again_find(occurrences, hash);

	if (again->hash == 0) {
		*again = (struct occurrence){ .hash = hash, .count = 1 };
		occurrences->again_count++;
	}
	return (int32_t)++again->count;
}

int32_t occurrences_next(struct occurrences *occurrences, const void *key, size_t length)
{
	uint64_t hash = text_hash_quick(key, length);

	hash += hash == 0;
	return hash_set_add(&occurrences->once, hash) ? 1 : count_again(occurrences, hash);
}
