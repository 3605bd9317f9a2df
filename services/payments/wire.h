#ifndef PAYMENTS_WIRE_H
#define PAYMENTS_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "common/io/rpc.h"
#include "common/io/rpc_message.h"
#include "payments/domain/cash.h"
#include "payments/domain/payment.h"

/* Between the messages of relance.payments.v1 and plain structs. No other file of the service sees the messages. Texts
 * of requests live as long as the call. */

extern const ProtobufCServiceDescriptor *const PAYMENTS_SERVICE;

/* ------------------------------------------------------------------ requests */

struct part_ask {
	const char *creditor;
	struct id file;
	int64_t at_byte;
	const void *bytes;
	size_t length, plain_length; /* plain_length: of what an LZ4 block holds; 0: they are the file's own bytes */
};

struct import_ask {
	const char *creditor, *name;
	struct id file;
	int64_t size_bytes;
	bool adopt_account;
	const char *profile, *account; /* "": not asked for */
	struct currency currency;
	const char *sha256; /* NULL: not told */
};

struct accept_ask {
	const char *creditor, *reason;
	struct id file;
};

struct page_ask {
	const char *creditor;
	const char *state;          /* NULL: all */
	const char *invoice_number; /* NULL: all */
	int64_t size;
	const char *after;
};

struct cash_ask {
	const char *creditor, *payment, *invoice_number; /* invoice_number may be "" */
	int64_t amount_minor;
	int32_t alternative; /* 0: the only one */
};

MUST_USE struct err wire_decode_upload_file_part(const struct rpc_call *call, struct part_ask *ask);
MUST_USE struct err wire_decode_import_file(const struct rpc_call *call, struct import_ask *ask);
MUST_USE struct err wire_decode_accept_file(const struct rpc_call *call, struct accept_ask *ask);
MUST_USE struct err wire_decode_list_files(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_list_statements(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_list_payments(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_get_payment(const struct rpc_call *call, struct cash_ask *ask);
MUST_USE struct err wire_decode_list_allocations(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_confirm_allocation(const struct rpc_call *call, struct cash_ask *ask);
#define CASH_SHARES_MAX 1000 /* invoices that one request pays; a customer's whole account, paid in one transfer */

struct apply_ask {
	const char *creditor, *payment;
	struct cash_share *shares;
	size_t count;
};

MUST_USE struct err wire_decode_apply_cash(const struct rpc_call *call, struct apply_ask *ask);
MUST_USE struct err wire_decode_verify(const struct rpc_call *call, const char **creditor);

/* ------------------------------------------------------------------ views: what answers and events show */

struct file_view {
	const char *creditor, *id, *name, *state, *reason, *message, *sha256, *format;
	int64_t line, size_bytes, statements, entries, duplicates;
	struct instant received_at;
};

struct tally_view {
	const char *state;
	struct currency currency;
	int64_t count, amount_minor, allocated_minor;
};

struct statement_view {
	const char *creditor, *account, *statement_id, *chain, *file_name;
	struct currency currency;
	int64_t sequence, opening_minor, closing_minor, entries, duplicates;
	int64_t missing, difference_minor, announced; /* as store.h says */
	bool out_of_order;
	struct date opening_on, closing_on;
};

struct payment_view {
	const char *creditor, *id, *entry_ref, *state, *rule, *evidence, *payer_name, *remittance, *end_to_end_id,
		*customer_number;
	struct date booked_on, value_on;
	int64_t amount_minor, rest_minor, rounding_minor;
	struct currency currency;
	int32_t confidence;
};

struct allocation_view {
	const char *creditor, *payment_id, *entry_ref, *invoice_number, *customer_number, *state, *rule, *evidence,
		*relief;
	int64_t amount_minor, cash_minor, discount_minor;
	struct currency currency; /* of the invoice */
	int32_t confidence, alternative;
	struct date value_on;
};

struct check_view {
	const char *name, *detail;
	bool ok;
	int64_t checked;
};

/* ------------------------------------------------------------------ answers */

void wire_encode_upload_file_part(struct rpc_call *call, int64_t stored_bytes);
void wire_encode_import_file(struct rpc_call *call, const struct file_view *file, bool already_imported,
			     const struct tally_view *tallies, size_t count, const struct statement_view *statements,
			     size_t statement_count);
void wire_encode_accept_file(struct rpc_call *call, const struct file_view *file, const struct tally_view *tallies,
			     size_t count);
/* `next`: the token of the next page, or "". */
void wire_encode_list_files(struct rpc_call *call, const struct file_view *files, size_t count, const char *next);
void wire_encode_list_statements(struct rpc_call *call, const struct statement_view *statements, size_t count,
				 const char *next);
void wire_encode_list_payments(struct rpc_call *call, const struct payment_view *payments, size_t count,
			       const char *next);
void wire_encode_get_payment(struct rpc_call *call, const struct payment_view *payment,
			     const struct allocation_view *allocations, size_t count);
void wire_encode_list_allocations(struct rpc_call *call, const struct allocation_view *allocations, size_t count,
				  const char *next);
void wire_encode_confirm_allocation(struct rpc_call *call, const struct payment_view *payment,
				    const struct allocation_view *allocations, size_t count);
void wire_encode_apply_cash(struct rpc_call *call, const struct payment_view *payment,
			    const struct allocation_view *allocations, size_t count);
void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count);

/* ------------------------------------------------------------------ events */

/* One payment and its allocations on one customer's items. */
struct payment_news {
	struct payment_view payment;
	const struct allocation_view *allocations;
	size_t allocation_count;
	const char *customer_id, *customer_number;       /* "" where nobody's */
	const char *original_payment_id, *return_reason; /* of a return */
	const char *undo_id, *undo_reason, *done_by;     /* of an undo */
};

struct payload wire_event_statement_accepted(struct arena *arena, const struct file_view *file, const char *reason,
					     const char *accepted_by, const char *held_for);
struct payload wire_event_statement_imported(struct arena *arena, const struct statement_view *statement);
struct payload wire_event_allocated(struct arena *arena, const struct payment_news *news);
struct payload wire_event_unapplied(struct arena *arena, const struct payment_news *news);
struct payload wire_event_unidentified(struct arena *arena, const struct payment_news *news);
struct payload wire_event_returned(struct arena *arena, const struct payment_news *news);
struct payload wire_event_undone(struct arena *arena, const struct payment_news *news);

#endif
