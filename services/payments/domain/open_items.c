#include "payments/domain/open_items.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

static struct asked *asked_make(struct arena *arena)
{
	struct asked *asked = arena_alloc(arena, sizeof *asked);

	asked->names_seen = key_map_make(arena);
	return asked;
}

struct open_items open_items_make(struct arena *arena)
{
	return (struct open_items){
		.arena = arena,
		.asked = asked_make(arena),
		.by_number = key_map_make(arena),
		.by_reference = key_map_make(arena),
		.by_mandate = key_map_make(arena),
		.customers = key_map_make(arena),
		.customer_numbers = key_map_make(arena),
		.customer_names = key_map_make(arena),
		.accounts = key_map_make(arena),
		.settlements = key_map_make(arena),
		.mandate_settlements = key_map_make(arena),
	};
}

struct customer *open_items_owner(struct open_items *items, struct id id, const char *number)
{
	char text[ID_TEXT_BYTES];
	const struct key_node *found = key_map_find(&items->customers, id_format(id, text));

	if (found)
		return found->value;
	struct customer *customer = arena_alloc(items->arena, sizeof *customer);

	*customer = (struct customer){ .id = id,
				       .number = number,
				       .older = items->newest,
				       .partial = items->asked->lazily,
				       .unnamed = true,
				       .asked = items->asked };
	items->newest = customer;
	key_map_add(&items->customers, arena_copy(items->arena, text), customer);
	key_map_add(&items->customer_numbers, text_normalise(items->arena, number), customer);
	return customer;
}

struct customer *open_items_customer(struct open_items *items, struct id id, const char *number, const char *name)
{
	struct customer *customer = open_items_owner(items, id, number);

	if (!customer->unnamed)
		return customer;
	customer->unnamed = customer->name_wanted = false;
	customer->name = name;
	if (!text_empty(name))
		key_map_add(&items->customer_names, text_normalise(items->arena, name), customer);
	return customer;
}

struct plan *open_items_add_plan(struct open_items *items, struct id customer)
{
	char text[ID_TEXT_BYTES];
	const struct key_node *found = key_map_find(&items->customers, id_format(customer, text));
	struct plan *plan = arena_alloc(items->arena, sizeof *plan);

	CHECK(found);
	struct customer *owner = found->value;

	plan->next = owner->plans;
	owner->plans = plan;
	return plan;
}

struct open_item *open_items_find(const struct open_items *items, struct id id, const char *number_key)
{
	for (const struct key_node *at = key_map_find(&items->by_number, number_key); at; at = key_map_next(at)) {
		struct open_item *item = at->value;

		if (id_equal(item->id, id))
			return item;
	}
	return NULL;
}

struct open_item *customer_items(struct customer *customer)
{
	struct asked *asked = customer->asked;

	asked->missed = asked->missed || customer->partial;
	if (customer->partial && !customer->wanted) {
		customer->wanted = true;
		customer->next_wanted = asked->customers;
		asked->customers = customer;
	}
	return customer->items;
}

static bool amount_here(const struct customer *customer, int64_t open_minor)
{
	const struct amount_wanted *at = customer->amounts;

	while (at && at->open_minor != open_minor)
		at = at->next_of_customer;
	return !customer->partial || at != NULL;
}

/* What the books have open on an item is not what an import has left of it. */
struct open_item *customer_items_of(const struct open_items *items, struct customer *customer, int64_t open_minor)
{
	struct asked *asked = customer->asked;

	if (items->moved && moved_items_in_part(items->moved, customer->id))
		return customer_items(customer);
	if (!amount_here(customer, open_minor)) {
		struct amount_wanted *wanted = arena_alloc(items->arena, sizeof *wanted);

		*wanted = (struct amount_wanted){ .customer = customer,
						  .open_minor = open_minor,
						  .next_of_customer = customer->amounts,
						  .next_wanted = asked->amounts };
		customer->amounts = asked->amounts = wanted;
		asked->missed = true;
	}
	return customer->items;
}

const char *customer_name(struct customer *customer)
{
	struct asked *asked = customer->asked;

	asked->missed = asked->missed || customer->unnamed;
	if (customer->unnamed && !customer->name_wanted) {
		customer->name_wanted = true;
		customer->next_name_wanted = asked->unnamed;
		asked->unnamed = customer;
	}
	return customer->name;
}

const struct key_node *customers_named(const struct open_items *items, const char *name_key)
{
	struct asked *asked = items->asked;

	if (asked->lazily && *name_key && !key_map_find(&asked->names_seen, name_key)) {
		asked->missed = true;
		key_map_add(&asked->names_seen, name_key, NULL);
		*ARENA_PUSH(items->arena, asked->names, asked->name_count) = name_key;
	}
	return key_map_find(&items->customer_names, name_key);
}

bool open_items_asked(const struct open_items *items)
{
	return items->asked->customers || items->asked->amounts || items->asked->unnamed ||
	       items->asked->name_count > 0;
}

static bool due_later(const struct open_item *a, const struct open_item *b)
{
	int order = date_compare(a->due_on, b->due_on);

	return order != 0 ? order > 0 : memcmp(&a->id, &b->id, sizeof a->id) > 0;
}

static void link_item(struct customer *customer, struct open_item *item)
{
	struct open_item **at = &customer->items;

	while (*at && due_later(*at, item))
		at = &(*at)->next_of_customer;
	item->next_of_customer = *at;
	*at = item;
}

struct open_item *open_items_add(struct open_items *items, const struct open_item *item)
{
	struct open_item *own = open_items_find(items, item->id, item->number_key);

	if (own)
		return own;
	own = arena_alloc(items->arena, sizeof *own);
	*own = *item;
	if (items->moved)
		own->open_minor = moved_items_open(items->moved, item->id, item->open_minor);
	link_item(own->customer, own);
	key_map_add(&items->by_number, own->number_key, own);
	if (!text_empty(own->creditor_ref))
		key_map_add(&items->by_reference, own->creditor_ref, own);
	if (!text_empty(own->mandate))
		key_map_add(&items->by_mandate, own->mandate, own);
	return own;
}

void open_items_add_account(struct open_items *items, const char *iban, struct customer *customer, bool learned)
{
	struct payer_account *account = arena_alloc(items->arena, sizeof *account);

	*account = (struct payer_account){ .customer = customer, .learned = learned };
	key_map_add(&items->accounts, iban, account);
}

void open_items_add_name(struct open_items *items, const char *name_key, struct customer *customer)
{
	key_map_add(&items->customer_names, name_key, customer);
}

struct settlement *open_items_add_settlement(struct open_items *items, const struct settlement *settlement)
{
	struct settlement *own = arena_alloc(items->arena, sizeof *own);

	*own = *settlement;
	if (!text_empty(own->end_to_end_id))
		key_map_add(&items->settlements, own->end_to_end_id, own);
	if (!text_empty(own->mandate))
		key_map_add(&items->mandate_settlements, own->mandate, own);
	return own;
}

void settlement_add_item(struct open_items *items, struct settlement *settlement, struct open_item *item,
			 int64_t amount_minor)
{
	struct settled_item *settled = arena_alloc(items->arena, sizeof *settled);

	*settled = (struct settled_item){ .item = item,
					  .amount_minor = amount_minor,
					  .settlement = settlement,
					  .next = settlement->items,
					  .next_of_item = item->settled_by };
	settlement->items = settled;
	item->settled_by = settled;
}

bool open_item_owed(const struct open_item *item)
{
	return item->open_minor > 0 && !item->cancelled;
}
