#ifndef INVOICING_PAPER_WORDS_H
#define INVOICING_PAPER_WORDS_H

#include "common/base/wording.h"

/* What stands on invoices, credit notes and copies, by language. Those with %s are formats of arena_format. */

struct paper_words {
	const char *title[3]; /* by enum paper_kind, of a number */
	/* facts */
	const char *date, *supplied, *due, *customer, *order, *vat_id, *cancels;
	/* the table */
	const char *description, *quantity, *unit_price, *vat, *amount, *net, *vat_of, *gross;
	const char *claimed, *paid, *open;
	/* how to pay */
	const char *to_pay, *by, *with_discount, *with_discount_by, *holder, *iban, *bic, *reference, *online, *scan;
	/* terms */
	const char *discount, *no_discount, *interest_statutory, *interest_fixed, *interest_law_french,
		*interest_law_eu, *compensation, *compensation_law_french, *compensation_law_eu;
	/* why there is no VAT */
	const char *reverse_charge, *small_firm_french, *small_firm_german;
	/* credit notes and copies */
	const char *reason, *released, *copy;
	/* letterhead */
	const char *town_and_date, *vat_id_short, *phone, *page;
};

const struct paper_words *paper_words_of(enum language language);

#endif
