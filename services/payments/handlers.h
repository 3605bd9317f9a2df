#ifndef PAYMENTS_HANDLERS_H
#define PAYMENTS_HANDLERS_H

#include "common/io/rpc.h"
#include "payments/store.h"

/* The rpcs of relance.payments.v1.PaymentsService, in five steps each: decode, load, decide, save, encode. */

struct err upload_file_part(struct rpc_call *call);
struct err import_uploaded_file(struct rpc_call *call);
struct err accept_file(struct rpc_call *call);
struct err list_files(struct rpc_call *call);
struct err list_statements(struct rpc_call *call);
struct err list_payments(struct rpc_call *call);
struct err get_payment(struct rpc_call *call);
struct err list_allocations(struct rpc_call *call);
struct err confirm_allocation(struct rpc_call *call);
struct err apply_cash(struct rpc_call *call);
struct err verify(struct rpc_call *call);

/* A desk that knows who calls, for what is recorded with a name. */
MUST_USE struct err desk_open_for(struct rpc_call *call, const char *creditor, struct desk *desk);

#endif
