#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/outbox.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/debit.h"
#include "payments/domain/key_map.h"
#include "payments/views.h"

#define RETRY_DAYS_DEFAULT 5

/* ------------------------------------------------------------------ a collection comes back */

/* Where no money came, the bank has not used the mandate either: the next collection is a first one again. */
static struct err mandate_follow(struct db_tx *tx, const struct desk *desk, const struct collection_record *collection,
				 enum return_action action, bool *blocked)
{
	struct mandate mandate;

	*blocked = false;
	TRY(mandate_get_by_id(tx, desk, collection->mandate, &mandate));
	if (id_zero(collection->payment))
		mandate_uncollected(&mandate);
	if (action == RETURN_BLOCK)
		*blocked = err_ok(mandate_move(&mandate, MANDATE_BLOCK, collection->reason));
	else if (action == RETURN_RETRY && mandate.state == MANDATE_USED)
		TRY(mandate_move(&mandate, MANDATE_GIVE_BACK, NULL));
	return mandate_update(tx, desk, &mandate);
}

static struct err tell(struct db_tx *tx, const struct desk *desk, const struct collection_record *collection,
		       bool blocked, const char *trace_parent)
{
	struct collection_view view = collection_view_of(tx->arena, collection);
	struct payload payload = wire_event_debit_returned(
		tx->arena, desk->creditor,
		&(struct returned_news){ .collection = &view,
					 .customer_id = id_text(tx->arena, collection->customer),
					 .mandate_blocked = blocked });

	return outbox_append(tx, &(struct event){ .creditor = desk->creditor,
						  .type = "relance.debit.returned.v1",
						  .subject = collection->invoice_number,
						  .time = desk->now,
						  .payload = payload.bytes,
						  .payload_length = payload.length,
						  .payload_type = payload.type,
						  .trace_parent = trace_parent });
}

struct err debit_came_back(struct db_tx *tx, const struct desk *desk, struct collection_record *collection,
			   const struct came_back *how)
{
	const struct return_reason *reason = return_reason_find(how->reason);
	bool told_before = collection->action != NULL, blocked;

	TRY(collection_move(&collection->state, how->state));
	collection->reason = how->reason ? how->reason : "";
	if (told_before) /* the statement repeats what the report has said */
		return collection_update(tx, desk, collection);
	struct debit_verdict verdict = debit_judge(reason, collection->attempt, how->on, how->retry_days);

	collection->action = return_action_name(verdict.action);
	collection->retry_on = verdict.retry_on;
	TRY(collection_update(tx, desk, collection));
	TRY(mandate_follow(tx, desk, collection, verdict.action, &blocked));
	return tell(tx, desk, collection, blocked, how->trace_parent);
}

/* ------------------------------------------------------------------ what the bank says in our words */

/* The end-to-end ids and batches that a statement's payments name. */
struct names {
	const char **ids, **batches;
	struct id *originals;
	size_t id_count, batch_count, original_count;
};

static struct names names_of(struct arena *arena, const struct batch *batch)
{
	struct names names = { 0 };

	for (size_t i = 0; i < batch->payment_count; i++) {
		const struct payment *payment = &batch->payments[i].payment;

		if (!text_empty(payment->end_to_end_id))
			*ARENA_PUSH(arena, names.ids, names.id_count) = payment->end_to_end_id;
		if (!text_empty(payment->instruction))
			*ARENA_PUSH(arena, names.batches, names.batch_count) = payment->instruction;
		if (batch->payments[i].decision.original)
			*ARENA_PUSH(arena, names.originals, names.original_count) =
				batch->payments[i].decision.original->payment;
	}
	return names;
}

struct book_of {
	struct collection_record *list;
	size_t count;
	struct key_map by_id, by_batch; /* struct collection_record */
};

static struct err book_load(struct db_tx *tx, const struct desk *desk, const struct names *names, struct book_of *book)
{
	*book = (struct book_of){ .by_id = key_map_make(tx->arena), .by_batch = key_map_make(tx->arena) };
	if (names->id_count + names->batch_count + names->original_count == 0)
		return OK;
	TRY(collections_find(tx, desk, names->ids, names->id_count, names->batches, names->batch_count,
			     names->originals, names->original_count, &book->list, &book->count));
	for (size_t i = 0; i < book->count; i++) {
		key_map_add(&book->by_id, book->list[i].end_to_end_id, &book->list[i]);
		key_map_add(&book->by_batch, book->list[i].batch, &book->list[i]);
	}
	return OK;
}

