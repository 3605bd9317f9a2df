#include "invoicing/store_document.h"

/* The bank's number of an adopted account is an IBAN in most countries; where it is not, nobody can pay to it by
 * SEPA. */
static const struct db_stmt STATIONERY_GET = DB_STMT(
	"stationery_get",
	"SELECT s.registration, s.payment_link, coalesce(c.iban, (SELECT a.account FROM payments.bank_account a "
	"WHERE a.creditor = c.code AND a.currency = c.currency AND a.account ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' "
	"ORDER BY a.made_at, a.id LIMIT 1)), CASE WHEN c.iban IS NOT NULL THEN c.bic END FROM invoicing.creditor c "
	"LEFT JOIN invoicing.stationery s ON s.creditor = c.code WHERE c.code = $1");

static const struct db_stmt STATIONERY_SAVE =
	DB_STMT("stationery_save",
		"INSERT INTO invoicing.stationery (creditor, registration, payment_link) VALUES ($1, $2, $3) "
		"ON CONFLICT (creditor) DO UPDATE SET registration = excluded.registration, "
		"payment_link = excluded.payment_link");

static const struct db_stmt DOCUMENT_WANT = DB_STMT(
	"document_want", "INSERT INTO invoicing.document (creditor, id, number, invoice) VALUES ($1, $2, $3, $4)");

static const struct db_stmt DOCUMENT_FIND =
	DB_STMT("document_find", "SELECT id, number, invoice, pdf, sha256, pages FROM invoicing.document "
				 "WHERE creditor = $1 AND number = $2");

static const struct db_stmt DOCUMENT_KEEP = DB_STMT(
	"document_keep", "UPDATE invoicing.document SET pdf = $3::bytea, sha256 = encode(sha256($3::bytea), 'hex'), "
			 "pages = $4, made_at = $5, problem = NULL WHERE creditor = $1 AND id = $2 AND pdf IS NULL");

static const struct db_stmt DOCUMENT_FAIL = DB_STMT(
	"document_fail", "UPDATE invoicing.document SET problem = $3 WHERE creditor = $1 AND id = $2 AND pdf IS NULL");

static const struct db_stmt DOCUMENT_TAKE =
	DB_STMT("document_take", "SELECT id, number, invoice, creditor FROM invoicing.document WHERE pdf IS NULL "
				 "AND problem IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED");

static const struct db_stmt NOTE_GET =
	DB_STMT("credit_note_get", "SELECT id, number, reason, issued_on, released_minor "
				   "FROM invoicing.credit_note "
				   "WHERE creditor = $1 AND number = $2");

struct err stationery_get(struct db_tx *tx, const struct desk *desk, struct stationery *stationery)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &STATIONERY_GET, DB_PARAMS(db_text(desk->creditor.code)), &rows));
	*stationery = (struct stationery){ .registration = db_cell_copy(&rows, 0, 0, tx->arena),
					   .payment_link = db_cell_copy(&rows, 0, 1, tx->arena),
					   .iban = db_cell_copy(&rows, 0, 2, tx->arena),
					   .bic = db_cell_copy(&rows, 0, 3, tx->arena) };
	return OK;
}

struct err stationery_save(struct db_tx *tx, const struct desk *desk, const struct stationery *stationery)
{
	return db_exec(tx, &STATIONERY_SAVE,
		       DB_PARAMS(db_text(desk->creditor.code), db_text(stationery->registration),
				 db_text(stationery->payment_link)));
}

struct err document_want(struct db_tx *tx, const struct desk *desk, struct id id, const char *number,
			 const char *invoice)
{
	return db_exec(tx, &DOCUMENT_WANT,
		       DB_PARAMS(db_text(desk->creditor.code), db_id(id), db_text(number), db_text(invoice)));
}

struct err document_find(struct db_tx *tx, const struct desk *desk, const char *number, bool *found,
			 struct document_record *document)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DOCUMENT_FIND, DB_PARAMS(db_text(desk->creditor.code), db_text_or_empty(number)), &rows));
	*found = rows.count > 0;
	if (!*found)
		return OK;
	*document = (struct document_record){ .id = db_cell_id(&rows, 0, 0),
					      .number = db_cell_copy(&rows, 0, 1, tx->arena),
					      .invoice = db_cell_copy(&rows, 0, 2, tx->arena),
					      .sha256 = db_cell_copy(&rows, 0, 4, tx->arena),
					      .pages = (int)db_cell_int(&rows, 0, 5) };
	document->pdf = db_cell_bytes(&rows, 0, 3, tx->arena, &document->length);
	return OK;
}

struct err document_keep(struct db_tx *tx, const struct desk *desk, struct id id, const void *pdf, size_t length,
			 int pages)
{
	return db_exec(tx, &DOCUMENT_KEEP,
		       DB_PARAMS(db_text(desk->creditor.code), db_id(id), db_bytes(tx->arena, pdf, length),
				 db_int(pages), db_time(desk->now)));
}

struct err document_fail(struct db_tx *tx, const struct desk *desk, struct id id, const char *reason)
{
	return db_exec(tx, &DOCUMENT_FAIL, DB_PARAMS(db_text(desk->creditor.code), db_id(id), db_text(reason)));
}

struct err document_take(struct db_tx *tx, bool *found, struct document_wanted *wanted)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DOCUMENT_TAKE, DB_NO_PARAMS, &rows));
	*found = rows.count > 0;
	if (*found)
		*wanted = (struct document_wanted){
			.creditor = db_cell_copy(&rows, 0, 3, tx->arena),
			.document = { .id = db_cell_id(&rows, 0, 0),
				      .number = db_cell_copy(&rows, 0, 1, tx->arena),
				      .invoice = db_cell_copy(&rows, 0, 2, tx->arena) },
		};
	return OK;
}

struct err credit_note_get(struct db_tx *tx, const struct desk *desk, const char *number, struct credit_note *note)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &NOTE_GET, DB_PARAMS(db_text(desk->creditor.code), db_text(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "invoice.unknown", "number", "there is no credit note '%s'",
				  number);
	*note = (struct credit_note){ .id = db_cell_id(&rows, 0, 0),
				      .number = db_cell_copy(&rows, 0, 1, tx->arena),
				      .reason = db_cell_copy(&rows, 0, 2, tx->arena),
				      .issued_on = db_cell_date(&rows, 0, 3),
				      .released_minor = db_cell_int(&rows, 0, 4) };
	return OK;
}
