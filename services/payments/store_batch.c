#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db_records.h"
#include "payments/store_undo.h"

/* A batch on its way in: one statement a table, whatever the number of rows. */

#define ENTRIES_INSERTED                                                                                               \
	"INSERT INTO payments.entry (creditor, id, bank_account, statement, number, line, booked_on, value_on, "       \
	"currency, amount_minor, bank_ref, bank_key, occurrence) "                                                     \
	"SELECT $1, e.id, $2, e.statement, e.number, e.line, e.booked_on, e.value_on, e.currency, e.amount_minor, "    \
	"       e.bank_ref, e.bank_key, e.occurrence FROM unnest($3::payments.new_entry[]) AS e "

/* Entries that are there already stay as they are, and are not returned; none is there of days after $4. To have the
 * server resolve conflicts (ON CONFLICT) costs as much as two more indexes. */
static const struct db_stmt ENTRIES_INSERT = DB_STMT_BINARY(
	"payments_entries_insert", ENTRIES_INSERTED
	" WHERE e.booked_on > $4 OR NOT EXISTS (SELECT FROM payments.entry x WHERE x.creditor = $1 "
	"       AND x.bank_account = $2 AND x.booked_on = e.booked_on AND x.amount_minor = e.amount_minor "
	"       AND x.bank_key = e.bank_key AND x.occurrence = e.occurrence OFFSET 0) RETURNING id");

/* The same where all days are after that. */
static const struct db_stmt NEW_ENTRIES_INSERT = DB_STMT("payments_new_entries_insert", ENTRIES_INSERTED);

static const struct db_stmt PAYMENTS_INSERT = DB_STMT(
	"payments_payments_insert",
	"INSERT INTO payments.payment (creditor, id, entry, detail, entry_ref, booked_on, value_on, currency, "
	"amount_minor, remittance, creditor_ref, end_to_end_id, mandate, payer_name, payer_iban, transaction_code, "
	"return_reason, state, rule, evidence, customer, customer_number, rest_minor, rounding_minor, original) "
	"SELECT $1, p.id, p.entry, p.detail, p.entry_ref, p.booked_on, p.value_on, p.currency, p.amount_minor, "
	"       p.remittance, p.creditor_ref, p.end_to_end_id, p.mandate, p.payer_name, p.payer_iban, "
	"       p.transaction_code, p.return_reason, p.state, p.rule, p.evidence, p.customer, p.customer_number, "
	"       p.rest_minor, p.rounding_minor, p.original FROM unnest($2::payments.new_payment[]) AS p");

static const struct db_stmt ALLOCATIONS_INSERT = DB_STMT(
	"payments_allocations_insert",
	"INSERT INTO payments.allocation (creditor, id, payment, item, invoice_number, customer_number, currency, "
	"amount_minor, cash_minor, discount_minor, relief, alternative, state, rule, confidence, evidence, posting) "
	"SELECT $1, a.id, a.payment, a.item, a.invoice_number, a.customer_number, a.currency, a.amount_minor, "
	"       a.cash_minor, a.discount_minor, a.relief, a.alternative, a.state, a.rule, a.confidence, a.evidence, "
	"       a.posting FROM unnest($2::payments.new_allocation[]) AS a");

#define ENTRY_COLUMNS 11
#define PAYMENT_COLUMN_COUNT 24
#define ALLOCATION_RECORD_COLUMNS 16

/* One plan serves many batches: to plan each takes as long as fifty entries. Rows are found by their index, however
 * little the server knows of tables that fill within the transaction. */
static const struct db_stmt PLAN_ONCE = DB_STMT(
	"payments_plan_once", "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), "
			      "       set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)");

/* Of several indexes, the best one is known once the table has some size. */
static const struct db_stmt PLAN_ANEW = DB_STMT("payments_plan_anew", "DISCARD PLANS");

/* Refused with "payment.returned" where another import has taken one of them back meanwhile. */
static const struct db_stmt PAYMENTS_RETURNED =
	DB_STMT("payments_payments_returned", "SELECT payments.take_back($1, $2::uuid[])");

static const struct db_stmt ALLOCATIONS_RETURNED = DB_STMT(
	"payments_allocations_returned",
	"UPDATE payments.allocation SET state = CASE state WHEN 'suggested' THEN 'withdrawn' ELSE 'returned' END "
	"WHERE creditor = $1 AND payment = ANY ($2::uuid[]) AND state IN ('auto', 'confirmed', 'suggested')");

static const struct db_stmt CONCERNS = DB_STMT(
	"payments_concerns", "SELECT EXISTS (SELECT FROM payments.collection WHERE creditor = $1), "
			     "       EXISTS (SELECT FROM payments.refund WHERE creditor = $1 AND state = 'owed'), "
			     "       EXISTS (SELECT FROM payments.psp_payout WHERE creditor = $1 AND payment IS NULL)");

