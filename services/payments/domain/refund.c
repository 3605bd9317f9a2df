#include "payments/domain/refund.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

const char *refund_state_name(enum refund_state state)
{
	static const char *const NAMES[REFUND_STATE_COUNT] = { "owed", "paid", "cancelled", "recover" };

	CHECK(state < REFUND_STATE_COUNT);
	return NAMES[state];
}

struct err refund_amount(int64_t rest_minor, int64_t asked_minor, int64_t *amount_minor)
{
	if (rest_minor <= 0)
		return ERR(ERR_CONFLICT, "payment.no_cash", "payment", "the payment has no cash left to refund");
	if (asked_minor > rest_minor)
		return ERR(ERR_CONFLICT, "cash.too_much", "amount_minor", "more than is left of the payment");
	*amount_minor = asked_minor > 0 ? asked_minor : rest_minor;
	return OK;
}

int64_t refund_left_minor(const struct refund *refund)
{
	return refund->state == REFUND_OWED ? refund->amount_minor - refund->paid_minor : 0;
}

static struct err not_owed(void)
{
	return ERR(ERR_CONFLICT, "refund.not_owed", "refund", "nothing of this refund is owed any more");
}

struct err refund_pay(struct refund *refund, struct currency currency, int64_t amount_minor)
{
	if (refund_left_minor(refund) == 0)
		return not_owed();
	if (!currency_equal(refund->currency, currency))
		return ERR(ERR_CONFLICT, "refund.currency", "payment", "the refund is owed in another currency");
	if (amount_minor <= 0 || amount_minor > refund_left_minor(refund))
		return ERR(ERR_CONFLICT, "refund.too_much", "payment", "the debit is not a part of what is owed");
	refund->paid_minor += amount_minor;
	if (refund->paid_minor == refund->amount_minor)
		refund->state = REFUND_PAID;
	return OK;
}

struct err refund_cancel(struct refund *refund, int64_t *left_minor)
{
	int64_t left = refund_left_minor(refund);

	if (left == 0)
		return not_owed();
	if (refund->paid_minor == 0) {
		refund->state = REFUND_CANCELLED;
	} else {
		refund->amount_minor = refund->paid_minor;
		refund->state = REFUND_PAID;
	}
	*left_minor = left;
	return OK;
}

/* ------------------------------------------------------------------ which debit pays it */

static bool may_pay(const struct refund *refund, const struct payment *debit)
{
	return currency_equal(refund->currency, debit->currency) && refund_left_minor(refund) >= -debit->amount_minor;
}

/* The number as a whole: RFD-000012 is not in RFD-0000123. */
static bool text_names(struct arena *arena, const char *key, const char *number)
{
	const char *wanted = text_normalise(arena, number);
	size_t length = strlen(wanted);

	for (const char *at = strstr(key, wanted); at; at = strstr(at + 1, wanted))
		if (at[length] < '0' || at[length] > '9')
			return true;
	return false;
}

static bool paid_whole(const struct refund *refund, const struct payment *debit)
{
	return text_equal(refund->payee_iban, debit->payer_iban) && refund_left_minor(refund) == -debit->amount_minor;
}

struct refund *refund_of_debit(struct arena *arena, struct refund *refunds, size_t count, const struct payment *debit,
			       const char *text, const char **evidence)
{
	const char *key = text_empty(text) ? "" : text_normalise(arena, text);
	struct refund *only = NULL;

	if (debit->amount_minor >= 0 || payment_is_return(debit))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (may_pay(&refunds[i], debit) && text_names(arena, key, refunds[i].number)) {
			*evidence = "the refund's number stands in the text";
			return &refunds[i];
		}
	for (size_t i = 0; !text_empty(debit->payer_iban) && i < count; i++) {
		if (!may_pay(&refunds[i], debit) || !paid_whole(&refunds[i], debit))
			continue;
		if (only)
			return NULL;
		only = &refunds[i];
	}
	*evidence = "the payee's account, and exactly what is owed";
	return only;
}

/* ------------------------------------------------------------------ postings */

void book_refund(struct posting_batch *batch, const struct refund *refund, struct id posting, const char *kind,
		 struct date on, int64_t minor)
{
	posting_open(batch,
		     (struct posting){ .id = posting, .kind = kind, .booked_on = on, .source = refund->payment });
	if (id_zero(refund->customer))
		posting_debit(batch, ACCOUNT_UNIDENTIFIED_CASH, refund->payment, refund->currency, minor);
	else
		posting_debit(batch, ACCOUNT_UNAPPLIED_CASH, refund->customer, refund->currency, minor);
	posting_credit(batch, ACCOUNT_REFUND, refund->id, refund->currency, minor);
}

void book_payout(struct posting_batch *batch, const struct refund *refund, struct id posting, struct id debit,
		 struct date on, int64_t minor)
{
	posting_open(batch, (struct posting){ .id = posting, .kind = "refund_paid", .booked_on = on, .source = debit });
	posting_debit(batch, ACCOUNT_REFUND, refund->id, refund->currency, minor);
	posting_credit(batch, ACCOUNT_CLEARING, (struct id){ 0 }, refund->currency, minor);
}
