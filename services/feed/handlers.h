#ifndef FEED_HANDLERS_H
#define FEED_HANDLERS_H

#include "common/io/rpc.h"

MUST_USE struct err list_events(struct rpc_call *call); /* RPC_OWN: it may wait, and holds no transaction meanwhile */
MUST_USE struct err get_position(struct rpc_call *call);
MUST_USE struct err verify(struct rpc_call *call);

#endif
