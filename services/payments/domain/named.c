#include "payments/domain/named.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/domain/likeness.h"

#define WEAK_BYTES_MAX 5 /* "1047" is an invoice number, and a house number, and a year */

/* A reference that is one of ours. */
struct hit {
	const struct reference *reference;
	struct open_item *item;
	bool doubtful;
};

struct hits {
	struct hit *list;
	size_t count;
};

/* Lower is better. */
static int source_rank(enum reference_source source)
{
	switch (source) {
	case SOURCE_STRUCTURED:
	case SOURCE_DOCUMENT:
		return 0;
	case SOURCE_RF_TEXT:
		return 1;
	case SOURCE_TEXT:
	case SOURCE_ABBREVIATED:
		return 2;
	case SOURCE_END_TO_END:
		return 3;
	}
	return 4;
}

/* Of several items with one key: the open one in the payment's currency, then the one of its amount. */
static struct open_item *choose(const struct key_node *node, const struct payment *payment, bool *doubtful)
{
	struct open_item *best = NULL;
	int best_score = -1, best_count = 0;

	for (; node; node = key_map_next(node)) {
		struct open_item *item = node->value;
		bool owed = open_item_owed(item) && currency_equal(item->currency, payment->currency);
		int score = owed + (owed && item->open_minor == payment->amount_minor);

		best_count = score == best_score ? best_count + 1 : score > best_score ? 1 : best_count;
		if (score > best_score) {
			best_score = score;
			best = item;
		}
	}
	*doubtful = best_count > 1 && best_score > 0;
	return best;
}

static struct open_item *look_up(const struct open_items *items, const struct payment *payment, const char *key,
				 unsigned long long hash, bool *doubtful)
{
	const struct key_node *node = key_map_seek(&items->by_number, key, hash);

	if (!node)
		node = key_map_seek(&items->by_reference, key, hash);
	return choose(node, payment, doubtful);
}

static int better_hit_first(const void *a, const void *b)
{
	const struct reference *x = ((const struct hit *)a)->reference, *y = ((const struct hit *)b)->reference;
	int rank = source_rank(x->source) - source_rank(y->source);

	if (rank != 0)
		return rank;
	if (x->to - x->from != y->to - y->from)
		return (y->to - y->from) - (x->to - x->from);
	return x->from - y->from;
}

static int text_order(const void *a, const void *b)
{
	const struct reference *x = ((const struct hit *)a)->reference, *y = ((const struct hit *)b)->reference;
	int rank = source_rank(x->source) - source_rank(y->source);

	return rank != 0 ? rank : x->from - y->from;
}

static bool overlaps(const struct hits *kept, const struct reference *reference)
{
	for (size_t i = 0; i < kept->count; i++) {
		const struct reference *other = kept->list[i].reference;

		if (reference->from < other->to && other->from < reference->to)
			return true;
	}
	return false;
}

/* All hits, the longest where they overlap, in the order of sources and of the text. */
static struct hits find_hits(struct arena *arena, const struct open_items *items, const struct payment *payment,
			     const struct reading *reading)
{
	struct hits all = { 0 }, kept = { 0 };

	for (size_t i = 0; i < reading->count; i++) {
		const struct reference *reference = &reading->references[i];
		bool doubtful = false;

		if (reference->source == SOURCE_ABBREVIATED || reference->no_item)
			continue;
		struct open_item *item = look_up(items, payment, reference->key, reference->hash, &doubtful);

		if (item)
			*ARENA_PUSH(arena, all.list, all.count) = (struct hit){ reference, item, doubtful };
	}
	if (all.count > 1)
		qsort(all.list, all.count, sizeof *all.list, better_hit_first);
	for (size_t i = 0; i < all.count; i++)
		if (!overlaps(&kept, all.list[i].reference))
			*ARENA_PUSH(arena, kept.list, kept.count) = all.list[i];
	if (kept.count > 1)
		qsort(kept.list, kept.count, sizeof *kept.list, text_order);
	return kept;
}

static bool contains(struct open_item *const *list, size_t count, const struct open_item *item)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == item)
			return true;
	return false;
}

static void add_item(struct open_item **list, size_t *count, struct open_item *item)
{
	if (*count < NAMED_MAX && !contains(list, *count, item))
		list[(*count)++] = item;
}

/* Short, or put together from digits that may have been something else. */
static bool weak_hit(const struct reference *reference)
{
	bool digits_only = strspn(reference->key, "0123456789") == strlen(reference->key);

	return reference->source != SOURCE_STRUCTURED && reference->source != SOURCE_DOCUMENT &&
	       (strlen(reference->key) <= WEAK_BYTES_MAX ||
		(digits_only && reference->to - reference->from > 1 && strlen(reference->key) < 9));
}

