#ifndef PAYMENTS_DEBIT_H
#define PAYMENTS_DEBIT_H

#include "payments/store_debit.h"
#include "payments/wire_debit.h"

/* What direct debit does beyond one record: runs, what statements and reports say of their collections, and what
 * follows. debit_run.c orders, debit_bank.c hears what came of it. Everything happens in the caller's transaction,
 * under the desk's lock. */

struct debit_order {
	struct run_record run; /* id zero where nothing was to be collected */
	struct collect_plan plan;
	struct collection_record *collections;
};

/* Collects what is due: records, mandates, file and event. */
MUST_USE struct err debit_order(struct db_tx *tx, const struct desk *desk, struct date asked, const char *trace_parent,
				struct debit_order *order);

/* Before a batch of statement entries is matched. What the bank says in our own words is written out: a collection's
 * end-to-end id names its invoice; a sum that is one of our groups becomes its collections; a return that holds the
 * bank's charge becomes the return and the charge. */
MUST_USE struct err debit_recognise(struct db_tx *tx, const struct desk *desk, struct batch *batch);

/* After the batch is in the books: collections settle and come back, the bank's charges are booked as such. */
MUST_USE struct err debit_follow(struct db_tx *tx, const struct desk *desk, const struct batch *batch,
				 const char *trace_parent);

/* A collection is rejected or returned: acts on the reason, and tells. */
struct came_back {
	enum collection_state state; /* COLLECTION_REJECTED, COLLECTION_RETURNED */
	const char *reason;          /* the bank's code, or NULL */
	struct date on;
	int retry_days;
	const char *trace_parent;
};

MUST_USE struct err debit_came_back(struct db_tx *tx, const struct desk *desk, struct collection_record *collection,
				    const struct came_back *how);

/* A status report that was uploaded in parts. */
struct report_result {
	const char *message_id, *original_message_id; /* "" where the report has none */
	struct collection_record *collections;        /* that it moved */
	size_t count;
	int64_t unknown, unchanged;
};

/* The same of a file whose parts are known already, and which stays. */
MUST_USE struct err debit_report_read(struct db_tx *tx, const struct desk *desk, struct id file,
				      const struct file_part *parts, size_t count, const char *trace_parent,
				      struct report_result *result);

MUST_USE struct err debit_report_import(struct db_tx *tx, const struct desk *desk, struct id file, int64_t size_bytes,
					const char *trace_parent, struct report_result *result);

/* For answers and events. Texts are shared. */
struct collection_view collection_view_of(struct arena *arena, const struct collection_record *record);
struct collection_view *collection_views_of(struct arena *arena, const struct collection_record *list, size_t count);

#endif
