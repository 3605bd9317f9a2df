#include "payments/store_psp.h"

#include "common/base/check.h"
#include "common/io/random.h"
#include "payments/store_rows.h"

static const struct db_stmt SECRET_ADD =
	DB_STMT("payments_psp_secret_add",
		"INSERT INTO payments.psp_secret (creditor, provider, id, secret) VALUES ($1, $2, $3, $4)");

static const struct db_stmt SECRETS_TRIM =
	DB_STMT("payments_psp_secrets_trim",
		"DELETE FROM payments.psp_secret WHERE creditor = $1 AND provider = $2 AND id NOT IN ("
		"SELECT id FROM payments.psp_secret WHERE creditor = $1 AND provider = $2 ORDER BY id DESC LIMIT $3)");

static const struct db_stmt SECRETS_LOAD =
	DB_STMT("payments_psp_secrets_load",
		"SELECT secret FROM payments.psp_secret WHERE creditor = $1 AND provider = $2 ORDER BY id DESC");

static const struct db_stmt EVENT_INSERT =
	DB_STMT("payments_psp_event_insert",
		"INSERT INTO payments.psp_event (creditor, provider, event_id, id, type, object_id, happened_at, "
		"received_at, body, "
		"outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'noted') ON CONFLICT DO NOTHING RETURNING id");

static const struct db_stmt EVENT_OUTCOME =
	DB_STMT("payments_psp_event_outcome", "UPDATE payments.psp_event SET outcome = $4 "
					      "WHERE creditor = $1 AND provider = $2 AND event_id = $3");

static const struct db_stmt EVENT_NEWEST = DB_STMT(
	"payments_psp_event_newest",
	"SELECT NOT EXISTS (SELECT FROM payments.psp_event WHERE creditor = $1 AND provider = $2 AND object_id = $3 "
	"                    AND happened_at > $4)");

/* Of two events of the same moment, the one that ends the part counts. */
static const struct db_stmt PART_SAVE = DB_STMT(
	"payments_psp_part_save",
	"INSERT INTO payments.psp_part AS p (creditor, provider, object_id, part_id, kind, amount_minor, holds, at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (creditor, provider, part_id) DO UPDATE SET "
	"amount_minor = greatest(p.amount_minor, excluded.amount_minor), at = greatest(p.at, excluded.at), "
	"holds = CASE WHEN excluded.at > p.at OR excluded.at = p.at AND p.holds THEN excluded.holds ELSE p.holds END");

static const struct db_stmt PARTS_SUM =
	DB_STMT("payments_psp_parts_sum",
		"SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund' AND holds), 0)::bigint, "
		"       coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund' AND NOT holds), 0)::bigint, "
		"       coalesce(sum(amount_minor) FILTER (WHERE kind = 'dispute' AND holds), 0)::bigint "
		"  FROM payments.psp_part WHERE creditor = $1 AND provider = $2 AND object_id = $3");

#define PAYMENT_COLUMNS_PSP                                                                                            \
	"provider, object_id, standing, standing_at, amount_minor, refunded_minor, currency, reference, payer_name, "  \
	"paid_on, booked_minor, bookings"

static const struct db_stmt PAYMENT_LOAD =
	DB_STMT("payments_psp_payment_load", "SELECT " PAYMENT_COLUMNS_PSP " FROM payments.psp_payment "
					     "WHERE creditor = $1 AND provider = $2 AND object_id = $3 FOR UPDATE");

static const struct db_stmt PAYMENT_SAVE = DB_STMT(
	"payments_psp_payment_save",
	"INSERT INTO payments.psp_payment (creditor, " PAYMENT_COLUMNS_PSP ") "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
	"ON CONFLICT (creditor, provider, object_id) DO UPDATE SET standing = excluded.standing, "
	"standing_at = excluded.standing_at, amount_minor = excluded.amount_minor, "
	"refunded_minor = excluded.refunded_minor, currency = excluded.currency, reference = excluded.reference, "
	"payer_name = excluded.payer_name, paid_on = excluded.paid_on, booked_minor = excluded.booked_minor, "
	"bookings = excluded.bookings");

static const struct db_stmt PAYMENTS_PAGE = DB_STMT(
	"payments_psp_payments_page", "SELECT " PAYMENT_COLUMNS_PSP " FROM payments.psp_payment WHERE creditor = $1 "
				      "   AND ($2::text IS NULL OR (provider || '/' || object_id) COLLATE \"C\" > $2) "
				      " ORDER BY (provider || '/' || object_id) COLLATE \"C\" LIMIT $3");

struct err psp_secret_add(struct db_tx *tx, const struct desk *desk, enum psp_provider provider, const char *secret)
{
	const char *name = psp_provider_name(provider);

	TRY(db_exec(tx, &SECRET_ADD,
		    DB_PARAMS(db_text(desk->creditor), db_text(name), db_id(id_fresh()), db_text(secret))));
	return db_exec(tx, &SECRETS_TRIM, DB_PARAMS(db_text(desk->creditor), db_text(name), db_int(PSP_SECRETS_MAX)));
}

