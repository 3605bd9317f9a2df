#include "notification/store_attachment.h"

static const struct db_stmt DOCUMENTS_WEIGH =
	DB_STMT("notification_documents_weigh",
		"SELECT w.n - 1, octet_length(d.pdf) FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, n) "
		"JOIN invoicing.document d ON d.creditor = $1 AND d.id = w.id WHERE d.pdf IS NOT NULL");

static const struct db_stmt DOCUMENTS_GET = DB_STMT(
	"notification_documents_get",
	"SELECT d.number, d.pdf FROM unnest($2::uuid[]) AS w (id) "
	"JOIN invoicing.document d ON d.creditor = $1 AND d.id = w.id WHERE d.pdf IS NOT NULL ORDER BY d.number");

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
