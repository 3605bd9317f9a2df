#include "notification/store_attachment.h"

/* Key by key: without statistics, a join would read the whole table. */
static const struct db_stmt DOCUMENTS_WEIGH = DB_STMT(
	"notification_documents_weigh", "SELECT w.n - 1, d.bytes FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, n) "
					"CROSS JOIN LATERAL (SELECT octet_length(pdf) AS bytes FROM invoicing.document "
					"WHERE creditor = $1 AND id = w.id AND pdf IS NOT NULL LIMIT 1) d");

static const struct db_stmt DOCUMENTS_GET =
	DB_STMT("notification_documents_get", "SELECT d.number, d.pdf FROM unnest($2::uuid[]) AS w (id) "
					      "CROSS JOIN LATERAL (SELECT number, pdf FROM invoicing.document "
					      "WHERE creditor = $1 AND id = w.id AND pdf IS NOT NULL LIMIT 1) d "
					      "ORDER BY d.number");

struct err documents_weigh(struct db_tx *tx, const char *creditor, const struct id *items, size_t count, int64_t *bytes)
{
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++)
		bytes[i] = 0;
	if (count == 0)
		return OK;
	TRY(db_query(tx, &DOCUMENTS_WEIGH, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, items, count)), &rows));
	for (int row = 0; row < rows.count; row++)
		bytes[db_cell_int(&rows, row, 0)] = db_cell_int(&rows, row, 1);
	return OK;
}

struct err documents_get(struct db_tx *tx, const char *creditor, const struct id *items, size_t count,
			 struct document_kept **documents, size_t *found)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DOCUMENTS_GET, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, items, count)), &rows));
	*documents = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **documents);
	*found = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++) {
		struct document_kept *kept = &(*documents)[row];

		kept->number = db_cell_copy(&rows, row, 0, tx->arena);
		kept->pdf = db_cell_bytes(&rows, row, 1, tx->arena, &kept->length);
	}
	return OK;
}
