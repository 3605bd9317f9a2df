#ifndef PAYMENTS_CASH_H
#define PAYMENTS_CASH_H

#include "ledger/posting.h"
#include "payments/domain/payment.h"

/* Putting cash that is in the books, but on no invoice, on an invoice: what a person decides after the import. */

struct cash {
	struct id payment;
	struct currency currency;
	enum payment_state state;
	struct id customer; /* whose unapplied cash it is; zero: unidentified */
	int64_t rest_minor;
	struct date value_on;
};

/* What a person asks for. */
struct cash_share {
	const char *invoice_number;
	int64_t amount_minor;   /* 0: as much as fits */
	int64_t discount_minor; /* settled beside the cash */
};

struct cash_use {
	struct id item;
	struct currency currency; /* of the item */
	int64_t open_minor;
	int64_t asked_minor;    /* 0: as much as fits */
	int64_t cash_minor;     /* of the payment, for asked_minor of an item in another currency; else 0 */
	int64_t discount_minor; /* settled beside the cash */
	enum account relief;    /* what that is */
};

/* How much of the item is settled by cash, in its currency. ERR_CONFLICT "payment.no_cash" (nothing left, or taken
 * back), "cash.currency", "invoice.settled", "cash.too_much" (more than is left, or than is open). */
MUST_USE struct err cash_apply(const struct cash *cash, const struct cash_use *use, int64_t *amount_minor);

/* What of the cash that takes, in the cash's currency. */
int64_t cash_used(const struct cash *cash, const struct cash_use *use, int64_t amount_minor);

/* Cash on no invoice by days since its value date: the first day of each bucket after the first. */
enum cash_age { CASH_AGE_WEEK, CASH_AGE_MONTH, CASH_AGE_2_MONTHS, CASH_AGE_3_MONTHS, CASH_AGE_OLD, CASH_AGES };

extern const int64_t CASH_AGE_FROM_DAYS[CASH_AGES - 1];

enum cash_age cash_age_of(int days);
const char *cash_age_name(enum cash_age age); /* "0-7" */

/* The posting: cash out, receivable down; on the day the cash came. */
void book_cash(struct posting_batch *batch, const struct cash *cash, const struct cash_use *use, int64_t amount_minor,
	       struct id posting);

#endif
