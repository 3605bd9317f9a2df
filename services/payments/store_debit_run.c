#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_debit.h"
#include "payments/store_rows.h"

static const struct db_stmt RUN_INSERT = DB_STMT(
	"payments_run_insert",
	"INSERT INTO payments.collection_run (creditor, id, message_id, made_at, collections, amount_minor, content) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7)");

static const struct db_stmt RUN_FILE =
	DB_STMT("payments_run_file",
		"SELECT substring(content FROM $3::bigint::int + 1 FOR $4::bigint::int), octet_length(content) "
		"  FROM payments.collection_run WHERE creditor = $1 AND $2 IN (message_id, id::text)");

static const struct db_stmt COLLECTIONS_INSERT = DB_STMT(
	"payments_collections_insert",
	"INSERT INTO payments.collection (creditor, run, id, batch, end_to_end_id, mandate, item, invoice_number, "
	"customer, "
	"customer_number, sequence_type, attempt, currency, amount_minor, collect_on, state) "
	"SELECT $1, $2, c.id, c.batch, c.end_to_end_id, c.mandate, c.item, c.invoice_number, c.customer, "
	"c.customer_number, "
	"       c.sequence_type, c.attempt, 'EUR', c.amount_minor, $3::date, 'ordered' "
	"  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::text[], $10::uuid[], "
	"$11::text[], "
	"              $12::text[], $13::bigint[], $14::bigint[]) AS c (id, batch, end_to_end_id, mandate, item, "
	"       invoice_number, customer, customer_number, sequence_type, attempt, amount_minor)");

#define COLLECTION_SELECT                                                                                              \
	"SELECT c.id, c.run, c.mandate, c.item, c.customer, c.payment, r.message_id, c.batch, c.end_to_end_id, "       \
	"c.invoice_number, c.customer_number, m.reference, c.sequence_type, m.debtor_name, m.iban, m.scheme, "         \
	"c.attempt, c.currency, c.amount_minor, c.collect_on, c.settled_on, c.reversible_until, c.retry_on, c.state, " \
	"c.reason, c.action, c.bank_charge_minor "                                                                     \
	"FROM payments.collection c JOIN payments.collection_run r ON r.creditor = c.creditor AND r.id = c.run "       \
	"JOIN payments.mandate m ON m.creditor = c.creditor AND m.id = c.mandate "

static const struct db_stmt COLLECTIONS_FIND =
	DB_STMT("payments_collections_find",
		COLLECTION_SELECT "WHERE c.creditor = $1 AND (c.end_to_end_id = ANY ($2::text[]) "
				  "OR c.batch = ANY ($3::text[]) OR c.payment = ANY ($4::uuid[])) ORDER BY c.id "
				  "FOR UPDATE OF c");

static const struct db_stmt COLLECTIONS_OF_MESSAGE =
	DB_STMT("payments_collections_of_message",
		COLLECTION_SELECT "WHERE c.creditor = $1 AND r.message_id = $2 ORDER BY c.id");

static const struct db_stmt COLLECTION_NEWEST =
	DB_STMT("payments_collection_newest",
		COLLECTION_SELECT "WHERE c.creditor = $1 AND c.invoice_number = $2 ORDER BY c.attempt DESC LIMIT 1");

static const struct db_stmt COLLECTION_UPDATE = DB_STMT(
	"payments_collection_update",
	"UPDATE payments.collection SET state = $3, payment = $4, settled_on = $5, reversible_until = $6, reason = $7, "
	"action = $8, retry_on = $9, bank_charge_minor = $10 WHERE creditor = $1 AND id = $2");

static const struct db_stmt COLLECTIONS_PAGE =
	DB_STMT("payments_collections_page",
		COLLECTION_SELECT "WHERE c.creditor = $1 AND ($2::text IS NULL OR c.state = $2) "
				  "AND ($3::text IS NULL OR c.invoice_number = $3) AND ($4::uuid IS NULL OR c.id > $4) "
				  "ORDER BY c.id LIMIT $5");

/* ------------------------------------------------------------------ runs */

