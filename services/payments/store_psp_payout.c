#include "payments/store_psp_payout.h"

#include "common/base/check.h"
#include "payments/store_rows.h"

#define PAYOUT_COLUMNS "provider, payout_id, amount_minor, fee_minor, currency"

static const struct db_stmt SAVE = DB_STMT(
	"payments_psp_payout_save",
	"INSERT INTO payments.psp_payout AS p (creditor, provider, payout_id, amount_minor, fee_minor, currency, "
	"state, at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (creditor, provider, payout_id) DO UPDATE SET "
	"amount_minor = greatest(p.amount_minor, excluded.amount_minor), "
	"fee_minor = greatest(p.fee_minor, excluded.fee_minor), currency = coalesce(p.currency, excluded.currency), "
	"state = CASE WHEN excluded.at >= p.at THEN excluded.state ELSE p.state END, at = greatest(p.at, excluded.at) "
	"RETURNING " PAYOUT_COLUMNS
	", payment IS NULL AND state <> 'failed' AND amount_minor > 0 AND currency IS NOT NULL");

static const struct db_stmt ARRIVALS =
	DB_STMT("payments_psp_arrivals",
		"SELECT id, value_on, concat_ws(' ', remittance, payer_name, end_to_end_id) FROM payments.payment "
		"WHERE creditor = $1 AND state = 'unidentified' AND amount_minor = $2 AND currency = $3 "
		"AND rest_minor = amount_minor ORDER BY id FOR UPDATE");

static const struct db_stmt EXPECTED = DB_STMT(
	"payments_psp_payouts_expected",
	"SELECT " PAYOUT_COLUMNS " FROM payments.psp_payout WHERE creditor = $1 AND amount_minor = ANY ($2::bigint[]) "
	"AND payment IS NULL AND state <> 'failed' AND currency IS NOT NULL ORDER BY at, payout_id FOR UPDATE");

static const struct db_stmt ARRIVED =
	DB_STMT("payments_psp_payout_arrived",
		"UPDATE payments.psp_payout SET payment = $4 WHERE creditor = $1 AND provider = $2 AND payout_id = $3");

static const struct db_stmt PAYMENT_CLEAR =
	DB_STMT("payments_psp_payment_clear",
		"UPDATE payments.payment SET state = 'clearing', rest_minor = 0, rule = 'payout', evidence = $3 "
		"WHERE creditor = $1 AND id = $2");

static struct psp_payout payout_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct psp_payout payout = { .id = db_cell_copy(rows, row, 1, arena),
				     .amount_minor = db_cell_int(rows, row, 2),
				     .fee_minor = db_cell_int(rows, row, 3) };

	CHECK(err_ok(psp_provider_find(db_cell_text(rows, row, 0), &payout.provider)));
	if (!db_cell_null(rows, row, 4))
		payout.currency = cell_currency(rows, row, 4);
	return payout;
}

struct err payout_save(struct db_tx *tx, const struct desk *desk, const struct psp_event *event,
		       struct psp_payout *payout, bool *expected)
{
	static const char *const STATES[PSP_PAYOUT_STATES] = {
		[PSP_PAYOUT_ANNOUNCED] = "announced", [PSP_PAYOUT_PAID] = "paid", [PSP_PAYOUT_FAILED] = "failed"
	};
	DB_ROWS_SCOPE rows = { 0 };

	CHECK(event->payout != PSP_NO_PAYOUT);
	TRY(db_query(tx, &SAVE,
		     DB_PARAMS(db_text(desk->creditor), db_text(psp_provider_name(payout->provider)),
			       db_text(payout->id), db_int(event->amount_minor), db_int(event->fee_minor),
			       db_text(event->currency.code), db_text(STATES[event->payout]), db_time(event->at)),
		     &rows));
	*payout = payout_read(&rows, 0, tx->arena);
	*expected = db_cell_bool(&rows, 0, 5);
	return OK;
}

struct err arrivals_find(struct db_tx *tx, const struct desk *desk, const struct psp_payout *payout,
			 struct arrival **arrivals, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ARRIVALS,
		     DB_PARAMS(db_text(desk->creditor), db_int(payout->amount_minor), db_text(payout->currency.code)),
		     &rows));
	*count = (size_t)rows.count;
	*arrivals = arena_array(tx->arena, *count, sizeof **arrivals);
	for (int i = 0; i < rows.count; i++)
		(*arrivals)[i] = (struct arrival){ db_cell_id(&rows, i, 0), db_cell_date(&rows, i, 1),
						   db_cell_copy(&rows, i, 2, tx->arena) };
	return OK;
}

struct err payouts_expected(struct db_tx *tx, const struct desk *desk, const struct batch *batch,
			    struct psp_payout **payouts, size_t *count)
{
	int64_t *amounts = arena_array(tx->arena, batch->payment_count, sizeof *amounts);
	size_t unidentified = 0;
	DB_ROWS_SCOPE rows = { 0 };

	*count = 0;
	for (size_t i = 0; i < batch->payment_count; i++)
		if (batch->payments[i].decision.state == PAYMENT_UNIDENTIFIED)
			amounts[unidentified++] = batch->payments[i].payment.amount_minor;
	if (unidentified == 0)
		return OK;
	TRY(db_query(tx, &EXPECTED, DB_PARAMS(db_text(desk->creditor), db_int_array(tx->arena, amounts, unidentified)),
		     &rows));
	*count = (size_t)rows.count;
	*payouts = arena_array(tx->arena, *count, sizeof **payouts);
	for (int i = 0; i < rows.count; i++)
		(*payouts)[i] = payout_read(&rows, i, tx->arena);
	return OK;
}

struct err payout_arrived(struct db_tx *tx, const struct desk *desk, const struct psp_payout *payout, struct id payment)
{
	const char *provider = psp_provider_name(payout->provider);

	TRY(db_exec(tx, &ARRIVED,
		    DB_PARAMS(db_text(desk->creditor), db_text(provider), db_text(payout->id), db_id(payment))));
	return db_exec(tx, &PAYMENT_CLEAR,
		       DB_PARAMS(db_text(desk->creditor), db_id(payment),
				 db_text(arena_format(tx->arena, "the payout %s of %s", payout->id, provider))));
}
