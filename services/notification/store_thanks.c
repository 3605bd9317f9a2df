#include "notification/store_thanks.h"

#include "common/base/text.h"

/* What is not due yet says nothing of how somebody pays, unless it is paid already. Where no policy thanks anybody, as
 * most do, nothing is read: the texts say so before one is parsed. */
static const struct db_stmt PAID_WELL = DB_STMT(
	"notification_paid_well",
	"WITH last AS (SELECT * FROM ledger.open_item WHERE creditor = $1 AND customer = $2 AND kind = 'invoice' "
	"   AND NOT cancelled AND (open_minor = 0 OR due_on < $3) "
	"   AND (SELECT bool_or(p.body ~ 'thanks_after[\"'']?\\s*:\\s*[\"'']?0*[1-9]') FROM notification.policy p "
	"         WHERE p.creditor = $1 AND p.retired_at IS NULL) "
	"   ORDER BY due_on DESC, number DESC LIMIT $4) "
	"SELECT id, number, amount_minor, due_on, settled_on, currency FROM last "
	" WHERE (SELECT count(*) = $4 AND bool_and(open_minor = 0 AND settled_on <= due_on) "
	"          AND count(DISTINCT currency) = 1 FROM last) "
	"   AND NOT EXISTS (SELECT FROM notification.thanked t WHERE t.creditor = $1 AND t.customer = $2 "
	"                      AND t.thanked_on > $3::date - $5::integer) "
	"   AND NOT EXISTS (SELECT FROM ledger.open_item o WHERE o.creditor = $1 AND o.customer = $2 "
	"                      AND o.open_minor > 0 AND o.due_on < $3 AND NOT o.cancelled) ORDER BY due_on, number");

static const struct db_stmt REMEMBER =
	DB_STMT("notification_thanks_remember",
		"INSERT INTO notification.thanked (creditor, customer, thanked_on) VALUES ($1, $2, $3) "
		"ON CONFLICT (creditor, customer) DO UPDATE SET thanked_on = excluded.thanked_on");

struct err paid_well_find(struct db_tx *tx, const struct creditor *creditor, struct id customer, int count,
			  struct paid_well *paid)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAID_WELL,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(customer), db_date(creditor->today), db_int(count),
			       db_int(THANKS_EVERY_DAYS)),
		     &rows));
	*paid = (struct paid_well){ .items = arena_array(tx->arena, (size_t)rows.count + 1, sizeof *paid->items),
				    .count = (size_t)rows.count };
	for (int row = 0; row < rows.count; row++) {
		paid->items[row] = (struct corrected_item){ .item = db_cell_id(&rows, row, 0),
							    .number = db_cell_copy(&rows, row, 1, tx->arena),
							    .open_minor = db_cell_int(&rows, row, 2),
							    .base = db_cell_date(&rows, row, 3),
							    .paid_on = db_cell_date(&rows, row, 4) };
		text_copy(paid->currency.code, sizeof paid->currency.code, db_cell_text(&rows, row, 5));
	}
	return OK;
}

struct err thanks_remember(struct db_tx *tx, const struct creditor *creditor, struct id customer)
{
	return db_exec(tx, &REMEMBER,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(customer), db_date(creditor->today)));
}