static struct collection_record *collection_by_id(const struct book_of *book, const char *end_to_end_id)
{
	const struct key_node *node = text_empty(end_to_end_id) ? NULL : key_map_find(&book->by_id, end_to_end_id);

	return node ? node->value : NULL;
}

/* The payment names its invoice, with the amount that we drew. */
static void name_invoice(struct arena *arena, struct payment *payment, const struct collection_record *collection)
{
	struct remitted_document *document = arena_alloc(arena, sizeof *document);

	*document = (struct remitted_document){ collection->invoice_number, collection->amount_minor };
	payment->documents = document;
	payment->document_count = 1;
}

/* The sum of a group's collections, all of them or those that were not rejected, is the booked amount. */
static bool sum_is(const struct key_node *node, int64_t amount_minor, bool with_rejected)
{
	int64_t sum = 0;

	for (; node; node = key_map_next(node)) {
		const struct collection_record *collection = node->value;

		if (!id_zero(collection->payment))
			return false; /* the group was booked before */
		if (with_rejected || collection->state != COLLECTION_REJECTED)
			sum += collection->amount_minor;
	}
	return sum == amount_minor;
}

static struct payment_record one_of_batch(struct batch *batch, const struct payment_record *whole, int32_t detail,
					  const struct collection_record *collection)
{
	struct payment_record one = *whole;

	one.payment.id = id_fresh();
	one.detail = detail;
	one.payment.amount_minor = collection->amount_minor;
	one.payment.end_to_end_id = collection->end_to_end_id;
	one.payment.mandate = collection->mandate_reference;
	one.payment.payer_name = collection->debtor_name;
	one.payment.payer_iban = collection->debtor_iban;
	one.payment.instruction = NULL;
	name_invoice(batch->arena, &one.payment, collection);
	return one;
}

static bool expand(struct batch *batch, const struct book_of *book, const struct payment_record *whole,
		   struct payment_record **list, size_t *count)
{
	const struct payment *payment = &whole->payment;
	const struct key_node *group =
		text_empty(payment->instruction) ? NULL : key_map_find(&book->by_batch, payment->instruction);
	bool with_rejected = sum_is(group, payment->amount_minor, true);
	int32_t detail = 0;

	if (!group || collection_by_id(book, payment->end_to_end_id) ||
	    (!with_rejected && !sum_is(group, payment->amount_minor, false)))
		return false;
	for (; group; group = key_map_next(group)) {
		const struct collection_record *collection = group->value;

		if (with_rejected || collection->state != COLLECTION_REJECTED)
			*ARENA_PUSH(batch->arena, *list, *count) = one_of_batch(batch, whole, ++detail, collection);
	}
	return true;
}

/* What a debit takes beyond the collection is the bank's charge for it. */
static void split_charge(struct batch *batch, const struct collection_record *collection, struct payment_record *record,
			 struct payment_record **list, size_t *count)
{
	int64_t charge = -record->payment.amount_minor - collection->amount_minor;

	if (charge <= 0 || !payment_is_return(&record->payment))
		return;
	struct payment_record *fee = ARENA_PUSH(batch->arena, *list, *count);

	*fee = *record;
	fee->payment.id = id_fresh();
	fee->payment.amount_minor = -charge;
	fee->payment.transaction_code = "PMNT/MDOP/CHRG";
	fee->payment.return_reason = NULL;
	fee->payment.reversal = false;
	fee->detail = record->detail + 1;
	record->payment.amount_minor = -collection->amount_minor;
}

struct err debit_recognise(struct db_tx *tx, const struct desk *desk, struct batch *batch)
{
	struct payment_record *list = NULL;
	struct book_of book;
	size_t count = 0;

	if (!batch->concerns.collections)
		return OK;
	struct names names = names_of(batch->arena, batch);

