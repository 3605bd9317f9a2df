#include "common/io/config_form.h"

#include <string.h>

#include "common/base/text.h"

#define PORT_MAX 65535
#define PORT_BYTES_MAX ((size_t)5)
#define BETWEEN_ENDPOINTS ","

/* The rest of a value that is being read. */
struct span {
	const char *text;
	size_t length;
};

static bool take(struct span *rest, const char *prefix)
{
	size_t length = strlen(prefix);

	if (rest->length < length || memcmp(rest->text, prefix, length) != 0)
		return false;
	rest->text += length;
	rest->length -= length;
	return true;
}

static bool port_valid(struct span port)
{
	unsigned number = 0;

	if (port.length == 0 || port.length > PORT_BYTES_MAX)
		return false;
	for (size_t i = 0; i < port.length; i++) {
		if (port.text[i] < '0' || port.text[i] > '9')
			return false;
		number = number * 10 + (unsigned)(port.text[i] - '0');
	}
	return number <= PORT_MAX;
}

/* A name, a number, or an IPv6 number in brackets. */
static bool host_valid(struct span host)
{
	bool bracketed = host.length > 2 && host.text[0] == '[' && host.text[host.length - 1] == ']';

	for (size_t i = 0; i < host.length; i++)
		if (strchr(bracketed ? " /," : " /,:@[]", host.text[i]))
			return false;
	return true;
}

/* The last colon ends the host; `*port` is empty where there is none. */
static struct span host_of(struct span address, struct span *port)
{
	struct span host = address;

	*port = (struct span){ 0 };
	for (size_t at = address.length; at > 0 && address.text[at - 1] != ']'; at--)
		if (address.text[at - 1] == ':') {
			host.length = at - 1;
			*port = (struct span){ address.text + at, address.length - at };
			break;
		}
	return host;
}

/* "127.0.0.1:9090", "[::]:9090", ":9090" for all addresses. */
static bool is_address(struct span value)
{
	struct span port, host = host_of(value, &port);

	return host_valid(host) && port_valid(port);
}

static bool is_endpoint(struct span value)
{
	struct span port, host;

	if (take(&value, "ipc://") || take(&value, "inproc://"))
		return value.length > 0;
	if (!take(&value, "tcp://"))
		return false;
	host = host_of(value, &port);
	return host.length > 0 && host_valid(host) &&
	       (port_valid(port) || (port.length == 1 && *port.text == '*')); /* *: any that is free */
}

static bool are_endpoints(struct span value)
{
	while (value.length > 0) {
		struct span one = { value.text, strcspn(value.text, BETWEEN_ENDPOINTS) };

		if (!is_endpoint(one))
			return false;
		value.text += one.length;
		value.length -= one.length;
		if (take(&value, BETWEEN_ENDPOINTS) && value.length == 0)
			return false;
	}
	return true;
}

static bool is_host_with_port(struct span value)
{
	struct span port, host = host_of(value, &port);

	return host.length > 0 && host_valid(host) && (host.length == value.length || port_valid(port));
}

static bool are_hosts(struct span value)
{
	for (;;) {
		size_t length = 0;

		while (length < value.length && value.text[length] != ',')
			length++;
		if (!is_host_with_port((struct span){ value.text, length }))
			return false;
		if (length == value.length)
			return true;
		value.text += length + 1;
		value.length -= length + 1;
	}
}

static bool is_redis(struct span value)
{
	struct span hosts;

	if (take(&value, "unix:/"))
		return value.length > 0;
	if (take(&value, "cluster://"))
		return are_hosts(value);
	if (take(&value, "sentinel://")) {
		hosts = (struct span){ value.text, strcspn(value.text, "/") };
		return value.length > hosts.length + 1 && are_hosts(hosts);
	}
	if (!take(&value, "redis://"))
		return false;
	value.length = strcspn(value.text, "/");
	return is_host_with_port(value);
}

static bool is_mail_server(struct span value)
{
	if (!take(&value, "smtp://") && !take(&value, "smtps://"))
		return false;
	return is_host_with_port(value);
}

static const struct {
	bool (*valid)(struct span value);
	const char *must;
} FORMS[] = {
	[SETTING_ENDPOINTS] = { are_endpoints,
				"must be tcp://host:port or ipc:///path, or several of them with commas between" },
	[SETTING_ADDRESS] = { is_address, "must be host:port" },
	[SETTING_REDIS] = { is_redis,
			    "must be unix:/path, redis://host[:port][/database], "
			    "sentinel://host[:port],host[:port]/name[/database] or cluster://host[:port],host[:port]" },
	[SETTING_SMTP] = { is_mail_server, "must be smtp://host[:port] or smtps://host[:port]" },
};

const char *config_form_mistake(const struct setting *setting, const char *value)
{
	struct span whole = { value, strlen(value) };

	if (setting->kind >= sizeof FORMS / sizeof FORMS[0] || !FORMS[setting->kind].valid || whole.length == 0)
		return NULL;
	return FORMS[setting->kind].valid(whole) ? NULL : FORMS[setting->kind].must;
}
