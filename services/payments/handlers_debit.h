#ifndef PAYMENTS_HANDLERS_DEBIT_H
#define PAYMENTS_HANDLERS_DEBIT_H

#include "common/io/rpc.h"

/* The rpcs of relance.payments.v1.DebitService, in five steps each. */

struct err set_debit_profile(struct rpc_call *call);
struct err add_mandate(struct rpc_call *call);
struct err change_mandate(struct rpc_call *call);
struct err list_mandates(struct rpc_call *call);
struct err order_collections(struct rpc_call *call);
struct err read_run_file(struct rpc_call *call);
struct err list_collections(struct rpc_call *call);
struct err retry_collection(struct rpc_call *call);
struct err import_status_report(struct rpc_call *call);

#endif
