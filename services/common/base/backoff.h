#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* Exponential backoff with full jitter: a wait between half and the whole of base * 2^attempt, at most `max_ms`.
 * attempt counts from 0; `random` is any 32 random bits. */
int64_t backoff_ms(int attempt, int64_t base_ms, int64_t max_ms, uint32_t random);

#endif
