#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_undo.h"

/* A batch on its way in: one statement a table, whatever the number of rows. */

#define ROWS_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* Entries that are there already stay as they are, and are not returned. */
static const struct db_stmt ENTRIES_INSERT = DB_STMT(
	"payments_entries_insert",
	"INSERT INTO payments.entry (creditor, id, bank_account, statement, number, line, booked_on, value_on, "
	"currency, "
	"amount_minor, bank_ref, bank_key, occurrence) "
	"SELECT $1, e.id, $2, e.statement, e.number, e.line, e.booked_on, e.value_on, e.currency, e.amount_minor, "
	"       e.bank_ref, e.bank_key, e.occurrence "
	"  FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::date[], $8::date[], $9::text[], "
	"              $10::bigint[], $11::text[], $12::text[], $13::integer[]) "
	"       AS e (id, statement, number, line, booked_on, value_on, currency, amount_minor, bank_ref, bank_key, "
	"             occurrence) "
	" ORDER BY e.booked_on, e.amount_minor, e.bank_key, e.occurrence "
	"ON CONFLICT ON CONSTRAINT entry_once DO NOTHING RETURNING id");

/* A generic plan, which PostgreSQL may turn to after five batches, guesses ten elements in each array: nested loops
 * over thousands. Holds in the functions called too. */
static const struct db_stmt PLAN_EACH =
	DB_STMT("payments_plan_each", "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)");

static const char PAYMENTS_COPY[] =
	"COPY payments.payment (creditor, id, entry, detail, entry_ref, booked_on, value_on, currency, amount_minor, "
	"remittance, creditor_ref, end_to_end_id, mandate, payer_name, payer_iban, transaction_code, return_reason, "
	"state, rule, evidence, customer, customer_number, rest_minor, rounding_minor, original) FROM STDIN";

static const char ALLOCATIONS_COPY[] =
	"COPY payments.allocation (creditor, id, payment, item, invoice_number, customer_number, currency, "
	"amount_minor, cash_minor, discount_minor, relief, alternative, state, rule, confidence, evidence, posting) "
	"FROM STDIN";

static const struct db_stmt PAYMENTS_RETURNED =
	DB_STMT("payments_payments_returned", "UPDATE payments.payment SET state = 'returned', rest_minor = 0 "
					      "WHERE creditor = $1 AND id = ANY ($2::uuid[]) AND state <> 'returned' "
					      "RETURNING id");

static const struct db_stmt ALLOCATIONS_RETURNED = DB_STMT(
	"payments_allocations_returned",
	"UPDATE payments.allocation SET state = CASE state WHEN 'suggested' THEN 'withdrawn' ELSE 'returned' END "
	"WHERE creditor = $1 AND payment = ANY ($2::uuid[]) AND state IN ('auto', 'confirmed', 'suggested')");

struct err batches_begin(struct db_tx *tx)
{
	return db_exec(tx, &PLAN_EACH, DB_NO_PARAMS);
}

/* ------------------------------------------------------------------ entries */

struct entry_columns {
	struct id *ids, *statements;
	int64_t *numbers, *lines, *amounts, *occurrences;
	struct date *booked, *valued;
	const char **currencies, **refs, **keys;
};

static struct entry_columns columns_of(struct arena *arena, const struct batch *batch)
{
	size_t n = batch->entry_count;
	struct entry_columns c = {
		.ids = arena_array(arena, n, sizeof *c.ids),
		.statements = arena_array(arena, n, sizeof *c.statements),
		.numbers = arena_array(arena, n, sizeof *c.numbers),
		.lines = arena_array(arena, n, sizeof *c.lines),
		.amounts = arena_array(arena, n, sizeof *c.amounts),
		.occurrences = arena_array(arena, n, sizeof *c.occurrences),
		.booked = arena_array(arena, n, sizeof *c.booked),
		.valued = arena_array(arena, n, sizeof *c.valued),
		.currencies = arena_array(arena, n, sizeof *c.currencies),
		.refs = arena_array(arena, n, sizeof *c.refs),
		.keys = arena_array(arena, n, sizeof *c.keys),
	};

