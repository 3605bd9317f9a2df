#ifndef PAYMENTS_HANDLERS_CASH_H
#define PAYMENTS_HANDLERS_CASH_H

#include "common/io/rpc.h"

/* The rpcs of relance.payments.v1.CashService. */

struct err undo_match(struct rpc_call *call);
struct err list_undos(struct rpc_call *call);
struct err reject_suggestion(struct rpc_call *call);
struct err list_worklist(struct rpc_call *call);
struct err list_learned(struct rpc_call *call);
struct err forget_learned(struct rpc_call *call);
struct err owe_refund(struct rpc_call *call);
struct err settle_refund(struct rpc_call *call);
struct err cancel_refund(struct rpc_call *call);
struct err list_refunds(struct rpc_call *call);

#endif
