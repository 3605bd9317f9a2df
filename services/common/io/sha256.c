#include "common/io/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "common/base/check.h"

EVP_MD_CTX *sha256_begin(void)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();

	CHECK(sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL));
	return sha;
}

void sha256_add(EVP_MD_CTX *sha, const void *bytes, size_t length)
{
	CHECK(EVP_DigestUpdate(sha, bytes, length));
}

void sha256_end(EVP_MD_CTX *sha, char hex[static SHA256_HEX_BYTES])
{
	unsigned char digest[SHA256_HEX_LENGTH / 2];

	CHECK(EVP_DigestFinal_ex(sha, digest, NULL));
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void sha256_release(EVP_MD_CTX **sha)
{
	EVP_MD_CTX_free(*sha);
}