	for (size_t i = 0; i < n; i++) {
		const struct entry_record *entry = &batch->entries[i];

		c.ids[i] = entry->id;
		c.statements[i] = entry->statement;
		c.numbers[i] = entry->number;
		c.lines[i] = entry->line;
		c.amounts[i] = entry->amount_minor;
		c.occurrences[i] = entry->occurrence;
		c.booked[i] = entry->booked_on;
		c.valued[i] = entry->value_on;
		c.currencies[i] = entry->currency.code;
		c.refs[i] = entry->bank_ref;
		c.keys[i] = entry->bank_key;
	}
	return c;
}

struct err entries_insert(struct db_tx *tx, const struct desk *desk, struct id bank_account, struct batch *batch)
{
	struct arena *arena = batch->arena;
	struct entry_columns c = columns_of(arena, batch);
	struct key_map by_id = key_map_make(arena);
	size_t n = batch->entry_count;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ENTRIES_INSERT,
		     DB_PARAMS(db_text(desk->creditor), db_id(bank_account), db_id_array(arena, c.ids, n),
			       db_id_array(arena, c.statements, n), db_int_array(arena, c.numbers, n),
			       db_int_array(arena, c.lines, n), db_date_array(arena, c.booked, n),
			       db_date_array(arena, c.valued, n), db_text_array(arena, c.currencies, n),
			       db_int_array(arena, c.amounts, n), db_text_array(arena, c.refs, n),
			       db_text_array(arena, c.keys, n), db_int_array(arena, c.occurrences, n)),
		     &rows));
	for (size_t i = 0; i < n; i++) {
		char text[ID_TEXT_BYTES];

		batch->entries[i].known = true;
		key_map_add(&by_id, arena_copy(arena, id_format(batch->entries[i].id, text)), &batch->entries[i]);
	}
	for (int i = 0; i < rows.count; i++) {
		const struct key_node *node = key_map_find(&by_id, db_cell_text(&rows, i, 0));

		CHECK(node);
		((struct entry_record *)node->value)->known = false;
	}
	return OK;
}

/* ------------------------------------------------------------------ COPY rows */

static void put_text(struct buf *row, const char *text)
{
	buf_append_char(row, '\t');
	db_copy_text(row, text_empty(text) ? NULL : text);
}

static void put_id(struct buf *row, struct id id)
{
	char text[ID_TEXT_BYTES];

	put_text(row, id_zero(id) ? NULL : id_format(id, text));
}

static void put_date(struct buf *row, struct date date)
{
	char text[DATE_TEXT_BYTES];

	put_text(row, date_known(date) ? date_format(date, text) : NULL);
}

static void put_int(struct buf *row, int64_t value)
{
	buf_append_format(row, "\t%lld", (long long)value);
}

static int64_t rest_of(const struct decision *decision)
{
	return decision->state == PAYMENT_CLEARING || decision->state == PAYMENT_RETURN ? 0 : decision->rest_minor;
}

/* The customer to whom a payment belongs: whose cash the rest is. */
static void put_decision(struct buf *row, const struct decision *decision)
{
	const struct customer *customer = decision->customer;

	put_text(row, payment_state_name(decision->state));
	put_text(row, match_rule_name(decision->rule));
	put_text(row, decision->evidence);
	put_id(row, customer ? customer->id : (struct id){ 0 });
	put_text(row, customer ? customer->number : NULL);
	put_int(row, rest_of(decision));
	put_int(row, decision->rounding_minor);
	put_id(row, decision->original ? decision->original->payment : (struct id){ 0 });
}