/* The end alone, where the rest of the numbers differs too (F25/05/000080/139 for F25/06/000139): the only item that
 * the customer owes whose number ends so, zeros before it not counted. */
static struct open_item *by_end(struct customer *customer, const struct payment *payment, const char *end)
{
	struct open_item *only = NULL;
	size_t length = strlen(end);

	for (struct open_item *item = customer_items(customer); item; item = item->next_of_customer) {
		size_t at = strlen(item->number_key);

		if (!open_item_owed(item) || !currency_equal(item->currency, payment->currency) || at <= length ||
		    !text_ends(item->number_key, end) || strchr("123456789", item->number_key[at - length - 1]))
			continue;
		if (only)
			return NULL;
		only = item;
	}
	return only;
}

static struct open_item *abbreviated_item(const struct open_items *items, const struct payment *payment,
					  struct customer *customer, const struct reference *reference)
{
	bool doubtful;
	struct open_item *item = look_up(items, payment, reference->key, reference->hash, &doubtful);

	if (reference->whole)
		return item && item->customer == customer ? item : NULL;
	if (item && open_item_owed(item))
		return item;
	const char *padding = reference->padded;
	struct open_item *padded =
		padding ? look_up(items, payment, padding, text_hash_quick(padding, strlen(padding)), &doubtful) : NULL;

	if (padded && open_item_owed(padded))
		return padded;
	struct open_item *ending = by_end(customer, payment, reference->end);

	return ending ? ending : item;
}

static void add_abbreviated(const struct open_items *items, const struct payment *payment,
			    const struct reading *reading, const struct hit *base, struct named *named)
{
	int place = 0;

	for (size_t i = 0; i < reading->count; i++) {
		const struct reference *reference = &reading->references[i];

		if (reference->source != SOURCE_ABBREVIATED || reference->from != base->reference->from ||
		    strcmp(reference->base, base->reference->key) != 0 || reference->place != place)
			continue;
		struct open_item *item = abbreviated_item(items, payment, base->item->customer, reference);

		if (!item)
			return;
		add_item(named->abbreviated, &named->abbreviated_count, item);
		place++;
	}
}

/* Named in full is more than named by its end. */
static void drop_named_in_full(struct named *named)
{
	size_t kept = 0;

	for (size_t i = 0; i < named->abbreviated_count; i++)
		if (!contains(named->items, named->count, named->abbreviated[i]))
			named->abbreviated[kept++] = named->abbreviated[i];
	named->abbreviated_count = kept;
}

void named_collect(struct arena *arena, const struct open_items *items, const struct payment *payment,
		   const struct reading *reading, struct named *named)
{
	struct hits hits = find_hits(arena, items, payment, reading);

	named->count = named->abbreviated_count = named->other_count = 0;
	named->structured = named->weak = named->doubtful = false;
	for (size_t i = 0; i < hits.count; i++) {
		const struct hit *hit = &hits.list[i];
		int rank = source_rank(hit->reference->source);

		if (rank != source_rank(hits.list[0].reference->source)) {
			if (!contains(named->items, named->count, hit->item))
				add_item(named->others, &named->other_count, hit->item);
			continue;
		}
		add_item(named->items, &named->count, hit->item);
		named->structured = rank <= 1;
		named->weak = named->weak || weak_hit(hit->reference);
		named->doubtful = named->doubtful || hit->doubtful;
		if (hit->reference->source == SOURCE_TEXT)
			add_abbreviated(items, payment, reading, hit, named);
	}
	drop_named_in_full(named);
}

bool named_holds(const struct named *named, const struct open_item *item)
{
	return contains(named->items, named->count, item) ||
	       contains(named->abbreviated, named->abbreviated_count, item) ||
	       contains(named->others, named->other_count, item);
}

/* ------------------------------------------------------------------ the payer */

static bool number_in_text(const struct reading *reading, const char *customer_number)
{
	char key[NUMBER_BYTES_MAX + 1];
	size_t length = 0;

	for (const char *at = customer_number; *at && length < NUMBER_BYTES_MAX; at++)
		if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z'))
			key[length++] = *at;
		else if (*at >= 'a' && *at <= 'z')
			key[length++] = (char)(*at - 'a' + 'A');
	key[length] = '\0';
	for (size_t i = 0; i < reading->count; i++)
		if (reading->references[i].source == SOURCE_TEXT && strcmp(reading->references[i].key, key) == 0)
			return true;
	return false;
}

static bool mandate_of(const struct open_items *items, const struct payment *payment, const struct customer *customer)
{
	const struct key_node *node = items_drawn(items, payment->mandate, payment->amount_minor);

	for (; node; node = key_map_next(node))
		if (((const struct open_item *)node->value)->customer == customer)
			return true;
	return false;
}

static bool account_of(const struct key_node *account, const struct customer *customer)
{
	for (; account; account = key_map_next(account))
		if (((const struct payer_account *)account->value)->customer == customer)
			return true;
	return false;
}

