#ifndef PAYMENTS_MOVED_ITEMS_H
#define PAYMENTS_MOVED_ITEMS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/id.h"
#include "payments/domain/hash_set.h"
#include "payments/domain/key_map.h"

/* What an import has left open on the items that it has moved, for reads that do not see its transaction. Nearly every
 * item that a bank file moves is settled then: a hash each (hash_set.h); of the others, all. In a file of a million
 * payments, an item that is still open is taken for settled once in 300,000 files; its payment then waits for a
 * person. */

struct moved_item {
	struct id id; /* zero: free */
	int64_t open_minor;
};

struct moved_items {
	struct hash_set settled;
	struct hash_set in_part;   /* open_amount_hash of those that are still open */
	struct moved_item *others; /* open addressing */
	size_t other_room, other_count;
	struct arena *arena;
	struct key_map reopened; /* struct id of an item that returns have reopened, by its customer's id as text */
};

#define MOVED_ITEMS_SCOPE __attribute__((cleanup(moved_items_release))) struct moved_items

/* Room for `expected` settled items; grows beyond. What is reopened is kept in `arena`. */
struct moved_items moved_items_make(struct arena *arena, size_t expected);
void moved_items_release(struct moved_items *moved);

void moved_items_set(struct moved_items *moved, struct id item, struct id customer, int64_t open_minor);

/* True if an item of the customer was moved and left open with exactly that, which is not what the books have; perhaps
 * it has been moved again since. */
bool moved_items_in_part(const struct moved_items *moved, struct id customer, int64_t open_minor);

/* The same for all items of a customer with as much open on them. */
unsigned long long open_amount_hash(struct id customer, int64_t open_minor);

/* moved_items_set for an item that was settled before: lists of what its customer owes do not have it. */
void moved_items_reopen(struct moved_items *moved, struct id item, struct id customer, int64_t open_minor);

/* What is open on an item on which the books have `open_minor`. */
int64_t moved_items_open(const struct moved_items *moved, struct id item, int64_t open_minor);

/* The first of a customer's reopened items, or NULL; then key_map_next. */
const struct key_node *moved_items_reopened(const struct moved_items *moved, struct id customer);

#endif
