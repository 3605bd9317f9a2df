#include "ledger/ledger_store.h"
#include "payments/debit.h"
#include "payments/domain/booking.h"
#include "payments/import_batch.h"
#include "payments/lump.h"
#include "payments/psp_payout.h"
#include "payments/refunds.h"
#include "payments/store_rule.h"

/* A batch is booked. What its payments name is looked up beside the transaction that books, and the next entries are
 * read while the database books these: three work at once. */

/* Leaves only the payments of entries that were not in the books. */
static void drop_known(struct importer *importer)
{
	struct batch *batch = &importer->batch;
	size_t kept = 0;

	for (size_t i = 0; i < batch->entry_count; i++) {
		const struct entry_record *entry = &batch->entries[i];

		importer->statement.duplicates += entry->known;
		importer->statement.duplicates_minor += entry->known ? entry->amount_minor : 0;
		for (size_t k = 0; (!entry->known || entry->divided) && k < entry->payment_count; k++)
			batch->payments[kept++] = batch->payments[entry->payment_from + k];
	}
	batch->payment_count = kept;
}

static void number_allocations(struct importer *importer, struct payment_record *record)
{
	size_t count = record->decision.allocation_count;

	record->allocation_ids = arena_array(importer->batch.arena, count, sizeof *record->allocation_ids);
	for (size_t i = 0; i < count; i++)
		record->allocation_ids[i] = importer_id(importer);
}

static void tally(struct importer *importer, const struct payment_record *record)
{
	struct import_result *result = importer->result;
	const struct decision *decision = &record->decision;
	size_t at = 0;

	while (at < result->tally_count && (result->tallies[at].state != decision->state ||
					    !currency_equal(result->tallies[at].currency, record->payment.currency)))
		at++;
	if (at == result->tally_count)
		*ARENA_PUSH(importer->file_arena, result->tallies, result->tally_count) =
			(struct tally){ .state = decision->state, .currency = record->payment.currency };
	result->tallies[at].count++;
	result->tallies[at].amount_minor += record->payment.amount_minor;
	for (size_t i = 0; decision->state == PAYMENT_ALLOCATED && i < decision->allocation_count; i++)
		result->tallies[at].allocated_minor += decision->allocations[i].cash_minor;
}

/* What the decisions stand on: known once all of the batch are made. */
static void expect_items(struct posting_batch *postings, const struct batch *batch)
{
	for (size_t i = 0; i < batch->payment_count; i++) {
		const struct decision *decision = &batch->payments[i].decision;

		for (size_t k = 0; decision->state == PAYMENT_ALLOCATED && k < decision->allocation_count; k++)
			posting_expect(postings, decision->allocations[k].item->id,
				       decision->allocations[k].item->open_minor);
	}
}

static struct match_rules rules_of(const struct importer *importer, const struct payment_record *record)
{
	return match_rules_find(importer->rules, importer->rule_count, record->payment.currency);
}

/* Most of what the decisions will ask for, read for all of them at once. */
static struct err foresee(struct importer *importer)
{
	struct batch *batch = &importer->batch;
	struct payment_record **asking =
		arena_array(batch->arena, batch->payment_count, sizeof(struct payment_record *));
	size_t count = batch->payment_count;

	for (size_t i = 0; i < count; i++)
		asking[i] = &batch->payments[i];
	while (count > 0) {
		size_t kept = 0;

		for (size_t i = 0; i < count; i++) {
			struct match_rules rules = rules_of(importer, asking[i]);

			if (match_rehearse(batch->arena, &batch->items, &rules, &asking[i]->payment,
					   &asking[i]->remittance))
				asking[kept++] = asking[i];
		}
		count = kept;
		TRY(asked_load(importer->reads, &importer->desk, batch));
	}
	return OK;
}

/* What the payments name, while the database books what came before. */
static struct err look_up(struct importer *importer, struct db_rows *originals)
{
	struct batch *batch = &importer->batch;

	batch->items = open_items_make(batch->arena);
	batch->items.moved = importer->moved;
	for (size_t i = 0; i < batch->payment_count; i++)
		remittance_read(batch->arena, &batch->payments[i].payment, &batch->payments[i].remittance);
	batch_wanted(batch);
	TRY(originals_ask(importer->tx, &importer->desk, batch, originals));
	TRY(db_push(importer->tx));
	TRY(batch_load_named(importer->reads, &importer->desk, batch));
	return foresee(importer);
}

