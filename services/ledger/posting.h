#ifndef LEDGER_POSTING_H
#define LEDGER_POSTING_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/money.h"

/* A batch of postings on its way into the ledger: built by invoicing and payments, checked here without a database,
 * and sent whole by ledger_post (ledger_store.h). The database checks it again (deploy/schema/0002_ledger.sql).
 *
 * Signs are the ledger's: debit positive, credit negative. A posting is opened with posting_open; the entries that
 * follow belong to it until the next one is opened:
 *
 *     posting_open(&batch, (struct posting){ .id = id, .kind = "allocation", .booked_on = day, .source = allocation });
 *     posting_debit(&batch, ACCOUNT_UNAPPLIED_CASH, customer, euro, 12000);
 *     posting_credit(&batch, ACCOUNT_RECEIVABLE, invoice, euro, 12000);
 *     TRY(posting_check(&batch));
 *     TRY(ledger_post(tx, creditor, &batch));
 *
 * Where a posting has several receivables, what relieves one of them without cash (a discount, bank charges, a
 * write-off) stands right behind it: a later cancellation of that invoice takes back what is its own.
 *
 * Everything lies in the batch's arena. */

#define POSTING_ENTRIES_MAX                                                                                            \
	10000 /* entries of one posting; the largest is a bank batch that pays that many invoices                      \
	       */

/* The accounts of ledger.account; the subject of an entry is what stands beside each. */
enum account {
	ACCOUNT_RECEIVABLE,        /* the invoice */
	ACCOUNT_UNAPPLIED_CASH,    /* the customer whose money it is */
	ACCOUNT_UNIDENTIFIED_CASH, /* the bank entry that nobody has recognised */
	ACCOUNT_BANK,              /* the bank account, or none */
	ACCOUNT_OPENING,           /* none, here and below: counterpart of items taken over from another system */
	ACCOUNT_REVENUE,
	ACCOUNT_VAT,
	ACCOUNT_INTEREST_AND_FEES,
	ACCOUNT_DISCOUNT,
	ACCOUNT_BANK_CHARGES,
	ACCOUNT_ROUNDING,
	ACCOUNT_WRITE_OFF,
	ACCOUNT_IN_KIND,
	ACCOUNT_BAD_DEBT,
	ACCOUNT_CLEARING,
	ACCOUNT_REFUND,   /* the refund: owed back to a payer until it is paid out */
	ACCOUNT_EXCHANGE, /* none: what the bank gave for an invoice in another currency, beside what that settled */
	ACCOUNT_COUNT
};

/* "receivable"; the label of ledger.account. */
const char *account_name(enum account account);

/* The account of such a label. */
enum account account_of(const char *name);

struct posting {
	struct id id;
	const char *kind; /* "invoice", "credit_note", "opening", "payment", "allocation", "return", "reversal" … */
	struct date booked_on; /* the value date of cash, the document date of charges */
	struct id source;      /* the document, bank entry or allocation that it books; zero: none */
	struct id reverses;    /* the posting that it takes back; zero: none */
};

struct posting_entry {
	size_t posting; /* index into the batch's postings */
	enum account account;
	struct id subject; /* zero: none */
	struct currency currency;
	int64_t amount_minor; /* debit positive, credit negative, never 0 */
};

/* What must be open on an item once the batch is booked. */
struct posting_expected {
	struct id item;
	int64_t open_minor;
};

struct posting_batch {
	struct arena *arena;
	struct posting *postings;
	size_t posting_count;
	struct posting_entry *entries;
	size_t entry_count;
	struct posting_expected *expected;
	size_t expected_count;
};

struct posting_batch posting_batch_make(struct arena *arena);

void posting_open(struct posting_batch *batch, struct posting posting);

/* An entry of the posting opened last. An amount of 0 adds nothing (a zero VAT, a discount not taken); a negative one
 * is booked on the other side. */
void posting_debit(struct posting_batch *batch, enum account account, struct id subject, struct currency currency,
		   int64_t minor);
void posting_credit(struct posting_batch *batch, enum account account, struct id subject, struct currency currency,
		    int64_t minor);

/* The batch was made for an item with a certain open amount, and shall be refused if somebody else has posted on it
 * since: `open_minor` is what is left after the whole batch. The same item may be named again. */
void posting_expect(struct posting_batch *batch, struct id item, int64_t open_minor);

/* Copies the entries of another batch's posting with the signs turned, under the posting opened last. */
void posting_reverse_entries(struct posting_batch *batch, const struct posting_batch *from, size_t posting);

/* Every posting has entries that sum to zero in each currency, each with an amount and the subject its account asks
 * for. A batch that fails is our own bug: ERR_INTERNAL "ledger.unbalanced", "ledger.empty", "ledger.subject",
 * "ledger.too_large". */
MUST_USE struct err posting_check(const struct posting_batch *batch);

#endif
