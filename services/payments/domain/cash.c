#include "payments/domain/cash.h"

#include "common/base/check.h"
#include "payments/domain/booking.h"

const int64_t CASH_AGE_FROM_DAYS[CASH_AGES - 1] = { 8, 31, 61, 91 };

enum cash_age cash_age_of(int days)
{
	int age = CASH_AGE_OLD;

	while (age > CASH_AGE_WEEK && days < CASH_AGE_FROM_DAYS[age - 1])
		age--;
	return (enum cash_age)age;
}

const char *cash_age_name(enum cash_age age)
{
	static const char *const NAMES[CASH_AGES] = { "0-7", "8-30", "31-60", "61-90", "over 90" };

	CHECK(age < CASH_AGES);
	return NAMES[age];
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t cash_used(const struct cash *cash, const struct cash_use *use, int64_t amount_minor)
{
	return currency_equal(cash->currency, use->currency) ? amount_minor : use->cash_minor;
}

struct err cash_apply(const struct cash *cash, const struct cash_use *use, int64_t *amount_minor)
{
	int64_t wanted = use->open_minor - use->discount_minor;

	if (cash->rest_minor <= 0 || !payment_may_become(cash->state, PAYMENT_ALLOCATED))
		return ERR(ERR_CONFLICT, "payment.no_cash", "payment", "the payment has no cash left to apply");
	if (!currency_equal(cash->currency, use->currency) && use->cash_minor == 0)
		return ERR(ERR_CONFLICT, "cash.currency", "invoice_number", "the invoice is in another currency");
	if (wanted <= 0)
		return ERR(ERR_CONFLICT, "invoice.settled", "invoice_number", "nothing is open on the invoice");
	int64_t amount = use->asked_minor > 0 ? use->asked_minor : least(cash->rest_minor, wanted);

	if (cash_used(cash, use, amount) > cash->rest_minor || amount > wanted)
		return ERR(ERR_CONFLICT, "cash.too_much", "amount_minor", "more than is left, or than is open");
	*amount_minor = amount;
	return OK;
}

void book_cash(struct posting_batch *batch, const struct cash *cash, const struct cash_use *use, int64_t amount_minor,
	       struct id posting)
{
	posting_open(batch, (struct posting){ .id = posting,
					      .kind = "allocation",
					      .booked_on = cash->value_on,
					      .source = cash->payment });
	int64_t cash_minor = cash_used(cash, use, amount_minor);

	if (id_zero(cash->customer))
		posting_debit(batch, ACCOUNT_UNIDENTIFIED_CASH, cash->payment, cash->currency, cash_minor);
	else
		posting_debit(batch, ACCOUNT_UNAPPLIED_CASH, cash->customer, cash->currency, cash_minor);
	book_exchange(batch, cash->currency, cash_minor, use->currency, amount_minor);
	posting_credit(batch, ACCOUNT_RECEIVABLE, use->item, use->currency, amount_minor + use->discount_minor);
	if (use->discount_minor > 0)
		posting_debit(batch, use->relief, (struct id){ 0 }, use->currency, use->discount_minor);
}
