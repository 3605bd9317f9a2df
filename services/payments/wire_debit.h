#ifndef PAYMENTS_WIRE_DEBIT_H
#define PAYMENTS_WIRE_DEBIT_H

#include "payments/domain/collect.h"
#include "payments/wire.h"

/* Between the messages of DebitService and plain structs. */

extern const ProtobufCServiceDescriptor *const DEBIT_SERVICE;

/* ------------------------------------------------------------------ requests */

struct profile_ask {
	const char *creditor, *scheme_id, *account, *bic;
	int lead_days, notice_days, retry_days;
};

struct mandate_ask {
	const char *creditor;
	struct mandate mandate; /* without ids and state */
};

struct mandate_change_ask {
	const char *creditor, *reference;
	enum mandate_event event;
};

struct order_ask {
	const char *creditor;
	struct date collect_on;
};

struct run_file_ask {
	const char *creditor, *run;
	int64_t offset;
};

struct retry_ask {
	const char *creditor, *invoice_number;
	struct date retry_on; /* DATE_NONE: at once */
};

struct report_ask {
	const char *creditor;
	struct id file;
	int64_t size_bytes;
};

MUST_USE struct err wire_decode_set_debit_profile(const struct rpc_call *call, struct profile_ask *ask);
MUST_USE struct err wire_decode_add_mandate(const struct rpc_call *call, struct mandate_ask *ask);
MUST_USE struct err wire_decode_change_mandate(const struct rpc_call *call, struct mandate_change_ask *ask);
/* ask->invoice_number holds the customer's number here; NULL: all. */
MUST_USE struct err wire_decode_list_mandates(const struct rpc_call *call, struct page_ask *ask,
					      const char **customer_number);
MUST_USE struct err wire_decode_order_collections(const struct rpc_call *call, struct order_ask *ask);
MUST_USE struct err wire_decode_read_run_file(const struct rpc_call *call, struct run_file_ask *ask);
MUST_USE struct err wire_decode_list_collections(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_retry_collection(const struct rpc_call *call, struct retry_ask *ask);
MUST_USE struct err wire_decode_import_status_report(const struct rpc_call *call, struct report_ask *ask);

/* ------------------------------------------------------------------ answers */

struct collection_view {
	const char *id, *message_id, *end_to_end_id, *invoice_number, *customer_number, *mandate_reference,
		*sequence_type, *reason, *action; /* reason, action: NULL until it came back */
	enum debit_scheme scheme;
	enum collection_state state;
	int attempt;
	struct currency currency;
	int64_t amount_minor, bank_charge_minor;
	struct date collect_on, settled_on, reversible_until, retry_on;
};

struct order_view {
	const char *run_id, *message_id; /* "" where nothing was to be collected */
	const struct collect_plan *plan;
	const struct collection_view *collections; /* one for each of the plan's */
	int64_t file_bytes;
};

struct report_view {
	const char *message_id, *original_message_id;
	const struct collection_view *collections;
	size_t count;
	int64_t unknown, unchanged;
};

void wire_encode_set_debit_profile(struct rpc_call *call, const struct profile_ask *profile);
void wire_encode_add_mandate(struct rpc_call *call, const char *creditor, const struct mandate *mandate);
void wire_encode_change_mandate(struct rpc_call *call, const char *creditor, const struct mandate *mandate);
void wire_encode_list_mandates(struct rpc_call *call, const char *creditor, const struct mandate *mandates,
			       size_t count, const char *next);
void wire_encode_order_collections(struct rpc_call *call, const char *creditor, const struct order_view *order);
void wire_encode_read_run_file(struct rpc_call *call, const void *bytes, size_t length, int64_t file_bytes);
void wire_encode_list_collections(struct rpc_call *call, const char *creditor,
				  const struct collection_view *collections, size_t count, const char *next);
void wire_encode_retry_collection(struct rpc_call *call, const char *creditor,
				  const struct collection_view *collection);
void wire_encode_import_status_report(struct rpc_call *call, const char *creditor, const struct report_view *report);

/* ------------------------------------------------------------------ events */

struct ordered_news {
	const char *message_id;
	struct date collect_on;
	int64_t collections, amount_minor;
};

struct returned_news {
	const struct collection_view *collection;
	const char *customer_id;
	bool mandate_blocked;
};

struct payload wire_event_debit_ordered(struct arena *arena, const struct ordered_news *news);
struct payload wire_event_debit_returned(struct arena *arena, const char *creditor, const struct returned_news *news);

#endif
