#include "payments/store_payers.h"

#include <string.h>

#include "common/base/text.h"
#include "payments/store_wanted.h"

#define PAYER_OF "SELECT c.id, c.number, c.name FROM invoicing.customer c WHERE c.creditor = w.creditor AND "

/* As the index customer_name_key has it. */
#define NAME_KEY(name) "upper(regexp_replace(" name ", '[^A-Za-z0-9]', '', 'g')) COLLATE \"C\""

#define OWES_ANYTHING                                                                                                  \
	" AND EXISTS (SELECT FROM ledger.open_item o WHERE o.creditor = c.creditor AND o.customer = c.id "             \
	"             AND o.open_minor + 0 > 0 OFFSET 0)"
#define BEARERS_MAX "9" /* one more than PAYERS_MAX: nobody goes through hundreds of a common name */

/* clang-format off */
/* Customers ($2). */
static const struct db_stmt OWNERS_LOAD = DB_STMT_BINARY(
	"payments_owners_load",
	"SELECT i.id, i.number, i.name FROM " EACH("$2::uuid[]") LOOK_UP(PAYER_OF "c.id = w.k"));

/* Customers who owe anything, by a number in the text ($2). */
static const struct db_stmt NUMBERS_LOAD = DB_STMT_BINARY(
	"payments_numbers_load",
	"SELECT i.id, i.number, i.name FROM " EACH("$2::text[]")
	LOOK_UP(PAYER_OF "c.number = w.k" OWES_ANYTHING) "ORDER BY 1");

/* The same by the whole name ($2), and who was learned to pay under it. */
static const struct db_stmt NAMES_LOAD = DB_STMT_BINARY(
	"payments_names_load",
	"SELECT w.k, i.id, i.number, i.name, false FROM " EACH("$2::text[]")
	LOOK_UP(PAYER_OF NAME_KEY("c.name") " = w.k" OWES_ANYTHING " LIMIT " BEARERS_MAX)
	"UNION ALL SELECT w.k, i.id, i.number, i.name, true FROM (SELECT p.name_key AS k, p.customer, p.creditor "
	"    FROM payments.payer_name p WHERE p.creditor = $1 AND p.name_key = ANY ($2::text[]) OFFSET 0) w "
	LOOK_UP(PAYER_OF "c.id = w.customer") "ORDER BY 2");

/* Whose accounts ($2) pay: their own, and what was learned. */
static const struct db_stmt ACCOUNTS_LOAD = DB_STMT_BINARY(
	"payments_accounts_load",
	"SELECT w.k, i.id, i.number, i.name, false FROM " EACH("$2::text[]") LOOK_UP(PAYER_OF KEY_IS("c.iban", "c"))
	"UNION ALL SELECT w.k, i.id, i.number, i.name, true FROM (SELECT p.iban AS k, p.customer, p.creditor "
	"    FROM payments.payer_account p WHERE p.creditor = $1 AND p.iban = ANY ($2::text[]) OFFSET 0) w "
	LOOK_UP(PAYER_OF "c.id = w.customer"));
/* clang-format on */

/* ------------------------------------------------------------------ what was told before */

/* Most payers of a large file come again. What is known of an account or a name is known to the file's end, as it was
 * when it was asked for first: nobody learns of payers while they are read. */
struct known_payer {
	struct id id;
	const char *number, *name;
	bool learned;
	struct known_payer *next;
};

struct known_key {
	struct known_payer *first, **end;
};

struct told {
	struct key_map keys; /* struct known_key */
	size_t left;         /* keys that there is room for */
};

struct payer_memory {
	struct told accounts, names;
};

struct payer_memory *payer_memory_make(struct arena *arena, size_t keys)
{
	struct payer_memory *memory = arena_alloc(arena, sizeof *memory);

	*memory = (struct payer_memory){ { key_map_make(arena), keys }, { key_map_make(arena), keys } };
	return memory;
}

/* An IBAN that nobody has, and a name that nobody bears, are worth remembering, too. */
static void remember_keys(struct told *told, const struct asked_keys *asked)
{
	for (size_t i = 0; i < asked->count && told->left != 0; i++) {
		struct known_key *key;

		if (key_map_find(&told->keys, asked->list[i]))
			continue;
		key = arena_alloc(told->keys.arena, sizeof *key);
		key->end = &key->first;
		key_map_add(&told->keys, arena_copy(told->keys.arena, asked->list[i]), key);
		told->left--;
	}
}

static void remember(struct told *told, const char *key, const struct known_payer *payer)
{
	const struct key_node *found = key_map_find(&told->keys, key);
	struct arena *arena = told->keys.arena;

	if (!found)
		return;
	struct known_key *known = found->value;
	struct known_payer *own = arena_alloc(arena, sizeof *own);

	*own = *payer;
	own->number = arena_copy(arena, payer->number);
	own->name = payer->name ? arena_copy(arena, payer->name) : NULL;
	*known->end = own;
	known->end = &own->next;
}

static struct customer *customer_of(struct batch *batch, const struct known_payer *payer)
{
	return open_items_customer(&batch->items, payer->id, payer->number, payer->name);
}

static void add_account(struct batch *batch, const char *iban, const struct known_payer *payer)
{
	open_items_add_account(&batch->items, iban, customer_of(batch, payer), payer->learned);
}

