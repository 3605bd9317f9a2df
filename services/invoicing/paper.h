#ifndef INVOICING_PAPER_H
#define INVOICING_PAPER_H

#include "common/document/document.h"
#include "invoicing/domain/creditor.h"
#include "invoicing/domain/customer.h"
#include "invoicing/domain/receivable.h"
#include "invoicing/domain/stationery.h"

/* Invoices, credit notes and what can be said of an invoice of another system, as A4 pages in the customer's language,
 * with what the law asks for: Directive 2006/112/EC, article 226; code de commerce L441-9 and L441-10 (date of payment,
 * discount terms, penalty rate, fixed compensation); UStG § 14. The same facts give the same bytes. */

enum paper_kind {
	PAPER_INVOICE,
	PAPER_CREDIT_NOTE,
	PAPER_COPY /* of an open item taken over: no invoice, and says so */
};

struct paper {
	enum paper_kind kind;
	const struct creditor *creditor;
	const struct customer *customer;
	const struct stationery *stationery;
	const struct receivable_detail *detail;
	const struct credit_note *note; /* PAPER_CREDIT_NOTE */
	struct date today;              /* PAPER_COPY: the day of its sums */
};

/* Errors are those of document_make. */
MUST_USE struct err paper_make(struct arena *arena, const struct paper *paper, struct document_made *made);

#endif
