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
	TRY(field_segment("segment", item->segment_code));
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

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

struct id open_item_fingerprint(struct arena *arena, const struct open_item *item)
{
	char issued[DATE_TEXT_BYTES], due[DATE_TEXT_BYTES], settled[DATE_TEXT_BYTES];
	const char *values =
		arena_format(arena, "%s\n%s\n%s\n%s\n%lld\n%s\n%lld\n%s\n%d\n%s\n%s\n%s", item->customer_number,
			     item->invoice_number, date_format(item->issued_on, issued), date_format(item->due_on, due),
			     (long long)item->amount_minor, item->currency.code, (long long)item->paid_minor,
			     date_format(item->settled_on, settled), item->disputed, or_empty(item->order_reference),
			     or_empty(item->creditor_ref), or_empty(item->mandate));

	return id_derive((struct id){ 0 }, values);
}

void open_item_post(struct posting_batch *batch, const struct open_item *item, const struct open_item_ids *ids,
		    struct date today)
{
	int64_t paid = open_item_paid(item);
	const struct id none = { 0 };

	posting_open(batch, (struct posting){ .id = ids->opening,
					      .kind = "opening",
					      .booked_on = item->issued_on,
					      .source = ids->item });
	posting_debit(batch, ACCOUNT_RECEIVABLE, ids->item, item->currency, item->amount_minor);
	posting_credit(batch, ACCOUNT_OPENING, none, item->currency, item->amount_minor);
	if (paid == 0)
		return;
	posting_open(batch, (struct posting){ .id = ids->settlement,
					      .kind = "opening_payment",
					      .booked_on = open_item_paid_on(item, today),
					      .source = ids->item });
	posting_debit(batch, ACCOUNT_OPENING, none, item->currency, paid);
	posting_credit(batch, ACCOUNT_RECEIVABLE, ids->item, item->currency, paid);
}