static void put_payment(struct buf *row, const char *creditor, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;

	db_copy_text(row, creditor);
	put_id(row, payment->id);
	put_id(row, record->entry);
	put_int(row, record->detail);
	put_text(row, record->entry_ref);
	put_date(row, payment->booked_on);
	put_date(row, payment->value_on);
	put_text(row, payment->currency.code);
	put_int(row, payment->amount_minor);
	put_text(row, record->text);
	put_text(row, payment->creditor_ref);
	put_text(row, payment->end_to_end_id);
	put_text(row, payment->mandate);
	put_text(row, payment->payer_name);
	put_text(row, payment->payer_iban);
	put_text(row, payment->transaction_code);
	put_text(row, payment->return_reason);
	put_decision(row, &record->decision);
	buf_append_char(row, '\n');
}

/* Only across currencies is it another amount. */
static void put_cash(struct buf *row, const struct payment_record *record, const struct allocation *allocation)
{
	if (currency_equal(allocation->item->currency, record->payment.currency))
		put_text(row, NULL);
	else
		put_int(row, allocation->cash_minor);
}

static void put_allocation(struct buf *row, const char *creditor, const struct payment_record *record, size_t place)
{
	const struct decision *decision = &record->decision;
	const struct allocation *allocation = &decision->allocations[place];
	bool booked = decision->state == PAYMENT_ALLOCATED;

	db_copy_text(row, creditor);
	put_id(row, record->allocation_ids[place]);
	put_id(row, record->payment.id);
	put_id(row, allocation->item->id);
	put_text(row, allocation->item->number);
	put_text(row, allocation->item->customer->number);
	put_text(row, allocation->item->currency.code);
	put_int(row, allocation->amount_minor);
	put_cash(row, record, allocation);
	put_int(row, allocation->discount_minor);
	put_text(row, relief_name(allocation->relief));
	put_int(row, allocation->alternative);
	put_text(row, booked ? "auto" : "suggested");
	put_text(row, match_rule_name(decision->rule));
	put_int(row, match_rule_confidence(decision->rule));
	put_text(row, decision->evidence);
	put_id(row, booked ? record->payment.id : (struct id){ 0 });
	buf_append_char(row, '\n');
}

/* Rows are made first: the server is still busy with what was sent before. */
static struct err rows_copy(struct db_tx *tx, const char *sql, const struct buf *rows)
{
	struct db_copy copy;

	CHECK(!rows->full);
	TRY(db_copy_begin(tx, sql, &copy));
	TRY(db_copy_put(&copy, rows->data, rows->length));
	return db_copy_end(&copy);
}

static struct err payments_copy(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	BUF_SCOPE rows;

	buf_init(&rows, ROWS_BYTES_MAX);
	for (size_t i = 0; i < batch->payment_count; i++)
		put_payment(&rows, desk->creditor, &batch->payments[i]);
	return rows_copy(tx, PAYMENTS_COPY, &rows);
}

static struct err allocations_copy(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	BUF_SCOPE rows;

	buf_init(&rows, ROWS_BYTES_MAX);
	for (size_t i = 0; i < batch->payment_count; i++) {
		const struct payment_record *record = &batch->payments[i];

		for (size_t k = 0; k < record->decision.allocation_count; k++)
			put_allocation(&rows, desk->creditor, record, k);
	}
	return rows_copy(tx, ALLOCATIONS_COPY, &rows);
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
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAYMENTS_RETURNED, DB_PARAMS(db_text(desk->creditor), ids), &rows));
	if ((size_t)rows.count != count)
		return ERR(ERR_ABORTED, "payment.returned", NULL, "another import has taken a payment back meanwhile");
	TRY(db_exec(tx, &ALLOCATIONS_RETURNED, DB_PARAMS(db_text(desk->creditor), ids)));
	return returns_record(tx, desk, batch);
}

struct err batch_save(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	TRY(payments_copy(tx, desk, batch));
	TRY(allocations_copy(tx, desk, batch));
	return mark_returned(tx, desk, batch);
}