static struct err decide(struct importer *importer, struct payment_record *record)
{
	struct batch *batch = &importer->batch;
	struct match_rules rules = rules_of(importer, record);

	do {
		TRY(asked_load(importer->reads, &importer->desk, batch));
		record->decision =
			match_decide(batch->arena, &batch->items, &rules, &record->payment, &record->remittance);
	} while (open_items_asked(&batch->items));
	match_carry(&batch->items, &record->payment, &record->decision);
	return OK;
}

/* Reads beside this transaction do not see what it books. */
static void note_moved(struct moved_items *moved, const struct batch *batch)
{
	for (size_t i = 0; moved && i < batch->payment_count; i++) {
		const struct decision *decision = &batch->payments[i].decision;

		for (size_t k = 0; decision->state == PAYMENT_ALLOCATED && k < decision->allocation_count; k++)
			moved_items_set(moved, decision->allocations[k].item->id,
					decision->allocations[k].item->open_minor);
		for (const struct settled_item *at = decision->original ? decision->original->items : NULL; at;
		     at = at->next)
			moved_items_reopen(moved, at->item->id, at->item->customer->id, at->item->open_minor);
	}
}

static struct err book(struct importer *importer, const struct db_rows *originals)
{
	struct batch *batch = &importer->batch;
	struct posting_batch postings = posting_batch_make(batch->arena), earlier = posting_batch_make(batch->arena);

	TRY(originals_load(importer->tx, importer->reads, &importer->desk, batch, originals, &earlier));
	for (size_t i = 0; i < batch->payment_count; i++) {
		struct payment_record *record = &batch->payments[i];

		TRY(decide(importer, record));
		book_payment(&postings, &earlier, &record->payment, &record->decision,
			     importer->statement.bank_account);
		number_allocations(importer, record);
		tally(importer, record);
	}
	note_moved(importer->moved, batch);
	if (!importer->alone)
		expect_items(&postings, batch);
	TRY(posting_check(&postings));
	TRY(ledger_post(importer->tx, importer->desk.creditor, &postings));
	return db_push(importer->tx);
}

/* The entries go into the books, and what their payments name is looked up meanwhile; unless some of them may be our
 * own direct debits, which have to be written out first. */
static struct err take(struct importer *importer, struct db_rows *originals)
{
	struct batch *batch = &importer->batch;
	DB_ROWS_SCOPE taken = { 0 };

	TRY(entries_ask(importer->tx, &importer->desk, importer->statement.bank_account, batch, &taken));
	TRY(db_push(importer->tx));
	TRY(concerns_load(importer->reads, &importer->desk, &batch->concerns));
	if (!batch->concerns.collections)
		TRY(look_up(importer, originals));
	TRY(db_flush(importer->tx));
	entries_taken(batch, &taken);
	TRY(lumps_divide(importer->tx, &importer->desk, importer->statement.bank_account, batch));
	drop_known(importer);
	if (!batch->concerns.collections || batch->payment_count == 0)
		return OK;
	TRY(debit_recognise(importer->tx, &importer->desk, batch));
	TRY(look_up(importer, originals));
	return db_flush(importer->tx);
}

struct err batch_book(struct importer *importer)
{
	struct batch *batch = &importer->batch;
	DB_ROWS_SCOPE originals = { 0 };

	if (batch->entry_count > 0)
		TRY(take(importer, &originals));
	if (batch->payment_count > 0) {
		TRY(book(importer, &originals));
		/* Events are made while the database posts, rows while it takes the events. */
		TRY(batch_announce(importer->tx, &importer->desk, batch, importer->request->trace_parent));
		TRY(db_push(importer->tx));
		TRY(batch_save(importer->tx, &importer->desk, batch));
		TRY(debit_follow(importer->tx, &importer->desk, batch, importer->request->trace_parent));
		TRY(refunds_follow(importer->tx, &importer->desk, batch));
		TRY(psp_payouts_follow(importer->tx, &importer->desk, batch));
	}
	TRY(db_push(importer->tx)); /* the database books while the next entries are read */
	arena_reset(batch->arena);
	*batch = (struct batch){ .arena = batch->arena, .known = batch->known };
	return OK;
}
