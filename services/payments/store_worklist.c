#include "payments/store_worklist.h"

#include "payments/store_rows.h"

#define WAITS "p.creditor = $1 AND p.rest_minor > 0 "
#define TODAY "($2::timestamptz AT TIME ZONE (SELECT timezone FROM invoicing.creditor WHERE code = $1))::date"

static const struct db_stmt PAGE =
	DB_STMT("payments_worklist", "SELECT " PAYMENT_COLUMNS ", " TODAY " - p.value_on FROM payments.payment p "
				     " WHERE " WAITS "AND ($3::uuid IS NULL OR p.customer = $3) "
				     "   AND ($4::uuid IS NULL OR (p.value_on, p.id) > (SELECT b.value_on, b.id "
				     "          FROM payments.payment b WHERE b.creditor = $1 AND b.id = $4)) "
				     " ORDER BY p.value_on, p.id LIMIT $5");

#define AGE_COLUMN 17 /* behind PAYMENT_COLUMNS */

static const struct db_stmt SUGGESTIONS =
	DB_STMT("payments_worklist_suggestions",
		"SELECT DISTINCT ON (a.payment) " ALLOCATION_COLUMNS
		", count(*) OVER (PARTITION BY a.payment, a.alternative)" ALLOCATION_FROM
		" WHERE a.creditor = $1 AND a.payment = ANY ($2::uuid[]) AND a.state = 'suggested' "
		" ORDER BY a.payment, a.confidence DESC, a.alternative, a.id");

/* $3: the first day of each bucket after the first. The last branch is what the ledger holds beside payments. */
static const struct db_stmt TOTALS =
	DB_STMT("payments_worklist_totals",
		"WITH cash AS (SELECT CASE WHEN p.customer IS NULL THEN 'unidentified_cash' ELSE 'unapplied_cash' END "
		"AS account, "
		"         p.currency, width_bucket(" TODAY " - p.value_on, $3::integer[]) AS age, count(*) AS number, "
		"         sum(p.rest_minor)::bigint AS total FROM payments.payment p WHERE " WAITS "GROUP BY 1, 2, 3), "
		"posted AS (SELECT b.account::text AS account, b.currency, -sum(b.amount_minor)::bigint AS total "
		"             FROM ledger.balance b WHERE b.creditor = $1 GROUP BY 1, 2) "
		"SELECT account, currency, age, number, total FROM cash "
		"UNION ALL SELECT l.account, l.currency, NULL, 0, "
		"       (l.total - coalesce((SELECT sum(c.total) FROM cash c WHERE c.account = l.account "
		"                             AND c.currency = l.currency), 0))::bigint FROM posted l "
		" ORDER BY 1, 2, 3 NULLS LAST");

static struct err suggestions_add(struct db_tx *tx, const struct desk *desk, struct worklist_row *list, size_t count)
{
	struct id *payments = arena_array(tx->arena, count, sizeof *payments);
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++)
		payments[i] = list[i].payment.id;
	TRY(db_query(tx, &SUGGESTIONS, DB_PARAMS(db_text(desk->creditor), db_id_array(tx->arena, payments, count)),
		     &rows));
	struct allocation_record *suggestions = allocations_read(&rows, tx->arena);

	for (int row = 0; row < rows.count; row++)
		for (size_t i = 0; i < count; i++)
			if (id_equal(list[i].payment.id, suggestions[row].payment)) {
				list[i].suggestion = &suggestions[row];
				list[i].suggested = (int32_t)db_cell_int(&rows, row, ALLOCATION_COLUMN_COUNT);
			}
	return OK;
}

struct err worklist_page(struct db_tx *tx, const struct desk *desk, struct id customer, const struct page *page,
			 struct worklist_row **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAGE,
		     DB_PARAMS(db_text(desk->creditor), db_time(desk->now), db_id(customer), db_text(page->after),
			       db_int(page->size)),
		     &rows));
	struct worklist_row *found = arena_array(tx->arena, (size_t)rows.count, sizeof *found);

	for (int i = 0; i < rows.count; i++) {
		found[i].payment = payment_read(&rows, i, tx->arena);
		found[i].age_days = (int)db_cell_int(&rows, i, AGE_COLUMN);
	}
	TRY(suggestions_add(tx, desk, found, (size_t)rows.count));
	*list = found;
	*count = (size_t)rows.count;
	return OK;
}

struct err worklist_totals(struct db_tx *tx, const struct desk *desk, struct worklist_total **totals, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct worklist_total *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &TOTALS,
		     DB_PARAMS(db_text(desk->creditor), db_time(desk->now),
			       db_int_array(tx->arena, CASH_AGE_FROM_DAYS, CASH_AGES - 1)),
		     &rows));
	for (int i = 0; i < rows.count; i++) {
		bool of_payments = !db_cell_null(&rows, i, 2);

		if (db_cell_int(&rows, i, 4) == 0)
			continue;
		*ARENA_PUSH(tx->arena, found, number) = (struct worklist_total){
			.account = db_cell_copy(&rows, i, 0, tx->arena),
			.currency = cell_currency(&rows, i, 1),
			.bucket = of_payments ? cash_age_name((enum cash_age)db_cell_int(&rows, i, 2)) : "no payment",
			.count = db_cell_int(&rows, i, 3),
			.amount_minor = db_cell_int(&rows, i, 4),
		};
	}
	*totals = found;
	*count = number;
	return OK;
}
