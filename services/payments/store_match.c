#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/domain/named.h"
#include "payments/store_payers.h"
#include "payments/store_plan.h"
#include "payments/store_rows.h"
#include "payments/store_wanted.h"

/* What a batch is matched against: only what it names. */

#define ITEM_COLUMNS                                                                                                   \
	"o.id, o.number, o.number_key, o.customer, o.customer_number, o.creditor_ref, o.mandate, o.currency, "         \
	"o.discount_until, o.amount_minor, o.open_minor, o.discount_minor, o.cancelled, o.due_on, "                    \
	"o.kind <> 'invoice' AS charge, o.disputed"
#define ITEM_OF "SELECT " ITEM_COLUMNS " FROM ledger.open_item o WHERE o.creditor = w.creditor AND "

/* clang-format off */
#define NAMED_BY(array, condition) "SELECT i.* FROM " EACH(array) LOOK_UP(ITEM_OF condition)

/* What is named, perhaps twice: $2 numbers, $3 references, $4 items that returns may reopen. */
static const struct db_stmt ITEMS_LOAD = DB_STMT_BINARY(
	"payments_items_load",
	NAMED_BY("$2::text[]", KEY_IS("o.number_key", "o"))
	"UNION ALL " NAMED_BY("$3::text[]", KEY_IS("o.creditor_ref", "o"))
	"UNION ALL " NAMED_BY("$4::uuid[]", "o.id = w.k"));

/* Of what is owed under mandates ($2): one item of each, which tells the customer, and those open with exactly the
 * amount drawn ($3). */
static const struct db_stmt DRAWN_ITEMS_LOAD = DB_STMT_BINARY(
	"payments_drawn_items_load",
	NAMED_BY("$2::text[]", "o.mandate = w.k AND o.open_minor + 0 > 0 LIMIT 1")
	"UNION ALL SELECT i.* FROM (SELECT m.k, m.amount, $1::text AS creditor "
	"   FROM unnest($2::text[], $3::bigint[]) AS m (k, amount) OFFSET 0) w "
	LOOK_UP(ITEM_OF "o.mandate = w.k AND o.open_minor + 0 = w.amount"));

/* All that customers ($2) owe. */
static const struct db_stmt CUSTOMER_ITEMS_LOAD = DB_STMT_BINARY(
	"payments_customer_items_load",
	"SELECT i.* FROM " EACH("$2::uuid[]") LOOK_UP(ITEM_OF "o.customer = w.k AND o.open_minor + 0 > 0"));

/* Of what customers ($2) owe, what is open with exactly an amount ($3). */
static const struct db_stmt EXACT_ITEMS_LOAD = DB_STMT_BINARY(
	"payments_exact_items_load",
	"SELECT i.* FROM (SELECT m.k, m.amount, $1::text AS creditor "
	"                 FROM unnest($2::uuid[], $3::bigint[]) AS m (k, amount) "
	"                 OFFSET 0) w " LOOK_UP(ITEM_OF "o.customer = w.k AND o.open_minor + 0 = w.amount"));

/* clang-format on */

int wanted_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void unique(const char **texts, size_t *count)
{
	size_t kept = 0;

	if (*count > 1)
		qsort(texts, *count, sizeof *texts, wanted_order);
	for (size_t i = 0; i < *count; i++)
		if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0)
			texts[kept++] = texts[i];
	*count = kept;
}

/* A key goes where it may be one of an item; false: nowhere. */
static bool want_key(struct arena *arena, const struct known_keys *known, const char *key, uint64_t hash,
		     struct wanted *wanted)
{
	bool number = !known || key_filter_passes_hash(&known->numbers, hash);
	bool reference = !known || key_filter_passes_hash(&known->references, hash);

	if (number)
		*ARENA_PUSH(arena, wanted->numbers, wanted->number_count) = key;
	if (reference)
		*ARENA_PUSH(arena, wanted->references, wanted->reference_count) = key;
	return number || reference;
}

static void want_references(struct arena *arena, const struct known_keys *known, struct remittance *remittance,
			    struct wanted *wanted)
{
	for (int i = 0; i < remittance->reading_count; i++)
		for (size_t k = 0; k < remittance->readings[i].count; k++) {
			struct reference *reference = &remittance->readings[i].references[k];

			reference->no_item = !want_key(arena, known, reference->key, reference->hash, wanted);
			reference->no_customer = known && !key_filter_passes_hash(&known->customers, reference->hash);
			if (reference->padded)
				want_key(arena, known, reference->padded, key_filter_hash(reference->padded), wanted);
		}
}

static void keep_known(const struct known_keys *known, const char **keys, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (!known || key_filter_passes(&known->numbers, keys[i]) ||
		    key_filter_passes(&known->references, keys[i]))
			keys[kept++] = keys[i];
	*count = kept;
}

static void want(struct arena *arena, const char ***texts, size_t *count, const char *text)
{
	if (!text_empty(text))
		*ARENA_PUSH(arena, *texts, *count) = text;
}

