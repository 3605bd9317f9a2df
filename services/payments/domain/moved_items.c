#include "payments/domain/moved_items.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define ROOM_LEAST 64
#define IN_PART_OF 16 /* one item in so many is paid in part */

/* Open addressing, four fifths full at most. */
static size_t room_for(size_t count)
{
	return count + count / 4 + ROOM_LEAST;
}

static struct moved_item *table_new(size_t room)
{
	struct moved_item *table = calloc(room, sizeof *table);

	CHECK(table != NULL);
	return table;
}

unsigned long long open_amount_hash(struct id customer, int64_t open_minor)
{
	char bytes[sizeof customer + sizeof open_minor];

	memcpy(bytes, &customer, sizeof customer);
	memcpy(bytes + sizeof customer, &open_minor, sizeof open_minor);
	return text_hash_quick(bytes, sizeof bytes);
}

static struct moved_item *other_find(const struct moved_items *moved, struct id id)
{
	size_t at = id_hash(id) % moved->other_room;

	while (!id_zero(moved->others[at].id) && !id_equal(moved->others[at].id, id))
		at = (at + 1) % moved->other_room;
	return &moved->others[at];
}

struct moved_items moved_items_make(struct arena *arena, size_t expected)
{
	return (struct moved_items){ .settled = hash_set_make(expected),
				     .in_part = hash_set_make(expected / IN_PART_OF),
				     .others = table_new(ROOM_LEAST),
				     .other_room = ROOM_LEAST,
				     .arena = arena,
				     .reopened = key_map_make(arena) };
}

void moved_items_release(struct moved_items *moved)
{
	hash_set_release(&moved->settled);
	hash_set_release(&moved->in_part);
	free(moved->others);
	*moved = (struct moved_items){ 0 };
}

static void others_grow(struct moved_items *moved)
{
	struct moved_items old = *moved;

	moved->other_room = room_for(2 * old.other_count);
	moved->others = table_new(moved->other_room);
	for (size_t i = 0; i < old.other_room; i++)
		if (!id_zero(old.others[i].id))
			*other_find(moved, old.others[i].id) = old.others[i];
	free(old.others);
}

/* What stands among the others counts, whatever the hashes say. */
void moved_items_set(struct moved_items *moved, struct id item, struct id customer, int64_t open_minor)
{
	struct moved_item *other = other_find(moved, item);

	if (open_minor != 0)
		hash_set_add(&moved->in_part, open_amount_hash(customer, open_minor));
	if (id_zero(other->id) && open_minor == 0) {
		hash_set_add(&moved->settled, id_hash(item));
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

	moved_items_set(moved, item, customer, open_minor);
	*kept = item;
	key_map_add(&moved->reopened, arena_copy(moved->arena, id_format(customer, text)), kept);
}

bool moved_items_in_part(const struct moved_items *moved, struct id customer, int64_t open_minor)
{
	return hash_set_holds(&moved->in_part, open_amount_hash(customer, open_minor));
}

int64_t moved_items_open(const struct moved_items *moved, struct id item, int64_t open_minor)
{
	const struct moved_item *other = other_find(moved, item);

	if (!id_zero(other->id))
		return other->open_minor;
	return hash_set_holds(&moved->settled, id_hash(item)) ? 0 : open_minor;
}

const struct key_node *moved_items_reopened(const struct moved_items *moved, struct id customer)
{
	char text[ID_TEXT_BYTES];

	return key_map_find(&moved->reopened, id_format(customer, text));
}
