#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_rows.h"
#include "payments/store_undo.h"
#include "payments/store_wanted.h"

/* What a batch's returns may take back. */

/* clang-format off */
/* Payments in the books that a return of one of these amounts may take back. */
#define ORIGINALS                                                                                                  \
	"items AS MATERIALIZED ("                                                                                  \
	"  SELECT i.id FROM " EACH("$5::text[]") LOOK_UP(                                                          \
		"SELECT o.id FROM ledger.open_item o "                                                             \
		"WHERE " KEY_IS("o.number_key", "o"))                                                              \
	"  UNION SELECT i.id FROM " EACH("$5::text[]") LOOK_UP(                                                    \
		"SELECT o.id FROM ledger.open_item o "                                                             \
		"WHERE " KEY_IS("o.creditor_ref", "o"))                                                            \
	"), candidates AS MATERIALIZED ("                                                                          \
	"  SELECT i.id, w.creditor FROM " EACH("$3::text[]") LOOK_UP(                                              \
		"SELECT p.id FROM payments.payment p WHERE p.creditor = w.creditor AND p.end_to_end_id = w.k")     \
	"  UNION SELECT i.id, w.creditor FROM " EACH("$4::text[]") LOOK_UP(                                        \
		"SELECT p.id FROM payments.payment p WHERE p.creditor = w.creditor AND p.mandate = w.k")           \
	"  UNION SELECT i.payment, w.creditor "                                                                    \
	"    FROM (SELECT id AS k, max($1::text) AS creditor FROM items GROUP BY 1) w "                            \
	LOOK_UP("SELECT a.payment FROM payments.allocation a WHERE a.creditor = w.creditor AND a.item = w.k")      \
	"), originals AS MATERIALIZED ("                                                                           \
	"  SELECT i.*, w.creditor AS owner FROM candidates w "                                                     \
	LOOK_UP("SELECT p.* FROM payments.payment p WHERE p.creditor = w.creditor AND p.id = w.id")                \
	"   WHERE i.state IN ('allocated', 'suggested', 'unapplied', 'unidentified') "                             \
	"     AND i.amount_minor = ANY ($2::bigint[])) "

/* With what they have settled. */
static const struct db_stmt ORIGINALS_LOAD = DB_STMT(
	"payments_originals_load",
	"WITH " ORIGINALS
	"SELECT i.id, i.amount_minor, i.currency, i.end_to_end_id, i.mandate, a.item, "
	"       a.amount_minor + a.discount_minor, n.number_key "
	"  FROM originals i "
	"  LEFT JOIN LATERAL (SELECT b.* FROM payments.allocation b WHERE b.creditor = i.owner AND b.payment = i.id "
	"                     AND b.state IN ('auto', 'confirmed') OFFSET 0) a ON true "
	"  LEFT JOIN LATERAL (SELECT o.number_key FROM ledger.open_item o "
	"                      WHERE o.creditor = i.owner AND o.id = a.item OFFSET 0) n ON true "
	" ORDER BY i.id");

static const struct db_stmt ORIGINALS_POSTINGS = DB_STMT(
	"payments_originals_postings", PAYMENT_POSTINGS(ORIGINALS ", ", "ARRAY(SELECT id FROM originals)"));
/* clang-format on */

/* ------------------------------------------------------------------ from the books */

struct err originals_ask(struct db_tx *tx, const struct desk *desk, struct batch *batch)
{
	struct arena *arena = batch->arena;
	const struct wanted *wanted = batch->wanted;

	if (wanted->return_count == 0)
		return OK;
	const struct db_param params[] = { db_text(desk->creditor),
					   db_int_array(arena, wanted->return_amounts, wanted->return_count),
					   db_key_array(arena, wanted->return_ids, wanted->return_id_count),
					   db_key_array(arena, wanted->return_mandates, wanted->return_mandate_count),
					   db_key_array(arena, wanted->return_keys, wanted->return_key_count) };
	size_t count = sizeof params / sizeof params[0];

	TRY(db_ask(tx, &ORIGINALS_LOAD, params, count, &batch->awaited.originals));
	return db_ask(tx, &ORIGINALS_POSTINGS, params, count, &batch->awaited.postings);
}

struct err originals_items_ask(struct db_tx *tx, struct db_tx *reads, const struct desk *desk, struct batch *batch)
{
	const struct db_rows *originals = &batch->awaited.originals;
	struct id *ids = NULL;
	size_t count = 0;

	TRY(db_await(tx, originals));
	for (int row = 0; row < originals->count; row++)
		if (!db_cell_null(originals, row, 5))
			*ARENA_PUSH(batch->arena, ids, count) = db_cell_id(originals, row, 5);
	TRY(db_await(tx, &batch->awaited.postings));
	return items_by_id_ask(reads, desk, batch->arena, ids, count, &batch->awaited.settled);
}

static bool taken_back(const struct batch *batch, struct id payment)
{
	for (size_t i = 0; i < batch->taken_back_count; i++)
		if (id_equal(batch->taken_back[i], payment))
			return true;
	return false;
}

/* A row an item settled; the rows of one payment stand together. */
static void originals_add(struct batch *batch, const struct db_rows *rows)
{
	struct arena *arena = batch->arena;
	struct settlement *settlement = NULL;

	for (int row = 0; row < rows->count; row++) {
		struct id id = db_cell_id(rows, row, 0);

		if (taken_back(batch, id))
			continue;
		if (!settlement || !id_equal(settlement->payment, id))
			settlement = open_items_add_settlement(
				&batch->items, &(struct settlement){ .payment = id,
								     .amount_minor = db_cell_int(rows, row, 1),
								     .currency = cell_currency(rows, row, 2),
								     .end_to_end_id = db_cell_copy(rows, row, 3, arena),
								     .mandate = db_cell_copy(rows, row, 4, arena) });
		if (db_cell_null(rows, row, 5))
			continue;
		struct open_item *item =
			open_items_find(&batch->items, db_cell_id(rows, row, 5), db_cell_text(rows, row, 7));

		CHECK(item);
		settlement_add_item(&batch->items, settlement, item, db_cell_int(rows, row, 6));
	}
}

