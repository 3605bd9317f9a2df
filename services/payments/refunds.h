#ifndef PAYMENTS_REFUNDS_H
#define PAYMENTS_REFUNDS_H

#include "payments/store_refund.h"
#include "payments/wire_cash.h"

/* Refunds: what people decide, and the debits that are recognised as paying them out. Each in the caller's
 * transaction. */

struct refund_asked {
	const char *payment;    /* id or entry_ref */
	int64_t amount_minor;   /* 0: all that is left */
	const char *payee_iban; /* "": the account that paid */
	const char *reason;     /* may be "" */
};

/* Moves cash to what is owed back; proposals for it are withdrawn. The errors of payment_get and refund_amount. */
MUST_USE struct err cash_refund(struct db_tx *tx, const struct desk *desk, const struct refund_asked *asked,
				struct refund_row *refund, struct payment_row *payment);

/* A person says which debit paid it. The errors of refund_get, payment_get and refund_pay; ERR_CONFLICT
 * "payment.no_payout" for what is no debit, or has another meaning already. */
MUST_USE struct err refund_settle(struct db_tx *tx, const struct desk *desk, const char *number, const char *debit,
				  struct refund_row *refund);

/* What is not paid out is cash again. The errors of refund_get and refund_cancel. */
MUST_USE struct err refund_withdraw(struct db_tx *tx, const struct desk *desk, const char *number,
				    struct refund_row *refund);

/* Recognises the debits of a batch that is booked and saved already. */
MUST_USE struct err refunds_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch);

struct refund_view refund_view_of(struct arena *arena, const struct desk *desk, const struct refund_row *row);

#endif
