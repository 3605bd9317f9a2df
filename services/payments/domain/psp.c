#include "payments/domain/psp.h"

#include <string.h>
#include <strings.h>

#include "common/base/check.h"
#include "common/base/text.h"

static const char *const PROVIDERS[PSP_PROVIDER_COUNT] = { [PSP_STRIPE] = "stripe", [PSP_GOCARDLESS] = "gocardless" };
static const char *const STANDINGS[PSP_STANDING_COUNT] = { "announced", "failed",       "paid",
							   "paid_out",  "charged_back", "reinstated" };

const char *psp_provider_name(enum psp_provider provider)
{
	CHECK(provider < PSP_PROVIDER_COUNT);
	return PROVIDERS[provider];
}

struct err psp_provider_find(const char *name, enum psp_provider *provider)
{
	for (int i = 0; i < PSP_PROVIDER_COUNT; i++)
		if (text_equal(PROVIDERS[i], name)) {
			*provider = (enum psp_provider)i;
			return OK;
		}
	return ERR(ERR_INVALID, "psp.provider", "provider", "the providers are stripe and gocardless");
}

const char *psp_standing_name(enum psp_standing standing)
{
	CHECK(standing < PSP_STANDING_COUNT);
	return STANDINGS[standing];
}

struct err psp_standing_find(const char *name, enum psp_standing *standing)
{
	for (int i = 0; i < PSP_STANDING_COUNT; i++)
		if (text_equal(STANDINGS[i], name)) {
			*standing = (enum psp_standing)i;
			return OK;
		}
	return ERR(ERR_INVALID, "psp.standing", "standing", "there is no such standing");
}

struct psp_payment psp_payment_make(enum psp_provider provider, const char *object_id)
{
	return (struct psp_payment){
		.provider = provider, .object_id = object_id, .standing_at = INSTANT_NONE, .paid_on = DATE_NONE
	};
}

static bool holds(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (; strlen(text) >= length; text++)
		if (strncasecmp(text, word, length) == 0)
			return true;
	return false;
}

bool psp_payout_named(const struct psp_payout *payout, const char *words)
{
	return holds(words, psp_provider_name(payout->provider)) || holds(words, payout->id);
}

static bool newer(const struct psp_event *event, const struct psp_payment *payment)
{
	if (event->at.us != payment->standing_at.us)
		return event->at.us > payment->standing_at.us;
	return event->standing > payment->standing;
}

void psp_payment_learn(struct psp_payment *payment, const struct psp_event *event)
{
	bool brings_money = event->tells_standing && (event->standing == PSP_PAID || event->standing == PSP_PAID_OUT);
	struct date on = instant_utc_date(event->at);

	if (event->tells_standing && newer(event, payment)) {
		payment->standing = event->standing;
		payment->standing_at = event->at;
	}
	if (brings_money && (!date_known(payment->paid_on) || date_compare(on, payment->paid_on) < 0))
		payment->paid_on = on;
	/* An intent tells what was received, a charge its amount: where they differ, the larger one is the whole. */
	if (event->amount_minor > payment->amount_minor)
		payment->amount_minor = event->amount_minor;
	if (event->refunded_minor > payment->refunded_minor)
		payment->refunded_minor = event->refunded_minor;
	if (!currency_known(payment->currency))
		payment->currency = event->currency;
	if (text_empty(payment->reference))
		payment->reference = event->reference;
	if (text_empty(payment->payer_name))
		payment->payer_name = event->payer_name;
}

/* What the payment tells counts refunds that failed later; a refund may be heard of before the payment tells it. */
static int64_t refunded(const struct psp_payment *payment)
{
	int64_t told = payment->refunded_minor - payment->failed_refunds_minor;

	return told > payment->refunds_minor ? told : payment->refunds_minor;
}

int64_t psp_payment_due_minor(const struct psp_payment *payment)
{
	bool counts = payment->standing == PSP_PAID || payment->standing == PSP_PAID_OUT ||
		      payment->standing == PSP_REINSTATED ||
		      (payment->standing == PSP_CHARGED_BACK && payment->disputed_minor > 0);
	int64_t left = payment->amount_minor - refunded(payment) - payment->disputed_minor;

	return counts && left > 0 && currency_known(payment->currency) ? left : 0;
}
