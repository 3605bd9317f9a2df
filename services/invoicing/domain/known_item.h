#ifndef INVOICING_DOMAIN_KNOWN_ITEM_H
#define INVOICING_DOMAIN_KNOWN_ITEM_H

#include "invoicing/domain/open_item.h"

/* An open item that was taken over, and the row that the other system sends of it anew, as its daily export does.
 *
 * What an invoice says (customer, amount, currency, date of issue) never changes. The due date, references and the
 * mandate follow the other system; what a row leaves empty stays. Two things have a life here too, so that only a
 * change of what the other system says is news, not its mere difference from the books:
 *   - a dispute: one that a person opened here stays theirs;
 *   - what was paid: of the paid amount only what goes beyond both its last word and the ledger is booked, as paid
 *     outside. The bank import may have been first, and then there is nothing to book. It may also be still to come:
 *     where bank statements are read here and do not reach to the day of the payment, all is withheld until they do.
 *     Cash of the customer that lies unapplied may be the very payment that is meant: so much is withheld too. What is
 *     withheld is looked at again with the next file. */

enum item_field {
	ITEM_DUE_DATE,
	ITEM_PAID_AMOUNT,
	ITEM_DISPUTED,
	ITEM_ORDER_REFERENCE,
	ITEM_CREDITOR_REF,
	ITEM_MANDATE_ID,
	ITEM_FIELD_COUNT
};

const char *item_field_name(enum item_field field); /* the column of the open items file: "due_date" */

struct known_item {
	struct id id, customer;
	const char *customer_number;
	struct date issued_on, due_on;
	int64_t amount_minor, open_minor;
	struct currency currency;
	const char *order_reference, *creditor_ref, *mandate; /* NULL: none */
	int64_t told_paid_minor;                              /* what the other system last said was paid */
	bool told_disputed;
	int64_t booked_minor;      /* what was booked as paid on its word alone */
	bool disputed_here;        /* a dispute that a person opened here stands */
	int64_t unapplied_minor;   /* the customer's cash in this currency, positive */
	struct date waiting_since; /* the day on which something was first withheld; DATE_NONE: nothing is */
};

/* Whether the row is of this item at all. ERR_CONFLICT "openitem.fixed" with the column and both values, or
 * "openitem.paid_amount" where it takes back a payment that was booked on its word. */
MUST_USE struct err known_item_check(struct arena *arena, const struct known_item *known,
				     const struct open_item *given);

struct item_change {
	enum item_field field;
	const char *was, *becomes; /* NULL: none */
};

/* A change as the history keeps it. */
struct recorded_change {
	struct instant at;
	const char *column, *was, *becomes, *file_name;
};

struct item_news {
	struct item_change changes[ITEM_FIELD_COUNT];
	size_t count;
	int64_t paid_minor;      /* to book as paid outside */
	int64_t withheld_minor;  /* said to be paid, but not booked: it may come, or have come, through the bank */
	bool statements_missing; /* why: else because so much cash of the customer lies unapplied */
	bool dispute_changes;    /* to what the row says */
};

/* What is known beside the item. */
struct item_day {
	struct date today;
	struct date banked_until; /* how far the bank statements here reach; DATE_NONE: none are read */
	int64_t spoken_for_minor; /* of the customer's unapplied cash: withheld for other rows already */
};

/* What a row that passed known_item_check changes. */
void known_item_news(struct arena *arena, const struct known_item *known, const struct open_item *given,
		     const struct item_day *day, struct item_news *news);

/* Appends the posting of news->paid_minor, if there is any. */
void known_item_post(struct posting_batch *batch, const struct known_item *known, const struct open_item *given,
		     const struct item_news *news, struct id posting, struct date today);

#endif
