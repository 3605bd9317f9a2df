#include "payments/domain/key_filter.h"

#include <string.h>

#include "common/base/text.h"

#define LINE_BITS 512
#define PROBES 6 /* of 9 bits each */

struct key_filter key_filter_make(struct arena *arena, size_t keys)
{
	size_t lines = keys * KEY_FILTER_BITS_EACH / LINE_BITS + 1;

	return (struct key_filter){ .lines = arena_array(arena, lines, LINE_BITS / 8), .line_count = lines };
}

uint64_t key_filter_hash(const char *key)
{
	return text_hash_quick(key, strlen(key));
}

static uint64_t *line_of(const struct key_filter *filter, uint64_t hash)
{
	return filter->lines[hash % filter->line_count];
}

void key_filter_add(struct key_filter *filter, const char *key)
{
	key_filter_add_hash(filter, key_filter_hash(key));
}

void key_filter_add_hash(struct key_filter *filter, uint64_t hash)
{
	uint64_t *line = line_of(filter, hash);

	hash *= UINT64_C(0x9E3779B97F4A7C15); /* the line has used up the low bits */
	for (int i = 0; i < PROBES; i++, hash >>= 9)
		line[hash >> 6 & 7] |= UINT64_C(1) << (hash & 63);
}

bool key_filter_passes(const struct key_filter *filter, const char *key)
{
	return key_filter_passes_hash(filter, key_filter_hash(key));
}

bool key_filter_passes_hash(const struct key_filter *filter, uint64_t hash)
{
	const uint64_t *line = line_of(filter, hash);

	hash *= UINT64_C(0x9E3779B97F4A7C15);
	for (int i = 0; i < PROBES; i++, hash >>= 9)
		if (!(line[hash >> 6 & 7] & UINT64_C(1) << (hash & 63)))
			return false;
	return true;
}
