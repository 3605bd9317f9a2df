#ifndef PAYMENTS_STORE_UNDO_H
#define PAYMENTS_STORE_UNDO_H

#include "payments/domain/undo.h"
#include "payments/store.h"

/* Matches that were taken back, and what is needed to take one back. */

/* The statement behind payment_postings_load, for payments that another statement finds: `ids` is an array in terms of
 * $1, the creditor, and of `with`. */
#define PAYMENT_POSTINGS(with, ids)                                                                                    \
	"WITH " with "wanted AS ("                                                                                     \
	"  SELECT k AS id FROM unnest(" ids ") k "                                                                     \
	"  UNION SELECT a.posting FROM payments.allocation a WHERE a.creditor = $1 AND a.payment = ANY (" ids ") "     \
	"  UNION SELECT unnest(u.postings) FROM payments.undo u WHERE u.creditor = $1 AND u.payment = ANY (" ids ") "  \
	"  UNION SELECT unnest(ARRAY[r.id, r.cancelling]) FROM payments.refund r "                                     \
	"         WHERE r.creditor = $1 AND r.payment = ANY (" ids ")"                                                 \
	"), each AS (SELECT id, max($1::text) AS creditor FROM wanted WHERE id IS NOT NULL GROUP BY id) "              \
	"SELECT p.id, p.kind, p.booked_on, p.source, p.reverses, e.account, e.subject, e.currency, "                   \
	"       e.amount_minor "                                                                                       \
	"  FROM each w CROSS JOIN LATERAL (SELECT * FROM ledger.posting q WHERE q.creditor = w.creditor "              \
	"                                     AND q.id = w.id OFFSET 0) p "                                            \
	" CROSS JOIN LATERAL (SELECT * FROM ledger.entry n WHERE n.creditor = w.creditor "                             \
	"                        AND n.posting = w.id OFFSET 0) e ORDER BY p.id, e.line"

/* Adds the rows of such a statement. */
void payment_postings_read(const struct db_rows *rows, struct arena *arena, struct posting_batch *postings);

/* Every posting of these payments: their own, and those of allocations, undos and refunds. `source` is the payment. */
MUST_USE struct err payment_postings_load(struct db_tx *tx, const struct desk *desk, struct arena *arena,
					  const struct id *payments, size_t count, struct posting_batch *postings);

/* What speaks against taking it back, and in facts->customer whose own account paid. */
MUST_USE struct err undo_facts_load(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment,
				    struct undo_facts *facts);

/* ERR_NOT_FOUND "customer.unknown". */
MUST_USE struct err customer_get(struct db_tx *tx, const struct desk *desk, const char *number, struct id *customer);

enum undo_kind { UNDO_BY_PERSON, UNDO_BY_RETURN, UNDO_KIND_COUNT };

const char *undo_kind_name(enum undo_kind kind); /* "undo" */

struct undo_record {
	struct id id, payment;
	const char *entry_ref;
	enum undo_kind kind;
	struct id *postings, *reversed; /* that take it back, and that are taken back */
	size_t posting_count, reversed_count;
	const char *reason, *done_by;
	struct instant done_at;
	struct allocation_record *allocations; /* when read */
	size_t allocation_count;
};

/* Stores the record and marks the payment's allocations; gives these. */
MUST_USE struct err undo_insert(struct db_tx *tx, const struct desk *desk, const struct undo_record *undo,
				struct allocation_record **allocations, size_t *count);

/* The same for all originals of a batch's returns, whose allocations are marked already. */
MUST_USE struct err returns_record(struct db_tx *tx, const struct desk *desk, const struct batch *batch);

MUST_USE struct err undos_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
			       struct undo_record **list, size_t *count);

#endif
