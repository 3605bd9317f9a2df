#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/err.h"

/* Row ids: UUID version 7 (RFC 9562, 5.7), made by whoever asks for the row, so that a retry is safe and
 * keys arrive in order. Time and randomness come in as arguments; services call id_fresh (common/io/random.h). */

#define ID_TEXT_BYTES 37

struct id {
	uint8_t bytes[16];
};

struct id id_make(struct instant now, const uint8_t random[static 10]);

/* An id that depends on its inputs alone (UUID version 8): the same namespace and name give the same id on
 * every retry and every machine. `namespace_id` may be a zero id. */
struct id id_derive(struct id namespace_id, const char *name);

bool id_equal(struct id a, struct id b);
bool id_zero(struct id id);
unsigned long long id_hash(struct id id); /* text_hash_quick of the bytes */

MUST_USE struct err id_parse(const char *text, struct id *id); /* ERR_INVALID "id.malformed" */
const char *id_format(struct id id, char text[static ID_TEXT_BYTES]);

#endif
