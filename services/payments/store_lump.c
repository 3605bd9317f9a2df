#include "payments/store_lump.h"

/* Nobody has decided on it, or said that it is several. */
#define WHOLE                                                                                                          \
	"p.detail = 0 AND p.state IN ('unidentified', 'unapplied', 'suggested') "                                      \
	"AND p.rest_minor = p.amount_minor AND p.amount_minor <> 0 "

/* Each entry and its payments are looked up by their keys, whatever the planner would read instead (store_wanted.h). */
static const struct db_stmt FIND = DB_STMT(
	"payments_lumps_find",
	"WITH found AS MATERIALIZED ("
	"  SELECT k.place, e.id AS entry, p.id AS payment "
	"    FROM unnest($3::bigint[], $4::date[], $5::bigint[], $6::text[], $7::integer[]) "
	"         AS k (place, booked_on, amount_minor, bank_key, occurrence) "
	"   CROSS JOIN LATERAL (SELECT x.id FROM payments.entry x WHERE x.creditor = $1 AND x.bank_account = $2 "
	"                          AND x.booked_on = k.booked_on AND x.amount_minor = k.amount_minor "
	"                          AND x.bank_key = k.bank_key AND x.occurrence = k.occurrence OFFSET 0) e "
	"   CROSS JOIN LATERAL (SELECT y.*, count(*) OVER () AS of_entry FROM payments.payment y "
	"                        WHERE y.creditor = $1 AND y.entry = e.id OFFSET 0) p "
	"   WHERE p.of_entry = 1 AND " WHOLE ") "
	"SELECT f.place, f.entry, p.id FROM found f JOIN payments.payment p ON p.creditor = $1 AND p.id = f.payment "
	" WHERE " WHOLE " ORDER BY p.id FOR UPDATE OF p");

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