/* The newest come last. */
static void carried_add(struct batch *batch)
{
	for (size_t i = 0; i < batch->carried_count; i++) {
		const struct carried *carried = &batch->carried[i];
		struct settlement *settlement = open_items_add_settlement(&batch->items, &carried->settlement);

		for (size_t k = 0; k < carried->item_count; k++)
			settlement_add_item(&batch->items, settlement, carried->items[k], carried->amounts_minor[k]);
	}
}

void originals_take(struct batch *batch)
{
	items_read(&batch->awaited.settled, batch);
	originals_add(batch, &batch->awaited.originals);
	carried_add(batch);
	payment_postings_read(&batch->awaited.postings, batch->arena, &batch->earlier);
	db_rows_release(&batch->awaited.settled);
	db_rows_release(&batch->awaited.originals);
	db_rows_release(&batch->awaited.postings);
}

/* ------------------------------------------------------------------ from the batch before */

static bool among(const char *const *sorted, size_t count, const char *text)
{
	return count > 0 && !text_empty(text) && bsearch(&text, sorted, count, sizeof *sorted, wanted_order) != NULL;
}

static bool amount_returned(const struct wanted *wanted, int64_t amount_minor)
{
	for (size_t i = 0; i < wanted->return_count; i++)
		if (wanted->return_amounts[i] == amount_minor)
			return true;
	return false;
}

/* A return may name it: as ORIGINALS has it. */
static bool named(const struct wanted *wanted, const struct payment_record *record)
{
	const struct decision *decision = &record->decision;

	if (among(wanted->return_ids, wanted->return_id_count, record->payment.end_to_end_id) ||
	    among(wanted->return_mandates, wanted->return_mandate_count, record->payment.mandate))
		return true;
	for (size_t i = 0; i < decision->allocation_count; i++) {
		const struct open_item *item = decision->allocations[i].item;

		if (among(wanted->return_keys, wanted->return_key_count, item->number_key) ||
		    among(wanted->return_keys, wanted->return_key_count, item->creditor_ref))
			return true;
	}
	return false;
}

static bool may_be_returned(enum payment_state state)
{
	return state == PAYMENT_ALLOCATED || state == PAYMENT_SUGGESTED || state == PAYMENT_UNAPPLIED ||
	       state == PAYMENT_UNIDENTIFIED;
}

static const char *keep(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text) : NULL;
}

static struct open_item *item_carry(struct batch *batch, const struct open_item *item)
{
	struct arena *arena = batch->arena;
	struct open_item own = *item;

	own.customer = open_items_owner(&batch->items, item->customer->id, arena_copy(arena, item->customer->number));
	own.number = arena_copy(arena, item->number);
	own.number_key = arena_copy(arena, item->number_key);
	own.creditor_ref = keep(arena, item->creditor_ref);
	own.mandate = keep(arena, item->mandate);
	own.next_of_customer = NULL;
	own.settled_by = NULL;
	return open_items_add(&batch->items, &own);
}

static void postings_carry(struct posting_batch *to, const struct posting_batch *from, struct id payment)
{
	for (size_t i = 0; i < from->entry_count; i++) {
		const struct posting_entry *entry = &from->entries[i];

		if (!id_equal(from->postings[entry->posting].source, payment))
			continue;
		if (i == 0 || from->entries[i - 1].posting != entry->posting)
			posting_open(to, from->postings[entry->posting]);
		posting_debit(to, entry->account, entry->subject, entry->currency, entry->amount_minor);
	}
}

static void carry(struct batch *batch, const struct batch *booked, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;
	const struct decision *decision = &record->decision;
	size_t count = decision->state == PAYMENT_ALLOCATED ? decision->allocation_count : 0;
	struct carried *carried = ARENA_PUSH(batch->arena, batch->carried, batch->carried_count);

	carried->settlement = (struct settlement){ .payment = payment->id,
						   .amount_minor = payment->amount_minor,
						   .currency = payment->currency,
						   .end_to_end_id = keep(batch->arena, payment->end_to_end_id),
						   .mandate = keep(batch->arena, payment->mandate) };
	carried->items = arena_array(batch->arena, count, sizeof(struct open_item *));
	carried->amounts_minor = arena_array(batch->arena, count, sizeof *carried->amounts_minor);
	for (size_t i = 0; i < count; i++) {
		const struct allocation *allocation = &decision->allocations[i];

		carried->items[i] = item_carry(batch, allocation->item);
		carried->amounts_minor[i] = allocation->amount_minor + allocation->discount_minor;
	}
	carried->item_count = count;
	postings_carry(&batch->earlier, &booked->postings, payment->id);
}

void originals_carry(struct batch *batch, const struct batch *booked)
{
	const struct wanted *wanted = batch->wanted;

	if (wanted->return_count == 0)
		return;
	for (size_t i = 0; i < booked->payment_count; i++)
		if (booked->payments[i].decision.original)
			*ARENA_PUSH(batch->arena, batch->taken_back, batch->taken_back_count) =
				booked->payments[i].decision.original->payment;
	for (size_t i = 0; i < booked->payment_count; i++) {
		const struct payment_record *record = &booked->payments[i];

		if (may_be_returned(record->decision.state) && amount_returned(wanted, record->payment.amount_minor) &&
		    named(wanted, record) && !taken_back(batch, record->payment.id))
			carry(batch, booked, record);
	}
}
