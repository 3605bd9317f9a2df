#include "common/io/bus.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <zmq.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/curve.h"
#include "common/io/log.h"
#include "common/io/zap.h"

#define SOCKETS_MAX 4096 /* a gateway thread holds a socket and a monitor's pair a replica */
#define BACKLOG 4096     /* the default of 100 loses SYNs when a thousand callers come back at once */
#define HANDSHAKE_MS 10000
#define CONNECT_MS 3000
#define HEARTBEAT_TTL_MS 10000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *context;

void *bus_context(void)
{
	pthread_mutex_lock(&lock);
	if (!context) {
		context = zmq_ctx_new();
		CHECK(context != NULL);
		zmq_ctx_set(context, ZMQ_MAX_SOCKETS, SOCKETS_MAX);
	}
	pthread_mutex_unlock(&lock);
	return context;
}

void bus_release(void)
{
	pthread_mutex_lock(&lock);
	void *ended = context;

	context = NULL;
	pthread_mutex_unlock(&lock);
	if (!ended)
		return;
	zmq_ctx_shutdown(ended);
	zap_join();
	while (zmq_ctx_term(ended) != 0 && errno == EINTR)
		;
}

static void set(void *socket, int option, int value)
{
	CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

/* Each against a default that was seen to hurt: queues without bound or dropped in silence, frozen peers never
 * noticed, a storm of reconnects, messages of any size, a close that waits for ever. */
static void set_options(void *socket, int type)
{
	set(socket, ZMQ_SNDHWM, BUS_QUEUE_MESSAGES);
	set(socket, ZMQ_RCVHWM, BUS_QUEUE_MESSAGES);
	set(socket, ZMQ_LINGER, type == ZMQ_DEALER || type == ZMQ_SUB ? 0 : BUS_LINGER_MS);
	set(socket, ZMQ_BACKLOG, BACKLOG);
	set(socket, ZMQ_HEARTBEAT_IVL, BUS_HEARTBEAT_MS);
	set(socket, ZMQ_HEARTBEAT_TIMEOUT, BUS_HEARTBEAT_TIMEOUT_MS);
	set(socket, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TTL_MS);
	set(socket, ZMQ_RECONNECT_IVL, BUS_RECONNECT_MS);
	set(socket, ZMQ_RECONNECT_IVL_MAX, BUS_RECONNECT_MS_MAX);
	set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	set(socket, ZMQ_CONNECT_TIMEOUT, CONNECT_MS);
	if (type == ZMQ_ROUTER)
		set(socket, ZMQ_ROUTER_MANDATORY, 1);
	if (type == ZMQ_DEALER)
		set(socket, ZMQ_IMMEDIATE, 1);
	int64_t frame_bytes = (int64_t)BUS_FRAME_BYTES_MAX;

	CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_bytes, sizeof frame_bytes) == 0);
}

static void set_key(void *socket, int option, const char *key)
{
	CHECK(zmq_setsockopt(socket, option, key, CURVE_TEXT_BYTES) == 0);
}

static struct err key_missing(const struct bus_options *options, const char *name, struct err err)
{
	log_error("a certificate is not to be had", LOG_TEXT("folder", options->keys), LOG_TEXT("name", name),
		  LOG_ERR(err));
	return ERR(ERR_INVALID, "bus.key_missing", "RELANCE_KEYS",
		   "a certificate is missing or malformed; `relancectl keys new` makes one");
}

static struct err secure_server(void *socket, const struct bus_options *options)
{
	struct curve_key key;
	struct err err = curve_secret_load(options->keys, options->self, &key);

	if (!err_ok(err))
		return key_missing(options, options->self, err);
	void *owner = bus_context();

	pthread_mutex_lock(&lock);
	err = zap_start(owner);
	pthread_mutex_unlock(&lock);
	TRY(err);
	CHECK(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, options->keys, strlen(options->keys)) == 0);
	set(socket, ZMQ_CURVE_SERVER, 1);
	set_key(socket, ZMQ_CURVE_SECRETKEY, key.secret_key);
	explicit_bzero(&key, sizeof key);
	return OK;
}

static struct err secure_client(void *socket, const struct bus_options *options)
{
	struct curve_key own, server;
	struct err err = curve_secret_load(options->keys, options->self, &own);

	if (!err_ok(err))
		return key_missing(options, options->self, err);
	err = curve_public_load(options->keys, options->service, &server);
	if (!err_ok(err))
		return key_missing(options, options->service, err);
	set_key(socket, ZMQ_CURVE_SERVERKEY, server.public_key);
	set_key(socket, ZMQ_CURVE_PUBLICKEY, own.public_key);
	set_key(socket, ZMQ_CURVE_SECRETKEY, own.secret_key);
	explicit_bzero(&own, sizeof own);
	return OK;
}

struct err bus_socket_new(int type, const struct bus_options *options, void **socket)
{
	void *made = zmq_socket(bus_context(), type);
	struct err err = OK;

	CHECK(made != NULL);
	set_options(made, type);
	if (!text_empty(options->keys))
		err = options->service ? secure_client(made, options) : secure_server(made, options);
	if (!err_ok(err)) {
		bus_socket_destroy(&made);
		return err;
	}
	*socket = made;
	return OK;
}

void bus_socket_destroy(void **socket)
{
	if (*socket)
		zmq_close(*socket);
	*socket = NULL;
}

/* No clear text on the network, not even by mistake. */
static struct err endpoint_check(void *socket, const char *endpoint)
{
	int mechanism = ZMQ_NULL;
	size_t size = sizeof mechanism;

	CHECK(zmq_getsockopt(socket, ZMQ_MECHANISM, &mechanism, &size) == 0);
	if (mechanism == ZMQ_CURVE || text_starts(endpoint, "ipc://") || text_starts(endpoint, "inproc://"))
		return OK;
	log_error("an endpoint outside the machine needs certificates", LOG_TEXT("endpoint", endpoint));
	return ERR(ERR_INVALID, "bus.key_missing", "RELANCE_KEYS", "a tcp:// endpoint needs RELANCE_KEYS");
}

/* Only where an address asks for it: 127.0.0.1 would be told to callers as ::ffff:127.0.0.1. */
static void set_family(void *socket, const char *endpoint)
{
	set(socket, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
}

struct err bus_bind(void *socket, const char *endpoint, char actual[BUS_ENDPOINT_BYTES])
{
	TRY(endpoint_check(socket, endpoint));
	set_family(socket, endpoint);
	if (zmq_bind(socket, endpoint) != 0) {
		log_error("an endpoint cannot be bound", LOG_TEXT("endpoint", endpoint),
			  LOG_TEXT("error", zmq_strerror(errno)));
		return ERR(ERR_UNAVAILABLE, "bus.bind", "RELANCE_BIND", "the endpoint cannot be bound");
	}
	size_t size = BUS_ENDPOINT_BYTES;

	if (actual)
		CHECK(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, actual, &size) == 0);
	return OK;
}

struct err bus_connect(void *socket, const char *endpoint)
{
	TRY(endpoint_check(socket, endpoint));
	set_family(socket, endpoint);
	if (zmq_connect(socket, endpoint) == 0)
		return OK;
	log_error("an endpoint cannot be used", LOG_TEXT("endpoint", endpoint), LOG_TEXT("error", zmq_strerror(errno)));
	return ERR(ERR_INVALID, "bus.endpoint", NULL, "the endpoint is malformed");
}
