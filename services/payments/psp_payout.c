#include "payments/psp_payout.h"

#include "common/base/text.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/store_psp_payout.h"

struct id psp_account(struct arena *arena, const struct desk *desk, enum psp_provider provider,
		      struct currency currency)
{
	return id_derive((struct id){ 0 }, arena_format(arena, "psp/%s/%s/%s", psp_provider_name(provider),
							desk->creditor, currency.code));
}

static struct err arrive(struct db_tx *tx, const struct desk *desk, const struct psp_payout *payout, struct id payment,
			 struct date on)
{
	struct posting_batch postings = posting_batch_make(tx->arena);

	posting_open(&postings,
		     (struct posting){ .id = id_fresh(), .kind = "allocation", .booked_on = on, .source = payment });
	posting_debit(&postings, ACCOUNT_UNIDENTIFIED_CASH, payment, payout->currency, payout->amount_minor);
	if (payout->fee_minor > 0)
		posting_debit(&postings, ACCOUNT_BANK_CHARGES, (struct id){ 0 }, payout->currency, payout->fee_minor);
	posting_credit(&postings, ACCOUNT_BANK, psp_account(tx->arena, desk, payout->provider, payout->currency),
		       payout->currency, payout->amount_minor + payout->fee_minor);
	TRY(posting_check(&postings));
	TRY(ledger_post(tx, desk->creditor, &postings));
	return payout_arrived(tx, desk, payout, payment);
}

struct err psp_payout_hear(struct db_tx *tx, const struct desk *desk, enum psp_provider provider,
			   const struct psp_event *event, const char **outcome)
{
	struct psp_payout payout = { .provider = provider, .id = event->object_id };
	struct arrival *arrivals;
	size_t count;
	bool expected;

	*outcome = "noted";
	TRY(payout_save(tx, desk, event, &payout, &expected));
	if (!expected)
		return OK;
	TRY(arrivals_find(tx, desk, &payout, &arrivals, &count));
	for (size_t i = 0; i < count; i++) {
		if (!psp_payout_named(&payout, arrivals[i].words))
			continue;
		*outcome = "booked";
		return arrive(tx, desk, &payout, arrivals[i].payment, arrivals[i].value_on);
	}
	return OK;
}

static const char *words_of(struct arena *arena, const struct payment_record *record)
{
	return arena_format(arena, "%s %s %s", record->text ? record->text : "",
			    record->payment.payer_name ? record->payment.payer_name : "",
			    record->payment.end_to_end_id ? record->payment.end_to_end_id : "");
}

struct err psp_payouts_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch)
{
	struct psp_payout *payouts;
	size_t count;

	if (!batch->concerns.payouts)
		return OK;
	TRY(payouts_expected(tx, desk, batch, &payouts, &count));
	for (size_t i = 0; count > 0 && i < batch->payment_count; i++) {
		const struct payment_record *record = &batch->payments[i];

		if (record->decision.state != PAYMENT_UNIDENTIFIED)
			continue;
		for (size_t k = 0; k < count; k++) {
			if (payouts[k].amount_minor != record->payment.amount_minor ||
			    !currency_equal(payouts[k].currency, record->payment.currency) ||
			    !psp_payout_named(&payouts[k], words_of(tx->arena, record)))
				continue;
			TRY(arrive(tx, desk, &payouts[k], record->payment.id, record->payment.value_on));
			payouts[k].amount_minor = 0; /* it arrives once */
			break;
		}
	}
	return OK;
}
