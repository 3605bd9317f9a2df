#include "ledger/ledger_store.h"
#include "payments/debit.h"
#include "payments/domain/booking.h"
#include "payments/import_batch.h"
#include "payments/lump.h"
#include "payments/psp_payout.h"
#include "payments/refunds.h"
#include "payments/store_rule.h"

/* Batches are booked. What the payments of one name is looked up beside the transaction that books, while that books
 * the batch before it and the entries of the next are read: three work at once. Over one connection, one batch is
 * done with before the next begins. */

/* Leaves only the payments of entries that were not in the books. */
static void drop_known(struct importer *importer, struct batch *batch)
{
	size_t kept = 0, known = 0;

	for (size_t i = 0; i < batch->entry_count; i++) {
		const struct entry_record *entry = &batch->entries[i];

		known += entry->known;
		importer->statement.duplicates_minor += entry->known ? entry->amount_minor : 0;
		for (size_t k = 0; (!entry->known || entry->divided) && k < entry->payment_count; k++)
			batch->payments[kept++] = batch->payments[entry->payment_from + k];
	}
	batch->payment_count = kept;
	importer->statement.duplicates += (int64_t)known;
	importer->overlaps = known > batch->entry_count / 2;
}

static void number_allocations(struct importer *importer, const struct batch *batch, struct payment_record *record)
{
	size_t count = record->decision.allocation_count;

	record->allocation_ids = arena_array(batch->arena, count, sizeof *record->allocation_ids);
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

/* ------------------------------------------------------------------ looking up */

/* What the payments name. */
static struct err read_names(struct importer *importer, struct batch *batch)
{
	batch->items = open_items_make(batch->arena);
	batch->items.moved = importer->moved;
	if (importer->known)
		batch->items.planners = &importer->known->planners;
	/* What has been left open since they were read, only items.moved tells. */
	if (importer->known && importer->moved)
		batch->items.amounts = importer->known->amounts;
	for (size_t i = 0; i < batch->payment_count; i++) {
		remittance_read(batch->arena, &batch->payments[i].payment, &batch->payments[i].remittance);
		TRY(importer_pump(importer, i));
	}
	batch_wanted(batch);
	return OK;
}

static struct err look_up(struct importer *importer, struct batch *batch)
{
	TRY(named_ask(importer->reads, &importer->desk, batch));
	return db_push(importer->reads);
}

/* Of the payments, those whose decisions ask for more than is here, which is asked for in its turn. */
static struct err foresee(struct importer *importer, struct batch *batch)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->asking_count; i++) {
		const struct payment_record *record = &batch->payments[batch->asking[i]];
		struct match_rules rules = rules_of(importer, record);

		if (match_rehearse(batch->arena, &batch->items, &rules, &record->payment, &record->remittance))
			batch->asking[kept++] = batch->asking[i];
		TRY(importer_pump(importer, i));
	}
	batch->asking_count = kept;
	TRY(asked_ask(importer->reads, &importer->desk, batch));
	return db_push(importer->reads);
}

/* What returns may take back may be what the batch before has booked. */
static struct err look_up_originals(struct importer *importer, struct batch *batch)
{
	TRY(originals_ask(importer->tx, &importer->desk, batch));
	return db_push(importer->tx);
}

/* What is named has come. Read after the batch before is decided: what that moves is not in the rows. */
static struct err go_on(struct importer *importer, struct batch *batch)
{
	TRY(db_flush(importer->reads));
	named_take(batch);
	batch->asking = arena_array(batch->arena, batch->payment_count, sizeof *batch->asking);
	batch->asking_count = batch->payment_count;
	for (size_t i = 0; i < batch->payment_count; i++)
		batch->asking[i] = i;
	if (batch->overtaken)
		TRY(look_up_originals(importer, batch));
	return foresee(importer, batch);
}

static struct err originals_load(struct importer *importer, struct batch *batch)
{
	TRY(originals_items_ask(importer->tx, importer->reads, &importer->desk, batch));
	TRY(db_flush(importer->reads));
	originals_take(batch);
	return OK;
}

/* Until most of what decisions will ask for is here. */
static struct err look_up_rest(struct importer *importer, struct batch *batch)
{
	if (!batch->overtaken)
		TRY(originals_items_ask(importer->tx, importer->reads, &importer->desk, batch));
	TRY(asked_take(importer->reads, batch));
	if (!batch->overtaken)
		originals_take(batch);
	while (batch->asking_count > 0) {
		TRY(foresee(importer, batch));
		TRY(asked_take(importer->reads, batch));
	}
	return OK;
}

/* ------------------------------------------------------------------ deciding and booking */

static struct err decide(struct importer *importer, struct batch *batch, struct payment_record *record)
{
	struct match_rules rules = rules_of(importer, record);

	record->decision = match_decide(batch->arena, &batch->items, &rules, &record->payment, &record->remittance);
	while (open_items_asked(&batch->items)) {
		TRY(asked_ask(importer->reads, &importer->desk, batch));
		TRY(asked_take(importer->reads, batch));
		record->decision =
			match_decide(batch->arena, &batch->items, &rules, &record->payment, &record->remittance);
	}
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
					decision->allocations[k].item->customer->id,
					decision->allocations[k].item->open_minor);
		for (const struct settled_item *at = decision->original ? decision->original->items : NULL; at;
		     at = at->next)
			moved_items_reopen(moved, at->item->id, at->item->customer->id, at->item->open_minor);
	}
}

static struct err book(struct importer *importer, struct batch *batch)
{
	struct posting_batch *postings = &batch->postings;

