#include "payments/psp_signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"

#define MAC_BYTES 32
#define SIGNATURES_MAX 16 /* v1 of one header: a secret that is replaced makes two */
#define STAMP_BYTES 24
#define BODY_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct mac {
	unsigned char bytes[MAC_BYTES];
};

static int nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool mac_parse(const char *hex, size_t length, struct mac *mac)
{
	if (length != (size_t)2 * MAC_BYTES)
		return false;
	for (size_t i = 0; i < MAC_BYTES; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		mac->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static struct mac mac_make(const char *secret, const void *bytes, size_t length)
{
	struct mac mac;
	unsigned int made = 0;

	CHECK(HMAC(EVP_sha256(), secret, (int)strlen(secret), bytes, length, mac.bytes, &made) && made == MAC_BYTES);
	return mac;
}

static bool signed_by_one(const struct mac *given, size_t given_count, const void *bytes, size_t length,
			  const char *const *secrets, size_t secret_count)
{
	bool good = false;

	for (size_t i = 0; i < secret_count; i++) {
		struct mac mac = mac_make(secrets[i], bytes, length);

		for (size_t k = 0; k < given_count; k++)
			good |= CRYPTO_memcmp(mac.bytes, given[k].bytes, MAC_BYTES) == 0;
	}
	return good;
}

static struct err refused(void)
{
	return ERR(ERR_UNAUTHENTICATED, "psp.signature", NULL, "the signature is not one of the secrets set");
}

/* ------------------------------------------------------------------ Stripe */

struct stripe_header {
	char stamp[STAMP_BYTES]; /* as written: it is part of what is signed */
	struct mac macs[SIGNATURES_MAX];
	size_t count;
};

static void header_part(const char *part, size_t length, struct stripe_header *header)
{
	if (length > 2 && memcmp(part, "t=", 2) == 0 && length - 2 < STAMP_BYTES) {
		memcpy(header->stamp, part + 2, length - 2);
		header->stamp[length - 2] = '\0';
	} else if (length > 3 && memcmp(part, "v1=", 3) == 0 && header->count < SIGNATURES_MAX) {
		header->count += mac_parse(part + 3, length - 3, &header->macs[header->count]);
	}
}

static struct stripe_header header_read(const char *text)
{
	struct stripe_header header = { .count = 0 };

	while (*text) {
		size_t length = strcspn(text, ",");

		header_part(text, length, &header);
		text += length;
		text += strspn(text, ", ");
	}
	return header;
}

static struct err stripe_check(const char *text, const void *body, size_t length, const char *const *secrets,
			       size_t secret_count, struct instant now)
{
	struct stripe_header header = header_read(text);
	long long stamp;
	BUF_SCOPE payload = { 0 };

	if (header.count == 0 || !err_ok(text_to_int64(header.stamp, 0, INT64_MAX / US_PER_SECOND, &stamp)))
		return refused();
	buf_init(&payload, BODY_BYTES_MAX + STAMP_BYTES + 1);
	buf_append_text(&payload, header.stamp);
	buf_append_char(&payload, '.');
	buf_append(&payload, body, length);
	if (payload.full ||
	    !signed_by_one(header.macs, header.count, payload.data, payload.length, secrets, secret_count))
		return refused();
	int64_t off_s = now.us / US_PER_SECOND - stamp;

	if (off_s > PSP_TOLERANCE_S || off_s < -PSP_TOLERANCE_S)
		return ERR(ERR_UNAUTHENTICATED, "psp.signature_old", NULL,
			   "the webhook was signed more than 300 seconds ago or ahead: a replay, or a wrong clock");
	return OK;
}

/* ------------------------------------------------------------------ both */

struct err psp_signature_check(enum psp_provider provider, const char *header, const void *body, size_t length,
			       const char *const *secrets, size_t secret_count, struct instant now)
{
	struct mac given;

	if (text_empty(header) || length == 0 || length > BODY_BYTES_MAX)
		return refused();
	if (provider == PSP_STRIPE)
		return stripe_check(header, body, length, secrets, secret_count, now);
	if (!mac_parse(header, strlen(header), &given) ||
	    !signed_by_one(&given, 1, body, length, secrets, secret_count))
		return refused();
	return OK;
}
