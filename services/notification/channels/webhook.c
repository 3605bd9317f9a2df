#include "notification/channels/webhook.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define SECRET_PREFIX "whsec_"
#define MAC_BYTES 32
#define BASE64_BYTES(length) (4 * (((length) + 2) / 3) + 1)

struct slot {
	CURL *curl;
	struct curl_slist *headers;
	bool private_allowed;
	bool refused; /* for its address */
	bool busy;
	void *with;
};

struct webhook {
	const struct webhook_options *options;
	CURLM *multi; /* holds the connections; any slot uses any that is free */
	struct slot slots[WEBHOOK_CONNECTIONS];
	int busy;
};

/* ------------------------------------------------------------------ the signature */

/* Bytes of the secret; 0 where it is none. */
static size_t secret_decode(const char *secret, unsigned char key[static WEBHOOK_SECRET_BYTES_MAX + 3])
{
	if (!text_starts(secret, SECRET_PREFIX))
		return 0;

	const char *base64 = secret + strlen(SECRET_PREFIX);
	size_t length = strlen(base64), padding = 0;

	if (length % 4 != 0 || length > BASE64_BYTES(WEBHOOK_SECRET_BYTES_MAX))
		return 0;
	while (padding < 2 && padding < length && base64[length - 1 - padding] == '=')
		padding++;

	int decoded = EVP_DecodeBlock(key, (const unsigned char *)base64, (int)length);
	size_t bytes = decoded < (int)padding ? 0 : (size_t)decoded - padding;

	return bytes >= WEBHOOK_SECRET_BYTES_MIN && bytes <= WEBHOOK_SECRET_BYTES_MAX ? bytes : 0;
}

struct err webhook_check(const struct webhook_options *options)
{
	unsigned char key[WEBHOOK_SECRET_BYTES_MAX + 3];
	bool good = secret_decode(options->secret, key) > 0;

	OPENSSL_cleanse(key, sizeof key);
	if (!text_starts(options->url, "https://") && !text_starts(options->url, "http://"))
		return ERR(ERR_INVALID, "webhook.url", "RELANCE_WEBHOOK", "it is https://… or http://…");
	if (!good)
		return ERR(ERR_INVALID, "webhook.secret", "RELANCE_WEBHOOK_SECRET",
			   "it is whsec_ and 24 to 64 bytes in base64");
	return OK;
}

const char *webhook_sign(struct arena *arena, const char *secret, const struct webhook_message *message)
{
	unsigned char key[WEBHOOK_SECRET_BYTES_MAX + 3], mac[MAC_BYTES];
	char base64[BASE64_BYTES(MAC_BYTES)];
	size_t key_length = secret_decode(secret, key);
	const char *text = arena_format(arena, "%s.%lld.%.*s", message->id, (long long)message->timestamp_s,
					(int)message->length, message->body);
	unsigned int mac_length = 0;

	CHECK(key_length > 0);

	const unsigned char *made =
		HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), mac, &mac_length);

	OPENSSL_cleanse(key, sizeof key);
	CHECK(made != NULL && mac_length == MAC_BYTES);
	EVP_EncodeBlock((unsigned char *)base64, mac, MAC_BYTES);
	return arena_format(arena, "v1,%s", base64);
}

/* ------------------------------------------------------------------ where it may go */

struct network {
	const char *address;
	int bits;
};

/* What is not the public internet (RFC 6890): loopback, private, link-local, shared, test, multicast, reserved. */
static const struct network networks_v4[] = {
	{ "0.0.0.0", 8 },      { "10.0.0.0", 8 },    { "100.64.0.0", 10 },   { "127.0.0.0", 8 },
	{ "169.254.0.0", 16 }, { "172.16.0.0", 12 }, { "192.0.0.0", 24 },    { "192.0.2.0", 24 },
	{ "192.168.0.0", 16 }, { "198.18.0.0", 15 }, { "198.51.100.0", 24 }, { "203.0.113.0", 24 },
	{ "224.0.0.0", 3 },
};