struct err batches_begin(struct db_tx *tx)
{
	return db_exec(tx, &PLAN_ONCE, DB_NO_PARAMS);
}

struct err batches_grown(struct db_tx *tx)
{
	return db_exec(tx, &PLAN_ANEW, DB_NO_PARAMS);
}

struct err concerns_load(struct db_tx *tx, const struct desk *desk, struct concerns *concerns)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CONCERNS, DB_PARAMS(db_text(desk->creditor)), &rows));
	*concerns =
		(struct concerns){ db_cell_bool(&rows, 0, 0), db_cell_bool(&rows, 0, 1), db_cell_bool(&rows, 0, 2) };
	return OK;
}

void batch_release(struct batch *batch)
{
	struct awaited *awaited = &batch->awaited;
	struct db_rows *const all[] = { &awaited->entries,  &awaited->named,    &awaited->accounts, &awaited->bearers,
					&awaited->numbers,  &awaited->drawn,    &awaited->owners,   &awaited->owed,
					&awaited->exact,    &awaited->reopened, &awaited->plans,    &awaited->originals,
					&awaited->postings, &awaited->settled };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		db_rows_release(all[i]);
}

/* ------------------------------------------------------------------ entries */

static int entry_order(const void *a, const void *b)
{
	const struct entry_record *x = *(const struct entry_record *const *)a;
	const struct entry_record *y = *(const struct entry_record *const *)b;
	int order = date_compare(x->booked_on, y->booked_on);

	if (order == 0)
		order = (x->amount_minor > y->amount_minor) - (x->amount_minor < y->amount_minor);
	if (order == 0)
		order = strcmp(x->bank_key, y->bank_key);
	return order != 0 ? order : x->occurrence - y->occurrence;
}

/* In the order of the key that makes them unique: two imports of the same entries wait for each other, and no more. */
static struct entry_record **entries_in_order(const struct batch *batch)
{
	struct entry_record **list = arena_array(batch->arena, batch->entry_count, sizeof(struct entry_record *));

	for (size_t i = 0; i < batch->entry_count; i++)
		list[i] = &batch->entries[i];
	qsort(list, batch->entry_count, sizeof(struct entry_record *), entry_order);
	return list;
}

static void put_entry(struct db_records *to, const struct entry_record *entry)
{
	db_record_begin(to);
	db_put_id(to, entry->id);
	db_put_id(to, entry->statement);
	db_put_bigint(to, entry->number);
	db_put_bigint(to, entry->line);
	db_put_date(to, entry->booked_on);
	db_put_date(to, entry->value_on);
	db_put_text(to, entry->currency.code);
	db_put_bigint(to, entry->amount_minor);
	db_put_text(to, entry->bank_ref);
	db_put_text(to, entry->bank_key);
	db_put_integer(to, entry->occurrence);
}

struct err entries_ask(struct db_tx *tx, const struct desk *desk, const struct statement_record *statement,
		       struct batch *batch)
{
	DB_RECORDS_SCOPE records = { 0 };

	batch->in_order = entries_in_order(batch);
	TRY(db_records_begin(tx, &records, "payments.new_entry", ENTRY_COLUMNS));
	for (size_t i = 0; i < batch->entry_count; i++)
		put_entry(&records, batch->in_order[i]);
	const struct db_param params[] = { db_text(desk->creditor), db_id(statement->bank_account),
					   db_records(&records), db_date(statement->known_until) };

	batch->all_new = !date_known(statement->known_until) || batch->entry_count == 0 ||
			 date_compare(batch->in_order[0]->booked_on, statement->known_until) > 0;
	return batch->all_new ? db_exec(tx, &NEW_ENTRIES_INSERT, params, 3)
			      : db_ask(tx, &ENTRIES_INSERT, params, 4, &batch->awaited.entries);
}

/* The server gives back the ids that it took, in the order in which it was given them. */
struct err entries_taken(struct db_tx *tx, struct batch *batch)
{
	const struct db_rows *taken = &batch->awaited.entries;
	int row = 0;

	if (batch->all_new)
		return OK;
	TRY(db_await(tx, taken));
	for (size_t i = 0; i < batch->entry_count; i++) {
		struct entry_record *entry = batch->in_order[i];

		entry->known = row == taken->count || !id_equal(entry->id, db_cell_id(taken, row, 0));
		row += !entry->known;
	}
	CHECK(row == taken->count);
	return OK;
}

/* ------------------------------------------------------------------ payments and what they pay */

static int64_t rest_of(const struct decision *decision)
{
	return decision->state == PAYMENT_CLEARING || decision->state == PAYMENT_RETURN ? 0 : decision->rest_minor;
}