static void want_return(struct arena *arena, const struct payment_record *record, struct wanted *wanted)
{
	*ARENA_PUSH(arena, wanted->return_amounts, wanted->return_count) = -record->payment.amount_minor;
	want(arena, &wanted->return_ids, &wanted->return_id_count, record->payment.end_to_end_id);
	want(arena, &wanted->return_mandates, &wanted->return_mandate_count, record->payment.mandate);
	remittance_keys(arena, &record->remittance, &wanted->return_keys, &wanted->return_key_count);
}

void batch_wanted(struct batch *batch)
{
	struct arena *arena = batch->arena;
	struct wanted wanted = { 0 };

	for (size_t i = 0; i < batch->payment_count; i++) {
		struct payment_record *record = &batch->payments[i];
		const struct payment *payment = &record->payment;

		if (payment->amount_minor < 0 && !payment_is_return(payment))
			continue;
		want_references(arena, batch->known, &record->remittance, &wanted);
		want(arena, &wanted.ibans, &wanted.iban_count, payment->payer_iban);
		if (payment->amount_minor < 0)
			want_return(arena, record, &wanted);
	}
	keep_known(batch->known, wanted.return_keys, &wanted.return_key_count);
	unique(wanted.numbers, &wanted.number_count);
	unique(wanted.references, &wanted.reference_count);
	unique(wanted.ibans, &wanted.iban_count);
	unique(wanted.return_keys, &wanted.return_key_count);
	unique(wanted.return_ids, &wanted.return_id_count);
	unique(wanted.return_mandates, &wanted.return_mandate_count);
	batch->earlier = posting_batch_make(arena);
	batch->wanted = arena_alloc(arena, sizeof *batch->wanted);
	*batch->wanted = wanted;
}

/* ------------------------------------------------------------------ items and accounts */

static void item_read(const struct db_rows *rows, int row, struct arena *arena, struct open_items *items)
{
	struct customer *customer =
		open_items_owner(items, db_cell_id(rows, row, 3), db_cell_copy(rows, row, 4, arena));

	open_items_add(items, &(struct open_item){
				      .id = db_cell_id(rows, row, 0),
				      .customer = customer,
				      .number = db_cell_copy(rows, row, 1, arena),
				      .number_key = db_cell_copy(rows, row, 2, arena),
				      .creditor_ref = db_cell_copy(rows, row, 5, arena),
				      .mandate = db_cell_copy(rows, row, 6, arena),
				      .currency = cell_currency(rows, row, 7),
				      .due_on = db_cell_date(rows, row, 13),
				      .discount_until = db_cell_date(rows, row, 8),
				      .amount_minor = db_cell_int(rows, row, 9),
				      .open_minor = db_cell_int(rows, row, 10),
				      .discount_minor = db_cell_int(rows, row, 11),
				      .cancelled = db_cell_bool(rows, row, 12),
				      .charge = db_cell_bool(rows, row, 14),
				      .disputed = db_cell_bool(rows, row, 15),
			      });
}

void items_read(const struct db_rows *rows, struct batch *batch)
{
	for (int row = 0; row < rows->count; row++)
		item_read(rows, row, batch->arena, &batch->items);
}

struct err items_by_id_ask(struct db_tx *reads, const struct desk *desk, struct arena *arena, const struct id *ids,
			   size_t count, struct db_rows *rows)
{
	struct db_param none = db_key_array(arena, NULL, 0);

	return count == 0
		       ? OK
		       : db_ask(reads, &ITEMS_LOAD,
				DB_PARAMS(db_text(desk->creditor), none, none, db_id_array(arena, ids, count)), rows);
}

struct err named_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct arena *arena = batch->arena;
	const struct wanted *wanted = batch->wanted;

	batch->items.asked->lazily = true;
	TRY(db_ask(reads, &ITEMS_LOAD,
		   DB_PARAMS(db_text(desk->creditor), db_key_array(arena, wanted->numbers, wanted->number_count),
			     db_key_array(arena, wanted->references, wanted->reference_count),
			     db_id_array(arena, NULL, 0)),
		   &batch->awaited.named));
	return accounts_ask(reads, desk, batch);
}

void named_take(struct batch *batch)
{
	items_read(&batch->awaited.named, batch);
	db_rows_release(&batch->awaited.named);
	accounts_take(batch);
}

/* What this import has reopened, a list of what is owed does not have. */
static struct err reopened_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	const struct moved_items *moved = batch->items.moved;
	struct id *ids = NULL;
	size_t id_count = 0;

	for (const struct customer *asking = batch->items.asked->asking; moved && asking; asking = asking->next_wanted)
		for (const struct key_node *at = moved_items_reopened(moved, asking->id); at; at = key_map_next(at))
			*ARENA_PUSH(batch->arena, ids, id_count) = *(const struct id *)at->value;
	return items_by_id_ask(reads, desk, batch->arena, ids, id_count, &batch->awaited.reopened);
}