static bool within_v4(uint32_t address, const struct network *network)
{
	struct in_addr base;
	int parsed = inet_pton(AF_INET, network->address, &base);

	CHECK(parsed == 1);
	return (address ^ ntohl(base.s_addr)) >> (32 - network->bits) == 0;
}

static bool private_v4(uint32_t address)
{
	for (size_t i = 0; i < sizeof networks_v4 / sizeof *networks_v4; i++) {
		if (within_v4(address, &networks_v4[i]))
			return true;
	}
	return false;
}

static uint32_t v4_within(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Of IPv6 only 2000::/3 is public; an IPv4 address within one counts as itself (mapped, 6to4). */
static bool private_v6(const struct in6_addr *address)
{
	const uint8_t *bytes = address->s6_addr;
	bool documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;

	if (IN6_IS_ADDR_V4MAPPED(address))
		return private_v4(v4_within(bytes + 12));
	if (bytes[0] == 0x20 && bytes[1] == 0x02)
		return private_v4(v4_within(bytes + 2));
	return (bytes[0] & 0xE0) != 0x20 || documentation;
}

static bool private_address(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, address, sizeof v4);
		return private_v4(ntohl(v4.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, address, sizeof v6);
		return private_v6(&v6.sin6_addr);
	}
	return true;
}

