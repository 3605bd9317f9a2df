#include "common/io/admin.h"

#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"
#include "common/io/metrics.h"

#define HOST_BYTES 256
#define TEXT_PLAIN "text/plain; version=0.0.4; charset=utf-8"

struct admin {
	struct MHD_Daemon *daemon;
	const struct admin_health *health;
};

/* ------------------------------------------------------------------ the pages */

struct page {
	const char *path;
	unsigned (*write)(const struct admin *admin, struct buf *to); /* gives the status */
};

static unsigned write_live(const struct admin *admin, struct buf *to)
{
	(void)admin;
	buf_append_text(to, "ok\n");
	return MHD_HTTP_OK;
}

static unsigned write_ready(const struct admin *admin, struct buf *to)
{
	if (!atomic_load(&admin->health->serving)) {
		buf_append_text(to, "starting or ending\n");
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	if (!atomic_load(&admin->health->database)) {
		buf_append_text(to, "the database is away\n");
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return write_live(admin, to);
}

static unsigned write_metrics(const struct admin *admin, struct buf *to)
{
	(void)admin;
	metrics_write(to);
	return to->full ? MHD_HTTP_INTERNAL_SERVER_ERROR : MHD_HTTP_OK;
}

static const struct page PAGES[] = { { "/livez", write_live },
				     { "/readyz", write_ready },
				     { "/metrics", write_metrics } };

static unsigned page_write(const struct admin *admin, const char *method, const char *path, struct buf *to)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	for (size_t i = 0; i < sizeof PAGES / sizeof PAGES[0]; i++)
		if (strcmp(path, PAGES[i].path) == 0)
			return PAGES[i].write(admin, to);
	return MHD_HTTP_NOT_FOUND;
}

static enum MHD_Result answer(void *closure, struct MHD_Connection *connection, const char *path, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **state)
{
	BUF_SCOPE text;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	buf_init(&text, METRICS_BYTES_MAX);
	unsigned status = page_write(closure, method, path, &text);
	struct MHD_Response *response =
		MHD_create_response_from_buffer(text.length, (void *)buf_text(&text), MHD_RESPMEM_MUST_COPY);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, TEXT_PLAIN);
	enum MHD_Result queued = MHD_queue_response(connection, status, response);

	MHD_destroy_response(response);
	return queued;
}

/* ------------------------------------------------------------------ the daemon */

static struct err address_resolve(const char *address, struct addrinfo **info)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	char host[HOST_BYTES];
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;

	if (colon && length < sizeof host) {
		bool bracketed = length > 2 && address[0] == '[' && address[length - 1] == ']';

		memcpy(host, address + bracketed, length - 2U * bracketed);
		host[length - 2U * bracketed] = '\0';
		if (getaddrinfo(length ? host : NULL, colon + 1, &hints, info) == 0)
			return OK;
	}
	log_error("an address cannot be used", LOG_TEXT("address", address));
	return ERR(ERR_INVALID, "admin.address", "RELANCE_ADMIN", "must be host:port");
}

struct err admin_start(const char *address, const struct admin_health *health, struct admin **admin)
{
	struct addrinfo *info;

	TRY(address_resolve(address, &info));
	struct admin *made = calloc(1, sizeof *made);
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO;

	CHECK(made != NULL);
	made->health = health;
	if (info->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	made->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, made, MHD_OPTION_SOCK_ADDR, info->ai_addr,
					MHD_OPTION_CONNECTION_LIMIT, (unsigned)ADMIN_CONNECTIONS_MAX,
					MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)ADMIN_TIMEOUT_SECONDS, MHD_OPTION_END);
	freeaddrinfo(info);
	if (!made->daemon) {
		free(made);
		log_error("the admin port cannot be bound", LOG_TEXT("address", address));
		return ERR(ERR_UNAVAILABLE, "admin.bind", "RELANCE_ADMIN", "the admin port cannot be bound");
	}
	log_info("admin port", LOG_TEXT("address", address), LOG_INT("port", admin_port(made)));
	*admin = made;
	return OK;
}

unsigned admin_port(const struct admin *admin)
{
	return MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void admin_stop(struct admin **admin)
{
	if (!*admin)
		return;
	MHD_stop_daemon((*admin)->daemon);
	free(*admin);
	*admin = NULL;
}
