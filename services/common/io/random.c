#include "common/io/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/check.h"
#include "common/io/clock.h"

#define POOL_BYTES ((size_t)256) /* getrandom gives so many at once, uninterrupted */

static _Thread_local struct {
	uint8_t bytes[POOL_BYTES];
	size_t left;
} pool;

static void fill(uint8_t *to, size_t length)
{
	while (length > 0) {
		ssize_t got = getrandom(to, length, 0);

		CHECK(got > 0 || errno == EINTR);
		if (got > 0) {
			to += got;
			length -= (size_t)got;
		}
	}
}

void random_bytes(void *to, size_t length)
{
	if (length > POOL_BYTES) {
		fill(to, length);
		return;
	}
	if (pool.left < length) {
		fill(pool.bytes, POOL_BYTES);
		pool.left = POOL_BYTES;
	}
	uint8_t *from = pool.bytes + POOL_BYTES - pool.left;

	memcpy(to, from, length);
	memset(from, 0, length); /* what was given out is not kept */
	pool.left -= length;
}

uint32_t random_u32(void)
{
	uint32_t value;

	random_bytes(&value, sizeof value);
	return value;
}

struct id id_fresh(void)
{
	uint8_t bytes[10];

	random_bytes(bytes, sizeof bytes);
	return id_make(clock_system(), bytes);
}