static curl_socket_t open_socket(void *with, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct slot *slot = with;

	(void)purpose;
	if (!slot->private_allowed && private_address(&address->addr)) {
		slot->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ------------------------------------------------------------------ the call */

static size_t drop(char *data, size_t size, size_t count, void *with)
{
	(void)data;
	(void)with;
	return size * count;
}

static struct curl_slist *header(struct curl_slist *headers, const char *line)
{
	struct curl_slist *longer = curl_slist_append(headers, line);

	CHECK(longer != NULL);
	return longer;
}

static struct curl_slist *headers_of(struct arena *arena, const char *secret, const struct webhook_message *message)
{
	struct curl_slist *headers = header(NULL, "Content-Type: application/json");

	headers = header(headers, "User-Agent: Relance/" RELANCE_VERSION);
	headers = header(headers, "Expect:");
	headers = header(headers, arena_format(arena, "webhook-id: %s", message->id));
	headers = header(headers, arena_format(arena, "webhook-timestamp: %lld", (long long)message->timestamp_s));
	return header(headers, arena_format(arena, "webhook-signature: %s", webhook_sign(arena, secret, message)));
}

static void slot_open(struct slot *slot, const struct webhook_options *options)
{
	slot->private_allowed = options->private_allowed;
	slot->curl = curl_easy_init();
	CHECK(slot->curl != NULL);
	curl_easy_setopt(slot->curl, CURLOPT_URL, options->url);
	curl_easy_setopt(slot->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(slot->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(slot->curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(slot->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)WEBHOOK_CONNECT_TIMEOUT_MS);
	curl_easy_setopt(slot->curl, CURLOPT_TIMEOUT_MS, (long)WEBHOOK_TIMEOUT_MS);
	curl_easy_setopt(slot->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(slot->curl, CURLOPT_OPENSOCKETDATA, slot);
	curl_easy_setopt(slot->curl, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(slot->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(slot->curl, CURLOPT_PRIVATE, slot);
}

struct webhook *webhook_new(const struct webhook_options *options)
{
	struct webhook *webhook = calloc(1, sizeof *webhook);

	CHECK(webhook != NULL);
	webhook->options = options;
	webhook->multi = curl_multi_init();
	CHECK(webhook->multi != NULL);
	curl_multi_setopt(webhook->multi, CURLMOPT_MAXCONNECTS, (long)WEBHOOK_CONNECTIONS);
	for (size_t i = 0; i < WEBHOOK_CONNECTIONS; i++)
		slot_open(&webhook->slots[i], options);
	return webhook;
}

void webhook_destroy(struct webhook **webhook)
{
	if (!*webhook)
		return;
	webhook_abandon(*webhook);
	for (size_t i = 0; i < WEBHOOK_CONNECTIONS; i++)
		curl_easy_cleanup((*webhook)->slots[i].curl);
	curl_multi_cleanup((*webhook)->multi);
	free(*webhook);
	*webhook = NULL;
}

static enum webhook_verdict judge(long status)
{
	if (status >= 200 && status < 300)
		return WEBHOOK_ACCEPTED;
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return WEBHOOK_LATER;
	return status >= 300 ? WEBHOOK_REFUSED : WEBHOOK_AWAY;
}

static int64_t retry_after_ms(CURL *curl)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds <= 0)
		return 0;
	return (seconds < WEBHOOK_RETRY_AFTER_S_MAX ? seconds : WEBHOOK_RETRY_AFTER_S_MAX) * 1000;
}

static struct webhook_answer answer_of(const struct slot *slot, CURLcode result)
{
	struct webhook_answer answer = { .verdict = WEBHOOK_AWAY };
	long status = 0;

	if (result != CURLE_OK) {
		snprintf(answer.reason, sizeof answer.reason, "%s",
			 slot->refused ? "webhook.private_address" : "webhook.unreachable");
		return answer;
	}
	curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
	answer.verdict = judge(status);
	answer.status = (int)status;
	answer.retry_after_ms = answer.verdict == WEBHOOK_LATER ? retry_after_ms(slot->curl) : 0;
	snprintf(answer.reason, sizeof answer.reason, "webhook.%ld", status);
	return answer;
}

/* ------------------------------------------------------------------ messages under way */

bool webhook_free(const struct webhook *webhook)
{
	return webhook->busy < WEBHOOK_CONNECTIONS;
}

static void slot_release(struct webhook *webhook, struct slot *slot)
{
	curl_multi_remove_handle(webhook->multi, slot->curl);
	curl_easy_setopt(slot->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(slot->headers);
	slot->headers = NULL;
	slot->busy = false;
	webhook->busy--;
}

void webhook_start(struct webhook *webhook, struct arena *arena, const struct webhook_message *message, void *with)
{
	struct slot *slot = webhook->slots;

	CHECK(webhook_free(webhook) && message->length <= WEBHOOK_BODY_BYTES_MAX);
	while (slot->busy)
		slot++;
	slot->headers = headers_of(arena, webhook->options->secret, message);
	slot->with = with;
	slot->refused = false;
	slot->busy = true;
	webhook->busy++;
	curl_easy_setopt(slot->curl, CURLOPT_HTTPHEADER, slot->headers);
	curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDSIZE, (long)message->length);
	curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDS, message->body);

	CURLMcode added = curl_multi_add_handle(webhook->multi, slot->curl);

	CHECK(added == CURLM_OK);
}

static bool answer_take(struct webhook *webhook, struct webhook_answer *answer, void **with)
{
	int left;
	CURLMsg *message = curl_multi_info_read(webhook->multi, &left);
	char *private = NULL;

	if (!message)
		return false;

	CURLcode result = message->data.result;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);

	struct slot *slot = (struct slot *)(void *)private;

	*answer = answer_of(slot, result);
	*with = slot->with;
	slot_release(webhook, slot);
	return true;
}

bool webhook_next(struct webhook *webhook, int timeout_ms, struct webhook_answer *answer, void **with)
{
	int running;

	curl_multi_perform(webhook->multi, &running);
	if (answer_take(webhook, answer, with))
		return true;
	if (running == 0 || timeout_ms <= 0)
		return false;
	curl_multi_poll(webhook->multi, NULL, 0, timeout_ms, NULL);
	curl_multi_perform(webhook->multi, &running);
	return answer_take(webhook, answer, with);
}

void webhook_abandon(struct webhook *webhook)
{
	for (size_t i = 0; i < WEBHOOK_CONNECTIONS; i++) {
		if (webhook->slots[i].busy)
			slot_release(webhook, &webhook->slots[i]);
	}
}
