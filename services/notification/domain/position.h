#ifndef NOTIFICATION_POSITION_H
#define NOTIFICATION_POSITION_H

#include <stddef.h>

#include "common/base/date.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "ledger/charges.h"

/* One customer's position with one creditor in one currency, as read from the ledger in one transaction: what is open
 * and what the customer has paid that is not yet applied. The facts on which every decision here rests. */

#define POSITION_ITEMS_MAX 100000 /* open items of one customer; mails list MAIL_ITEMS_MAX of them */

struct position_item {
	struct id id;
	const char *number, *creditor_ref, *order_reference;
	struct date issued_on, due_on;
	int64_t amount_minor, open_minor;
	struct late_terms terms; /* of the invoice, else the customer's, else the creditor's */
	bool disputed;
	bool dunned;          /* listed by an earlier reminder of the open case */
	bool listed;          /* listed by the reminder in question (gate) */
	int64_t listed_minor; /* … as open with this amount */
	uint32_t notes;       /* bit i: the policy's step i has been planned for this invoice */
};

struct position {
	struct currency currency;
	struct position_item *items; /* open_minor > 0, not cancelled, oldest due date first */
	size_t count;
	int64_t unapplied_minor; /* paid and not yet applied, credits included; positive */
	struct date feed_on;     /* closing date of the newest bank statement; DATE_NONE: never had one */
};

struct position_sum {
	int64_t open_minor, overdue_minor, disputed_overdue_minor;
	int64_t net_minor;     /* everything undisputed that is open, less unapplied cash */
	int64_t net_due_minor; /* the overdue part of it, less unapplied cash: what a reminder may ask for */
	size_t overdue, dunned_overdue;
	const struct position_item *anchor; /* the oldest overdue item without a dispute; NULL where there is none */
};

/* An item is overdue from the day after its due date, or after its issue date where that is later: nobody is late
 * with an invoice that was not yet written. Disputed items are not chased. */
bool position_item_chased(const struct position_item *item, struct date today);

/* The day from which lateness counts. */
struct date position_item_base(const struct position_item *item);

struct position_sum position_sum(const struct position *position, struct date today);

#endif
