#include "common/base/backoff.h"

int64_t backoff_ms(int attempt, int64_t base_ms, int64_t max_ms, uint32_t random)
{
	int64_t wait = base_ms;

	for (int i = 0; i < attempt && wait < max_ms; i++)
		wait *= 2;
	if (wait > max_ms)
		wait = max_ms;
	return wait / 2 + (int64_t)((uint64_t)(wait - wait / 2) * random >> 32);
}
