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

#endif
