#ifndef PAYMENTS_WIRE_CASH_H
#define PAYMENTS_WIRE_CASH_H

#include "payments/wire.h"

/* Between the messages of CashService and plain structs. */

extern const ProtobufCServiceDescriptor *const CASH_SERVICE;

struct undo_ask {
	const char *creditor, *payment, *reason, *customer_number;
};

MUST_USE struct err wire_decode_undo_match(const struct rpc_call *call, struct undo_ask *ask);
MUST_USE struct err wire_decode_list_undos(const struct rpc_call *call, struct page_ask *ask);

struct worklist_ask {
	struct page_ask page;
	const char *customer_number; /* "": all */
};

struct learned_ask {
	const char *creditor, *value, *customer_number; /* customer_number "": all */
};

MUST_USE struct err wire_decode_reject_suggestion(const struct rpc_call *call, struct cash_ask *ask);
MUST_USE struct err wire_decode_list_worklist(const struct rpc_call *call, struct worklist_ask *ask);
MUST_USE struct err wire_decode_list_learned(const struct rpc_call *call, struct learned_ask *ask);
MUST_USE struct err wire_decode_forget_learned(const struct rpc_call *call, struct learned_ask *ask);

struct owe_ask {
	const char *creditor, *payment, *payee_iban, *reason;
	int64_t amount_minor;
};

struct refund_ask {
	const char *creditor, *refund, *payment; /* payment: of SettleRefund */
};

MUST_USE struct err wire_decode_owe_refund(const struct rpc_call *call, struct owe_ask *ask);
MUST_USE struct err wire_decode_settle_refund(const struct rpc_call *call, struct refund_ask *ask);
MUST_USE struct err wire_decode_cancel_refund(const struct rpc_call *call, struct refund_ask *ask);
MUST_USE struct err wire_decode_list_refunds(const struct rpc_call *call, struct page_ask *ask);

struct undo_view {
	const char *creditor, *id, *payment_id, *entry_ref, *kind, *reason, *done_by;
	struct instant done_at;
	const char **postings, **reversed;
	size_t posting_count, reversed_count;
	const struct allocation_view *allocations;
	size_t allocation_count;
};

void wire_encode_undo_match(struct rpc_call *call, const struct undo_view *undo, const struct payment_view *payment,
			    const char *const *forgotten, size_t count);
void wire_encode_list_undos(struct rpc_call *call, const struct undo_view *undos, size_t count, const char *next);
void wire_encode_reject_suggestion(struct rpc_call *call, const struct payment_view *payment);

struct worklist_view {
	struct payment_view payment;
	int age_days;
	const char *bucket, *account;
	const struct allocation_view *suggestion; /* or NULL */
	int32_t suggested;
};

struct total_view {
	const char *account, *bucket;
	struct currency currency;
	int64_t count, amount_minor;
};

void wire_encode_list_worklist(struct rpc_call *call, const struct worklist_view *items, size_t count,
			       const struct total_view *totals, size_t total_count, const char *next);

struct learned_view {
	const char *value, *customer_number, *customer_name, *payment_id, *entry_ref, *learned_by;
	bool name;
	struct instant learned_at;
};

void wire_encode_list_learned(struct rpc_call *call, const struct learned_view *learned, size_t count);
void wire_encode_forget_learned(struct rpc_call *call, int64_t forgotten);

struct refund_view {
	const char *creditor, *number, *state, *payment_id, *entry_ref, *customer_number, *payee_name, *payee_iban,
		*reason, *made_by;
	struct currency currency;
	int64_t amount_minor, paid_minor;
	struct instant made_at;
};

void wire_encode_owe_refund(struct rpc_call *call, const struct refund_view *refund,
			    const struct payment_view *payment);
void wire_encode_settle_refund(struct rpc_call *call, const struct refund_view *refund);
void wire_encode_cancel_refund(struct rpc_call *call, const struct refund_view *refund);
void wire_encode_list_refunds(struct rpc_call *call, const struct refund_view *refunds, size_t count, const char *next);
struct payload wire_event_refund(struct arena *arena, const struct refund_view *refund, const char *customer_id);

#endif
