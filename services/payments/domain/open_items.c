#include "payments/domain/open_items.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

static struct asked *asked_make(struct arena *arena)
{
	struct asked *asked = arena_alloc(arena, sizeof *asked);

	asked->names.seen = key_map_make(arena);
	asked->numbers.seen = key_map_make(arena);
	asked->drawn_seen = key_map_make(arena);
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

struct plan *customer_plans(const struct open_items *items, struct customer *customer)
{
	if (items->planners && !key_filter_passes_hash(items->planners, id_hash(customer->id)))
		return NULL;
	customer_items(customer); /* the plans come with them */
	return customer->plans;
}

static bool amount_here(const struct customer *customer, int64_t open_minor)
{
	const struct amount_wanted *at = customer->amounts;

	while (at && at->open_minor != open_minor)
		at = at->next_of_customer;
	return !customer->partial || at != NULL;
}

static bool amount_known(const struct open_items *items, const struct customer *customer, int64_t open_minor)
{
	return !items->amounts || key_filter_passes_hash(items->amounts, open_amount_hash(customer->id, open_minor));
}

/* What the books have open on an item is not what an import has left of it. */
struct open_item *customer_items_of(const struct open_items *items, struct customer *customer, int64_t open_minor)
{
	struct asked *asked = customer->asked;

	if (items->moved && moved_items_in_part(items->moved, customer->id, open_minor))
		return customer_items(customer);
	if (!amount_here(customer, open_minor) && amount_known(items, customer, open_minor)) {
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

static void ask_for(const struct open_items *items, struct asked_texts *texts, const char *key)
{
	struct asked *asked = items->asked;

	if (!asked->lazily || !*key || key_map_find(&texts->seen, key))
		return;
	asked->missed = true;
	key_map_add(&texts->seen, key, NULL);
	*ARENA_PUSH(items->arena, texts->list, texts->count) = key;
}

const struct key_node *customers_named(const struct open_items *items, const char *name_key)
{
	ask_for(items, &items->asked->names, name_key);
	return key_map_find(&items->customer_names, name_key);
}

const struct key_node *customers_numbered(const struct open_items *items, const char *number_key,
					  unsigned long long hash)
{
	ask_for(items, &items->asked->numbers, number_key);
	return key_map_seek(&items->customer_numbers, number_key, hash);
}

static void ask_for_drawn(const struct open_items *items, const char *mandate, int64_t amount_minor)
{
	struct asked *asked = items->asked;

	for (const struct key_node *at = key_map_find(&asked->drawn_seen, mandate); at; at = key_map_next(at))
		if (((const struct drawn *)at->value)->amount_minor == amount_minor)
			return;
	struct drawn *drawn = arena_alloc(items->arena, sizeof *drawn);

	*drawn = (struct drawn){ mandate, amount_minor, asked->drawn };
	key_map_add(&asked->drawn_seen, mandate, drawn);
	asked->drawn = drawn;
	asked->missed = true;
}

const struct key_node *items_drawn(const struct open_items *items, const char *mandate, int64_t amount_minor)
{
	if (text_empty(mandate))
		return NULL;
	if (items->asked->lazily && amount_minor > 0)
		ask_for_drawn(items, mandate, amount_minor);
	return key_map_find(&items->by_mandate, mandate);
}

bool open_items_asked(const struct open_items *items)
{
	const struct asked *asked = items->asked;

	return asked->customers || asked->amounts || asked->unnamed || asked->names.count > 0 ||
	       asked->numbers.count > 0 || asked->drawn;
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