	*postings = posting_batch_make(batch->arena);
	for (size_t i = 0; i < batch->payment_count; i++) {
		struct payment_record *record = &batch->payments[i];

		TRY(decide(importer, batch, record));
		book_payment(postings, &batch->earlier, &record->payment, &record->decision,
			     importer->statement.bank_account);
		number_allocations(importer, batch, record);
		tally(importer, record);
		TRY(importer_pump(importer, i));
	}
	note_moved(importer->moved, batch);
	if (!importer->alone)
		expect_items(postings, batch);
	TRY(posting_check(postings));
	TRY(ledger_post(importer->tx, importer->desk.creditor, postings));
	return db_push(importer->tx);
}

/* Entries that are in the books already go, with their payments. */
static struct err sift(struct importer *importer, struct batch *batch)
{
	if (batch->sifted)
		return OK;
	TRY(entries_taken(importer->tx, batch));
	TRY(lumps_divide(importer->tx, &importer->desk, importer->statement.bank_account, batch));
	drop_known(importer, batch);
	batch->sifted = true;
	return OK;
}

/* A batch whose lookups are done. */
static struct err settle(struct importer *importer, struct batch *batch)
{
	const char *trace_parent = importer->request->trace_parent;

	importer->tx->arena = batch->arena; /* what is told of a batch is forgotten with it */
	TRY(sift(importer, batch));
	if (batch->overtaken)
		TRY(originals_load(importer, batch));
	if (batch->payment_count == 0)
		return OK;
	TRY(book(importer, batch));
	/* Events are made while the database posts, rows while it takes the events. */
	TRY(batch_announce(importer->tx, &importer->desk, batch, trace_parent));
	TRY(db_push(importer->tx));
	TRY(batch_save(importer->tx, &importer->desk, batch));
	TRY(debit_follow(importer->tx, &importer->desk, batch, trace_parent));
	TRY(refunds_follow(importer->tx, &importer->desk, batch));
	TRY(psp_payouts_follow(importer->tx, &importer->desk, batch));
	return db_push(importer->tx); /* the database books while the next entries are read */
}

static void forget(struct batch *batch)
{
	batch_release(batch);
	arena_reset(batch->arena);
	*batch = (struct batch){ .arena = batch->arena };
}

/* `next` has been looked up beside it, or is NULL. */
static struct err settle_waiting(struct importer *importer, struct batch *next)
{
	struct batch *waiting = importer->waiting;

	importer->waiting = NULL;
	TRY(settle(importer, waiting));
	if (next)
		next->overtaken = importer->concerns.refunds || importer->concerns.payouts;
	if (next && !next->overtaken)
		originals_carry(next, waiting);
	forget(waiting);
	importer->tx->arena = importer->batch->arena;
	return OK;
}

/* ------------------------------------------------------------------ batch by batch */

/* Entries that may be our own direct debits have to be written out before anything is looked up, and where most entries
 * are known, few are. */
static bool sifted_first(const struct importer *importer)
{
	return importer->concerns.collections || importer->overlaps;
}

static struct err begin(struct importer *importer, struct batch *batch)
{
	size_t count = ++importer->batch_count;

	if (count > 1 && (count & (count - 1)) == 0)
		TRY(batches_grown(importer->tx));
	batch->concerns = importer->concerns;
	batch->known = importer->known;
	batch->payers = importer->payers;
	TRY(entries_ask(importer->tx, &importer->desk, &importer->statement, batch));
	TRY(db_push(importer->tx));
	if (sifted_first(importer))
		TRY(sift(importer, batch));
	return importer->concerns.collections ? debit_recognise(importer->tx, &importer->desk, batch) : OK;
}

static bool nothing_new(struct batch *batch)
{
	if (!batch->sifted || batch->payment_count > 0)
		return false;
	forget(batch);
	return true;
}

/* One after the other. */
static struct err book_alone(struct importer *importer, struct batch *batch)
{
	TRY(begin(importer, batch));
	if (nothing_new(batch))
		return OK;
	TRY(read_names(importer, batch));
	TRY(look_up(importer, batch));
	TRY(look_up_originals(importer, batch));
	TRY(go_on(importer, batch));
	TRY(look_up_rest(importer, batch));
	importer->waiting = batch;
	return settle_waiting(importer, NULL);
}

/* What the batch names is looked up while the one before it is decided; what its decisions ask for, while the next one
 * is read. */
static struct err book_in_turn(struct importer *importer, struct batch *batch)
{
	TRY(begin(importer, batch));
	if (nothing_new(batch))
		return OK;
	TRY(read_names(importer, batch));
	TRY(look_up_originals(importer, batch)); /* before the database has more to do */
	if (importer->waiting)
		TRY(look_up_rest(importer, importer->waiting));
	TRY(look_up(importer, batch));
	if (importer->waiting)
		TRY(settle_waiting(importer, batch));
	TRY(go_on(importer, batch));
	importer->waiting = batch;
	importer->batch = batch == importer->batches ? batch + 1 : importer->batches;
	importer->tx->arena = importer->batch->arena;
	return OK;
}

struct err batch_turn(struct importer *importer)
{
	struct batch *batch = importer->batch;

	if (batch->entry_count == 0)
		return OK;
	if (importer->reads == importer->tx || importer->concerns.collections)
		return book_alone(importer, batch);
	return book_in_turn(importer, batch);
}

struct err batches_finish(struct importer *importer)
{
	TRY(batch_turn(importer));
	if (!importer->waiting)
		return OK;
	TRY(look_up_rest(importer, importer->waiting));
	return settle_waiting(importer, NULL);
}