static void add_bearer(struct batch *batch, const char *name_key, const struct known_payer *payer)
{
	struct customer *customer = customer_of(batch, payer);

	if (payer->learned)
		open_items_add_name(&batch->items, name_key, customer);
}

/* Adds what is known of the keys, and leaves the others to be asked for. */
static struct asked_keys take_known(struct batch *batch, const struct told *told, const char **keys, size_t count,
				    void (*add)(struct batch *batch, const char *key, const struct known_payer *payer))
{
	struct asked_keys asked = { .list = arena_array(batch->arena, count, sizeof *asked.list) };

	for (size_t i = 0; i < count; i++) {
		const struct key_node *found = told ? key_map_find(&told->keys, keys[i]) : NULL;
		const struct known_key *known = found ? found->value : NULL;

		if (!known)
			asked.list[asked.count++] = keys[i];
		for (const struct known_payer *at = known ? known->first : NULL; at; at = at->next)
			add(batch, keys[i], at);
	}
	return asked;
}

static struct known_payer payer_read(const struct db_rows *rows, int row, int from, struct arena *arena)
{
	return (struct known_payer){ .id = db_cell_id(rows, row, from),
				     .number = db_cell_copy(rows, row, from + 1, arena),
				     .name = db_cell_copy(rows, row, from + 2, arena) };
}

/* Rows of a key, its payer, and whether that was learned. */
static void take_asked(struct batch *batch, struct db_rows *rows, struct asked_keys *asked, struct told *told,
		       void (*add)(struct batch *batch, const char *key, const struct known_payer *payer))
{
	if (told)
		remember_keys(told, asked);
	asked->count = 0;
	for (int row = 0; row < rows->count; row++) {
		const char *key = db_cell_copy(rows, row, 0, batch->arena);
		struct known_payer payer = payer_read(rows, row, 1, batch->arena);

		payer.learned = db_cell_bool(rows, row, 4);
		add(batch, key, &payer);
		if (told)
			remember(told, key, &payer);
	}
	db_rows_release(rows);
}

/* ------------------------------------------------------------------ accounts */

struct err accounts_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	const struct wanted *wanted = batch->wanted;

	batch->asked_accounts = take_known(batch, batch->payers ? &batch->payers->accounts : NULL, wanted->ibans,
					   wanted->iban_count, add_account);
	return db_ask(reads, &ACCOUNTS_LOAD,
		      DB_PARAMS(db_text(desk->creditor),
				db_key_array(batch->arena, batch->asked_accounts.list, batch->asked_accounts.count)),
		      &batch->awaited.accounts);
}

void accounts_take(struct batch *batch)
{
	take_asked(batch, &batch->awaited.accounts, &batch->asked_accounts,
		   batch->payers ? &batch->payers->accounts : NULL, add_account);
}

/* ------------------------------------------------------------------ numbers and names */

struct err customer_numbers_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked_texts *numbers = &batch->items.asked->numbers;
	struct db_param keys = db_key_array(batch->arena, numbers->list, numbers->count);
	bool any = numbers->count > 0;

	numbers->count = 0;
	return any ? db_ask(reads, &NUMBERS_LOAD, DB_PARAMS(db_text(desk->creditor), keys), &batch->awaited.numbers)
		   : OK;
}

static void customers_take(struct db_rows *rows, struct batch *batch)
{
	for (int row = 0; row < rows->count; row++) {
		struct known_payer payer = payer_read(rows, row, 0, batch->arena);

		customer_of(batch, &payer);
	}
	db_rows_release(rows);
}

void customer_numbers_take(struct batch *batch)
{
	customers_take(&batch->awaited.numbers, batch);
}

struct err bearers_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked *asked = batch->items.asked;

	batch->asked_names = take_known(batch, batch->payers ? &batch->payers->names : NULL, asked->names.list,
					asked->names.count, add_bearer);
	asked->names.count = 0;
	return batch->asked_names.count == 0
		       ? OK
		       : db_ask(reads, &NAMES_LOAD,
				DB_PARAMS(db_text(desk->creditor), db_key_array(batch->arena, batch->asked_names.list,
										batch->asked_names.count)),
				&batch->awaited.bearers);
}

void bearers_take(struct batch *batch)
{
	take_asked(batch, &batch->awaited.bearers, &batch->asked_names, batch->payers ? &batch->payers->names : NULL,
		   add_bearer);
}

struct err owners_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked *asked = batch->items.asked;
	struct id *ids = NULL;
	size_t count = 0;

	for (struct customer *customer = asked->unnamed; customer; customer = customer->next_name_wanted)
		*ARENA_PUSH(batch->arena, ids, count) = customer->id;
	asked->naming = asked->unnamed;
	asked->unnamed = NULL;
	return count == 0 ? OK
			  : db_ask(reads, &OWNERS_LOAD,
				   DB_PARAMS(db_text(desk->creditor), db_id_array(batch->arena, ids, count)),
				   &batch->awaited.owners);
}

void owners_take(struct batch *batch)
{
	struct asked *asked = batch->items.asked;

	customers_take(&batch->awaited.owners, batch);
	for (struct customer *customer = asked->naming; customer; customer = customer->next_name_wanted)
		customer->unnamed = customer->name_wanted = false; /* nor is there one, where none has come */
	asked->naming = NULL;
}
