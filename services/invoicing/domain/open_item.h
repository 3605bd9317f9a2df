#ifndef INVOICING_DOMAIN_OPEN_ITEM_H
#define INVOICING_DOMAIN_OPEN_ITEM_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "ledger/posting.h"

/* A row of an open items file: an invoice of another system, open, part-paid or settled, and its customer. */

#define IMPORT_PART_ROWS_MAX 5000 /* rows of one AddImportRows: about 1 MiB, within RPC_BODY_BYTES_MAX */

struct open_item {
	int line;
	const char *creditor; /* never empty here */
	const char *customer_number, *customer_name, *invoice_number;
	struct date issued_on, due_on;
	int64_t amount_minor;
	struct currency currency;
	const char *email, *language, *country, *iban, *vat_id, *phone, *segment_code;
	int64_t paid_minor;
	struct date settled_on; /* DATE_NONE: not settled, unless paid_minor says so */
	bool disputed;
	const char *order_reference, *creditor_ref, *mandate;
};

/* The rules of a single row; the error's field is the column. An IBAN with wrong check digits, or a creditor reference
 * that is none, is refused: a mistake there would match foreign money. */
MUST_USE struct err open_item_check(const struct open_item *item);

/* What was paid before the takeover: everything where a settlement date is given. */
int64_t open_item_paid(const struct open_item *item);

/* The day to book that on: the settlement date; else, settled in full at an unknown date, the due date but not after
 * `today`; else, paid in part at an unknown date, today. Never before the invoice. */
struct date open_item_paid_on(const struct open_item *item, struct date today);

/* The same for the same invoice with the same values, whatever the line and the customer's data. */
struct id open_item_fingerprint(struct arena *arena, const struct open_item *item);

/* The ids an item gets when it is taken over. */
struct open_item_ids {
	struct id item;
	struct id opening, settlement;
};

/* Appends the postings that take an item over: what was asked for, and what was paid on it before. */
void open_item_post(struct posting_batch *batch, const struct open_item *item, const struct open_item_ids *ids,
		    struct date today);

#endif
