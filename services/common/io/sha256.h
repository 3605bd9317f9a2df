#ifndef IO_SHA256_H
#define IO_SHA256_H

#include <stddef.h>

/* SHA-256 (FIPS 180-4) of what comes in parts, in 64 lower case hexadecimal digits. */

#define SHA256_HEX_LENGTH 64
#define SHA256_HEX_BYTES (SHA256_HEX_LENGTH + 1)

struct evp_md_ctx_st; /* libcrypto's */

#define SHA256_SCOPE __attribute__((cleanup(sha256_release))) struct evp_md_ctx_st

struct evp_md_ctx_st *sha256_begin(void);
void sha256_add(struct evp_md_ctx_st *sha, const void *bytes, size_t length);
void sha256_end(struct evp_md_ctx_st *sha, char hex[static SHA256_HEX_BYTES]);
void sha256_release(struct evp_md_ctx_st **sha); /* NULL: nothing */

#endif
