#ifndef INVOICING_DOMAIN_RECEIVABLE_H
#define INVOICING_DOMAIN_RECEIVABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "invoicing/domain/invoice.h"

/* What is or was owed, as it stands in the ledger: an invoice issued here, or an open item taken over. */

struct receivable {
	struct id id, customer;
	const char *number, *customer_number, *customer_name;
	struct currency currency;
	struct date issued_on, due_on;
	int64_t amount_minor, open_minor;
	bool cancelled, disputed, imported;
	int64_t disputed_minor;     /* a part in dispute, where not the whole */
	const char *dispute_reason; /* NULL where there is no dispute */
	const char *dispute_owner;  /* NULL where nobody was named */
	struct date settled_on;     /* DATE_NONE while open */
	const char *creditor_ref, *order_reference;
	int64_t discount_minor;
	struct date discount_until;
};

/* What of the open amount is in dispute. */
static inline int64_t receivable_disputed_minor(const struct receivable *receivable)
{
	if (receivable->disputed || receivable->disputed_minor > receivable->open_minor)
		return receivable->open_minor;
	return receivable->disputed_minor;
}

/* One entry of the receivable's account. */
struct receivable_entry {
	struct date booked_on;
	const char *kind;
	int64_t amount_minor;
};

/* Everything about one: what GetInvoice shows. `invoice` is filled for those issued here. */
struct receivable_detail {
	struct receivable head;
	struct invoice invoice;
	struct receivable_entry *entries;
	size_t entry_count;
	const char *credit_note_number; /* NULL: none */
};

/* The terms under which late charges are reckoned: the invoice's own, or its customer's where it was taken over. */
struct late_receivable {
	struct receivable head;
	struct late_terms terms;
	struct late_charges charges;
};

/* Which ones to list, by number. */
struct receivable_filter {
	const char *customer_number; /* "": all */
	int state;                   /* enum invoice_state, or -1 for all */
	bool overdue;
	const char *after; /* a number; "" is the start */
	int limit;
};

#endif
