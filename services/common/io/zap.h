#ifndef IO_ZAP_H
#define IO_ZAP_H

#include "common/base/err.h"

/* Answers libzmq's question "may this key connect?" for all sockets of a context that bind with CURVE. The socket's ZAP
 * domain is the folder of its certificates; the answer's User-Id is the name of the caller's certificate.
 * Source: ZeroMQ RFC 27 (ZAP). */

/* Starts the thread; the context's termination ends it, then zap_join. Nothing happens on a second start. */
MUST_USE struct err zap_start(void *context);
void zap_join(void);

#endif