	TRY(book_load(tx, desk, &names, &book));
	if (book.count == 0)
		return OK;
	for (size_t i = 0; i < batch->payment_count; i++) {
		struct payment_record record = batch->payments[i];
		const struct collection_record *collection = collection_by_id(&book, record.payment.end_to_end_id);

		if (record.payment.amount_minor > 0 && expand(batch, &book, &record, &list, &count))
			continue;
		if (collection && record.payment.amount_minor > 0)
			name_invoice(batch->arena, &record.payment, collection);
		if (collection)
			split_charge(batch, collection, &record, &list, &count);
		*ARENA_PUSH(batch->arena, list, count) = record;
	}
	batch->payments = list;
	batch->payment_count = count;
	return OK;
}

/* ------------------------------------------------------------------ what became of it */

static struct err settle(struct db_tx *tx, const struct desk *desk, struct collection_record *collection,
			 const struct payment *payment)
{
	if (!err_ok(collection_move(&collection->state, COLLECTION_SETTLED)))
		return OK; /* settled before: the money is a second payment, which cash application judges */
	collection->payment = payment->id;
	collection->settled_on = payment->value_on;
	collection->reversible_until = debit_reversible_until(collection->scheme, payment->value_on);
	collection->reason = NULL;
	return collection_update(tx, desk, collection);
}

static struct collection_record *collection_of(const struct book_of *book, const struct payment_record *record)
{
	struct collection_record *named = collection_by_id(book, record->payment.end_to_end_id);
	const struct settlement *original = record->decision.original;

	for (size_t i = 0; !named && original && i < book->count; i++)
		if (id_equal(book->list[i].payment, original->payment))
			named = &book->list[i];
	return named;
}

/* The charge that was split off a return moves from clearing to bank charges. */
static struct err charge_book(struct db_tx *tx, const struct desk *desk, struct collection_record *collection,
			      const struct payment *payment)
{
	struct posting_batch postings = posting_batch_make(tx->arena);

	posting_open(&postings, (struct posting){ .id = id_fresh(),
						  .kind = "bank_charge",
						  .booked_on = payment->value_on,
						  .source = payment->id });
	posting_debit(&postings, ACCOUNT_BANK_CHARGES, (struct id){ 0 }, payment->currency, -payment->amount_minor);
	posting_credit(&postings, ACCOUNT_CLEARING, (struct id){ 0 }, payment->currency, -payment->amount_minor);
	TRY(posting_check(&postings));
	TRY(ledger_post(tx, desk->creditor, &postings));
	collection->bank_charge_minor += -payment->amount_minor;
	return OK;
}

static bool is_charge(const struct payment *payment)
{
	return payment->amount_minor < 0 && text_equal(payment->transaction_code, "PMNT/MDOP/CHRG");
}

static struct err follow_payment(struct db_tx *tx, const struct desk *desk, const struct payment_record *record,
				 struct collection_record *collection, struct came_back *how)
{
	const struct payment *payment = &record->payment;

	if (payment->amount_minor > 0)
		return settle(tx, desk, collection, payment);
	if (is_charge(payment))
		return charge_book(tx, desk, collection, payment);
	if (!payment_is_return(payment) || collection->state == COLLECTION_RETURNED)
		return OK;
	how->reason = payment->return_reason;
	how->on = payment->booked_on;
	return debit_came_back(tx, desk, collection, how);
}

static int retry_days(struct db_tx *tx, const struct desk *desk)
{
	struct debit_profile profile;

	return err_ok(debit_profile_get(tx, desk, &profile)) ? profile.retry_days : RETRY_DAYS_DEFAULT;
}

struct err debit_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch, const char *trace_parent)
{
	struct came_back how = { .state = COLLECTION_RETURNED, .trace_parent = trace_parent };
	struct book_of book;

	if (!batch->concerns.collections)
		return OK;
	struct names names = names_of(batch->arena, batch);

	TRY(book_load(tx, desk, &names, &book));
	if (book.count == 0)
		return OK;
	how.retry_days = retry_days(tx, desk);
	/* Charges stand before their returns, so that the event of the return tells them. */
	for (size_t i = 0; i < batch->payment_count; i++) {
		struct collection_record *collection = collection_of(&book, &batch->payments[i]);

		if (collection)
			TRY(follow_payment(tx, desk, &batch->payments[i], collection, &how));
	}
	return OK;
}
