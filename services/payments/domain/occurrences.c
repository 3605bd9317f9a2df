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

static void *table_new(size_t room, size_t bytes_each)
{
	void *table = calloc(room, bytes_each);

	CHECK(table != NULL);
	return table;
}

static uint64_t *once_find(const struct occurrences *occurrences, uint64_t hash)
{
	size_t at = hash % occurrences->once_room;

	while (occurrences->once[at] != 0 && occurrences->once[at] != hash)
		at = (at + 1) % occurrences->once_room;
	return &occurrences->once[at];
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
	struct occurrences made = { .once_room = room_for(expected), .again_room = ROOM_LEAST };

	made.once = table_new(made.once_room, sizeof *made.once);
	made.again = table_new(made.again_room, sizeof *made.again);
	return made;
}

void occurrences_release(struct occurrences *occurrences)
{
	free(occurrences->once);
	free(occurrences->again);
	*occurrences = (struct occurrences){ 0 };
}

static void once_grow(struct occurrences *occurrences)
{
	struct occurrences old = *occurrences;

	occurrences->once_room = room_for(2 * old.once_count);
	occurrences->once = table_new(occurrences->once_room, sizeof *occurrences->once);
	for (size_t i = 0; i < old.once_room; i++)
		if (old.once[i] != 0)
			*once_find(occurrences, old.once[i]) = old.once[i];
	free(old.once);
}

static void again_grow(struct occurrences *occurrences)
{
	struct occurrences old = *occurrences;

	occurrences->again_room = room_for(2 * old.again_count);
	occurrences->again = table_new(occurrences->again_room, sizeof *occurrences->again);
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

int32_t occurrences_next(struct occurrences *occurrences, const char *key)
{
	uint64_t hash = text_hash_quick(key, strlen(key));

	hash += hash == 0;
	if (room_for(occurrences->once_count + 1) > occurrences->once_room)
		once_grow(occurrences);
	uint64_t *once = once_find(occurrences, hash);

	if (*once == hash)
		return count_again(occurrences, hash);
	*once = hash;
	occurrences->once_count++;
	return 1;
}
