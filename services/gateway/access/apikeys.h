#ifndef GATEWAY_ACCESS_APIKEYS_H
#define GATEWAY_ACCESS_APIKEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* API keys. The file holds a line a key: its name, the SHA-256 of the key in hex, its scopes:
 *
 *     erp      9f86d0…  invoicing:write,payments:read
 *     auditor  60303a…  *:read
 *     # blanks between the words; lines with a hash sign are comments
 *
 * A scope is SERVICE:read or SERVICE:write; * stands for every service; write includes read; `*` alone is
 * everything. A key is 256 random bits, so one round of SHA-256 is enough: there is nothing to guess. */

#define APIKEY_RANDOM_BYTES 32
#define APIKEY_TEXT_BYTES (4 + 2 * APIKEY_RANDOM_BYTES + 1) /* "rlk_", hex, zero */
#define APIKEY_NAME_BYTES_MAX 40                            /* leaves room in an idempotency key */
#define APIKEY_HASH_BYTES 32
#define APIKEYS_MAX 1000
#define APIKEYS_FILE_BYTES_MAX ((size_t)1024 * 1024)

struct apikey {
	const char *name;
	uint8_t hash[APIKEY_HASH_BYTES];
	const char **scopes;
	size_t scope_count;
};

struct apikeys {
	struct apikey *keys;
	size_t count;
};

/* ERR_INVALID "apikeys.malformed" with the line in `field`, ERR_EXHAUSTED "apikeys.too_many". */
MUST_USE struct err apikeys_parse(struct arena *arena, const char *text, struct apikeys *keys);

/* NULL where no key fits. Takes the same time whichever fits. */
const struct apikey *apikeys_find(const struct apikeys *keys, const char *key);
const struct apikey *apikeys_find_name(const struct apikeys *keys, const char *name);

/* `service` is a short name: "invoicing". */
bool apikey_allows(const struct apikey *key, const char *service, bool reads);

/* ERR_INVALID "apikey.name": [A-Za-z0-9_.-], 1 to APIKEY_NAME_BYTES_MAX. */
MUST_USE struct err apikey_name_check(const char *name);
/* ERR_INVALID "apikey.scope". */
MUST_USE struct err apikey_scope_check(const char *scope);

const char *apikey_make(const uint8_t random[static APIKEY_RANDOM_BYTES], char text[static APIKEY_TEXT_BYTES]);

/* The line of the file, with its newline. */
const char *apikey_line(struct arena *arena, const char *name, const char *key, const char *const *scopes,
			size_t scope_count);

#endif
