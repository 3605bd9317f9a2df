#include "notification/store_file.h"

static const struct db_stmt PROOFS =
	DB_STMT("notification_claim_proofs",
		"SELECT a.n, y.proof, y.reference FROM unnest($2::uuid[]) WITH ORDINALITY AS a (item, n) "
		"JOIN notification.item_delivery y ON y.creditor = $1 AND y.item = a.item");

static const struct db_stmt LISTED = DB_STMT(
	"notification_listed", "SELECT n.item, n.number, n.open_minor, n.due_on, coalesce(i.issued_on, n.due_on), "
			       "       coalesce(i.amount_minor, n.open_minor), i.creditor_ref, i.order_reference, "
			       "coalesce(i.kind = 'fee', false) "
			       "  FROM notification.reminder_item n "
			       "  LEFT JOIN ledger.open_item i ON i.creditor = n.creditor AND i.id = n.item "
			       " WHERE n.creditor = $1 AND n.reminder = $2 ORDER BY n.due_on, n.number");

struct err claim_proofs_load(struct db_tx *tx, const struct creditor *creditor, struct claim_file *file)
{
	struct id *items = arena_array(tx->arena, file->invoice_count + 1, sizeof *items);
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < file->invoice_count; i++)
		items[i] = file->invoices[i].item->id;
	TRY(db_query(tx, &PROOFS,
		     DB_PARAMS(db_text(creditor->letter.code), db_id_array(tx->arena, items, file->invoice_count)),
		     &rows));
	for (int row = 0; row < rows.count; row++) {
		struct claim_invoice *invoice = &file->invoices[db_cell_int(&rows, row, 0) - 1];

		invoice->proof = db_cell_copy(&rows, row, 1, tx->arena);
		invoice->reference = db_cell_copy(&rows, row, 2, tx->arena);
	}
	return OK;
}

struct err listed_position(struct db_tx *tx, const struct creditor *creditor, const struct reminder_view *reminder,
			   struct position *position)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &LISTED, DB_PARAMS(db_text(creditor->letter.code), db_id(reminder->id)), &rows));
	position->count = (size_t)rows.count;
	position->items = arena_array(tx->arena, position->count + 1, sizeof *position->items);
	for (int row = 0; row < rows.count; row++)
		position->items[row] =
			(struct position_item){ .id = db_cell_id(&rows, row, 0),
						.number = db_cell_copy(&rows, row, 1, tx->arena),
						.open_minor = db_cell_int(&rows, row, 2),
						.due_on = db_cell_date(&rows, row, 3),
						.issued_on = db_cell_date(&rows, row, 4),
						.amount_minor = db_cell_int(&rows, row, 5),
						.creditor_ref = db_cell_copy(&rows, row, 6, tx->arena),
						.order_reference = db_cell_copy(&rows, row, 7, tx->arena),
						.fee = db_cell_bool(&rows, row, 8),
						.terms = late_terms_statutory(creditor->letter.country),
						.delivered_on = DATE_NONE,
						.paid_on = DATE_NONE,
						.paused_until = DATE_NONE };
	return OK;
}
