#ifndef INVOICING_STORE_H
#define INVOICING_STORE_H

#include "common/io/db.h"
#include "invoicing/domain/aging.h"
#include "invoicing/domain/book_check.h"
#include "invoicing/domain/creditor.h"
#include "invoicing/domain/customer.h"
#include "invoicing/domain/import_outcome.h"
#include "invoicing/domain/receivable.h"
#include "invoicing/domain/terms.h"

/* Invoicing's records. Texts and arrays that are read live in the transaction's arena. store.c keeps creditors,
 * customers and terms; store_invoice.c invoices, credit notes and disputes; store_import*.c the imports;
 * store_report.c what is asked of all of it. */

/* Whose books, and when: every request begins here. */
struct desk {
	struct creditor creditor;
	struct instant now; /* the creditor's clock */
	struct date today;  /* in the creditor's time zone */
	int minute;         /* of that day */
};

/* `asked` may be "" where there is one creditor only: ERR_INVALID "creditor.ambiguous", ERR_NOT_FOUND
 * "creditor.unknown", "creditor.none". */
MUST_USE struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk);

/* ------------------------------------------------------------------ creditors, customers, terms */

/* ERR_INVALID "clock.zone" with the field, for a zone that the database does not know. */
MUST_USE struct err timezone_check(struct db_tx *tx, const char *timezone);

/* Both with the errors of timezone_check; ERR_EXISTS "creditor.exists"; ERR_NOT_FOUND "creditor.unknown". *changed is
 * false where nothing differs. */
MUST_USE struct err creditor_insert(struct db_tx *tx, const struct creditor *creditor);
MUST_USE struct err creditor_update(struct db_tx *tx, const struct creditor *creditor, bool *changed);
MUST_USE struct err creditors_list(struct db_tx *tx, struct creditor **creditors, size_t *count);

MUST_USE struct err customer_find(struct db_tx *tx, const struct desk *desk, const char *number, bool *found,
				  struct customer *customer);
/* ERR_NOT_FOUND "customer.unknown". */
MUST_USE struct err customer_get(struct db_tx *tx, const struct desk *desk, const char *number,
				 struct customer *customer);
/* Inserts or updates by id, with all contacts. *changed is false where nothing differs, which is not written. */
MUST_USE struct err customer_save(struct db_tx *tx, const struct desk *desk, const struct customer *customer,
				  bool *changed);
/* By number, from after `after` ("" is the start). */
MUST_USE struct err customers_page(struct db_tx *tx, const struct desk *desk, const char *after, int limit,
				   struct customer **customers, size_t *count);

/* The customer's terms (a zero id: the creditor's), else the creditor's, else those of the law. */
MUST_USE struct err terms_get(struct db_tx *tx, const struct desk *desk, struct id customer,
			      struct payment_terms *terms);
MUST_USE struct err terms_save(struct db_tx *tx, const struct desk *desk, struct id customer,
			       const struct payment_terms *terms);

/* ------------------------------------------------------------------ invoices */

enum series { SERIES_INVOICE, SERIES_CREDIT_NOTE };

/* The next number of the year of `day`. Takes the counter's lock, which is held to the end of the transaction: call
 * it last. ERR_CONFLICT "invoice.date_before_last" where the year's newest document is younger than `day`. */
MUST_USE struct err number_next(struct db_tx *tx, const struct desk *desk, enum series series, struct date day,
				int *year, int64_t *sequence);

/* Writes a numbered invoice, its open item and its posting. ERR_CONFLICT "invoice.number_taken" (at the next round
 * trip) where an imported item has that number. */
MUST_USE struct err invoice_insert(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice);

/* ERR_NOT_FOUND "invoice.unknown". */
MUST_USE struct err receivable_get(struct db_tx *tx, const struct desk *desk, const char *number,
				   struct receivable *receivable);
MUST_USE struct err receivable_detail_get(struct db_tx *tx, const struct desk *desk, const char *number,
					  struct receivable_detail *detail);

MUST_USE struct err receivables_page(struct db_tx *tx, const struct desk *desk, const struct receivable_filter *filter,
				     struct receivable **receivables, size_t *count);

/* What was taken off an invoice without cash so far. */
MUST_USE struct err reliefs_list(struct db_tx *tx, const struct desk *desk, struct id invoice, struct relief **reliefs,
				 size_t *count);

/* Writes a numbered credit note, marks the item as cancelled and books `batch`. ERR_ABORTED "invoice.race" where money
 * came or went meanwhile; ERR_CONFLICT "invoice.already_cancelled". */
MUST_USE struct err credit_note_insert(struct db_tx *tx, const struct desk *desk, const struct invoice *invoice,
				       const struct credit_note *note, const struct posting_batch *batch);

/* What becomes of an open item's dispute: none any more, the whole, or a part. */
struct dispute {
	bool disputed;
	int64_t amount_minor; /* 0: the whole */
	const char *reason, *owner;
};
MUST_USE struct err dispute_save(struct db_tx *tx, const struct desk *desk, struct id item,
				 const struct dispute *dispute);