/* The customer to whom a payment belongs: whose cash the rest is. */
static void put_decision(struct db_records *to, const struct decision *decision)
{
	static const struct id NONE;
	const struct customer *customer = decision->customer;

	db_put_text(to, payment_state_name(decision->state));
	db_put_text(to, match_rule_name(decision->rule));
	db_put_text(to, decision->evidence);
	db_put_id(to, customer ? customer->id : NONE);
	db_put_text(to, customer ? customer->number : NULL);
	db_put_bigint(to, rest_of(decision));
	db_put_bigint(to, decision->rounding_minor);
	db_put_id(to, decision->original ? decision->original->payment : NONE);
}

static void put_payment(struct db_records *to, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;

	db_record_begin(to);
	db_put_id(to, payment->id);
	db_put_id(to, record->entry);
	db_put_integer(to, record->detail);
	db_put_text(to, record->entry_ref);
	db_put_date(to, payment->booked_on);
	db_put_date(to, payment->value_on);
	db_put_text(to, payment->currency.code);
	db_put_bigint(to, payment->amount_minor);
	db_put_text(to, record->text);
	db_put_text(to, payment->creditor_ref);
	db_put_text(to, payment->end_to_end_id);
	db_put_text(to, payment->mandate);
	db_put_text(to, payment->payer_name);
	db_put_text(to, payment->payer_iban);
	db_put_text(to, payment->transaction_code);
	db_put_text(to, payment->return_reason);
	put_decision(to, &record->decision);
}

/* cash_minor stands only where it is another amount: across currencies. */
static void put_allocation(struct db_records *to, const struct payment_record *record, size_t place)
{
	static const struct id NONE;
	const struct decision *decision = &record->decision;
	const struct allocation *allocation = &decision->allocations[place];
	bool booked = decision->state == PAYMENT_ALLOCATED;

	db_record_begin(to);
	db_put_id(to, record->allocation_ids[place]);
	db_put_id(to, record->payment.id);
	db_put_id(to, allocation->item->id);
	db_put_text(to, allocation->item->number);
	db_put_text(to, allocation->item->customer->number);
	db_put_text(to, allocation->item->currency.code);
	db_put_bigint(to, allocation->amount_minor);
	db_put_bigint_or_null(to, allocation->cash_minor,
			      currency_equal(allocation->item->currency, record->payment.currency));
	db_put_bigint(to, allocation->discount_minor);
	db_put_text(to, relief_name(allocation->relief));
	db_put_smallint(to, (int16_t)allocation->alternative);
	db_put_text(to, booked ? "auto" : "suggested");
	db_put_text(to, match_rule_name(decision->rule));
	db_put_smallint(to, (int16_t)match_rule_confidence(decision->rule));
	db_put_text(to, decision->evidence);
	db_put_id(to, booked ? record->payment.id : NONE);
}

static struct err payments_insert(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	DB_RECORDS_SCOPE records = { 0 };

	TRY(db_records_begin(tx, &records, "payments.new_payment", PAYMENT_COLUMN_COUNT));
	for (size_t i = 0; i < batch->payment_count; i++)
		put_payment(&records, &batch->payments[i]);
	return db_exec(tx, &PAYMENTS_INSERT, DB_PARAMS(db_text(desk->creditor), db_records(&records)));
}

static struct err allocations_insert(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	DB_RECORDS_SCOPE records = { 0 };

	TRY(db_records_begin(tx, &records, "payments.new_allocation", ALLOCATION_RECORD_COLUMNS));
	for (size_t i = 0; i < batch->payment_count; i++)
		for (size_t k = 0; k < batch->payments[i].decision.allocation_count; k++)
			put_allocation(&records, &batch->payments[i], k);
	return records.count == 0
		       ? OK
		       : db_exec(tx, &ALLOCATIONS_INSERT, DB_PARAMS(db_text(desk->creditor), db_records(&records)));
}

static struct err mark_returned(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	struct id *originals = arena_array(batch->arena, batch->payment_count, sizeof *originals);
	size_t count = 0;

	for (size_t i = 0; i < batch->payment_count; i++)
		if (batch->payments[i].decision.original)
			originals[count++] = batch->payments[i].decision.original->payment;
	if (count == 0)
		return OK;
	struct db_param ids = db_id_array(batch->arena, originals, count);

	TRY(db_exec(tx, &PAYMENTS_RETURNED, DB_PARAMS(db_text(desk->creditor), ids)));
	TRY(db_exec(tx, &ALLOCATIONS_RETURNED, DB_PARAMS(db_text(desk->creditor), ids)));
	return returns_record(tx, desk, batch);
}

struct err batch_save(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	TRY(payments_insert(tx, desk, batch));
	TRY(allocations_insert(tx, desk, batch));
	return mark_returned(tx, desk, batch);
}