struct err psp_secrets_load(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			    const char ***secrets, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &SECRETS_LOAD, DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(provider))),
		     &rows));
	*count = (size_t)rows.count;
	*secrets = arena_array(tx->arena, *count, sizeof **secrets);
	for (int i = 0; i < rows.count; i++)
		(*secrets)[i] = db_cell_copy(&rows, i, 0, tx->arena);
	return OK;
}

struct err psp_event_insert(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			    const struct psp_event *event, struct id id, const void *body, size_t length, bool *fresh)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &EVENT_INSERT,
		     DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(provider)), db_text(event->id),
			       db_id(id), db_text(event->type), db_text(event->object_id), db_time(event->at),
			       db_time(desk->now), body ? db_bytes(tx->arena, body, length) : db_null()),
		     &rows));
	*fresh = rows.count > 0;
	return OK;
}

struct err psp_event_outcome(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			     const char *event_id, const char *outcome)
{
	return db_exec(tx, &EVENT_OUTCOME,
		       DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(provider)), db_text(event_id),
				 db_text(outcome)));
}

struct err psp_event_is_newest(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			       const struct psp_event *event, bool *newest)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &EVENT_NEWEST,
		     DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(provider)), db_text(event->object_id),
			       db_time(event->at)),
		     &rows));
	*newest = db_cell_bool(&rows, 0, 0);
	return OK;
}

static struct psp_payment payment_read_psp(const struct db_rows *rows, int row, struct arena *arena)
{
	struct psp_payment payment = {
		.object_id = db_cell_copy(rows, row, 1, arena),
		.standing_at = db_cell_time(rows, row, 3),
		.amount_minor = db_cell_int(rows, row, 4),
		.refunded_minor = db_cell_int(rows, row, 5),
		.reference = db_cell_copy(rows, row, 7, arena),
		.payer_name = db_cell_copy(rows, row, 8, arena),
		.paid_on = db_cell_date(rows, row, 9),
		.booked_minor = db_cell_int(rows, row, 10),
		.bookings = (int)db_cell_int(rows, row, 11),
	};
	struct err provider = psp_provider_find(db_cell_text(rows, row, 0), &payment.provider);
	struct err standing = psp_standing_find(db_cell_text(rows, row, 2), &payment.standing);

	CHECK(err_ok(provider) && err_ok(standing));
	if (!db_cell_null(rows, row, 6))
		payment.currency = cell_currency(rows, row, 6);
	return payment;
}

static struct err parts_sum(struct db_tx *tx, const struct desk *desk, struct psp_payment *payment)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PARTS_SUM,
		     DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(payment->provider)),
			       db_text(payment->object_id)),
		     &rows));
	payment->refunds_minor = db_cell_int(&rows, 0, 0);
	payment->failed_refunds_minor = db_cell_int(&rows, 0, 1);
	payment->disputed_minor = db_cell_int(&rows, 0, 2);
	return OK;
}

struct err psp_payment_load(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			    const char *object_id, struct psp_payment *payment)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAYMENT_LOAD,
		     DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(provider)), db_text(object_id)),
		     &rows));
	*payment = rows.count > 0 ? payment_read_psp(&rows, 0, tx->arena) : psp_payment_make(provider, object_id);
	return parts_sum(tx, desk, payment);
}

struct err psp_part_save(struct db_tx *tx, const struct desk *desk, struct psp_payment *payment,
			 const struct psp_part *part, struct instant at)
{
	TRY(db_exec(tx, &PART_SAVE,
		    DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(payment->provider)),
			      db_text(payment->object_id), db_text(part->id),
			      db_text(part->kind == PSP_REFUND ? "refund" : "dispute"), db_int(part->amount_minor),
			      db_bool(part->holds), db_time(at))));
	return parts_sum(tx, desk, payment);
}

struct err psp_payment_save(struct db_tx *tx, const struct desk *desk, const struct psp_payment *payment)
{
	return db_exec(tx, &PAYMENT_SAVE,
		       DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(payment->provider)),
				 db_text(payment->object_id), db_text(psp_standing_name(payment->standing)),
				 db_time(payment->standing_at), db_int(payment->amount_minor),
				 db_int(payment->refunded_minor), db_text(payment->currency.code),
				 db_text(payment->reference), db_text(payment->payer_name), db_date(payment->paid_on),
				 db_int(payment->booked_minor), db_int(payment->bookings)));
}

struct err psp_payments_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
			     struct psp_payment **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAYMENTS_PAGE, DB_PARAMS(db_text(desk->creditor), db_text(page->after), db_int(page->size)),
		     &rows));
	*count = (size_t)rows.count;
	*list = arena_array(tx->arena, *count, sizeof **list);
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = payment_read_psp(&rows, i, tx->arena);
	return OK;
}
