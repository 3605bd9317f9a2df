#ifndef IO_CURVE_H
#define IO_CURVE_H

#include <stdint.h>

#include "common/base/err.h"

/* CURVE certificates in a folder, in czmq's zcert format (ZPL): `<name>.key` with the public key, for whoever must know
 * it, and `<name>.key_secret` with both (mode 0600). The file's name is the peer's name. Whoever's public key lies in a
 * process's folder may call that process.
 * Source: CurveZMQ (ZeroMQ RFC 26), keys in Z85 (RFC 32). */

#define CURVE_TEXT_BYTES 41 /* a key in Z85 and the zero */
#define CURVE_KEY_BYTES 32
#define CURVE_NAME_BYTES 65 /* [A-Za-z0-9_-]{1,64} and the zero */
#define CURVE_FILES_MAX 10000

struct curve_key {
	char public_key[CURVE_TEXT_BYTES];
	char secret_key[CURVE_TEXT_BYTES]; /* "" where only the public half was read */
};

/* Makes a pair and writes both files. ERR_EXISTS "curve.exists" where the name has one, ERR_INVALID "curve.name",
 * ERR_UNAVAILABLE "curve.write". */
MUST_USE struct err curve_keys_new(const char *folder, const char *name);

/* ERR_NOT_FOUND "curve.missing", ERR_INVALID "curve.malformed". */
MUST_USE struct err curve_public_load(const char *folder, const char *name, struct curve_key *key);
MUST_USE struct err curve_secret_load(const char *folder, const char *name, struct curve_key *key);

/* Whose key is it? Reads the folder anew, so that a key added or taken away counts at the next handshake.
 * ERR_NOT_FOUND "curve.unknown". */
MUST_USE struct err curve_name_find(const char *folder, const uint8_t public_key[static CURVE_KEY_BYTES],
				    char name[static CURVE_NAME_BYTES]);

#endif
