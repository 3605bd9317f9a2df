#include "payments/store_rule.h"

#include "payments/store_rows.h"

static const struct db_stmt LOAD = DB_STMT(
	"payments_match_rules_load", "SELECT currency, discount_grace_days, taken_discount_share, charges_max_minor, "
				     "charges_booked, under_max_minor, "
				     "       under_max_share, over_max_minor, over_max_share, parts, account_amount "
				     "  FROM payments.match_rule WHERE creditor = $1 ORDER BY currency");

static const struct db_stmt SAVE = DB_STMT(
	"payments_match_rules_save",
	"INSERT INTO payments.match_rule (creditor, currency, discount_grace_days, taken_discount_share, "
	"charges_max_minor, "
	"charges_booked, under_max_minor, under_max_share, over_max_minor, over_max_share, parts, account_amount, "
	"set_at, "
	"set_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
	"ON CONFLICT (creditor, currency) DO UPDATE SET discount_grace_days = excluded.discount_grace_days, "
	"taken_discount_share = excluded.taken_discount_share, charges_max_minor = excluded.charges_max_minor, "
	"charges_booked = excluded.charges_booked, under_max_minor = excluded.under_max_minor, "
	"under_max_share = excluded.under_max_share, over_max_minor = excluded.over_max_minor, "
	"over_max_share = excluded.over_max_share, parts = excluded.parts, account_amount = excluded.account_amount, "
	"set_at = excluded.set_at, set_by = excluded.set_by");

struct err match_rules_load(struct db_tx *tx, const struct desk *desk, struct arena *arena, struct match_rules **list,
			    size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &LOAD, DB_PARAMS(db_text(desk->creditor)), &rows));
	*list = NULL;
	*count = 0;
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(arena, *list, *count) =
			(struct match_rules){ .currency = cell_currency(&rows, row, 0),
					      .discount_grace_days = (int32_t)db_cell_int(&rows, row, 1),
					      .taken_discount_share = (int32_t)db_cell_int(&rows, row, 2),
					      .charges_max_minor = db_cell_int(&rows, row, 3),
					      .charges_booked = db_cell_bool(&rows, row, 4),
					      .under_max_minor = db_cell_int(&rows, row, 5),
					      .under_max_share = (int32_t)db_cell_int(&rows, row, 6),
					      .over_max_minor = db_cell_int(&rows, row, 7),
					      .over_max_share = (int32_t)db_cell_int(&rows, row, 8),
					      .parts = db_cell_bool(&rows, row, 9),
					      .account_amount = db_cell_bool(&rows, row, 10) };
	return OK;
}

struct err match_rules_save(struct db_tx *tx, const struct desk *desk, const struct match_rules *rules)
{
	return db_exec(tx, &SAVE,
		       DB_PARAMS(db_text(desk->creditor), db_text(rules->currency.code),
				 db_int(rules->discount_grace_days), db_int(rules->taken_discount_share),
				 db_int(rules->charges_max_minor), db_bool(rules->charges_booked),
				 db_int(rules->under_max_minor), db_int(rules->under_max_share),
				 db_int(rules->over_max_minor), db_int(rules->over_max_share), db_bool(rules->parts),
				 db_bool(rules->account_amount), db_time(desk->now), db_text_or_empty(desk->who)));
}
