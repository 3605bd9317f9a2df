#ifndef GATEWAY_KEYRING_H
#define GATEWAY_KEYRING_H

#include "gateway/access/apikeys.h"

/* The API keys of the file, read again when it changes, so that a key added or taken away counts within
 * KEYRING_LOOK_MS and needs no restart. A file that cannot be read or is malformed is logged once and changes nothing;
 * before the first good one there are no keys. For one thread. */

#define KEYRING_LOOK_MS 1000

struct keyring;

/* `path` is kept, not copied. */
struct keyring *keyring_new(const char *path);
void keyring_destroy(struct keyring **keyring);

void keyring_look(struct keyring *keyring);

/* The user behind an Authorization header ("Bearer <key>"); lives until the next keyring_look. ERR_UNAUTHENTICATED
 * "apikey.missing", "apikey.unknown". */
MUST_USE struct err keyring_find(const struct keyring *keyring, const char *authorization, const struct apikey **key);

#endif
