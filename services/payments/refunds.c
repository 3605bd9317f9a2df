#include "payments/refunds.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/outbox.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/views.h"

struct refund_view refund_view_of(struct arena *arena, const struct desk *desk, const struct refund_row *row)
{
	return (struct refund_view){ .creditor = desk->creditor,
				     .number = row->refund.number,
				     .state = refund_state_name(row->refund.state),
				     .payment_id = id_text(arena, row->refund.payment),
				     .entry_ref = row->entry_ref,
				     .customer_number = row->customer_number,
				     .currency = row->refund.currency,
				     .amount_minor = row->refund.amount_minor,
				     .paid_minor = row->refund.paid_minor,
				     .payee_name = row->payee_name,
				     .payee_iban = row->refund.payee_iban,
				     .reason = row->reason,
				     .made_by = row->made_by,
				     .made_at = row->made_at };
}

static struct err announce(struct db_tx *tx, const struct desk *desk, const char *type, const struct refund_row *row)
{
	struct refund_view view = refund_view_of(tx->arena, desk, row);
	struct payload payload = wire_event_refund(tx->arena, &view, id_text(tx->arena, row->refund.customer));

	return outbox_append(tx, &(struct event){ .creditor = desk->creditor,
						  .type = type,
						  .subject = row->refund.number,
						  .time = desk->now,
						  .payload = payload.bytes,
						  .payload_length = payload.length,
						  .payload_type = payload.type });
}

static struct err post(struct db_tx *tx, const struct desk *desk, const struct posting_batch *batch)
{
	TRY(posting_check(batch));
	return ledger_post(tx, desk->creditor, batch);
}

/* ------------------------------------------------------------------ owed, and not owed any more */

/* Whoever refunds has decided what the cash is not. */
static struct err proposals_drop(struct db_tx *tx, const struct desk *desk, struct payment_row *payment)
{
	if (payment->state != PAYMENT_SUGGESTED)
		return OK;
	payment->state = id_zero(payment->customer) ? PAYMENT_UNIDENTIFIED : PAYMENT_UNAPPLIED;
	return suggestions_withdraw(tx, desk, payment->id);
}

struct err cash_refund(struct db_tx *tx, const struct desk *desk, const struct refund_asked *asked,
		       struct refund_row *refund, struct payment_row *payment)
{
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct payment_row from;
	int64_t minor;

	TRY(desk_lock(tx, desk));
	TRY(payment_get(tx, desk, asked->payment, &from));
	TRY(refund_amount(from.rest_minor, asked->amount_minor, &minor));
	struct refund_row made = {
		.refund = { .id = id_fresh(),
			    .payment = from.id,
			    .customer = from.customer,
			    .currency = from.currency,
			    .amount_minor = minor,
			    .payee_iban = text_empty(asked->payee_iban) ? from.payer_iban : asked->payee_iban,
			    .state = REFUND_OWED },
		.entry_ref = from.entry_ref,
		.customer_number = from.customer_number,
		.payee_name = from.payer_name,
		.reason = asked->reason,
		.made_by = desk->who,
		.made_at = desk->now,
	};

	TRY(refund_insert(tx, desk, &made));
	book_refund(&batch, &made.refund, made.refund.id, "refund_due", instant_utc_date(desk->now), minor);
	TRY(post(tx, desk, &batch));
	TRY(proposals_drop(tx, desk, &from));
	from.rest_minor -= minor;
	TRY(payment_update(tx, desk, &from));
	TRY(announce(tx, desk, "relance.refund.owed.v1", &made));
	*refund = made;
	*payment = from;
	return OK;
}

struct err refund_withdraw(struct db_tx *tx, const struct desk *desk, const char *number, struct refund_row *refund)
{
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct id posting = id_fresh();
	struct payment_row payment;
	struct refund_row found;
	int64_t left;

