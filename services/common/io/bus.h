#ifndef IO_BUS_H
#define IO_BUS_H

#include <stddef.h>

#include "common/base/err.h"

/* ZeroMQ sockets as this house uses them: one context a process, every option set on purpose, CURVE on whatever leaves
 * the machine. A socket that binds checks callers' keys through ZAP against the folder of certificates: an unknown key
 * gets nowhere, and each message of a known one carries its name (bus_peer).
 *
 * Sockets belong to one thread. What is wrong with an endpoint or a key is logged here, once, with its name. */

#define BUS_ENDPOINT_BYTES 256
#define BUS_FRAME_BYTES_MAX ((size_t)4 * 1024 * 1024) /* a peer that sends more is cut off */
#define BUS_QUEUE_MESSAGES 10000                      /* high water mark of a socket, each way */
#define BUS_RECONNECT_MS 250
#define BUS_RECONNECT_MS_MAX 2000
#define BUS_HEARTBEAT_MS 1000
#define BUS_HEARTBEAT_TIMEOUT_MS 5000 /* a frozen peer is given up after this */
#define BUS_LINGER_MS 1000            /* replies under way when a process ends */

struct bus_options {
	const char *keys;    /* folder of certificates; "" without CURVE, then only ipc:// and inproc:// */
	const char *self;    /* our certificate's name: "payments" */
	const char *service; /* connecting: the server's certificate name; NULL for a socket that binds */
};

/* `type` is ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PUB, ZMQ_SUB … ERR_INVALID "bus.key_missing" where a certificate is not to
 * be had. */
MUST_USE struct err bus_socket_new(int type, const struct bus_options *options, void **socket);
void bus_socket_destroy(void **socket);

/* "tcp://127.0.0.1:5551", "tcp://[::]:*" (a free port), "ipc://…", "inproc://…". `actual` (may be NULL) is the endpoint
 * with its real port. ERR_UNAVAILABLE "bus.bind". */
MUST_USE struct err bus_bind(void *socket, const char *endpoint, char actual[BUS_ENDPOINT_BYTES]);
MUST_USE struct err bus_connect(void *socket, const char *endpoint);

/* The process's context, made on first use. bus_release ends it and the ZAP thread, after all sockets are closed. */
void *bus_context(void);
void bus_release(void);

#endif
