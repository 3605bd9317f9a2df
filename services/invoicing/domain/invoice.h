#ifndef INVOICING_DOMAIN_INVOICE_H
#define INVOICING_DOMAIN_INVOICE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "invoicing/domain/terms.h"
#include "ledger/posting.h"

/* Invoices and the credit notes that cancel them.
 *
 * Rounding (EN 16931, BR-CO-17 and BR-DEC): a line's net is quantity times price, rounded once; VAT is reckoned on the
 * sum of the nets of one rate and rounded once a rate; everything else is sums. */

#define INVOICE_LINES_MAX 1000
#define INVOICE_RATES_MAX 20
#define QUANTITY_MAX (INT64_C(10000000) * DECIMAL_ONE)    /* ten million pieces; with the next, products stay exact */
#define UNIT_PRICE_MAX (INT64_C(100000000) * DECIMAL_ONE) /* a hundred million units of the currency */

struct invoice_line {
	const char *description, *unit;
	struct decimal quantity, unit_price, vat_rate;
	int64_t net_minor;
};

struct vat_amount {
	struct decimal rate;
	int64_t net_minor, vat_minor;
};

struct invoice {
	struct id id, customer, posting;
	const char *number, *customer_number;
	int year;
	int64_t sequence;
	struct currency currency;
	struct date issued_on, due_on, supplied_on; /* supplied_on is DATE_NONE where it is issued_on */
	const char *creditor_ref, *order_reference;
	const char *note; /* stands under the lines; also the reason where no VAT is charged. NULL: none */
	struct invoice_line *lines;
	size_t line_count;
	struct vat_amount vat[INVOICE_RATES_MAX]; /* by rate, as they first appear */
	size_t vat_count;
	int64_t net_minor, vat_minor, gross_minor;
	int64_t discount_minor;
	struct date discount_until;
	struct late_terms late;
};

/* Checks the lines and reckons net, VAT by rate and gross. ERR_INVALID "invoice.lines", "invoice.quantity",
 * "invoice.price", "invoice.vat_rate", "invoice.amount" (gross must be positive and at most MONEY_MINOR_MAX). */
MUST_USE struct err invoice_total(struct invoice *invoice);

/* Sums the nets of lines by rate and reckons the VAT; used by invoice_total, and to show an invoice again. */
MUST_USE struct err invoice_vat(struct invoice *invoice);

/* Sets due date, discount and late terms, from the date of issue and a total that is reckoned. */
void invoice_apply_terms(struct invoice *invoice, const struct payment_terms *terms);

/* ERR_INVALID "invoice.future": issued after `today`. */
MUST_USE struct err invoice_date_check(struct date issued_on, struct date today);

/* Appends the invoice's posting: receivable against revenue and VAT. */
void invoice_post(struct posting_batch *batch, const struct invoice *invoice);

/* ------------------------------------------------------------------ states and moves */

enum invoice_state { INVOICE_OPEN, INVOICE_SETTLED, INVOICE_CANCELLED, INVOICE_STATE_COUNT };
enum invoice_act { INVOICE_CANCEL, INVOICE_DISPUTE, INVOICE_UNDISPUTE };

enum invoice_state invoice_state_of(int64_t open_minor, bool cancelled);

/* The one table of what may be done in which state. Errors are ERR_CONFLICT: "invoice.already_cancelled",
 * "invoice.already_paid". */
MUST_USE struct err invoice_move(enum invoice_state from, enum invoice_act act, enum invoice_state *to);

/* ------------------------------------------------------------------ cancellation */

/* What was taken off a receivable without cash, by account: a discount, bank charges, a write-off. Debits. */
struct relief {
	enum account account;
	int64_t minor;
};

/* A credit note over the whole of an invoice. */
struct credit_note {
	struct id id, posting;
	const char *number, *reason;
	int year;
	int64_t sequence;
	struct date issued_on;
	int64_t released_minor; /* what had been paid and is the customer's unapplied cash now */
};

/* Appends the posting that takes the invoice back: revenue and VAT against what is open, what was relieved (taken back
 * too) and what was paid, which is released. ERR_CONFLICT "invoice.over_credited" where more was taken off than was
 * asked for. */
MUST_USE struct err invoice_cancel(struct posting_batch *batch, const struct invoice *invoice, int64_t open_minor,
				   const struct relief *reliefs, size_t relief_count, struct credit_note *note);

#endif
