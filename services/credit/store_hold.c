#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "credit/store.h"

/* Holds: the second half of store.h. */

#define HOLD_COLUMNS                                                                                                   \
	"h.id, h.customer, h.customer_number, h.origin, h.reason, h.placed_by, h.placed_at, h.expires_on, "            \
	"h.released_at, h.released_by, h.release_reason"

static const struct db_stmt HOLDS_ACTIVE =
	DB_STMT("credit_holds_active", "SELECT " HOLD_COLUMNS " FROM credit.hold h WHERE h.creditor = $1 "
				       "AND h.customer = ANY ($2::uuid[]) AND h.released_at IS NULL ORDER BY h.id");

static const struct db_stmt HOLDS_LIST =
	DB_STMT("credit_holds_list", "SELECT " HOLD_COLUMNS " FROM credit.hold h WHERE h.creditor = $1 "
				     "AND ($2::uuid IS NULL OR h.customer = $2) AND ($3 OR h.released_at IS NULL) "
				     "AND ($4::uuid IS NULL OR h.id < $4) ORDER BY h.id DESC LIMIT $5");

static const struct db_stmt HOLD_PLACE =
	DB_STMT("credit_hold_place",
		"INSERT INTO credit.hold AS h (creditor, id, customer, customer_number, origin, reason, placed_by, "
		"placed_at, expires_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		"ON CONFLICT (creditor, customer, origin) WHERE released_at IS NULL DO UPDATE SET "
		"reason = excluded.reason, expires_on = excluded.expires_on, placed_by = excluded.placed_by "
		"RETURNING " HOLD_COLUMNS);

/* $3: why the newest of them ended. */
static const struct db_stmt HOLD_WRONGLY_ENDED =
	DB_STMT("credit_hold_wrongly_ended",
		"SELECT " HOLD_COLUMNS " FROM (SELECT * FROM credit.hold WHERE creditor = $1 AND customer = $2 "
		"                        AND origin = $5 ORDER BY placed_at DESC, id DESC LIMIT 1) h "
		" WHERE h.release_reason = $3 AND (h.expires_on IS NULL OR h.expires_on >= $4) "
		"   AND EXISTS (SELECT FROM ledger.open_item i WHERE i.creditor = $1 AND i.customer = $2 "
		"          AND i.open_minor > 0 AND NOT i.cancelled AND NOT i.disputed AND i.due_on < $4 "
		"          AND i.due_on < (h.released_at AT TIME ZONE 'UTC')::date)");

static const struct db_stmt HOLDS_END = DB_STMT(
	"credit_holds_end", "UPDATE credit.hold h SET released_at = $4, released_by = $5, release_reason = e.reason "
			    "FROM unnest($2::uuid[], $3::text[]) AS e (id, reason) WHERE h.creditor = $1 "
			    "AND h.id = e.id AND h.released_at IS NULL RETURNING " HOLD_COLUMNS);

static struct hold hold_row(struct arena *arena, const struct db_rows *rows, int row)
{
	enum hold_origin origin = hold_origin_find(db_cell_text(rows, row, 3));
	bool active = db_cell_null(rows, row, 8);

	CHECK(origin != HOLD_ORIGIN_COUNT);
	return (struct hold){ .id = db_cell_id(rows, row, 0),
			      .customer = db_cell_id(rows, row, 1),
			      .customer_number = db_cell_copy(rows, row, 2, arena),
			      .origin = origin,
			      .reason = db_cell_copy(rows, row, 4, arena),
			      .placed_by = db_cell_copy(rows, row, 5, arena),
			      .placed_at = db_cell_time(rows, row, 6),
			      .expires_on = db_cell_date(rows, row, 7),
			      .released_at = db_cell_time(rows, row, 8),
			      .released_by = active ? NULL : db_cell_copy(rows, row, 9, arena),
			      .release_reason =
				      db_cell_null(rows, row, 10) ? NULL : db_cell_copy(rows, row, 10, arena) };
}

static void hold_rows(struct arena *arena, const struct db_rows *rows, struct hold_list *list)
{
	list->items = arena_array(arena, (size_t)rows->count, sizeof *list->items);
	list->count = (size_t)rows->count;
	for (int i = 0; i < rows->count; i++)
		list->items[i] = hold_row(arena, rows, i);
}

struct err holds_active(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			struct hold_list *list)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id *ids = arena_array(tx->arena, customers->count, sizeof *ids);

	for (size_t i = 0; i < customers->count; i++)
		ids[i] = customers->items[i].id;
	TRY(db_query(tx, &HOLDS_ACTIVE,
		     DB_PARAMS(db_text(desk->creditor), db_id_array(tx->arena, ids, customers->count)), &rows));
	hold_rows(tx->arena, &rows, list);
	return OK;
}

struct err holds_list(struct db_tx *tx, const struct desk *desk, struct id customer, bool released, struct id before,
		      int limit, struct hold_list *list)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(
		tx, &HOLDS_LIST,
		DB_PARAMS(db_text(desk->creditor), db_id(customer), db_bool(released), db_id(before), db_int(limit)),
		&rows));
	hold_rows(tx->arena, &rows, list);
	return OK;
}

struct err hold_place(struct db_tx *tx, const struct desk *desk, struct hold *hold)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &HOLD_PLACE,
		     DB_PARAMS(db_text(desk->creditor), db_id(id_fresh()), db_id(hold->customer),
			       db_text(hold->customer_number), db_text(hold_origin_name(hold->origin)),
			       db_text(hold->reason), db_text(hold->placed_by), db_time(desk->now),
			       db_date(hold->expires_on)),
		     &rows));
	*hold = hold_row(tx->arena, &rows, 0);
	return OK;
}

struct err hold_wrongly_ended(struct db_tx *tx, const struct desk *desk, struct id customer, bool *found,
			      struct hold *hold)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &HOLD_WRONGLY_ENDED,
		     DB_PARAMS(db_text(desk->creditor), db_id(customer), db_text(HOLD_OVER_PAID), db_date(desk->today),
			       db_text(hold_origin_name(HOLD_BY_DUNNING))),
		     &rows));
	*found = rows.count > 0;
	if (*found)
		*hold = hold_row(tx->arena, &rows, 0);
	return OK;
}

struct err holds_end(struct db_tx *tx, const struct desk *desk, const struct hold *holds, size_t count,
		     const char *released_by, struct hold_list *ended)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);
	const char **reasons = arena_array(tx->arena, count, sizeof *reasons);

	for (size_t i = 0; i < count; i++) {
		ids[i] = holds[i].id;
		reasons[i] = holds[i].release_reason;
	}
	TRY(db_query(tx, &HOLDS_END,
		     DB_PARAMS(db_text(desk->creditor), db_id_array(tx->arena, ids, count),
			       db_text_array(tx->arena, reasons, count), db_time(desk->now), db_text(released_by)),
		     &rows));
	hold_rows(tx->arena, &rows, ended);
	return OK;
}
