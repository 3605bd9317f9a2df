#include "notification/store_delivered.h"

static const struct db_stmt DELIVERY_RECORD = DB_STMT(
	"notification_delivery_record",
	"WITH item AS (SELECT id, customer_number FROM ledger.open_item WHERE creditor = $1 AND number = $2), "
	"kept AS (INSERT INTO notification.item_delivery (creditor, item, delivered_on, proof, reference, recorded_at, "
	"  recorded_by) SELECT $1, id, $3, $4, $5, $6, $7 FROM item "
	"  ON CONFLICT (creditor, item) DO UPDATE SET delivered_on = excluded.delivered_on, proof = excluded.proof, "
	"  reference = excluded.reference, recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by) "
	"SELECT customer_number FROM item");

static const struct db_stmt DELIVERED_BY_MAIL =
	DB_STMT("notification_delivered_by_mail",
		"INSERT INTO notification.item_delivery (creditor, item, delivered_on, proof, reference, recorded_at, "
		"recorded_by) "
		"SELECT $1, i.item, $3, 'mail', left($4, 200), $5, 'worker' FROM unnest($2::uuid[]) AS i (item) "
		"ON CONFLICT DO NOTHING");

struct err delivery_record(struct db_tx *tx, const struct creditor *creditor, const struct delivery_record *record,
			   const char **customer_number)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DELIVERY_RECORD,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(record->invoice_number),
			       db_date(record->delivered_on), db_text(record->proof),
			       db_text_or_empty(record->reference), db_time(creditor->now),
			       db_text(record->recorded_by)),
		     &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "invoice.unknown", "invoice_number", "there is no such invoice");
	*customer_number = db_cell_copy(&rows, 0, 0, tx->arena);
	return OK;
}

struct err deliveries_by_mail(struct db_tx *tx, const struct creditor *creditor, const struct id *items, size_t count,
			      struct date on, const char *message_id)
{
	return db_exec(tx, &DELIVERED_BY_MAIL,
		       DB_PARAMS(db_text(creditor->letter.code), db_id_array(tx->arena, items, count), db_date(on),
				 db_text_or_empty(message_id), db_time(creditor->now)));
}