/* ------------------------------------------------------------------ imports */

struct import {
	struct id id;
	const char *file_name;
};

/* An open import of the same file is started afresh. */
MUST_USE struct err import_begin(struct db_tx *tx, const struct desk *desk, const char *file_name, const char *sha256,
				 struct import *import);
/* ERR_NOT_FOUND "import.unknown", ERR_CONFLICT "import.closed". Locks the import. */
MUST_USE struct err import_get(struct db_tx *tx, const struct desk *desk, struct id id, struct import *import);

/* Stages rows, in place of those with the same lines. `verdicts` has one error a row; OK: none. */
MUST_USE struct err import_stage(struct db_tx *tx, const struct desk *desk, const struct import *import,
				 const struct open_item *items, const struct err *verdicts, size_t count);

/* Judges what only the records know: unknown creditors, numbers that stand twice or are taken, known items whose fixed
 * values differ. Fills the counts and bad rows of `outcome`. */
MUST_USE struct err import_judge(struct db_tx *tx, const struct desk *desk, const struct import *import,
				 struct import_outcome *outcome);

/* A customer of any creditor that an import has made or changed. */
struct changed_customer {
	const char *creditor;
	struct customer customer;
};
MUST_USE struct err import_customers(struct db_tx *tx, const struct desk *desk, const struct import *import,
				     struct changed_customer **changed, size_t *count);

/* The creditors that rows to import belong to. */
MUST_USE struct err import_creditors(struct db_tx *tx, const struct desk *desk, const struct import *import,
				     const char ***codes, size_t *count);

/* Adds the rows of one creditor as open items and books them, in parts. Sums what is open. */
MUST_USE struct err import_items(struct db_tx *tx, const struct desk *desk, const struct import *import,
				 const struct desk *owner, struct import_outcome *outcome);

/* A row of a known item with other values than those it was last imported with. */
struct known_row {
	struct id fingerprint, posting; /* of the row; for what was paid outside */
	struct open_item given;         /* what can change, and what must not; no data of the customer */
	struct known_item known;
	struct item_news news;
};

/* The day to which the creditor's bank statements reach, of all accounts of which any came within STATEMENT_DAYS_MAX;
 * DATE_NONE: there are none. */
#define STATEMENT_DAYS_MAX 14
MUST_USE struct err banked_until(struct db_tx *tx, const struct desk *desk, struct date *until);

/* Locks the known items of one creditor, before they are read. */
MUST_USE struct err import_known_lock(struct db_tx *tx, const struct desk *desk, const struct import *import,
				      const char *owner);
/* Stages a row for each open item of that creditor that was imported before and that the file lacks: a known one, paid
 * in full. Their lines begin behind MISSING_LINE. *open is how many were open. */
MUST_USE struct err import_missing_stage(struct db_tx *tx, const struct desk *desk, const struct import *import,
					 const char *owner, int64_t *missing, int64_t *open);
/* A page of them behind a line, by line, without news. */
MUST_USE struct err import_known_page(struct db_tx *tx, const struct desk *desk, const struct import *import,
				      const char *owner, int after, struct known_row **rows, size_t *count);
/* Books and writes the news of a page, keeps the history, and remembers what the file said. */
MUST_USE struct err import_known_save(struct db_tx *tx, const struct desk *owner, const struct import *import,
				      const struct known_row *rows, size_t count);

/* What imports have changed of an item, oldest first. */
MUST_USE struct err item_changes_list(struct db_tx *tx, const struct desk *desk, struct id item,
				      struct recorded_change **changes, size_t *count);

/* Forgets the staged rows and closes the import. */
MUST_USE struct err import_close(struct db_tx *tx, const struct desk *desk, const struct import *import,
				 const struct import_outcome *outcome);

/* ------------------------------------------------------------------ reports, the clock */

/* One row a currency; a customer's where the filter names one. */
MUST_USE struct err aging_totals(struct db_tx *tx, const struct desk *desk, const struct aging_filter *filter,
				 struct aging_row **rows, size_t *count);
/* Rows by customer and currency, of at most `limit` customers. */
MUST_USE struct err aging_by_customer(struct db_tx *tx, const struct desk *desk, const struct aging_filter *filter,
				      struct aging_row **rows, size_t *count);

/* Overdue receivables with the terms for their late charges, oldest due date first: those named, or the customer's. */
MUST_USE struct err late_receivables(struct db_tx *tx, const struct desk *desk, const char *customer_number,
				     const char *const *numbers, size_t number_count, struct date on,
				     struct late_receivable **late, size_t *count);

MUST_USE struct err books_check(struct db_tx *tx, const struct desk *desk, struct book_check **checks, size_t *count);

MUST_USE struct err clock_is_test(struct db_tx *tx, const struct desk *desk, bool *test);
MUST_USE struct err clock_save(struct db_tx *tx, const struct desk *desk, struct instant at);

#endif
