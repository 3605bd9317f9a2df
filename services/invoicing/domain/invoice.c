#include "invoicing/domain/invoice.h"

#include "common/base/text.h"
#include "invoicing/domain/fields.h"

#define VAT_PERCENT_MAX (100 * DECIMAL_ONE)

static bool within(struct decimal value, int64_t limit)
{
	return value.millionths >= -limit && value.millionths <= limit;
}

static struct err line_check(const struct invoice_line *line)
{
	TRY(field_required("lines.description", line->description, NOTE_BYTES_MAX));
	TRY(field_text("lines.unit", line->unit, NUMBER_BYTES_MAX));
	if (!within(line->quantity, QUANTITY_MAX) || line->quantity.millionths == 0)
		return ERR(ERR_INVALID, "invoice.quantity", "lines.quantity",
			   "a quantity is not 0 and at most ten million");
	if (!within(line->unit_price, UNIT_PRICE_MAX) || line->unit_price.millionths < 0)
		return ERR(ERR_INVALID, "invoice.price", "lines.unit_price",
			   "a price is not negative (a rebate has a negative quantity) and at most a hundred million");
	if (line->vat_rate.millionths < 0 || line->vat_rate.millionths > VAT_PERCENT_MAX)
		return ERR(ERR_INVALID, "invoice.vat_rate", "lines.vat_rate", "a VAT rate is 0 to 100 percent");
	return OK;
}

/* Millionths times millionths is 10^12 units; a unit is 10^decimals minor units. */
static int64_t line_net(const struct invoice_line *line, struct currency currency)
{
	int64_t divisor = DECIMAL_ONE * DECIMAL_ONE;

	for (int i = currency_decimals(currency); i > 0; i--)
		divisor /= 10;
	return money_mul_div(line->quantity.millionths, line->unit_price.millionths, divisor);
}

static struct vat_amount *vat_of(struct invoice *invoice, struct decimal rate)
{
	for (size_t i = 0; i < invoice->vat_count; i++)
		if (invoice->vat[i].rate.millionths == rate.millionths)
			return &invoice->vat[i];
	if (invoice->vat_count == INVOICE_RATES_MAX)
		return NULL;
	struct vat_amount *vat = &invoice->vat[invoice->vat_count++];

	*vat = (struct vat_amount){ .rate = rate };
	return vat;
}

struct err invoice_vat(struct invoice *invoice)
{
	invoice->vat_count = 0;
	invoice->net_minor = invoice->vat_minor = 0;
	for (size_t i = 0; i < invoice->line_count; i++) {
		struct vat_amount *vat = vat_of(invoice, invoice->lines[i].vat_rate);

		if (!vat)
			return ERR(ERR_INVALID, "invoice.vat_rate", "lines.vat_rate",
				   "an invoice has at most 20 different VAT rates");
		vat->net_minor += invoice->lines[i].net_minor;
		invoice->net_minor += invoice->lines[i].net_minor;
	}
	for (size_t i = 0; i < invoice->vat_count; i++) {
		invoice->vat[i].vat_minor = decimal_percent_of(invoice->vat[i].rate, invoice->vat[i].net_minor);
		invoice->vat_minor += invoice->vat[i].vat_minor;
	}
	invoice->gross_minor = invoice->net_minor + invoice->vat_minor;
	return OK;
}

struct err invoice_total(struct invoice *invoice)
{
	struct err amount = ERR(ERR_INVALID, "invoice.amount", "lines",
				"the invoice's total must be positive and at most 10,000 million units");

	if (invoice->line_count == 0 || invoice->line_count > INVOICE_LINES_MAX)
		return ERR(ERR_INVALID, "invoice.lines", "lines", "an invoice has 1 to 1,000 lines");
	for (size_t i = 0; i < invoice->line_count; i++) {
		struct invoice_line *line = &invoice->lines[i];

		TRY(line_check(line));
		line->net_minor = line_net(line, invoice->currency);
		if (line->net_minor > MONEY_MINOR_MAX || line->net_minor < -MONEY_MINOR_MAX)
			return amount;
	}
	TRY(invoice_vat(invoice));
	if (invoice->gross_minor <= 0 || invoice->gross_minor > MONEY_MINOR_MAX)
		return amount;
	return OK;
}

