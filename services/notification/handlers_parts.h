#ifndef NOTIFICATION_HANDLERS_PARTS_H
#define NOTIFICATION_HANDLERS_PARTS_H

#include "common/base/id.h"
#include "common/io/rpc.h"

/* What several handlers share. */

/* Who asks: the person behind an API key, else the certificate. */
const char *handler_caller(const struct rpc_call *call);

/* The token of the page after one that ends with `last`; "" where this one was not full. */
const char *handler_token(const struct rpc_call *call, struct id last, size_t count, int page_size);

#endif
