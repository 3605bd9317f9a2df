#include "payments/domain/moved_items.h"

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

static uint64_t hash_of(struct id id)
{
	uint64_t hash = text_hash_quick(id.bytes, sizeof id.bytes);

	return hash + (hash == 0);
}

static uint64_t *settled_find(const struct moved_items *moved, uint64_t hash)
{
	size_t at = hash % moved->settled_room;

	while (moved->settled[at] != 0 && moved->settled[at] != hash)
		at = (at + 1) % moved->settled_room;
	return &moved->settled[at];
}

static struct moved_item *other_find(const struct moved_items *moved, struct id id)
{
	size_t at = hash_of(id) % moved->other_room;

	while (!id_zero(moved->others[at].id) && !id_equal(moved->others[at].id, id))
		at = (at + 1) % moved->other_room;
	return &moved->others[at];
}

struct moved_items moved_items_make(struct arena *arena, size_t expected)
{
	struct moved_items made = { .settled_room = room_for(expected),
				    .other_room = ROOM_LEAST,
				    .arena = arena,
				    .reopened = key_map_make(arena) };

	made.settled = table_new(made.settled_room, sizeof *made.settled);
	made.others = table_new(made.other_room, sizeof *made.others);
	return made;
}

void moved_items_release(struct moved_items *moved)
{
	free(moved->settled);
	free(moved->others);
	*moved = (struct moved_items){ 0 };
}

static void settled_grow(struct moved_items *moved)
{
	struct moved_items old = *moved;

	moved->settled_room = room_for(2 * old.settled_count);
	moved->settled = table_new(moved->settled_room, sizeof *moved->settled);
	for (size_t i = 0; i < old.settled_room; i++)
		if (old.settled[i] != 0)
			*settled_find(moved, old.settled[i]) = old.settled[i];
	free(old.settled);
}

static void others_grow(struct moved_items *moved)
{
	struct moved_items old = *moved;

	moved->other_room = room_for(2 * old.other_count);
	moved->others = table_new(moved->other_room, sizeof *moved->others);
	for (size_t i = 0; i < old.other_room; i++)
		if (!id_zero(old.others[i].id))
			*other_find(moved, old.others[i].id) = old.others[i];
	free(old.others);
}

static void settle(struct moved_items *moved, struct id item)
{
	if (room_for(moved->settled_count + 1) > moved->settled_room)
		settled_grow(moved);
	uint64_t hash = hash_of(item), *settled = settled_find(moved, hash);

	moved->settled_count += *settled == 0;
	*settled = hash;
}

/* What stands among the others counts, whatever the hashes say. */
void moved_items_set(struct moved_items *moved, struct id item, int64_t open_minor)
{
	struct moved_item *other = other_find(moved, item);

	if (id_zero(other->id) && open_minor == 0) {
		settle(moved, item);
		return;
	}
	if (id_zero(other->id)) {
		if (room_for(moved->other_count + 1) > moved->other_room) {
			others_grow(moved);
			other = other_find(moved, item);
		}
		moved->other_count++;
		other->id = item;
	}
	other->open_minor = open_minor;
}

void moved_items_reopen(struct moved_items *moved, struct id item, struct id customer, int64_t open_minor)
{
	struct id *kept = arena_alloc(moved->arena, sizeof *kept);
	char text[ID_TEXT_BYTES];

	moved_items_set(moved, item, open_minor);
	*kept = item;
	key_map_add(&moved->reopened, arena_copy(moved->arena, id_format(customer, text)), kept);
}

int64_t moved_items_open(const struct moved_items *moved, struct id item, int64_t open_minor)
{
	const struct moved_item *other = other_find(moved, item);

	if (!id_zero(other->id))
		return other->open_minor;
	return *settled_find(moved, hash_of(item)) != 0 ? 0 : open_minor;
}

const struct key_node *moved_items_reopened(const struct moved_items *moved, struct id customer)
{
	char text[ID_TEXT_BYTES];

	return key_map_find(&moved->reopened, id_format(customer, text));
}