void invoice_apply_terms(struct invoice *invoice, const struct payment_terms *terms)
{
	invoice->due_on = payment_terms_due(terms, invoice->issued_on);
	invoice->discount_minor = payment_terms_discount(terms, invoice->gross_minor);
	invoice->discount_until = payment_terms_discount_until(terms, invoice->issued_on);
	invoice->late = terms->late;
}

struct err invoice_date_check(struct date issued_on, struct date today)
{
	if (date_compare(issued_on, today) > 0)
		return ERR(ERR_INVALID, "invoice.future", "issued_on", "an invoice is not issued in the future");
	return OK;
}

enum invoice_state invoice_state_of(int64_t open_minor, bool cancelled)
{
	if (cancelled)
		return INVOICE_CANCELLED;
	return open_minor > 0 ? INVOICE_OPEN : INVOICE_SETTLED;
}

/* Payments settle and reopen invoices through the ledger; here are the moves that people ask for. */
static const struct {
	enum invoice_state from;
	enum invoice_act act;
	enum invoice_state to;
} MOVES[] = {
	{ INVOICE_OPEN, INVOICE_CANCEL, INVOICE_CANCELLED },     { INVOICE_SETTLED, INVOICE_CANCEL, INVOICE_CANCELLED },
	{ INVOICE_OPEN, INVOICE_DISPUTE, INVOICE_OPEN },         { INVOICE_OPEN, INVOICE_UNDISPUTE, INVOICE_OPEN },
	{ INVOICE_SETTLED, INVOICE_UNDISPUTE, INVOICE_SETTLED },
};

struct err invoice_move(enum invoice_state from, enum invoice_act act, enum invoice_state *to)
{
	for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
		if (MOVES[i].from == from && MOVES[i].act == act) {
			*to = MOVES[i].to;
			return OK;
		}
	if (from == INVOICE_CANCELLED)
		return ERR(ERR_CONFLICT, "invoice.already_cancelled", NULL, "the invoice is cancelled already");
	return ERR(ERR_CONFLICT, "invoice.already_paid", NULL, "the invoice is paid already");
}

void invoice_post(struct posting_batch *batch, const struct invoice *invoice)
{
	const struct id none = { 0 };

	posting_open(batch, (struct posting){ .id = invoice->posting,
					      .kind = "invoice",
					      .booked_on = invoice->issued_on,
					      .source = invoice->id });
	posting_debit(batch, ACCOUNT_RECEIVABLE, invoice->id, invoice->currency, invoice->gross_minor);
	posting_credit(batch, ACCOUNT_REVENUE, none, invoice->currency, invoice->net_minor);
	posting_credit(batch, ACCOUNT_VAT, none, invoice->currency, invoice->vat_minor);
}

struct err invoice_cancel(struct posting_batch *batch, const struct invoice *invoice, int64_t open_minor,
			  const struct relief *reliefs, size_t relief_count, struct credit_note *note)
{
	const struct id none = { 0 };
	int64_t released = invoice->gross_minor - open_minor;

	for (size_t i = 0; i < relief_count; i++)
		released -= reliefs[i].minor;
	if (released < 0)
		return ERR(ERR_CONFLICT, "invoice.over_credited", NULL,
			   "more was taken off the invoice than was ever asked for");
	posting_open(batch, (struct posting){ .id = note->posting,
					      .kind = "credit_note",
					      .booked_on = note->issued_on,
					      .source = note->id,
					      .reverses = invoice->posting });
	posting_debit(batch, ACCOUNT_REVENUE, none, invoice->currency, invoice->net_minor);
	posting_debit(batch, ACCOUNT_VAT, none, invoice->currency, invoice->vat_minor);
	posting_credit(batch, ACCOUNT_RECEIVABLE, invoice->id, invoice->currency, open_minor);
	for (size_t i = 0; i < relief_count; i++)
		posting_credit(batch, reliefs[i].account, none, invoice->currency, reliefs[i].minor);
	posting_credit(batch, ACCOUNT_UNAPPLIED_CASH, invoice->customer, invoice->currency, released);
	note->released_minor = released;
	return OK;
}
