#include "notification/domain/claim_file.h"

static void add(struct claim_position *claim, const struct claim_invoice *invoice, struct date on)
{
	const struct position_item *item = invoice->item;
	bool overdue = date_compare(position_item_base(item), on) < 0;
	int64_t asked_minor = position_item_asked(item);

	if (item->fee)
		claim->fees_minor += asked_minor;
	else
		claim->open_minor += item->open_minor;
	if (!item->fee && overdue)
		claim->overdue_minor += asked_minor;
	claim->disputed_minor += item->open_minor - asked_minor;
	claim->interest_minor += invoice->charges.interest_minor;
	claim->compensation_minor += invoice->charges.compensation_minor;
}

struct err claim_position_make(const struct position *position, bool consumer, struct date on,
			       struct claim_position *claim, struct claim_invoice *invoices)
{
	*claim =
		(struct claim_position){ .currency = position->currency, .unapplied_minor = position->unapplied_minor };
	for (size_t i = 0; i < position->count; i++) {
		const struct position_item *item = &position->items[i];
		struct late_terms terms = item->terms;

		if (consumer)
			terms.compensation_minor = 0;
		invoices[i] = (struct claim_invoice){ .item = item, .currency = position->currency };
		if (!item->fee && position_item_asked(item) > 0)
			TRY(late_charges_quote(&terms, position_item_base(item), on, position_item_asked(item),
					       &invoices[i].charges));
		add(claim, &invoices[i], on);
	}
	claim->claim_minor = claim->overdue_minor + claim->fees_minor + claim->interest_minor +
			     claim->compensation_minor - claim->unapplied_minor;
	if (claim->claim_minor < 0)
		claim->claim_minor = 0;
	return OK;
}
