#include "payments/store_lump.h"

static const struct db_stmt FIND = DB_STMT(
	"payments_lumps_find",
	"SELECT k.place, e.id, p.id FROM unnest($3::bigint[], $4::date[], $5::bigint[], $6::text[], $7::integer[]) "
	"       AS k (place, booked_on, amount_minor, bank_key, occurrence) "
	"  JOIN payments.entry e ON e.creditor = $1 AND e.bank_account = $2 AND e.booked_on = k.booked_on "
	"       AND e.amount_minor = k.amount_minor AND e.bank_key = k.bank_key AND e.occurrence = k.occurrence "
	"  JOIN payments.payment p ON p.creditor = $1 AND p.entry = e.id "
	" WHERE p.detail = 0 AND p.state IN ('unidentified', 'unapplied', 'suggested') AND p.rest_minor = "
	"p.amount_minor "
	"   AND p.amount_minor <> 0 AND NOT EXISTS (SELECT FROM payments.payment o WHERE o.creditor = $1 AND o.entry = "
	"e.id "
	"                                            AND o.id <> p.id) "
	" ORDER BY p.id FOR UPDATE OF p");

static const struct db_stmt EMPTY =
	DB_STMT("payments_lumps_empty",
		"UPDATE payments.payment SET amount_minor = 0, rest_minor = 0, state = 'clearing', rule = 'divided', "
		"evidence = 'another message of the bank brought its transactions' WHERE creditor = $1 AND id = ANY "
		"($2::uuid[])");

static const struct db_stmt WITHDRAW = DB_STMT(
	"payments_lumps_withdraw", "UPDATE payments.allocation SET state = 'withdrawn' "
				   "WHERE creditor = $1 AND payment = ANY ($2::uuid[]) AND state = 'suggested'");

struct keys {
	int64_t *places, *amounts, *occurrences;
	struct date *booked;
	const char **keys;
	size_t count;
};

static struct keys keys_of(const struct batch *batch)
{
	size_t n = batch->entry_count;
	struct keys keys = { .places = arena_array(batch->arena, n, sizeof *keys.places),
			     .amounts = arena_array(batch->arena, n, sizeof *keys.amounts),
			     .occurrences = arena_array(batch->arena, n, sizeof *keys.occurrences),
			     .booked = arena_array(batch->arena, n, sizeof *keys.booked),
			     .keys = arena_array(batch->arena, n, sizeof *keys.keys) };

	for (size_t i = 0; i < n; i++) {
		const struct entry_record *entry = &batch->entries[i];

		if (!entry->known || entry->payment_count < 2)
			continue;
		keys.places[keys.count] = (int64_t)i;
		keys.amounts[keys.count] = entry->amount_minor;
		keys.occurrences[keys.count] = entry->occurrence;
		keys.booked[keys.count] = entry->booked_on;
		keys.keys[keys.count++] = entry->bank_key;
	}
	return keys;
}

struct err lumps_find(struct db_tx *tx, const struct desk *desk, struct id bank_account, const struct batch *batch,
		      struct lump **lumps, size_t *count)
{
	struct arena *arena = batch->arena;
	struct keys keys = keys_of(batch);
	DB_ROWS_SCOPE rows = { 0 };

	*count = 0;
	if (keys.count == 0) /* as in nearly all batches */
		return OK;
	TRY(db_query(
		tx, &FIND,
		DB_PARAMS(db_text(desk->creditor), db_id(bank_account), db_int_array(arena, keys.places, keys.count),
			  db_date_array(arena, keys.booked, keys.count), db_int_array(arena, keys.amounts, keys.count),
			  db_text_array(arena, keys.keys, keys.count),
			  db_int_array(arena, keys.occurrences, keys.count)),
		&rows));
	*lumps = arena_array(arena, (size_t)rows.count, sizeof **lumps);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		(*lumps)[i] = (struct lump){ (size_t)db_cell_int(&rows, i, 0), db_cell_id(&rows, i, 1),
					     db_cell_id(&rows, i, 2) };
	return OK;
}

struct err lumps_empty(struct db_tx *tx, const struct desk *desk, struct arena *arena, const struct lump *lumps,
		       size_t count)
{
	struct id *ids = arena_array(arena, count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = lumps[i].payment;
	struct db_param payments = db_id_array(arena, ids, count);

	TRY(db_exec(tx, &EMPTY, DB_PARAMS(db_text(desk->creditor), payments)));
	return db_exec(tx, &WITHDRAW, DB_PARAMS(db_text(desk->creditor), payments));
}
