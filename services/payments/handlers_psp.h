#ifndef PAYMENTS_HANDLERS_PSP_H
#define PAYMENTS_HANDLERS_PSP_H

#include "common/io/rpc.h"

/* The rpcs of relance.payments.v1.PspService, in five steps each. */

struct err receive_psp_event(struct rpc_call *call);
struct err set_psp_secret(struct rpc_call *call);
struct err register_psp_payment(struct rpc_call *call);
struct err list_psp_payments(struct rpc_call *call);

#endif
