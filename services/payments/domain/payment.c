#include "payments/domain/payment.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

static const char *const NAMES[PAYMENT_STATE_COUNT] = {
	[PAYMENT_ALLOCATED] = "allocated",       [PAYMENT_SUGGESTED] = "suggested", [PAYMENT_UNAPPLIED] = "unapplied",
	[PAYMENT_UNIDENTIFIED] = "unidentified", [PAYMENT_CLEARING] = "clearing",   [PAYMENT_RETURN] = "return",
	[PAYMENT_RETURNED] = "returned",         [PAYMENT_REFUND] = "refund",
};

static const struct {
	enum payment_state from, to;
	const char *why;
} MOVES[] = {
	{ PAYMENT_SUGGESTED, PAYMENT_ALLOCATED, "a person confirmed the proposal" },
	{ PAYMENT_UNAPPLIED, PAYMENT_ALLOCATED, "a person put the cash on an invoice" },
	{ PAYMENT_SUGGESTED, PAYMENT_RETURNED, "the bank took it back" },
	{ PAYMENT_UNAPPLIED, PAYMENT_RETURNED, "the bank took it back" },
	{ PAYMENT_UNIDENTIFIED, PAYMENT_ALLOCATED, "a person knew whose money it is" },
	{ PAYMENT_UNIDENTIFIED, PAYMENT_RETURNED, "the bank took it back" },
	{ PAYMENT_ALLOCATED, PAYMENT_ALLOCATED, "a person applied the rest" },
	{ PAYMENT_ALLOCATED, PAYMENT_RETURNED, "the bank took it back" },
	{ PAYMENT_ALLOCATED, PAYMENT_UNAPPLIED, "a person took the match back: the payer's cash" },
	{ PAYMENT_ALLOCATED, PAYMENT_UNIDENTIFIED, "a person took the match back: nobody's cash" },
	{ PAYMENT_SUGGESTED, PAYMENT_UNAPPLIED, "a person rejected the proposal" },
	{ PAYMENT_SUGGESTED, PAYMENT_UNIDENTIFIED, "a person rejected the proposal" },
	{ PAYMENT_CLEARING, PAYMENT_REFUND, "it paid a refund out" },
};

const char *payment_state_name(enum payment_state state)
{
	CHECK(state < PAYMENT_STATE_COUNT);
	return NAMES[state];
}

struct err payment_state_find(const char *name, enum payment_state *state)
{
	for (int i = 0; i < PAYMENT_STATE_COUNT; i++)
		if (text_equal(NAMES[i], name)) {
			*state = (enum payment_state)i;
			return OK;
		}
	return ERR(ERR_INVALID, "payment.state", "state", "there is no such payment state");
}

bool payment_may_become(enum payment_state from, enum payment_state to)
{
	for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
		if (MOVES[i].from == from && MOVES[i].to == to)
			return true;
	return false;
}

/* The bank gives a reason, flags a reversal, or says so in its code (ISO 20022 sub-families: unpaid direct debit,
 * reversal due to payment return, reimbursement; German banks in MT940: SEPA debits charged back, B2B and Core). */
bool payment_is_return(const struct payment *payment)
{
	static const char *const CODES[] = { "UPDD", "RRTN", "PRDD", "RPCR", "RDDT",
					     "ARET", "RCDD", "UPCT", "108",  "109" };
	const char *code = payment->transaction_code ? strrchr(payment->transaction_code, '/') : NULL;

	if (payment->return_reason || payment->reversal)
		return true;
	for (size_t i = 0; code && i < sizeof CODES / sizeof CODES[0]; i++)
		if (strcmp(code + 1, CODES[i]) == 0)
			return true;
	return false;
}
