#include "payments/store_plan.h"

#include "payments/store_rows.h"

/* A row an item, then a row an instalment, plan by plan; $2 customers. */
static const struct db_stmt PLANS_LOAD = DB_STMT(
	"payments_plans_load",
	"WITH plan AS MATERIALIZED ("
	"  SELECT a.creditor, a.id, a.customer FROM notification.agreement a "
	"   WHERE a.creditor = $1 AND a.state = 'stands' AND a.kind = 'plan' AND a.customer = ANY ($2::uuid[])) "
	"SELECT p.id AS plan, p.customer, o.id, o.number_key, o.due_on, NULL::bigint "
	"  FROM plan p JOIN notification.agreement_item i ON i.creditor = p.creditor AND i.agreement = p.id "
	"  JOIN ledger.open_item o ON o.creditor = i.creditor AND o.id = i.item "
	"UNION ALL SELECT p.id, p.customer, NULL, NULL, NULL, n.amount_minor "
	"  FROM plan p JOIN notification.instalment n ON n.creditor = p.creditor AND n.agreement = p.id "
	"ORDER BY plan, due_on, 3");

/* An item that is settled is not among `items`, and nothing goes on it. */
static void plan_read(const struct db_rows *rows, int row, struct arena *arena, const struct open_items *items,
		      struct plan *plan)
{
	if (!db_cell_null(rows, row, 5)) {
		*ARENA_PUSH(arena, plan->instalments, plan->instalment_count) = db_cell_int(rows, row, 5);
		return;
	}
	struct open_item *item = open_items_find(items, db_cell_id(rows, row, 2), db_cell_text(rows, row, 3));

	if (item)
		*ARENA_PUSH(arena, plan->items, plan->item_count) = item;
}

struct err plans_ask(struct db_tx *tx, const struct desk *desk, struct db_param customers, struct db_rows *rows)
{
	return db_ask(tx, &PLANS_LOAD, DB_PARAMS(db_text(desk->creditor), customers), rows);
}

void plans_take(const struct db_rows *rows, struct arena *arena, struct open_items *items)
{
	struct id last = { { 0 } };
	struct plan *plan = NULL;

	for (int row = 0; row < rows->count; row++) {
		if (!plan || !id_equal(last, db_cell_id(rows, row, 0)))
			plan = open_items_add_plan(items, db_cell_id(rows, row, 1));
		last = db_cell_id(rows, row, 0);
		plan_read(rows, row, arena, items, plan);
	}
}