static struct err customer_items_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked *asked = batch->items.asked;
	struct id *ids = NULL;
	size_t count = 0;

	for (struct customer *customer = asked->customers; customer; customer = customer->next_wanted)
		*ARENA_PUSH(batch->arena, ids, count) = customer->id;
	asked->asking = asked->customers;
	asked->customers = NULL;
	if (count == 0)
		return OK;
	struct db_param customers = db_id_array(batch->arena, ids, count);

	TRY(db_ask(reads, &CUSTOMER_ITEMS_LOAD, DB_PARAMS(db_text(desk->creditor), customers), &batch->awaited.owed));
	TRY(reopened_ask(reads, desk, batch));
	return plans_ask(reads, desk, customers, &batch->awaited.plans);
}

static struct err exact_items_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked *asked = batch->items.asked;
	struct arena *arena = batch->arena;
	struct id *ids = NULL;
	int64_t *amounts = NULL;
	size_t count = 0;

	for (const struct amount_wanted *at = asked->amounts; at; at = at->next_wanted) {
		ids = arena_grow(arena, ids, count, sizeof *ids);
		ids[count] = at->customer->id;
		*ARENA_PUSH(arena, amounts, count) = at->open_minor;
	}
	asked->amounts = NULL;
	return count == 0 ? OK
			  : db_ask(reads, &EXACT_ITEMS_LOAD,
				   DB_PARAMS(db_text(desk->creditor), db_id_array(arena, ids, count),
					     db_int_array(arena, amounts, count)),
				   &batch->awaited.exact);
}

static struct err drawn_items_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	struct asked *asked = batch->items.asked;
	struct arena *arena = batch->arena;
	const char **mandates = NULL;
	int64_t *amounts = NULL;
	size_t count = 0;

	for (const struct drawn *at = asked->drawn; at; at = at->next_wanted) {
		mandates = arena_grow(arena, mandates, count, sizeof *mandates);
		mandates[count] = at->mandate;
		*ARENA_PUSH(arena, amounts, count) = at->amount_minor;
	}
	asked->drawn = NULL;
	return count == 0 ? OK
			  : db_ask(reads, &DRAWN_ITEMS_LOAD,
				   DB_PARAMS(db_text(desk->creditor), db_key_array(arena, mandates, count),
					     db_int_array(arena, amounts, count)),
				   &batch->awaited.drawn);
}

struct err asked_ask(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	TRY(bearers_ask(reads, desk, batch));
	TRY(customer_numbers_ask(reads, desk, batch));
	TRY(drawn_items_ask(reads, desk, batch));
	TRY(owners_ask(reads, desk, batch));
	TRY(exact_items_ask(reads, desk, batch));
	return customer_items_ask(reads, desk, batch);
}

struct err asked_take(struct db_tx *reads, struct batch *batch)
{
	struct awaited *awaited = &batch->awaited;
	struct asked *asked = batch->items.asked;

	TRY(db_flush(reads));
	bearers_take(batch);
	customer_numbers_take(batch);
	items_read(&awaited->drawn, batch);
	owners_take(batch);
	for (struct customer *customer = asked->asking; customer; customer = customer->next_wanted)
		customer->partial = customer->wanted = false;
	items_read(&awaited->owed, batch);
	items_read(&awaited->exact, batch);
	items_read(&awaited->reopened, batch);
	plans_take(&awaited->plans, batch->arena, &batch->items);
	db_rows_release(&awaited->drawn);
	db_rows_release(&awaited->owed);
	db_rows_release(&awaited->exact);
	db_rows_release(&awaited->reopened);
	db_rows_release(&awaited->plans);
	asked->asking = NULL;
	return OK;
}

static struct err asked_load(struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	TRY(asked_ask(reads, desk, batch));
	return asked_take(reads, batch);
}

/* What a decision on the payment could ask for first. */
static void foresee(const struct open_items *items, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;

	if (!text_empty(payment->payer_name))
		customers_named(items, text_normalise(items->arena, payment->payer_name));
	items_drawn(items, payment->mandate, payment->amount_minor);
	for (int i = 0; i < record->remittance.reading_count; i++)
		payers_collect(items, payment, &record->remittance.readings[i]);
}

struct err batch_load(struct db_tx *tx, const struct desk *desk, struct batch *batch)
{
	batch->items = open_items_make(batch->arena);
	batch_wanted(batch);
	TRY(originals_ask(tx, desk, batch));
	TRY(named_ask(tx, desk, batch));
	TRY(db_flush(tx));
	named_take(batch);
	TRY(originals_items_ask(tx, tx, desk, batch));
	TRY(db_flush(tx));
	originals_take(batch);
	for (size_t i = 0; i < batch->payment_count; i++)
		foresee(&batch->items, &batch->payments[i]);
	TRY(asked_load(tx, desk, batch));
	for (struct customer *customer = batch->items.newest; customer; customer = customer->older) {
		customer_items(customer);
		customer_name(customer);
	}
	return asked_load(tx, desk, batch);
}
