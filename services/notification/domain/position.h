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

/* Why an invoice is left alone for a time although it is overdue. */
enum position_pause {
	PAUSE_NONE,
	PAUSE_HELD,     /* by a person, with a last day */
	PAUSE_PROMISED, /* a promise to pay stands */
	PAUSE_PLAN,     /* an instalment plan is kept */
	PAUSE_REPLIED,  /* the debtor has answered: a person's turn */
	PAUSE_BOUNCED,  /* the debtor's mailbox refuses: a person's turn */
	PAUSE_COUNT
};

struct position_item {
	struct id id;
	const char *number, *creditor_ref, *order_reference;
	struct date issued_on, due_on;
	int64_t amount_minor, open_minor;
	struct late_terms terms; /* of the invoice, else the customer's, else the creditor's */
	bool disputed;           /* the whole of it */
	int64_t disputed_minor;  /* a part of it, where not the whole */
	enum position_pause pause;
	struct date paused_until; /* last day of the pause; DATE_NONE: until it is lifted */
	bool fee;                 /* one of ours: it bears no interest and gets no notes */
	struct date delivered_on; /* DATE_NONE where not known */
	struct date paid_on;      /* of what a correction tells: the payment's value date */
	int64_t rest_minor;       /* of what a correction of a part tells: what is still open */
	bool dunned;              /* listed by an earlier reminder of the open case */
	bool listed;              /* listed by the reminder in question (gate) */
	int64_t listed_minor;     /* … as open with this amount */
	uint32_t notes;           /* bit i: the policy's step i has been planned for this invoice */
};

struct policy;

#define POSITION_CONTACTS_MAX 7 /* the latest contacts that are remembered: one a day at most, so a week of them */

/* Who owes, as far as a policy's conditions ask. */
struct position_debtor {
	const char *segment, *segment_code, *language, *country; /* NULL where not known */
	const char *risk_class; /* of the credit service: "low" …; NULL before it has scored anybody */
	bool reachable;         /* has a mail address */
	bool postal;            /* has a postal address */
};

struct position {
	struct currency currency;
	const struct policy *policy; /* that it is reminded under */
	struct position_item *items; /* open_minor > 0, not cancelled, oldest due date first */
	size_t count;
	int64_t unapplied_minor; /* paid and not yet applied, credits included; positive */
	struct position_debtor debtor;
	/* Days on which the customer was contacted, over all channels. For a step of the ladder only those of ladders:
	 * a note on a single invoice gives way to a step, never the other way round. */
	struct date contacts[POSITION_CONTACTS_MAX];
	size_t contact_count;
	bool contact_under_way; /* another contact of this customer is being made, or comes first today */
	struct date feed_on;    /* closing date of the newest bank statement; DATE_NONE: never had one */
};

struct position_sum {
	int64_t open_minor, overdue_minor, disputed_overdue_minor;
	int64_t net_minor;     /* everything undisputed that is open, less unapplied cash */
	int64_t net_due_minor; /* the overdue part of it, less unapplied cash: what a reminder may ask for */
	int64_t paused_minor;  /* overdue and undisputed, but left alone today; not in the sums of what is overdue */
	size_t overdue, dunned_overdue; /* dunned_overdue counts what is paused too: it is still owed */
	size_t paused;
	enum position_pause pause;          /* of the first paused item */
	struct date pause_ends;             /* the first day on which a pause is over; DATE_NONE: none ends by itself */
	const struct position_item *anchor; /* the oldest overdue item that is chased; NULL where there is none */
};

/* An item is overdue from the day after its due date, or after its issue date or its delivery where that is later:
 * nobody is late with an invoice that was not yet written or had not arrived. What is disputed or paused is not chased;
 * of an item that is disputed in part, the rest is. */
bool position_item_chased(const struct position_item *item, struct date today);

/* The same, whether a pause stands or not. */
bool position_item_owed(const struct position_item *item, struct date today);

/* What of the item may be asked for: what is open, less what is disputed. */
int64_t position_item_asked(const struct position_item *item);

bool position_item_paused(const struct position_item *item, struct date today);

/* "held", "promised", "in_plan", "replied", "bounced"; PAUSE_NONE where there is no such name. */
const char *position_pause_name(enum position_pause pause);
enum position_pause position_pause_find(const char *name);

/* The day from which lateness counts. */
struct date position_item_base(const struct position_item *item);

struct position_sum position_sum(const struct position *position, struct date today);

#endif
