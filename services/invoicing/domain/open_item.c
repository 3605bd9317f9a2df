#include "invoicing/domain/open_item.h"

#include "common/base/reference.h"
#include "common/base/text.h"
#include "invoicing/domain/fields.h"

static struct err amounts_check(const struct open_item *item)
{
	if (item->amount_minor <= 0)
		return ERR(ERR_INVALID, "openitem.amount", "amount",
			   "the amount must be positive; credit notes are no open items");
	if (item->amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "openitem.amount", "amount", "the amount is too large");
	if (item->paid_minor < 0 || item->paid_minor > item->amount_minor)
		return ERR(ERR_INVALID, "openitem.paid_amount", "paid_amount",
			   "the paid amount is not between 0 and the amount");
	return OK;
}

static struct err dates_check(const struct open_item *item)
{
	if (!date_known(item->issued_on))
		return ERR(ERR_INVALID, "field.missing", "issue_date", "a date is required");
	if (!date_known(item->due_on))
		return ERR(ERR_INVALID, "field.missing", "due_date", "a date is required");
	if (date_compare(item->due_on, item->issued_on) < 0)
		return ERR(ERR_INVALID, "openitem.due_date", "due_date", "the due date is before the issue date");
	return OK;
}

static struct err customer_check(const struct open_item *item)
{
	TRY(field_required("customer_number", item->customer_number, NUMBER_BYTES_MAX));
	TRY(field_required("customer_name", item->customer_name, NAME_BYTES_MAX));
	TRY(field_email("email", item->email));
	TRY(field_language("language", item->language));
	TRY(field_country("country", item->country));
	TRY(field_iban("iban", item->iban));
	TRY(field_text("vat_id", item->vat_id, NUMBER_BYTES_MAX));
	return field_text("phone", item->phone, NUMBER_BYTES_MAX);
}

struct err open_item_check(const struct open_item *item)
{
	TRY(customer_check(item));
	TRY(field_required("invoice_number", item->invoice_number, NUMBER_BYTES_MAX));
	if (!currency_known(item->currency))
		return ERR(ERR_INVALID, "field.missing", "currency", "a currency is required");
	TRY(dates_check(item));
	TRY(amounts_check(item));
	TRY(field_text("order_reference", item->order_reference, NUMBER_BYTES_MAX));
	TRY(field_text("mandate_id", item->mandate, NUMBER_BYTES_MAX));
	if (!text_empty(item->creditor_ref) && text_starts(item->creditor_ref, "RF") &&
	    !reference_rf_valid(item->creditor_ref))
		return ERR(ERR_INVALID, "openitem.creditor_ref", "creditor_ref",
			   "the creditor reference's check digits are wrong");
	return field_text("creditor_ref", item->creditor_ref, NUMBER_BYTES_MAX);
}

int64_t open_item_paid(const struct open_item *item)
{
	return date_known(item->settled_on) ? item->amount_minor : item->paid_minor;
}

static struct date later(struct date a, struct date b)
{
	return date_compare(a, b) > 0 ? a : b;
}

struct date open_item_paid_on(const struct open_item *item, struct date today)
{
	struct date day = today;

	if (date_known(item->settled_on))
		day = item->settled_on;
	else if (item->paid_minor == item->amount_minor && date_compare(item->due_on, today) < 0)
		day = item->due_on;
	return later(day, item->issued_on);
}