static bool name_of(const struct key_node *node, const struct customer *customer)
{
	for (; node; node = key_map_next(node))
		if (node->value == customer)
			return true;
	return false;
}

/* Customers of exactly that name. */
static const struct key_node *bearers(const struct open_items *items, const char *name)
{
	const char *key = text_empty(name) ? NULL : text_normalise(items->arena, name);

	return text_empty(key) ? NULL : customers_named(items, key);
}

bool pays_for_another(const struct open_items *items, const struct payment *payment, const struct customer *customer)
{
	return !text_empty(payment->ultimate_name) && !name_of(bearers(items, payment->ultimate_name), customer);
}

static bool same_name(const struct open_items *items, const char *a, const char *b)
{
	const char *key = text_normalise(items->arena, a);

	return !text_empty(key) && strcmp(key, text_normalise(items->arena, b)) == 0;
}

/* A likeness is the weakest witness: it says nothing where the account or the whole name is another customer's. */
enum witness payer_witness(const struct open_items *items, const struct payment *payment, const struct reading *reading,
			   struct customer *customer)
{
	const struct key_node *account =
		text_empty(payment->payer_iban) ? NULL : key_map_find(&items->accounts, payment->payer_iban);

	if (account_of(account, customer))
		return WITNESS_ACCOUNT;
	if (name_of(bearers(items, payment->ultimate_name), customer))
		return WITNESS_ULTIMATE;
	if (mandate_of(items, payment, customer))
		return WITNESS_MANDATE;
	if (number_in_text(reading, customer->number))
		return WITNESS_NUMBER;
	bool names = !text_empty(payment->payer_name) && !text_empty(customer_name(customer));

	if (names && same_name(items, payment->payer_name, customer->name))
		return WITNESS_NAME;
	const struct key_node *namesakes = names ? bearers(items, payment->payer_name) : NULL;

	if (name_of(namesakes, customer))
		return WITNESS_NAME;
	if (account || namesakes)
		return WITNESS_AGAINST;
	if (names && name_alike(payment->payer_name, customer->name))
		return WITNESS_LIKE_NAME;
	return names ? WITNESS_AGAINST : WITNESS_SILENT;
}

bool witness_for(enum witness witness)
{
	return witness > WITNESS_SILENT;
}

const char *witness_words(enum witness witness)
{
	static const char *const WORDS[WITNESS_COUNT] = {
		[WITNESS_AGAINST] = "somebody else pays",
		[WITNESS_SILENT] = "",
		[WITNESS_LIKE_NAME] = "the payer's name is alike",
		[WITNESS_NAME] = "the payer's name agrees",
		[WITNESS_NUMBER] = "the customer number agrees",
		[WITNESS_MANDATE] = "the mandate agrees",
		[WITNESS_ULTIMATE] = "paid for this customer, as the payer says",
		[WITNESS_ACCOUNT] = "the payer's account agrees",
	};

	CHECK(witness < WITNESS_COUNT);
	return WORDS[witness];
}

struct customer *payer_by_account(const struct open_items *items, const struct payment *payment, bool *learned)
{
	const struct key_node *node =
		text_empty(payment->payer_iban) ? NULL : key_map_find(&items->accounts, payment->payer_iban);
	struct customer *only = NULL;

	*learned = true;
	for (; node; node = key_map_next(node)) {
		const struct payer_account *account = node->value;

		if (only && only != account->customer)
			return NULL;
		only = account->customer;
		*learned = *learned && account->learned;
	}
	return only;
}

void payers_add(struct payers *payers, struct customer *customer)
{
	for (size_t i = 0; i < payers->count; i++)
		if (payers->list[i] == customer)
			return;
	if (payers->count < PAYERS_MAX)
		payers->list[payers->count++] = customer;
}

static void add_bearers(struct payers *payers, const struct key_node *node)
{
	for (; node; node = key_map_next(node))
		payers_add(payers, node->value);
}

struct payers payers_collect(const struct open_items *items, const struct payment *payment,
			     const struct reading *reading)
{
	struct payers payers = { 0 };

	if (!text_empty(payment->payer_iban))
		for (const struct key_node *at = key_map_find(&items->accounts, payment->payer_iban); at;
		     at = key_map_next(at))
			payers_add(&payers, ((const struct payer_account *)at->value)->customer);
	for (size_t i = 0; i < reading->count; i++)
		if (reading->references[i].source == SOURCE_TEXT && !reading->references[i].no_customer)
			add_bearers(&payers,
				    customers_numbered(items, reading->references[i].key, reading->references[i].hash));
	add_bearers(&payers, bearers(items, payment->ultimate_name));
	add_bearers(&payers, bearers(items, payment->payer_name));
	return payers;
}
