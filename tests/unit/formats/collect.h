#ifndef TESTS_UNIT_FORMATS_COLLECT_H
#define TESTS_UNIT_FORMATS_COLLECT_H

#include "common/base/arena.h"
#include "payments/formats/statement.h"

/* Keeps what a reader says as text, one line a call, so that a test compares whole statements at a glance:
 *     begin camt.053.001.08 FR76… EUR S-1 #2 opening OPBD 2026-02-01 100000
 *     entry 1 line 40 2026-02-03 2026-02-04 59430 EUR …
 *     end closing … balance ok
 * A field that is missing is '-'. */

#define COLLECTED_BYTES_MAX ((size_t)1024 * 1024)

struct collected {
	char text[16 * 1024];
	struct err err;
	int64_t line; /* where the reader stopped */
};

/* Feeds `bytes` in pieces of `piece` bytes; 0 for all at once. */
void collect(struct collected *collected, const char *bytes, size_t length, size_t piece);

/* tests/unit/formats/data/<name>; fails the test where it cannot be read. */
char *sample(struct arena *arena, const char *name, size_t *length);

#endif