struct collection_columns {
	struct id *ids, *mandates, *items, *customers;
	const char **batches, **end_to_end_ids, **invoices, **customer_numbers, **sequence_types;
	int64_t *attempts, *amounts;
};

static struct collection_columns columns_of(struct arena *arena, const struct collection_record *list, size_t n)
{
	struct collection_columns c = {
		.ids = arena_array(arena, n, sizeof *c.ids),
		.mandates = arena_array(arena, n, sizeof *c.mandates),
		.items = arena_array(arena, n, sizeof *c.items),
		.customers = arena_array(arena, n, sizeof *c.customers),
		.batches = arena_array(arena, n, sizeof *c.batches),
		.end_to_end_ids = arena_array(arena, n, sizeof *c.end_to_end_ids),
		.invoices = arena_array(arena, n, sizeof *c.invoices),
		.customer_numbers = arena_array(arena, n, sizeof *c.customer_numbers),
		.sequence_types = arena_array(arena, n, sizeof *c.sequence_types),
		.attempts = arena_array(arena, n, sizeof *c.attempts),
		.amounts = arena_array(arena, n, sizeof *c.amounts),
	};

	for (size_t i = 0; i < n; i++) {
		c.ids[i] = list[i].id;
		c.mandates[i] = list[i].mandate;
		c.items[i] = list[i].item;
		c.customers[i] = list[i].customer;
		c.batches[i] = list[i].batch;
		c.end_to_end_ids[i] = list[i].end_to_end_id;
		c.invoices[i] = list[i].invoice_number;
		c.customer_numbers[i] = list[i].customer_number;
		c.sequence_types[i] = list[i].sequence_type;
		c.attempts[i] = list[i].attempt;
		c.amounts[i] = list[i].amount_minor;
	}
	return c;
}

struct err run_insert(struct db_tx *tx, const struct desk *desk, const struct run_record *run,
		      const struct collection_record *collections, size_t count)
{
	struct arena *arena = tx->arena;
	struct collection_columns c = columns_of(arena, collections, count);

	CHECK(count > 0);
	TRY(db_exec(tx, &RUN_INSERT,
		    DB_PARAMS(db_text(desk->creditor), db_id(run->id), db_text(run->message_id), db_time(desk->now),
			      db_int((int64_t)count), db_int(run->amount_minor),
			      db_bytes(arena, run->content, run->content_length))));
	return db_exec(tx, &COLLECTIONS_INSERT,
		       DB_PARAMS(db_text(desk->creditor), db_id(run->id), db_date(collections[0].collect_on),
				 db_id_array(arena, c.ids, count), db_text_array(arena, c.batches, count),
				 db_text_array(arena, c.end_to_end_ids, count), db_id_array(arena, c.mandates, count),
				 db_id_array(arena, c.items, count), db_text_array(arena, c.invoices, count),
				 db_id_array(arena, c.customers, count),
				 db_text_array(arena, c.customer_numbers, count),
				 db_text_array(arena, c.sequence_types, count), db_int_array(arena, c.attempts, count),
				 db_int_array(arena, c.amounts, count)));
}

struct err run_file_read(struct db_tx *tx, const struct desk *desk, const char *run, int64_t offset, int64_t length,
			 const void **bytes, size_t *got, int64_t *file_bytes)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &RUN_FILE, DB_PARAMS(db_text(desk->creditor), db_text(run), db_int(offset), db_int(length)),
		     &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "run.unknown", "run", "there is no collection run '%s'",
				  run);
	*bytes = db_cell_bytes(&rows, 0, 0, tx->arena, got);
	*file_bytes = db_cell_int(&rows, 0, 1);
	return OK;
}

/* ------------------------------------------------------------------ collections */