	TRY(desk_lock(tx, desk));
	TRY(refund_get(tx, desk, number, &found));
	TRY(refund_cancel(&found.refund, &left));
	TRY(payment_get(tx, desk, id_text(tx->arena, found.refund.payment), &payment));
	found.refund.customer = payment.customer; /* whose it is may have been decided anew */
	book_refund(&batch, &found.refund, posting, "refund_cancelled", instant_utc_date(desk->now), -left);
	TRY(post(tx, desk, &batch));
	TRY(refund_update(tx, desk, &found.refund, posting));
	payment.rest_minor += left;
	TRY(payment_update(tx, desk, &payment));
	TRY(announce(tx, desk, "relance.refund.cancelled.v1", &found));
	*refund = found;
	return OK;
}

/* ------------------------------------------------------------------ paid out */

static struct err pay_out(struct db_tx *tx, const struct desk *desk, struct refund_row *row,
			  const struct payment *debit, const char *evidence)
{
	struct posting_batch batch = posting_batch_make(tx->arena);
	struct payout payout = { .id = id_fresh(),
				 .refund = row->refund.id,
				 .payment = debit->id,
				 .amount_minor = -debit->amount_minor,
				 .evidence = evidence };

	TRY(refund_pay(&row->refund, debit->currency, payout.amount_minor));
	book_payout(&batch, &row->refund, payout.id, debit->id, debit->value_on, payout.amount_minor);
	TRY(post(tx, desk, &batch));
	TRY(refund_update(tx, desk, &row->refund, (struct id){ 0 }));
	TRY(payout_insert(tx, desk, &payout));
	return row->refund.state == REFUND_PAID ? announce(tx, desk, "relance.refund.paid.v1", row) : OK;
}

struct err refund_settle(struct db_tx *tx, const struct desk *desk, const char *number, const char *debit,
			 struct refund_row *refund)
{
	struct payment_row payment;
	struct refund_row found;

	TRY(desk_lock(tx, desk));
	TRY(refund_get(tx, desk, number, &found));
	TRY(payment_get(tx, desk, debit, &payment));
	if (payment.amount_minor >= 0 || !payment_may_become(payment.state, PAYMENT_REFUND))
		return ERR(ERR_CONFLICT, "payment.no_payout", "payment",
			   "this is no debit, or it is known what it pays");
	TRY(pay_out(tx, desk, &found,
		    &(struct payment){ .id = payment.id,
				       .amount_minor = payment.amount_minor,
				       .currency = payment.currency,
				       .value_on = payment.value_on },
		    "a person decided"));
	*refund = found;
	return OK;
}

/* What the bank says of a debit, in one text. */
static const char *words_of(struct arena *arena, const struct payment_record *record)
{
	const struct payment *payment = &record->payment;

	return arena_format(arena, "%s / %s / %s", record->text ? record->text : "",
			    payment->end_to_end_id ? payment->end_to_end_id : "",
			    payment->creditor_ref ? payment->creditor_ref : "");
}

static bool any_debit(const struct batch *batch)
{
	for (size_t i = 0; i < batch->payment_count; i++)
		if (batch->payments[i].payment.amount_minor < 0)
			return true;
	return false;
}

struct err refunds_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	struct refund_row *rows;
	struct refund *refunds;
	size_t count;

	if (!batch->concerns.refunds || !any_debit(batch))
		return OK;
	TRY(refunds_owed(tx, desk, &rows, &count));
	refunds = arena_array(tx->arena, count, sizeof *refunds);
	for (size_t i = 0; i < count; i++)
		refunds[i] = rows[i].refund;
	for (size_t i = 0; count > 0 && i < batch->payment_count; i++) {
		const struct payment_record *record = &batch->payments[i];
		const char *evidence;

		if (record->decision.state != PAYMENT_CLEARING)
			continue;
		struct refund *paid = refund_of_debit(tx->arena, refunds, count, &record->payment,
						      words_of(tx->arena, record), &evidence);

		if (!paid)
			continue;
		struct refund_row *row = &rows[paid - refunds];

		/* Another import may have paid it out meanwhile. */
		TRY(refund_get(tx, desk, paid->number, row));
		if (refund_left_minor(&row->refund) >= -record->payment.amount_minor)
			TRY(pay_out(tx, desk, row, &record->payment, evidence));
		*paid = row->refund;
	}
	return OK;
}
