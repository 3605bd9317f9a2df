#ifndef CREDIT_HANDLERS_H
#define CREDIT_HANDLERS_H

#include "common/io/rpc.h"

/* The rpcs of CreditService, one function each: decode, load, decide, save with events, encode. The rpc layer owns the
 * transaction. */

struct err get_score(struct rpc_call *call);
struct err list_scores(struct rpc_call *call);
struct err check_order(struct rpc_call *call);
struct err set_limit(struct rpc_call *call);
struct err place_hold(struct rpc_call *call);
struct err release_hold(struct rpc_call *call);
struct err list_holds(struct rpc_call *call);
struct err verify(struct rpc_call *call);

#endif
