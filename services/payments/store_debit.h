#ifndef PAYMENTS_STORE_DEBIT_H
#define PAYMENTS_STORE_DEBIT_H

#include "payments/domain/collect.h"
#include "payments/store.h"

/* Records of SEPA direct debit. Texts that are read live in the transaction's arena. store_debit.c keeps profiles and
 * mandates, and finds what is due; store_debit_run.c runs and collections. */

/* ------------------------------------------------------------------ how the creditor collects */

struct debit_profile {
	const char *scheme_id, *account, *bic; /* account NULL: the creditor's own IBAN; bic may be NULL */
	int lead_days, notice_days, retry_days;
	const char *creditor_name, *timezone; /* read only */
};

MUST_USE struct err debit_profile_set(struct db_tx *tx, const struct desk *desk, const struct debit_profile *profile);
/* ERR_CONFLICT "debit.no_profile", "debit.no_account". */
MUST_USE struct err debit_profile_get(struct db_tx *tx, const struct desk *desk, struct debit_profile *profile);

/* ------------------------------------------------------------------ mandates */

/* ERR_NOT_FOUND "customer.unknown". */
MUST_USE struct err debtor_find(struct db_tx *tx, const struct desk *desk, const char *customer_number, struct id *id,
				const char **name, const char **iban);
MUST_USE struct err mandate_insert(struct db_tx *tx, const struct desk *desk, const struct mandate *mandate);
MUST_USE struct err mandate_update(struct db_tx *tx, const struct desk *desk, const struct mandate *mandate);
/* ERR_NOT_FOUND "mandate.unknown". */
MUST_USE struct err mandate_get(struct db_tx *tx, const struct desk *desk, const char *reference,
				struct mandate *mandate);
MUST_USE struct err mandate_get_by_id(struct db_tx *tx, const struct desk *desk, struct id id, struct mandate *mandate);
/* customer_number: NULL for all. */
MUST_USE struct err mandates_page(struct db_tx *tx, const struct desk *desk, const char *customer_number,
				  const struct page *page, struct mandate **list, size_t *count);

/* ------------------------------------------------------------------ collections */

struct collection_record {
	struct id id, run, mandate, item, customer, payment;
	const char *message_id, *batch, *end_to_end_id, *invoice_number, *customer_number, *mandate_reference,
		*sequence_type;
	const char *debtor_name, *debtor_iban;
	enum debit_scheme scheme;
	int attempt;
	struct currency currency;
	int64_t amount_minor;
	struct date collect_on, settled_on, reversible_until, retry_on;
	enum collection_state state;
	const char *reason, *action; /* once it came back, else NULL */
	int64_t bank_charge_minor;
};

/* Open items due by that day that name a mandate, or whose customer has one. Items of one mandate share it. */
MUST_USE struct err due_items_load(struct db_tx *tx, const struct desk *desk, struct date collect_on,
				   struct due_item **items, size_t *count);

struct run_record {
	struct id id;
	const char *message_id;
	const void *content;
	size_t content_length;
	int64_t amount_minor;
};

MUST_USE struct err run_insert(struct db_tx *tx, const struct desk *desk, const struct run_record *run,
			       const struct collection_record *collections, size_t count);
/* A part of a run's file; `run` is its id or its message id. ERR_NOT_FOUND "run.unknown". */
MUST_USE struct err run_file_read(struct db_tx *tx, const struct desk *desk, const char *run, int64_t offset,
				  int64_t length, const void **bytes, size_t *got, int64_t *file_bytes);

/* By end-to-end id, by the id of their group in a file, or by the payment that brought the money; in the order of their
 * making. Any of the lists may be empty. */
MUST_USE struct err collections_find(struct db_tx *tx, const struct desk *desk, const char *const *end_to_end_ids,
				     size_t id_count, const char *const *batches, size_t batch_count,
				     const struct id *payments, size_t payment_count, struct collection_record **list,
				     size_t *count);
/* All of a file. */
MUST_USE struct err collections_of_message(struct db_tx *tx, const struct desk *desk, const char *message_id,
					   struct collection_record **list, size_t *count);
/* The newest of an invoice. ERR_NOT_FOUND "collection.unknown". */
MUST_USE struct err collection_newest(struct db_tx *tx, const struct desk *desk, const char *invoice_number,
				      struct collection_record *collection);
MUST_USE struct err collection_update(struct db_tx *tx, const struct desk *desk,
				      const struct collection_record *collection);
/* state, invoice_number: NULL for all. */
MUST_USE struct err collections_page(struct db_tx *tx, const struct desk *desk, const char *state,
				     const char *invoice_number, const struct page *page,
				     struct collection_record **list, size_t *count);

#endif