static struct collection_record collection_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct collection_record collection = {
		.id = db_cell_id(rows, row, 0),
		.run = db_cell_id(rows, row, 1),
		.mandate = db_cell_id(rows, row, 2),
		.item = db_cell_id(rows, row, 3),
		.customer = db_cell_id(rows, row, 4),
		.payment = db_cell_id(rows, row, 5),
		.message_id = db_cell_copy(rows, row, 6, arena),
		.batch = db_cell_copy(rows, row, 7, arena),
		.end_to_end_id = db_cell_copy(rows, row, 8, arena),
		.invoice_number = db_cell_copy(rows, row, 9, arena),
		.customer_number = db_cell_copy(rows, row, 10, arena),
		.mandate_reference = db_cell_copy(rows, row, 11, arena),
		.sequence_type = db_cell_copy(rows, row, 12, arena),
		.debtor_name = db_cell_copy(rows, row, 13, arena),
		.debtor_iban = db_cell_copy(rows, row, 14, arena),
		.attempt = (int)db_cell_int(rows, row, 16),
		.currency = cell_currency(rows, row, 17),
		.amount_minor = db_cell_int(rows, row, 18),
		.collect_on = db_cell_date(rows, row, 19),
		.settled_on = db_cell_date(rows, row, 20),
		.reversible_until = db_cell_date(rows, row, 21),
		.retry_on = db_cell_date(rows, row, 22),
		.reason = db_cell_copy(rows, row, 24, arena),
		.action = db_cell_copy(rows, row, 25, arena),
		.bank_charge_minor = db_cell_int(rows, row, 26),
	};
	struct err scheme = debit_scheme_find(db_cell_text(rows, row, 15), &collection.scheme);
	struct err state = collection_state_find(db_cell_text(rows, row, 23), &collection.state);

	CHECK(err_ok(scheme) && err_ok(state));
	return collection;
}

static void collections_read(struct db_tx *tx, const struct db_rows *rows, struct collection_record **list,
			     size_t *count)
{
	*count = (size_t)rows->count;
	*list = arena_array(tx->arena, *count, sizeof **list);
	for (int i = 0; i < rows->count; i++)
		(*list)[i] = collection_read(rows, i, tx->arena);
}

struct err collections_find(struct db_tx *tx, const struct desk *desk, const char *const *end_to_end_ids,
			    size_t id_count, const char *const *batches, size_t batch_count, const struct id *payments,
			    size_t payment_count, struct collection_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COLLECTIONS_FIND,
		     DB_PARAMS(db_text(desk->creditor), db_text_array(tx->arena, end_to_end_ids, id_count),
			       db_text_array(tx->arena, batches, batch_count),
			       db_id_array(tx->arena, payments, payment_count)),
		     &rows));
	collections_read(tx, &rows, list, count);
	return OK;
}

struct err collections_of_message(struct db_tx *tx, const struct desk *desk, const char *message_id,
				  struct collection_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COLLECTIONS_OF_MESSAGE, DB_PARAMS(db_text(desk->creditor), db_text(message_id)), &rows));
	collections_read(tx, &rows, list, count);
	return OK;
}

struct err collection_newest(struct db_tx *tx, const struct desk *desk, const char *invoice_number,
			     struct collection_record *collection)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COLLECTION_NEWEST, DB_PARAMS(db_text(desk->creditor), db_text(invoice_number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "collection.unknown", "invoice_number",
				  "the invoice '%s' was never collected", invoice_number);
	*collection = collection_read(&rows, 0, tx->arena);
	return OK;
}

struct err collection_update(struct db_tx *tx, const struct desk *desk, const struct collection_record *collection)
{
	return db_exec(tx, &COLLECTION_UPDATE,
		       DB_PARAMS(db_text(desk->creditor), db_id(collection->id),
				 db_text(collection_state_name(collection->state)), db_id(collection->payment),
				 db_date(collection->settled_on), db_date(collection->reversible_until),
				 collection->reason ? db_text_or_empty(collection->reason) : db_null(),
				 db_text(collection->action), db_date(collection->retry_on),
				 db_int(collection->bank_charge_minor)));
}

struct err collections_page(struct db_tx *tx, const struct desk *desk, const char *state, const char *invoice_number,
			    const struct page *page, struct collection_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &COLLECTIONS_PAGE,
		     DB_PARAMS(db_text(desk->creditor), db_text(state), db_text(invoice_number), db_text(page->after),
			       db_int(page->size)),
		     &rows));
	collections_read(tx, &rows, list, count);
	return OK;
}
